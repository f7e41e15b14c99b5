"""An objective before go-live in words: whether its history can carry a verdict, when its initiative starts."""

from dataclasses import dataclass

from ocem.domain.comparison import Verdict
from ocem.domain.objective import Initiative
from ocem.evaluation.objective import Readiness
from ocem.evaluation.objective_history import KeptFinding, ObjectiveChange
from ocem.i18n import Words, formats
from ocem.reporting import quantity
from ocem.reporting.comparison import VerdictLook, verdict_look
from ocem.reporting.names import Names


@dataclass(frozen=True)
class ReadinessVerdict:
    """A word with mark and tone, and the sentence that says why."""

    word: str
    mark: str
    tone: str
    sentence: str


def detectable_rows(found: Readiness) -> list[tuple[int, float, bool]]:
    """Return weeks after go-live, the smallest change they would show, and whether that is below the threshold."""
    return [(weeks, size, found.relevance is not None and size <= found.relevance) for weeks, size in found.detectable]


def readiness_verdict(words: Words, found: Readiness, unit: str) -> ReadinessVerdict:
    """Say whether a baseline is long enough for the threshold."""
    _ = words.gettext
    if not found.detectable:
        return ReadinessVerdict(
            _("The baseline cannot carry a verdict yet"),
            "gap",
            "silent",
            _("Finished weeks before the go-live in these cells: {weeks}.", weeks=found.n_weeks),
        )
    enough = [weeks for weeks, _size, is_enough in detectable_rows(found) if is_enough]
    threshold = quantity.threshold(words, found.relevance, unit)
    if enough:
        return ReadinessVerdict(
            _("The baseline is long enough"),
            "check",
            "good",
            _(
                "A change as small as the threshold, {threshold}, would show after {weeks} weeks of evaluation.",
                threshold=threshold,
                weeks=enough[0],
            ),
        )
    weeks, size = found.detectable[-1]
    return ReadinessVerdict(
        _("The threshold is finer than this history can see"),
        "wait",
        "open",
        _(
            "Even after {weeks} weeks only changes of {size} or more would show, and the threshold is {threshold}. "
            "Widen the perimeter, add a comparison group, or raise the threshold.",
            weeks=weeks,
            size=quantity.threshold(words, size, unit),
            threshold=threshold,
        ),
    )


def go_live_texts(words: Words, initiative: Initiative, names: Names) -> list[str]:
    """Say every go-live day with what goes live."""
    found = []
    for item in initiative.go_lives:
        where = [names.member("segment", item.segment)] if item.segment else []
        where += [names.member("touchpoint", item.touchpoint)] if item.touchpoint else []
        found.append(" ".join([*where, words.day(item.day)]))
    return found


def kept_look(words: Words, kept: KeptFinding) -> VerdictLook:
    """Return the word, mark and tone of a verdict that was kept."""
    return verdict_look(words, Verdict(kept.verdict))


def kept_text(words: Words, kept: KeptFinding) -> str:
    """Write the figures of a kept verdict."""
    if kept.before is None or kept.after is None or kept.change is None:
        return formats.NOTHING
    before, after = (quantity.value(words, amount, kept.unit) for amount in (kept.before, kept.after))
    change = quantity.difference(words, kept.change, kept.unit)
    return f"{before} → {after} ({change})"


def field_word(words: Words, name: str) -> str:
    """Name a part of an objective's definition."""
    _ = words.gettext
    return {
        "label_it": _("name"),
        "label_en": _("name"),
        "macro_objective": _("macro-objective"),
        "also": _("macro-objective"),
        "kpi": _("KPI"),
        "perimeter": _("perimeter"),
        "comparison": _("comparison group"),
        "initiative": _("initiative"),
        "direction": _("direction"),
        "relevance": _("threshold"),
        "relevance_kind": _("threshold"),
        "target": _("target"),
        "milestones": _("targets by period"),
        "owner": _("owner"),
        "baseline": _("before window"),
        "evaluation": _("after window"),
        "wash_in_days": _("wash-in"),
        "deadline": _("deadline"),
        "importance": _("importance"),
        "guardrails": _("guardrails"),
    }.get(name, name)


def changed_text(words: Words, change: ObjectiveChange) -> str:
    """Say what a version changed."""
    if not change.changed:
        return words.gettext("first definition")
    return words.listed(dict.fromkeys(field_word(words, name) for name in change.changed))
