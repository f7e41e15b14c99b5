"""A before/after comparison in words: verdict, figures, the sentence that says why, and rows for tables."""

from dataclasses import dataclass

from ocem.domain.comparison import SILENT_VERDICTS, Comparison, Verdict, WindowFigure
from ocem.domain.kpi import Direction, KpiKind
from ocem.i18n import Words, formats
from ocem.reporting import note, quantity
from ocem.reporting.names import Names

ARROW = "\u2192"
IN_THE_VERDICT = frozenset({"inside_relevance", "no_comparison_group"})
"""Reasons that the sentence of the verdict says itself."""


@dataclass(frozen=True)
class VerdictLook:
    """How a verdict is named and marked; `mark` is a name of ``ocem.ui`` icons, `tone` a name of its colours."""

    word: str
    mark: str
    tone: str


def verdict_look(words: Words, verdict: Verdict) -> VerdictLook:
    """Return the word, mark and tone of a verdict: three carriers, so that colour is never the only one."""
    _ = words.gettext
    return {
        Verdict.IMPROVED: VerdictLook(_("Improves"), "check", "good"),
        Verdict.WORSENED: VerdictLook(_("Worsens"), "alert", "bad"),
        Verdict.NO_RELEVANT_CHANGE: VerdictLook(_("No relevant change"), "equal", "still"),
        Verdict.CHANGED_CAUSE_UNKNOWN: VerdictLook(_("Changed, cause unknown"), "question", "unknown"),
        Verdict.INCONCLUSIVE: VerdictLook(_("Too early to tell"), "wait", "open"),
        Verdict.NOT_ENOUGH_DATA: VerdictLook(_("Not enough data"), "gap", "silent"),
        Verdict.NOT_COMPARABLE: VerdictLook(_("Not comparable"), "ban", "silent"),
    }[Verdict(verdict)]


def is_weekly(comparison: Comparison) -> bool:
    """Say whether the figures are totals of a week."""
    return comparison.kind in (KpiKind.COUNT, KpiKind.SUM)


def kpi_text(words: Words, comparison: Comparison, names: Names) -> str:
    """Name the KPI as its figures are written: totals are a week's."""
    name = names.kpi(comparison.kpi)
    return words.gettext("{name} a week", name=name) if is_weekly(comparison) else name


def is_silent(comparison: Comparison) -> bool:
    """Say whether no number may be shown."""
    return comparison.verdict in SILENT_VERDICTS


def grade_text(words: Words, comparison: Comparison) -> str | None:
    """Name the strength of the evidence."""
    if not comparison.grade or is_silent(comparison):
        return None
    return words.gettext("grade {grade}", grade=comparison.grade)


def grade_meaning(words: Words, comparison: Comparison) -> str | None:
    """Say in words what the grade of a finding stands for."""
    _ = words.gettext
    if is_silent(comparison):
        return None
    meanings = {
        "A": _("Grade A: set against a group nobody touched, with a year or more before the go-live."),
        "B": _("Grade B: set against a group nobody touched, with less than a year before the go-live."),
        "C": _("Grade C: nothing to set it against, so what caused it stays open."),
        "D": _("Grade D: a description, no proof."),
    }
    return meanings.get(comparison.grade or "")


def grade_help(words: Words) -> str:
    """Explain the grades."""
    return words.gettext(
        "How strong the evidence is. A: a comparison group and at least a year of history. B: a comparison group and a "
        "shorter history. C: no comparison group, so the cause stays open. D: description only."
    )


def before_after(words: Words, comparison: Comparison) -> str | None:
    """Write the value before and after; nothing when no number may be shown."""
    if is_silent(comparison):
        return None
    before, after = window_values(words, comparison)
    return f"{before} {ARROW} {after}"


def window_values(words: Words, comparison: Comparison) -> tuple[str, str]:
    """Write the values of both windows with the decimals that the uncertainty bears."""
    digits = quantity.digits_of(comparison)
    unit = comparison.unit
    return (
        quantity.value(words, comparison.baseline.value, unit, digits),
        quantity.value(words, comparison.evaluation.value, unit, digits),
    )


def change(words: Words, comparison: Comparison) -> str | None:
    """Write the effect."""
    if is_silent(comparison) or comparison.effect is None:
        return None
    return quantity.difference(words, comparison.effect.absolute, comparison.unit, quantity.digits_of(comparison))


def change_interval(words: Words, comparison: Comparison) -> str | None:
    """Write the effect's interval."""
    if is_silent(comparison) or comparison.effect is None:
        return None
    return quantity.interval(words, comparison.effect, comparison.unit, quantity.digits_of(comparison))


def relative_change(words: Words, comparison: Comparison) -> tuple[str, str] | None:
    """Write the effect in percent of what was expected, and its interval."""
    effect = comparison.effect
    if is_silent(comparison) or effect is None or effect.relative is None:
        return None
    text = words.percent(effect.relative, 0 if abs(effect.relative) >= 0.1 else 1, signed=True)
    if effect.relative_low is None or effect.relative_high is None:
        return text, ""
    digits = 0 if effect.relative_high - effect.relative_low >= 0.06 else 1
    low = words.number(effect.relative_low * 100, digits, signed=True)
    return text, words.gettext(
        "{low} to {high}", low=low, high=words.percent(effect.relative_high, digits, signed=True)
    )


def target_text(words: Words, comparison: Comparison) -> str | None:
    """Write the target and whether the evaluation window has reached it."""
    if comparison.target is None:
        return None
    target = quantity.value(words, comparison.target, comparison.unit)
    if is_silent(comparison) or comparison.evaluation.value is None:
        return words.gettext("target {target}", target=target)
    if reaches_target(comparison):
        return words.gettext("target {target} reached", target=target)
    return words.gettext("target {target}", target=target)


def reaches_target(comparison: Comparison) -> bool:
    """Say whether the value of the evaluation window is at the target or beyond it."""
    value, target = comparison.evaluation.value, comparison.target
    if value is None or target is None:
        return False
    return value >= target if comparison.direction == Direction.UP else value <= target


def window_text(words: Words, window: WindowFigure) -> str:
    """Write a window's days."""
    return words.span(window.first, window.last)


def sentence(words: Words, comparison: Comparison, names: Names) -> str:
    """Say in one or two sentences what a comparison concludes and on what ground."""
    _ = words.gettext
    subject = names.subject(comparison)
    unsaid = [item for item in comparison.reasons if item.code not in IN_THE_VERDICT]
    reason = " ".join(note.sentences(words, unsaid, comparison.unit, names))
    match comparison.verdict:
        case Verdict.NOT_COMPARABLE:
            return _("{subject}: not comparable.", subject=subject) + (" " + reason if reason else "")
        case Verdict.NOT_ENOUGH_DATA:
            return _("{subject}: not enough data for a verdict.", subject=subject) + (" " + reason if reason else "")
    waiting = weeks_needed(words, comparison) if comparison.verdict is Verdict.INCONCLUSIVE else ""
    return " ".join(part for part in (_verdict_clause(words, comparison, subject), reason, waiting) if part)


def _verdict_clause(words: Words, comparison: Comparison, subject: str) -> str:
    _ = words.gettext
    before, after = window_values(words, comparison)
    if is_weekly(comparison):
        after = _("{name} a week", name=after)
    values = {
        "subject": subject,
        "before": before,
        "after": after,
        "change": change(words, comparison) or formats.NOTHING,
        "interval": change_interval(words, comparison) or formats.NOTHING,
        "threshold": quantity.threshold(words, comparison.relevance, comparison.unit),
    }
    match comparison.verdict:
        case Verdict.IMPROVED:
            return _(
                "{subject}: improved from {before} to {after}. Against what was to be expected without the "
                "initiative the change is {change} (95% interval: {interval}).",
                **values,
            )
        case Verdict.WORSENED:
            return _(
                "{subject}: worsened from {before} to {after}. Against what was to be expected without the "
                "initiative the change is {change} (95% interval: {interval}).",
                **values,
            )
        case Verdict.NO_RELEVANT_CHANGE:
            return _(
                "{subject}: no movement. The change is {change} (95% interval: {interval}), all of it within the "
                "relevance threshold of {threshold}.",
                **values,
            )
        case Verdict.CHANGED_CAUSE_UNKNOWN:
            return _(
                "{subject}: changed from {before} to {after} ({change}; 95% interval: {interval}), but without a "
                "comparison group nobody can say whether the initiative did it.",
                **values,
            )
    clause = _(
        "{subject}: too early to tell. The change is {change}, but it may be anything in the 95% interval: {interval}.",
        **values,
    )
    return clause


def weeks_needed(words: Words, comparison: Comparison) -> str:
    """Say how long it takes until the data can decide."""
    if not comparison.weeks_needed:
        return ""
    return words.ngettext(
        "About {n} more week would decide.", "About {n} more weeks would decide.", comparison.weeks_needed
    )


def detectable(words: Words, comparison: Comparison) -> str | None:
    """Say the smallest change that these windows would show."""
    if comparison.mde is None or is_silent(comparison):
        return None
    return words.gettext(
        "With these windows a change of {mde} or more would show in four cases of five.",
        mde=quantity.threshold(words, comparison.mde, comparison.unit),
    )


def rows(words: Words, comparisons: list[Comparison], dimension: str, names: Names) -> list[dict[str, str]]:
    """Return table rows, one a cell: name, verdict word, before, after, change, interval, n."""
    _ = words.gettext
    return [
        {
            "name": cell_name(comparison, dimension, names),
            "verdict": verdict_look(words, comparison.verdict).word,
            "before": formats.NOTHING if is_silent(comparison) else window_values(words, comparison)[0],
            "after": formats.NOTHING if is_silent(comparison) else window_values(words, comparison)[1],
            "change": change(words, comparison) or formats.NOTHING,
            "interval": change_interval(words, comparison) or formats.NOTHING,
            "n": observations(words, comparison),
            "why": " ".join(note.sentences(words, comparison.reasons, comparison.unit, names)),
        }
        for comparison in comparisons
    ]


def cell_name(comparison: Comparison, dimension: str, names: Names) -> str:
    """Name the member that a comparison of one dimension is about."""
    key = getattr(comparison.cell, dimension)
    return names.member(dimension, key) if key is not None else names.cell(comparison.cell)


def observations(words: Words, comparison: Comparison) -> str:
    """Write how many observations stand behind both windows."""
    before, after = comparison.baseline.n, comparison.evaluation.n
    if before is None or after is None:
        return formats.NOTHING
    return f"{words.compact(before)} {ARROW} {words.compact(after)}"
