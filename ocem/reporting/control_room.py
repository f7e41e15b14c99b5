"""The control room in words: its headline, what needs attention, coverage and freshness."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ocem.domain.comparison import Comparison, Note, Verdict
from ocem.evaluation.control_room import SourceState
from ocem.i18n import Words, formats
from ocem.reporting import note
from ocem.reporting.comparison import change_interval
from ocem.reporting.names import Names

SPELLED = {
    "it": ("zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove", "dieci"),
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
}
FRESH_DAYS = 1
LATE_DAYS = 14
MANY_NAMES = 2
"""Objectives are named in the headline up to this number; beyond it they are counted."""


def spelled(words: Words, n: int) -> str:
    """Spell small numbers as prose does."""
    names = SPELLED[words.lang]
    return names[n] if 0 <= n < len(names) else words.number(n)


def week_text(words: Words, monday: date | None) -> str:
    """Write which week the page is about."""
    if monday is None:
        return words.gettext("no finished week yet")
    week, first, last = formats.week(monday)
    return words.gettext("week {week} · {days} (last finished week)", week=str(week), days=words.span(first, last))


def headline(words: Words, comparisons: Sequence[Comparison], names: Names) -> str:
    """Say in one or two sentences which objectives move and which do not."""
    total = len(comparisons)
    if not total:
        return words.gettext("No objective has been defined yet.")
    by_verdict = {verdict: [c for c in comparisons if c.verdict == verdict] for verdict in Verdict}
    moving = _moving(words, by_verdict, total, names)
    still = _still(words, by_verdict)
    return " ".join(_sentence(part) for part in (moving, still) if part)


def _moving(words: Words, by_verdict: dict[Verdict, list[Comparison]], total: int, names: Names) -> str:
    better, worse = by_verdict[Verdict.IMPROVED], by_verdict[Verdict.WORSENED]
    unknown = by_verdict[Verdict.CHANGED_CAUSE_UNKNOWN]
    of = spelled(words, total)
    if better:
        count = spelled(words, len(better))
        parts = [
            words.ngettext(
                "one objective of {total} improves",
                "{count} objectives of {total} improve",
                len(better),
                count=count,
                total=of,
            )
            + _named(words, better, names)
        ]
    elif not worse and not unknown:
        return words.gettext("no objective of {total} moves beyond its threshold", total=of)
    else:
        parts = [words.gettext("no objective of {total} improves", total=of)]
    if worse:
        text = words.ngettext("one worsens", "{count} worsen", len(worse), count=spelled(words, len(worse)))
        parts.append(text + _named(words, worse, names))
    if unknown:
        parts.append(
            words.ngettext(
                "one has changed, cause unknown",
                "{count} have changed, cause unknown",
                len(unknown),
                count=spelled(words, len(unknown)),
            )
        )
    return "; ".join(parts)


def _still(words: Words, by_verdict: dict[Verdict, list[Comparison]]) -> str:
    parts = []
    still = len(by_verdict[Verdict.NO_RELEVANT_CHANGE])
    if still:
        parts.append(words.ngettext("one does not move", "{count} do not move", still, count=spelled(words, still)))
    early = by_verdict[Verdict.INCONCLUSIVE]
    if early:
        parts.append(_early(words, early))
    poor = len(by_verdict[Verdict.NOT_ENOUGH_DATA])
    if poor:
        parts.append(
            words.ngettext("one has not enough data", "{count} have not enough data", poor, count=spelled(words, poor))
        )
    barred = len(by_verdict[Verdict.NOT_COMPARABLE])
    if barred:
        parts.append(
            words.ngettext("one cannot be compared", "{count} cannot be compared", barred, count=spelled(words, barred))
        )
    return "; ".join(parts)


def _early(words: Words, early: list[Comparison]) -> str:
    weeks = max((c.weeks_needed or 0 for c in early), default=0)
    count = spelled(words, len(early))
    if not weeks:
        return words.ngettext(
            "for one it is too early to tell", "for {count} it is too early to tell", len(early), count=count
        )
    return words.ngettext(
        "for one about {weeks} more weeks are needed",
        "for {count} about {weeks} more weeks are needed",
        len(early),
        count=count,
        weeks=spelled(words, weeks),
    )


def _named(words: Words, comparisons: list[Comparison], names: Names) -> str:
    if len(comparisons) > MANY_NAMES:
        return ""
    return ": " + words.listed(_lower_first(names.subject(c)) for c in comparisons)


def _lower_first(text: str) -> str:
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def coverage_text(words: Words, cells: int, measured: int, blind: int) -> str:
    """Say how much of the perimeter is measured."""
    return words.gettext(
        "{measured} of {cells} cells measured, {blind} blind", measured=measured, cells=cells, blind=blind
    )


def frozen_text(words: Words, frozen: int, n_objectives: int) -> str:
    """Say for how many objectives the baseline was frozen."""
    return words.gettext(
        "ex ante baseline frozen for {frozen} of {total} objectives", frozen=frozen, total=n_objectives
    )


def frozen_state_text(words: Words, state: str) -> str:
    """Say whether an objective's baseline was frozen, and whether in time."""
    _ = words.gettext
    return {
        "ex_ante": _("ex ante baseline frozen"),
        "late": _("no ex ante baseline: frozen after the go-live"),
        "none": _("no ex ante baseline"),
    }[state]


def freshness_text(words: Words, days_behind: int | None, last_day: date | None) -> str:
    """Say how far a source's data reach."""
    if last_day is None:
        return words.gettext("no data yet")
    if not days_behind:
        return words.gettext("up to {day}", day=formats.day_short(words.locale, last_day))
    return words.ngettext(
        "up to {day}, {n} day behind",
        "up to {day}, {n} days behind",
        days_behind,
        day=formats.day_short(words.locale, last_day),
    )


def is_late(days_behind: int) -> bool:
    """Say whether a source lags enough to be marked."""
    return days_behind > LATE_DAYS


def source_rows(words: Words, sources: Sequence[SourceState]) -> list[tuple[bool, str, str]]:
    """Return (late, what, until when): late sources one by one, the others together by how far they reach."""
    late = sorted((item for item in sources if is_late(item.days_behind)), key=lambda item: -item.days_behind)
    rows = [(True, words.label(item), freshness_text(words, item.days_behind, item.last_day)) for item in late]
    fresh = [item for item in sources if item.days_behind <= FRESH_DAYS]
    between = [item for item in sources if FRESH_DAYS < item.days_behind <= LATE_DAYS]
    if fresh:
        newest = max(item.last_day for item in fresh)
        rows.append((False, ", ".join(words.label(item) for item in fresh), freshness_text(words, 0, newest)))
    if between:
        oldest = min(item.last_day for item in between)
        rows.append(
            (
                False,
                ", ".join(words.label(item) for item in between),
                words.gettext("from {day} on", day=formats.day_short(words.locale, oldest)),
            )
        )
    return rows


def _source(words: Words, values: Mapping[str, Any]) -> str:
    return str(values["source_en"] if words.lang == "en" else values["source"])


def attention_mark(code: str) -> tuple[str, str]:
    """Return the mark and the tone of something that needs attention."""
    return {
        "worsened": ("alert", "bad"),
        "mix_shift": ("question", "unknown"),
        "baseline_restated": ("question", "unknown"),
        "cause_unknown": ("question", "unknown"),
        "no_verdict": ("ban", "silent"),
        "no_ex_ante_benchmark": ("open", "open"),
        "silent_source": ("alert", "bad"),
        "stale_source": ("wait", "open"),
        "blind_cells": ("gap", "silent"),
    }.get(code, ("question", "silent"))


def attention_text(
    words: Words, code: str, values: dict[str, Any], objective: str | None, comparison: Comparison | None, names: Names
) -> str:
    """Say one thing that needs attention."""
    _ = words.gettext
    subject = names.objective(objective)
    match code:
        case "worsened":
            interval = (change_interval(words, comparison) if comparison else None) or formats.NOTHING
            return _("{subject}: worsened by {interval}.", subject=subject, interval=interval)
        case "mix_shift" | "baseline_restated":
            unit = comparison.unit if comparison else "ratio"
            warnings = comparison.warnings if comparison else ()
            found = next((item for item in warnings if item.code == code), Note(code, values))
            return f"{subject}: {_lower_first(note.sentence(words, found, unit, names))}"
        case "cause_unknown":
            return _("{subject}: changed, but without a comparison group nobody knows why.", subject=subject)
        case "no_verdict":
            reasons = note.sentences(words, comparison.reasons, comparison.unit, names) if comparison else []
            return f"{subject}: {_lower_first(' '.join(reasons))}"
        case "no_ex_ante_benchmark":
            return _("{subject}: no baseline was frozen before the go-live.", subject=subject)
        case "silent_source":
            return _("{source} has sent nothing for {days} days.", source=_source(words, values), days=values["days"])
        case "stale_source":
            source = _source(words, values)
            return _("{source} is {days} days behind the newest source.", source=source, days=values["days"])
        case "blind_cells":
            return _("{blind} cells of the perimeter are measured by nobody.", **values)
    return _("Note: {code}.", code=code)
