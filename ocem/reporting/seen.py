"""What somebody else changed meanwhile, in words."""

from typing import Any

from ocem.errors import Conflict
from ocem.i18n import N_, Words

SHOWN = 4
LONGEST = 80
FIELDS = {
    "label_it": N_("Name in Italian"),
    "label_en": N_("Name in English"),
    "said_it": N_("What they said, in Italian"),
    "said_en": N_("What they said, in English"),
    "owner": N_("Owner"),
    "kpi": N_("KPI"),
    "perimeter": N_("Perimeter"),
    "initiative": N_("Initiative"),
    "baseline": N_("Baseline"),
    "target": N_("Target"),
    "relevance": N_("Smallest change worth having"),
    "deadline": N_("Deadline"),
    "go_live": N_("Go-live day"),
    "note": N_("Note"),
    "reason": N_("Reason"),
    "first": N_("First day"),
    "last": N_("Last day"),
    "roles": N_("Roles"),
    "segments": N_("Segments"),
    "touchpoints": N_("Touchpoints"),
    "rules": N_("Rules"),
    "text": N_("Text"),
    "words": N_("Words that find its comments"),
    "retired": N_("Retired"),
}


def changes(words: Words, error: Conflict) -> str:
    """Say which fields differ, as they were and as they are."""
    found = list(error.values.get("changes") or ())
    said = [
        f"{words.gettext(FIELDS[name]) if name in FIELDS else name.replace('_', ' ')}: "
        f"{_short(words, before)} → {_short(words, now)}"
        for name, before, now in found[:SHOWN]
    ]
    if len(found) > SHOWN:
        said.append(words.ngettext("and {n} more", "and {n} more", len(found) - SHOWN))
    return "; ".join(said) or words.gettext("the whole of it")


def _short(words: Words, value: Any) -> str:
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, dict):
        value = "; ".join(f"{name} {_short(words, item)}" for name, item in value.items() if item not in (None, "", []))
    elif isinstance(value, list):
        value = ", ".join(_short(words, item) for item in value)
    text = str(words.show(value))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
