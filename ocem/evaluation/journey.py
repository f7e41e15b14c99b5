"""From first contact to order and after: two windows of journeys side by side."""

from dataclasses import dataclass, replace
from datetime import date

from ocem.domain.journey import FEWEST_CUSTOMERS, SILENCE_DAYS
from ocem.domain.perimeter import Dimension
from ocem.evaluation.journey_flow import Flow, flow_of, most_used
from ocem.evaluation.journey_window import GoLiveChoice, Window, go_lives, windows_of
from ocem.evaluation.view import EVERYTHING, View
from ocem.store import journey_count as store
from ocem.store import objective as objective_store
from ocem.store.database import Cursor, Database
from ocem.store.freshness import last_finished_day, source_reaches
from ocem.store.journey import bring_up_to_date
from ocem.store.journey_count import JourneyFigures
from ocem.store.journey_filter import JourneyFilter
from ocem.store.journey_tracing import ContactTracing, OrderTracing, trace_contacts, trace_orders
from ocem.store.member import list_members

PATHS_SHOWN = 12
PARTS = ("paths", "flow_before", "stops")
A_YEAR_BEFORE = ""
"""Key of the comparison with the same weeks a year before."""


@dataclass(frozen=True)
class PathRow:
    """A path with enough customers to be shown.

    `share` is of all journeys with a contact in the window; `share_before` the same in the window before, None where
    fewer than five customers walked it then.
    """

    path: tuple[str, ...]
    journeys: int
    customers: int
    share: float
    share_before: float | None
    share_won: float
    contacts: float
    days_to_order: float | None


@dataclass(frozen=True)
class OtherPaths:
    """What the path rows leave out: rare paths, and those of fewer than five customers, together."""

    journeys: int
    share: float


@dataclass(frozen=True)
class StepRow:
    """What follows a touchpoint: shares of the times that journeys were there.

    `stops` end without an order, `orders` with one, `moves` go to another touchpoint; `next_touchpoint` is the most
    frequent of those, with its share. `stops_before` and `next_before` (the share of the same turn) are those of the
    window before, None where it is too small.
    """

    touchpoint: str
    times: int
    stops: float
    orders: float
    moves: float
    next_touchpoint: str | None
    next_share: float
    stops_before: float | None
    next_before: float | None = None


@dataclass(frozen=True)
class PhaseRow:
    """A phase on the way to orders, after and before: share of orders that passed it, contacts, median days.

    `days` counts from the first contact in the phase to the order; negative from the order to the phase.
    """

    phase: str
    share: float
    contacts: float
    days: float | None
    share_before: float | None
    contacts_before: float | None
    days_before: float | None


@dataclass(frozen=True)
class JourneyReport:
    """Everything on the page of journeys.

    `after` is the window looked at, `before` the one it is compared with, None where it has no journeys.
    `elsewhere_*` are the segments that a go-live did not touch, over the same windows. `refusal` says why there is
    nothing to show: ``no_data``, ``no_journeys`` or ``few_customers``.
    """

    window: Window | None
    window_before: Window | None
    go_live: GoLiveChoice | None
    segments: tuple[str, ...]
    after: JourneyFigures | None
    before: JourneyFigures | None
    elsewhere_after: JourneyFigures | None
    elsewhere_before: JourneyFigures | None
    paths: tuple[PathRow, ...] = ()
    others: OtherPaths | None = None
    flow: Flow | None = None
    flow_before: Flow | None = None
    steps: tuple[StepRow, ...] = ()
    phases: tuple[PhaseRow, ...] = ()
    orders: OrderTracing | None = None
    contacts: tuple[ContactTracing, ...] = ()
    stops_most: str | None = None
    """The touchpoint after which most of the journeys without an order ended."""
    refusal: str | None = None
    data_from: date | None = None
    """First day with a contact or an order: a window before it cannot be compared with."""
    silence_days: int = SILENCE_DAYS


def journeys(
    database: Database, view: View = EVERYTHING, compare: str = A_YEAR_BEFORE, parts: tuple[str, ...] = PARTS
) -> JourneyReport:
    """Describe the journeys in view and the same weeks a year before, or around a go-live.

    A description: season and market are in it, so it carries no verdict.

    Parameters
    ----------
    compare : str
        Key of a go-live, see `go_lives`; its window and segment then take the place of the view's.
    parts : tuple of str
        What to work out beside the figures of both windows: ``paths`` (with the flow), ``flow_before``, ``stops``
        (steps, phases and tracing).
    """
    bring_up_to_date(database)
    choice = next((item for item in go_lives(database) if item.key == compare), None) if compare else None
    with database.cursor() as con:
        finished = last_finished_day(source_reaches(con))
        if finished is None:
            return _nothing("no_data")
        after, before = windows_of(choice, view, finished)
        segments = (choice.segment,) if choice and choice.segment else view.segments
        view = replace(view, segments=segments)
        figures = store.journey_figures(con, _filter(view, after))
        if figures.customers < FEWEST_CUSTOMERS:
            refusal = "few_customers" if figures.customers else "no_journeys"
            return replace(_nothing(refusal), window=after, window_before=before, go_live=choice, segments=segments)
        start = store.first_day(con)
        comparable = start is not None and start <= before.first
        past = _seen(con, view, before) if comparable else None
        elsewhere = _elsewhere(con, view, choice) if comparable else None
        report = JourneyReport(
            after, before, choice, segments, figures, past,
            _seen(con, elsewhere, after), _seen(con, elsewhere, before), data_from=start,
        )  # fmt: skip
        return _with_details(con, report, view, parts)


def _nothing(refusal: str) -> JourneyReport:
    return JourneyReport(None, None, None, (), None, None, None, None, refusal=refusal)


def _filter(view: View, window: Window) -> JourneyFilter:
    return JourneyFilter(window.first, window.last, view.segments, view.phases, view.touchpoints)


def _elsewhere(con: Cursor, view: View, choice: GoLiveChoice | None) -> View | None:
    """Return the view with the segments that no go-live of the same initiative touched; None when there are none."""
    if choice is None or choice.segment is None:
        return None
    initiative = next(item for item in objective_store.list_initiatives(con) if item.key == choice.initiative)
    touched = set(initiative.segments_live())
    members = list_members(con, Dimension.SEGMENT)
    free = tuple(m.key for m in members if m.key not in touched and m.relationship != "prospect")
    return replace(view, segments=free) if free else None


def _seen(con: Cursor, view: View | None, window: Window) -> JourneyFigures | None:
    if view is None:
        return None
    found = store.journey_figures(con, _filter(view, window))
    return found if found.customers >= FEWEST_CUSTOMERS else None


def _with_details(con: Cursor, report: JourneyReport, view: View, parts: tuple[str, ...]) -> JourneyReport:
    assert report.window and report.window_before and report.after
    after = _filter(view, report.window)
    before = _filter(view, report.window_before) if report.before else None
    keys = store.keys_of(con, "touchpoint")
    if "paths" in parts:
        paths, others = _paths(con, after, before, report.after, report.before, keys)
        now = store.count_links(con, after)
        named = most_used(now)
        report = replace(report, paths=paths, others=others, flow=flow_of(now, named, keys))
        if "flow_before" in parts and before:
            report = replace(report, flow_before=flow_of(store.count_links(con, before), named, keys))
    if "stops" in parts and report.after:
        report = replace(
            report,
            steps=_steps(store.count_moves(con, after), store.count_moves(con, before) if before else [], keys),
            phases=_phases(con, after, before, report.after.won, report.before.won if report.before else 0),
            orders=trace_orders(con, after),
            contacts=tuple(trace_contacts(con, after)),
        )
    return replace(report, stops_most=_stops_most(con, after, keys))


def _stops_most(con: Cursor, chosen: JourneyFilter, keys: dict[int, str]) -> str | None:
    """Return the touchpoint after which most journeys ended without an order."""
    number = store.last_before_silence(con, chosen)
    return None if number is None else keys.get(number, "")


def _paths(
    con: Cursor, after: JourneyFilter, before: JourneyFilter | None, now: JourneyFigures, past: JourneyFigures | None,
    keys: dict[int, str],
) -> tuple[tuple[PathRow, ...], OtherPaths | None]:  # fmt: skip
    found = store.count_paths(con, after, PATHS_SHOWN)
    earlier = store.count_these_paths(con, before, [item.path for item in found]) if found and before else {}
    whole_before = past.with_contacts if past else 0
    rows = []
    for item in found:
        walked, customers = earlier.get(item.path, (0, 0))
        enough = whole_before > 0 and (customers >= FEWEST_CUSTOMERS or walked == 0)
        rows.append(
            PathRow(
                tuple(keys.get(number, "") for number in item.path),
                item.journeys,
                item.customers,
                item.journeys / now.with_contacts,
                walked / whole_before if enough else None,
                item.won / item.journeys,
                item.contacts / item.journeys,
                item.days_to_order,
            )
        )
    left = now.with_contacts - sum(row.journeys for row in rows)
    return tuple(rows), OtherPaths(left, left / now.with_contacts) if left > 0 else None


def _steps(now: list[store.Move], then: list[store.Move], keys: dict[int, str]) -> tuple[StepRow, ...]:
    rows = []
    earlier = {source: _ends(then, source) for source in {move.source for move in then}}
    for source in {move.source for move in now}:
        times, customers, stops, orders = _ends(now, source)
        if customers < FEWEST_CUSTOMERS:
            continue
        onward = [move for move in now if move.source == source and move.target >= 0]
        best = max(onward, key=lambda move: (move.times, -move.target), default=None)
        if best is not None and best.customers < FEWEST_CUSTOMERS:
            best = None
        past = earlier.get(source)
        rows.append(
            StepRow(
                keys.get(source, ""),
                times,
                stops / times,
                orders / times,
                sum(move.times for move in onward) / times,
                keys.get(best.target, "") if best else None,
                best.times / times if best else 0.0,
                past[2] / past[0] if past and past[1] >= FEWEST_CUSTOMERS else None,
                _turn_before(then, source, best.target, past[0]) if best and past else None,
            )
        )
    return tuple(sorted(rows, key=lambda row: (-row.times, row.touchpoint)))


def _turn_before(then: list[store.Move], source: int, target: int, times: int) -> float | None:
    """Return how often a turn was taken in the window before; None where fewer than five customers took it."""
    found = next((move for move in then if (move.source, move.target) == (source, target)), None)
    if found is None:
        return 0.0 if times else None
    return found.times / times if found.customers >= FEWEST_CUSTOMERS else None


def _ends(moves: list[store.Move], source: int) -> tuple[int, int, int, int]:
    """Return times at a touchpoint, the most customers of any move from it, times stopped, times ordered."""
    mine = [move for move in moves if move.source == source]
    return (
        sum(move.times for move in mine),
        max((move.customers for move in mine), default=0),
        sum(move.times for move in mine if move.target == store.STOPPED),
        sum(move.times for move in mine if move.target == store.ORDERED),
    )


def _phases(
    con: Cursor, after: JourneyFilter, before: JourneyFilter | None, won: int, won_before: int
) -> tuple[PhaseRow, ...]:
    past = {item.phase: item for item in store.count_phases(con, before)} if before else {}
    rows = []
    for item in store.count_phases(con, after):
        if item.customers < FEWEST_CUSTOMERS or not item.phase:
            continue
        then = past.get(item.phase)
        if then is not None and then.customers < FEWEST_CUSTOMERS:
            then = None
        rows.append(
            PhaseRow(
                item.phase,
                item.journeys / won,
                item.contacts / won,
                item.days,
                then.journeys / won_before if then else None,
                then.contacts / won_before if then else None,
                then.days if then else None,
            )
        )
    return tuple(rows)
