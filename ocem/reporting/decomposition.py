"""Why a KPI moved, in words, as a table and as a figure."""

from ocem.domain.decomposition import Contribution, Decomposition
from ocem.i18n import Words, formats
from ocem.reporting import note, palette, quantity
from ocem.reporting.figure import Figure, canvas, legend_below, rows_axis, value_axis
from ocem.reporting.names import Names, dimension_word

ROW_HEIGHT = 34
MOST_SHOWN = 12


def headline(words: Words, found: Decomposition, names: Names) -> str:
    """Say how much a KPI moved, how much of it is mix, and which member brought most."""
    if found.refused is not None:
        return note.sentence(words, found.refused, found.unit, names)
    change = found.change or 0.0
    whole = words.gettext(
        "{kpi}: {before} → {after} ({change}).",
        kpi=names.kpi(found.kpi),
        before=quantity.value(words, found.before, found.unit),
        after=quantity.value(words, found.after, found.unit),
        change=_amount(words, change, found),
    )
    parts = [whole]
    if found.has_mix:
        parts.append(
            words.gettext(
                "{rate} happened within the {members}, {mix} is a different mix of them.",
                rate=_amount(words, found.rate, found),
                mix=_amount(words, found.mix, found),
                members=dimension_word(words, found.by, plural=True).lower(),
            )
        )
    largest = largest_part(found)
    if largest is not None and len(found.contributions) > 1:
        parts.append(
            words.gettext(
                "Largest part: {member} ({change}).",
                member=member_name(words, found, largest, names),
                change=_amount(words, largest.total, found),
            )
        )
    return " ".join(parts)


def largest_part(found: Decomposition) -> Contribution | None:
    """Return the member that brought most in the direction of the change."""
    change = found.change or 0.0
    along = [item for item in found.contributions if item.total * change > 0]
    return max(along, key=lambda item: abs(item.total), default=None)


def member_name(words: Words, found: Decomposition, item: Contribution, names: Names) -> str:
    """Name a member; rows that do not say theirs are named so."""
    return names.member(found.by, item.member) if item.member else words.gettext("not given")


def warnings(words: Words, found: Decomposition, names: Names) -> list[str]:
    """Say what in the split deserves care."""
    return note.sentences(words, found.warnings, found.unit, names)


def _amount(words: Words, value: float, found: Decomposition) -> str:
    largest = max((abs(item.total) for item in found.contributions), default=abs(found.change or 0.0))
    return quantity.difference(words, value, found.unit, quantity.digits_for(largest / 4.0, found.unit))


def rows(words: Words, found: Decomposition, names: Names) -> list[list[str]]:
    """Return one row a member: name, before, after, weight before, weight after, rate, mix, together."""
    return [
        [
            member_name(words, found, item, names),
            quantity.value(words, item.before, found.unit),
            quantity.value(words, item.after, found.unit),
            words.percent(item.weight_before, 0),
            words.percent(item.weight_after, 0),
            _amount(words, item.rate, found) if found.has_mix else formats.NOTHING,
            _amount(words, item.mix, found) if found.has_mix else formats.NOTHING,
            _amount(words, item.total, found),
        ]
        for item in found.contributions[:MOST_SHOWN]
    ]


def figure(words: Words, found: Decomposition, names: Names) -> Figure:
    """Draw what each member brought, rate and mix side by side."""
    _ = words.gettext
    times = float(quantity.axis(found.unit)["times"])
    shown = found.contributions[:MOST_SHOWN]
    labels = [member_name(words, found, item, names) for item in shown]
    series = [(_("within"), [item.rate for item in shown], palette.AFTER)]
    if found.has_mix:
        series.append((_("mix"), [item.mix for item in shown], palette.EXPECTED))
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "x": [value * times for value in values],
            "y": labels,
            "marker": {"color": colour},
            "text": [_amount(words, value, found) for value in values],
            "textposition": "none",
            "hovertemplate": f"%{{y}}, {name}: %{{text}}<extra></extra>",
        }
        for name, values, colour in series
    ]
    return {
        "data": traces,
        "layout": canvas(words)
        | {
            "height": 110 + ROW_HEIGHT * max(len(shown), 1),
            "barmode": "relative",
            "legend": legend_below(0.2),
            "showlegend": found.has_mix,
            "yaxis": rows_axis(labels),
            "xaxis": value_axis(None if found.unit == "share" else found.unit)
            | {"title": {"text": _("contribution, in points") if found.unit == "share" else ""}, "zeroline": True},
        },
    }
