"""Scorecards in words: figures with interval and change, one line a touchpoint or segment."""

from collections.abc import Iterable, Sequence
from datetime import date

from ocem.domain.kpi import Kpi, KpiKind
from ocem.domain.perimeter import Control, Medium, Member
from ocem.evaluation.conversion import TouchpointConversion
from ocem.evaluation.scorecard import Figure, ScorecardTable
from ocem.i18n import Words, formats
from ocem.reporting import quantity

NOT_GIVEN = ""
"""Key under which facts without a member are counted."""
MAY_BE_CHANCE = "≈"
"""Stands before a change that the customers who happened to come could explain."""
FEW = 10
"""Counts a week below this are written with a decimal."""
NEGLIGIBLE = 0.01
"""An interval narrower than this beside a share of exactly none or all says nothing."""


def is_unfed(figure: Figure | None, kpi: Kpi) -> bool:
    """Say whether a ratio of two sums is nothing because nobody has sent what stands above the line."""
    return kpi.kind == KpiKind.RATIO and (figure is None or not figure.value)


def column_digits(figures: Iterable[Figure | None], kpi: Kpi) -> int:
    """Return the decimals that a column's values share: enough for the middle one to show three digits."""
    sizes = sorted(abs(item.value) for item in figures if item is not None and item.value)
    return quantity.full_digits(sizes[len(sizes) // 2], kpi.unit) if sizes else 0


def value_text(words: Words, figure: Figure | None, kpi: Kpi, digits: int | None = None) -> str:
    """Write a figure, with the decimals of its column where they are given."""
    if figure is None or figure.value is None or is_unfed(figure, kpi):
        return formats.NOTHING
    if kpi.kind in (KpiKind.COUNT, KpiKind.SUM) and kpi.unit == "count":
        return words.compact(figure.value) if figure.value >= FEW else words.number(figure.value, 1)
    return quantity.value(words, figure.value, kpi.unit, digits)


def interval_text(words: Words, figure: Figure | None, kpi: Kpi, digits: int = 1) -> str | None:
    """Write a figure's interval, where it has one, with the decimals of its column."""
    if figure is None or figure.low is None or figure.high is None:
        return None
    if kpi.unit == "share" and figure.value in (0.0, 1.0) and figure.high - figure.low < NEGLIGIBLE:
        return None
    low = words.number(figure.low * quantity.SHOWN_TIMES.get(kpi.unit, 1.0), digits)
    high = quantity.value(words, figure.high, kpi.unit, digits)
    return words.gettext("{low} to {high}", low=low, high=high) if figure.low < 0 else f"{low}{formats.NOTHING}{high}"


def change_text(words: Words, figure: Figure | None, kpi: Kpi) -> str | None:
    """Write the change against the same weeks of the year before; without a colour, because it is no verdict."""
    if figure is None or not figure.change or is_unfed(figure, kpi):
        return None
    if kpi.unit in ("share", "points", "score"):
        change = quantity.difference(words, figure.change, kpi.unit, 2 if kpi.unit == "score" else 1)
    else:
        change = words.percent(figure.change, 0, signed=True)
    return f"{MAY_BE_CHANCE} {change}" if figure.is_chance else change


def header(words: Words, kpi: Kpi) -> str:
    """Name a column; totals are a week's."""
    name = words.label(kpi)
    return words.gettext("{name} a week", name=name) if kpi.kind in (KpiKind.COUNT, KpiKind.SUM) else name


def attributes_text(words: Words, member: Member) -> str:
    """Say what kind of touchpoint or segment this is."""
    _ = words.gettext
    parts = []
    if member.medium:
        parts.append(_("online") if member.medium == Medium.ONLINE else _("offline"))
    if member.control:
        parts.append(
            {
                Control.OWNED: _("own"),
                Control.PARTNER: _("run by partners"),
                Control.UNCONTROLLED: _("not controlled"),
            }[member.control]
        )
    if member.self_service:
        parts.append(_("self-service"))
    if member.relationship:
        parts.append(_("prospects") if member.relationship == "prospect" else _("current customers"))
    if member.strategic:
        parts.append(_("strategic"))
    return ", ".join(parts)


def days_text(words: Words, table: ScorecardTable) -> str:
    """Say which days the scorecards cover and what changes are measured against."""
    return words.gettext(
        "{days}; changes against the same weeks of the year before, {mark} where the customers who happened to come "
        "could explain them. A description, not a verdict.",
        days=words.span(table.first, table.last),
        mark=MAY_BE_CHANCE,
    )


def leads_text(words: Words, first: date | None, last: date | None) -> str:
    """Say whose leads a conversion counts."""
    if first is None or last is None:
        return words.gettext("all leads, from first contact to sale")
    return words.gettext("leads first met {days}", days=words.span(first, last))


def conversion_hover(words: Words, item: TouchpointConversion, label: str) -> str:
    """Say one touchpoint's conversion in full."""
    _ = words.gettext
    if item.share is None or item.low is None or item.high is None:
        return label
    text = _(
        "{label}: {won} of {leads} leads bought, {share} (95% interval {low} to {high})",
        label=label,
        won=item.won,
        leads=item.leads,
        share=words.percent(item.share),
        low=words.percent(item.low),
        high=words.percent(item.high),
    )
    return text


def conversion_headline(words: Words, items: Sequence[TouchpointConversion]) -> str:
    """Say which touchpoint converts best among those with an interval of their own."""
    known = [item for item in items if item.share is not None and item.touchpoint != NOT_GIVEN]
    leads, won = sum(item.leads for item in items), sum(item.won for item in items)
    best = max(known, key=lambda item: item.share or 0.0, default=None)
    if best is None:
        return words.gettext("{won} of {leads} leads bought.", won=won, leads=leads)
    return words.gettext(
        "{won} of {leads} leads bought. Among the touchpoints named in the data the highest share began at "
        "{touchpoint}: {share}.",
        won=won,
        leads=leads,
        touchpoint=words.label(best),
        share=words.percent(best.share or 0.0),
    )
