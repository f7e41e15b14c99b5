"""Journeys in words and pictures: headline, two windows side by side, the flow, paths, steps, phases, tracing."""

from collections.abc import Callable
from dataclasses import dataclass

from ocem.evaluation.journey import JourneyReport, PhaseRow, StepRow
from ocem.evaluation.journey_window import GoLiveChoice
from ocem.i18n import Words, formats
from ocem.reporting.names import Names
from ocem.store.journey_count import JourneyFigures
from ocem.store.journey_tracing import ContactTracing, OrderTracing

Measure = Callable[[JourneyFigures], float | None]

ARROW = " → "
FEW_TIMES = 0.01
"""A touchpoint on fewer than this share of steps is no place where "most" stop."""


def touchpoint_name(words: Words, names: Names, key: str) -> str:
    """Name a touchpoint, the missing one too."""
    return names.member("touchpoint", key) if key else words.gettext("Not given")


def choice_text(words: Words, choice: GoLiveChoice, names: Names) -> str:
    """Name a go-live: initiative, segment, day."""
    label = words.label(choice)
    who = f" · {names.member('segment', choice.segment)}" if choice.segment else ""
    return f"{label}{who} · {words.day(choice.day)}"


def refusal_text(words: Words, report: JourneyReport) -> str:
    """Say why there is nothing to show."""
    _ = words.gettext
    if report.refusal == "few_customers":
        return _("Fewer than five customers have journeys in this view: they are not shown. Widen the view.")
    return _("No journey ended in this view. Remove a filter, or choose another period.")


def days_text(words: Words, report: JourneyReport) -> str:
    """Say which days are described and which they stand beside."""
    _ = words.gettext
    if report.window is None or report.window_before is None:
        return ""
    now = words.span(report.window.first, report.window.last)
    if report.before is None:
        return now
    return _(
        "{days}, beside {before}",
        days=now,
        before=words.span(report.window_before.first, report.window_before.last),
    )


def window_notes(words: Words, report: JourneyReport, names: Names) -> list[str]:
    """Say what the two windows are, and why there is only one where there is."""
    _ = words.gettext
    found = []
    if report.go_live is not None:
        found.append(
            _(
                "After: from four weeks after the go-live to at most a year after it. Before: the same weeks a year "
                "earlier, all of them before the go-live."
            )
        )
        if report.go_live.segment:
            found.append(
                _("Segment of this go-live: {segment}.", segment=names.member("segment", report.go_live.segment))
            )
    if report.before is None and report.data_from and report.window_before:
        if report.data_from > report.window_before.first:
            found.append(_("Nothing to compare with: the data begin on {day}.", day=words.day(report.data_from)))
        else:
            found.append(_("Nothing to compare with: fewer than five customers a year before."))
    else:
        found.append(
            _(
                "A description: what else changed between the two windows is in it. For a verdict declare an objective "
                "with a comparison group."
            )
        )
    return found


def headline(words: Words, report: JourneyReport, names: Names) -> str:
    """Say in one or two sentences how orders come about and where journeys end without one."""
    _ = words.gettext
    figures = report.after
    if figures is None or not figures.traced or figures.days_to_order is None:
        return _("No order in this view can be traced back to a contact.")
    text = _(
        "Before an order there are {contacts} contacts in {days} days; {switching} of the journeys touch more than one "
        "touchpoint.",
        contacts=words.number(figures.contacts_before / figures.traced, 1),
        days=words.number(figures.days_to_order),
        switching=words.percent(figures.switching / figures.with_contacts, 0),
    )
    stopped = figures.journeys - figures.won
    if not stopped or report.stops_most is None:
        return text
    return f"{text} " + _(
        "{share} end without an order, most of them after {touchpoint}.",
        share=words.percent(stopped / figures.journeys, 0),
        touchpoint=touchpoint_name(words, names, report.stops_most),
    )


@dataclass(frozen=True)
class Line:
    """One measure in two windows, and its change where a go-live left customers alone."""

    name: str
    after: str
    before: str
    change: str
    elsewhere: str


def lines(words: Words, report: JourneyReport) -> list[Line]:
    """Write the figures of both windows, one measure a line."""
    _ = words.gettext
    measures: list[tuple[str, str, Measure]] = [
        (_("Journeys that ended"), "count", lambda f: f.journeys),
        (_("of these with an order"), "share", lambda f: _ratio(f.won, f.journeys)),
        (_("Contacts before an order"), "mean", lambda f: _ratio(f.contacts_before, f.traced)),
        (_("Days from first contact to order (median)"), "days", lambda f: f.days_to_order),
        (_("Journeys over more than one touchpoint"), "share", lambda f: _ratio(f.switching, f.with_contacts)),
        (_("Contacts after an order"), "mean", lambda f: _ratio(f.contacts_after, f.won)),
        (_("Orders without a known contact before"), "share", lambda f: _ratio(f.won - f.traced, f.won)),
    ]
    return [
        Line(
            name,
            _written(words, kind, _of(report.after, measure)),
            _written(words, kind, _of(report.before, measure)),
            _change(words, kind, _of(report.before, measure), _of(report.after, measure)),
            _change(words, kind, _of(report.elsewhere_before, measure), _of(report.elsewhere_after, measure)),
        )
        for name, kind, measure in measures
    ]


def made_of(words: Words) -> list[tuple[str, str]]:
    """Say how each figure of the journeys is made."""
    _ = words.gettext
    return [
        (
            _("Journeys that ended"),
            _(
                "Runs of one customer's contacts that ended in the window: with an order on its day, or without one "
                "when the silence after the last contact was over."
            ),
        ),
        (_("of these with an order"), _("Journeys that ended with an order over all that ended.")),
        (_("Contacts before an order"), _("Contacts of journeys with an order over the orders that have any.")),
        (_("Days from first contact to order (median)"), _("Half of the orders with a known contact took longer.")),
        (
            _("Journeys over more than one touchpoint"),
            _("Journeys whose contacts touched two touchpoints or more, over those with a contact."),
        ),
        (_("Contacts after an order"), _("Contacts of later phases within 60 days after an order, over all orders.")),
        (_("Orders without a known contact before"), _("Orders of customers nobody heard from before, over all.")),
        (
            _("Share of journeys"),
            _("Journeys on this path over all with a contact; paths of fewer than five customers are left out."),
        ),
    ]


def stops_made_of(words: Words) -> list[tuple[str, str]]:
    """Say how each figure about phases, stops and tracing is made."""
    _ = words.gettext
    return [
        (
            _("Orders that pass through it"),
            _("Orders with a contact in the phase, before or after them, over all orders."),
        ),
        (_("Contacts for each order"), _("Contacts in the phase over all orders of the window.")),
        (
            _("First contact there (median)"),
            _("Days between the first contact in the phase and the order; half of the orders had fewer."),
        ),
        (_("Times"), _("How often journeys of the window were at the touchpoint, contacts in a row counted once.")),
        (
            _("Most often"),
            _("The touchpoint that follows most often, with its share of the times; before: the same turn then."),
        ),
        (_("Nothing more"), _("Times after which neither a contact nor an order followed, over all times.")),
        (
            _("How much of the way is traced"),
            _("Orders by what is known of the customer's contacts before them, each order in one group."),
        ),
    ]


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _of(figures: JourneyFigures | None, measure: Measure) -> float | None:
    return measure(figures) if figures is not None else None


def _written(words: Words, kind: str, value: float | None) -> str:
    if value is None:
        return formats.NOTHING
    if kind == "share":
        return words.percent(value)
    return words.number(value, {"count": 0, "days": 0, "mean": 1}[kind])


def _change(words: Words, kind: str, before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return formats.NOTHING
    if kind == "share":
        return words.gettext("{change} points", change=words.number(100 * (after - before), 1, signed=True))
    if kind == "days":
        return words.number(after - before, 0, signed=True)
    return words.percent(after / before - 1, 0, signed=True) if before else formats.NOTHING


def path_text(words: Words, path: tuple[str, ...], names: Names) -> str:
    """Write a path from its first touchpoint to its last."""
    return ARROW.join(touchpoint_name(words, names, key) for key in path)


def from_order_text(words: Words, days: float | None) -> str:
    """Say how long before or after the order a phase begins."""
    if days is None:
        return formats.NOTHING
    if days < 0:
        return words.ngettext("{n} day after", "{n} days after", round(-days))
    return words.gettext("same day") if days == 0 else words.ngettext("{n} day before", "{n} days before", round(days))


def phases_text(words: Words, phases: tuple[PhaseRow, ...], names: Names) -> str:
    """Say which phase takes most contacts."""
    most = max(phases, key=lambda row: row.contacts, default=None)
    if most is None:
        return ""
    return words.gettext(
        "Most contacts fall into the phase {phase}: {contacts} for each order.",
        phase=names.member("phase", most.phase),
        contacts=words.number(most.contacts, 1),
    )


def steps_text(words: Words, steps: tuple[StepRow, ...], names: Names) -> str:
    """Say where journeys stop most readily and where they turn elsewhere."""
    times = sum(row.times for row in steps)
    known = [row for row in steps if row.times >= FEW_TIMES * times]
    stop = max(known, key=lambda row: row.stops, default=None)
    move = max((row for row in known if row.next_touchpoint is not None), key=lambda row: row.next_share, default=None)
    found = []
    if stop is not None and stop.stops > 0:
        found.append(
            words.gettext(
                "After {touchpoint} journeys stop most readily: {share} of the times there is no further contact and "
                "no order.",
                touchpoint=touchpoint_name(words, names, stop.touchpoint),
                share=words.percent(stop.stops, 0),
            )
        )
    if move is not None and move.next_touchpoint is not None:
        found.append(
            words.gettext(
                "The most frequent turn is from {source} to {target}: {share} of the times.",
                source=touchpoint_name(words, names, move.touchpoint),
                target=touchpoint_name(words, names, move.next_touchpoint),
                share=words.percent(move.next_share, 0),
            )
        )
    return " ".join(found)


@dataclass(frozen=True)
class TracingPart:
    """One kind of order in the tracing bar: its name, share, and key."""

    name: str
    share: float
    key: str


def tracing_parts(words: Words, orders: OrderTracing) -> list[TracingPart]:
    """Split the orders by what is known of the way to them."""
    _ = words.gettext
    if not orders.orders:
        return []
    parts = [
        (_("digital contacts only"), orders.digital, "digital"),
        (_("digital and other contacts"), orders.mixed, "mixed"),
        (_("other contacts only"), orders.offline, "offline"),
        (_("no known contact before"), orders.untraced, "untraced"),
        (_("order without a customer code"), orders.anonymous, "anonymous"),
    ]
    return [TracingPart(name, count / orders.orders, key) for name, count, key in parts if count]


def tracing_text(words: Words, orders: OrderTracing, contacts: tuple[ContactTracing, ...]) -> str:
    """Say what tracing of digital touchpoints alone would show, against all that are traced."""
    _ = words.gettext
    traced = orders.digital + orders.mixed + orders.offline
    if not traced:
        return _("No order can be traced back: contacts and orders need the same customer code.")
    first = _(
        "Of {orders} orders {all} can be followed back over all touchpoints; with the digital ones alone the whole way "
        "would be seen for {digital}, a part of it for {part}.",
        orders=words.number(orders.orders),
        all=words.percent(traced / orders.orders, 0),
        digital=words.percent(orders.digital / orders.orders, 0),
        part=words.percent(orders.mixed / orders.orders, 0),
    )
    return f"{first} {level_text(words, contacts)}"


def level_text(words: Words, contacts: tuple[ContactTracing, ...]) -> str:
    """Place the company among those of the Osservatorio's survey: not traced, digital only, all channels."""
    _ = words.gettext
    traced = {item.medium for item in contacts if item.with_customer}
    if "offline" in traced and "online" in traced:
        return _("That is tracing of all channels, which 20% of companies had in the Osservatorio's survey of 2017.")
    if "online" in traced:
        return _(
            "That is tracing of digital touchpoints only, as in 44% of companies in the Osservatorio's survey of 2017."
        )
    return ""


def blind_text(words: Words, contacts: tuple[ContactTracing, ...], names: Names) -> str:
    """Name the touchpoints from which no contact is known."""
    blind = [item.touchpoint for item in contacts if not item.contacts and item.touchpoint]
    if not blind:
        return ""
    return words.gettext(
        "No contacts in the data: {touchpoints}.",
        touchpoints=words.listed(names.member("touchpoint", key) for key in blind),
    )
