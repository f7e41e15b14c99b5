"""What a touchpoint that was opened or changed did to the others: replaced, added, or called for more contacts.

Interactions that customers began are compared week by week with those of segments that nobody touched; how, with
which error rates and what it cannot say is in `docs/links.md`.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Note
from ocem.domain.displacement import Amount, Displacement, RepeatContact, ShiftPart, ShiftVerdict, ShiftWeek
from ocem.domain.objective import Initiative
from ocem.domain.perimeter import Dimension, Member
from ocem.errors import N_, NotFound
from ocem.evaluation.view import EVERYTHING, View
from ocem.evaluation.window import monday_on_or_after
from ocem.stats.displacement import (
    FEWEST_AFTER,
    FEWEST_BEFORE,
    THIN_STREAM,
    Ratio,
    Stream,
    Volumes,
    fieller,
    quantile,
    reconciled,
    shift_between,
    volumes,
)
from ocem.stats.interval import wilson
from ocem.store import displacement as store
from ocem.store import objective as objective_store
from ocem.store.database import Cursor, Database
from ocem.store.displacement import WeeklyContacts
from ocem.store.freshness import last_finished_day, source_reaches
from ocem.store.member import list_members
from ocem.store.series import data_span

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
WASH_IN_WEEKS = 4
REPEAT_DAYS = 7
NEW_SHARE = 0.02
"""A touchpoint with less than this share of its judged volume before the go-live is new."""
COST_WEEKS = 52


@dataclass(frozen=True)
class _Cohort:
    """Segments that went live on the same day, with the weeks that teach and those that are judged."""

    segments: tuple[str, ...]
    day: date
    before: Bools
    after: Bools


@dataclass(frozen=True)
class _Case:
    """One touchpoint and the initiative that changed it, with everything that was counted."""

    touchpoint: str
    initiative: Initiative
    cohorts: tuple[_Cohort, ...]
    comparison: tuple[str, ...]
    contacts: WeeklyContacts

    @property
    def segments(self) -> tuple[str, ...]:
        """All segments that went live."""
        return tuple(key for cohort in self.cohorts for key in cohort.segments)

    @property
    def judged(self) -> Bools:
        """Weeks judged in any cohort."""
        return np.asarray(np.logical_or.reduce([cohort.after for cohort in self.cohorts]))

    def volume(self, segments: tuple[str, ...], rows: Bools, of: str = "n") -> Floats:
        """Add up rows of some segments week by week."""
        values: Floats = getattr(self.contacts, of)[rows & np.isin(self.contacts.segments, segments)]
        return np.asarray(values.sum(axis=0))


def displacements(database: Database, touchpoint: str | None = None, view: View = EVERYTHING) -> list[Displacement]:
    """Judge every touchpoint that an initiative changed, or one.

    Parameters
    ----------
    touchpoint : str, optional
        Key of one touchpoint.
    view : View
        Segments to look at; the other filters do not matter here.

    Raises
    ------
    NotFound
        If no touchpoint bears the key.
    """
    with database.cursor() as con:
        known = {item.key: item for item in list_members(con, Dimension.TOUCHPOINT)}
        if touchpoint is not None and touchpoint not in known:
            raise NotFound(N_("No touchpoint is called {key}."), key=touchpoint)
        initiatives = [
            item
            for item in objective_store.list_initiatives(con)
            if item.touchpoint and (touchpoint is None or item.touchpoint == touchpoint)
        ]
        finished = last_finished_day(source_reaches(con))
        first, _ = data_span(con)
        if finished is None or first is None or first > finished or not initiatives:
            return []
        first += timedelta(days=-first.weekday() % 7)
        contacts = store.weekly_contacts(con, first, finished)
        wash_in = _wash_in(con)
        all_segments = tuple(
            member.key for member in list_members(con, Dimension.SEGMENT) if member.relationship != "prospect"
        )
        found = []
        for initiative in initiatives:
            weeks = max(wash_in.get(initiative.key, WASH_IN_WEEKS * 7) // 7, 0)
            found.append(_judge(con, initiative, contacts, all_segments, weeks, view, known))
    return sorted(found, key=lambda item: (item.verdict is ShiftVerdict.NOT_IDENTIFIED, item.touchpoint))


def _wash_in(con: Cursor) -> dict[str, int]:
    """Return the longest wash-in, in days, that an objective of each initiative declares."""
    found: dict[str, int] = {}
    for item in objective_store.list_objectives(con):
        found[item.initiative] = max(found.get(item.initiative, 0), item.wash_in_days)
    return found


def _judge(
    con: Cursor,
    initiative: Initiative,
    contacts: WeeklyContacts,
    all_segments: tuple[str, ...],
    wash_in: int,
    view: View,
    known: dict[str, Member],
) -> Displacement:
    touchpoint = initiative.touchpoint or ""
    days = _go_live_days(initiative, all_segments)
    chosen = tuple(key for key in days if not view.segments or key in view.segments)
    comparison = tuple(key for key in all_segments if key not in days)
    cohorts = _cohorts(days, chosen, contacts.weeks, wash_in)
    silent = Displacement(
        touchpoint, initiative.key, chosen, comparison, tuple(sorted({days[key] for key in chosen})),
        ShiftVerdict.NOT_IDENTIFIED,
    )  # fmt: skip
    reason = _blocked(touchpoint, chosen, comparison, cohorts, contacts)
    if reason is not None:
        return replace(silent, reasons=(reason,))
    case = _Case(touchpoint, initiative, cohorts, comparison, contacts)
    return _measured(con, case, silent, known)


def _go_live_days(initiative: Initiative, all_segments: tuple[str, ...]) -> dict[str, date]:
    own = {item.segment: item.day for item in initiative.go_lives if item.segment}
    general = min((item.day for item in initiative.go_lives if item.segment is None), default=None)
    days = {key: own.get(key, general) for key in all_segments}
    return {key: day for key, day in days.items() if day is not None}


def _cohorts(
    days: dict[str, date], chosen: tuple[str, ...], weeks: NDArray[np.datetime64], wash_in: int
) -> tuple[_Cohort, ...]:
    found = []
    for day in sorted({days[key] for key in chosen}):
        start = monday_on_or_after(day + timedelta(days=7 * wash_in))
        before = weeks + 6 < np.datetime64(day, "D")
        after = weeks >= np.datetime64(start, "D")
        found.append(_Cohort(tuple(key for key in chosen if days[key] == day), day, before, after))
    return tuple(item for item in found if item.after.sum() >= FEWEST_AFTER)


def _blocked(
    touchpoint: str,
    chosen: tuple[str, ...],
    comparison: tuple[str, ...],
    cohorts: tuple[_Cohort, ...],
    contacts: WeeklyContacts,
) -> Note | None:
    """Return why nothing can be said, or None."""
    if not chosen:
        return Note("no_segment_in_view", {})
    if not cohorts:
        return Note("too_few_weeks_after", {"needed": FEWEST_AFTER})
    if not (contacts.touchpoints == touchpoint).any():
        return Note("no_interactions_here", {"touchpoint": touchpoint})
    if not comparison:
        return Note("everyone_went_live", {})
    weeks = int(cohorts[0].before.sum())
    if weeks < FEWEST_BEFORE:
        return Note("too_few_weeks_before", {"weeks": weeks, "needed": FEWEST_BEFORE})
    return None


def _measured(con: Cursor, case: _Case, silent: Displacement, known: dict[str, Member]) -> Displacement:
    contacts = case.contacts
    here = contacts.touchpoints == case.touchpoint
    elsewhere = ~here & (contacts.touchpoints != "")
    is_new = _is_new(case, here)
    streams = _streams(case, here, elsewhere, is_new)
    parts = _part_streams(case, contacts.touchpoints, elsewhere)
    whys = _part_streams(case, contacts.kinds, elsewhere & (contacts.kinds != ""))
    found = volumes([*streams, *[s for _key, group in (*parts, *whys) for s in group]])
    n_cohorts, m = len(case.cohorts), len(found.extra)
    if any(found.reason[: 2 * n_cohorts]):
        code = next(reason for reason in found.reason if reason)
        return replace(silent, reasons=(Note(code, {"needed": FEWEST_BEFORE}),))
    is_here, is_there = np.zeros(m), np.zeros(m)
    is_here[:n_cohorts], is_there[n_cohorts : 2 * n_cohorts] = 1.0, 1.0
    shift = shift_between(found, is_here, is_there)
    weeks = case.judged
    per_week = float(sum(cohort.after.sum() for cohort in case.cohorts)) / n_cohorts
    total = _amount(found, is_there, per_week)
    expected = sum(float(case.volume(c.segments, elsewhere)[c.after].sum()) for c in case.cohorts) / per_week
    touchpoints = _parts(found, parts, 2 * n_cohorts, per_week, case, total, is_here)
    offset = 2 * n_cohorts + len(parts) * n_cohorts
    reasons = _parts(found, whys, offset, per_week, case, total, is_here)
    first, last = _day(contacts.weeks[weeks][0]), _day(contacts.weeks[weeks][-1]) + timedelta(days=6)
    rate = _rates(con, case, elsewhere, first)
    verdict = ShiftVerdict(shift.verdict)
    return replace(
        silent,
        verdict=verdict,
        first=first,
        last=last,
        n_weeks=int(weeks.sum()),
        n_weeks_before=int(case.cohorts[0].before.sum()),
        ratio=_ratio(shift.ratio),
        here=_amount(found, is_here, per_week),
        here_is_new=is_new,
        elsewhere=total,
        relative=_relative(total, expected),
        net=_amount(found, is_here + is_there, per_week),
        cost=_cost(con, case, found, parts, 2 * n_cohorts, is_here, per_week, last),
        per_order=rate[0],
        per_order_level=rate[1],
        per_customer=rate[2],
        per_customer_level=rate[3],
        touchpoints=touchpoints,
        reasons_of_contact=reasons,
        handling=_handling(case, elsewhere),
        repeat=_repeat(con, case, known, first, last),
        weeks=_weeks(case, here, elsewhere, found, n_cohorts),
        warnings=_warnings(case, verdict, total, expected),
    )


def _is_new(case: _Case, here: Bools) -> bool:
    before = sum(float(case.volume(c.segments, here)[c.before].mean()) for c in case.cohorts)
    after = sum(float(case.volume(c.segments, here)[c.after].mean()) for c in case.cohorts)
    return before < NEW_SHARE * after


def _streams(case: _Case, here: Bools, elsewhere: Bools, is_new: bool) -> list[Stream]:
    """Return the streams here of all cohorts, then those elsewhere."""
    untouched_here, untouched = case.volume(case.comparison, here), case.volume(case.comparison, elsewhere)
    beside = untouched_here if np.median(untouched_here) >= 10 else untouched
    found = [
        Stream(case.volume(c.segments, here), None if is_new else beside, c.before, c.after, is_new)
        for c in case.cohorts
    ]
    return found + [Stream(case.volume(c.segments, elsewhere), untouched, c.before, c.after) for c in case.cohorts]


def _part_streams(case: _Case, names: NDArray[np.str_], rows: Bools) -> list[tuple[str, list[Stream]]]:
    """Return the streams of all cohorts for each other touchpoint or reason, the largest first.

    What is too small to be judged alone is put together under the key ``""``.
    """
    found, small = [], np.zeros(len(rows), dtype=bool)
    for key in sorted(set(names[rows].tolist())):
        own = rows & (names == key)
        streams = _of_rows(case, own)
        if any(_is_thin(stream) for stream in streams):
            small |= own
        else:
            found.append((key, streams))
    found.sort(key=lambda item: -sum(float(stream.volume.sum()) for stream in item[1]))
    return [*found, ("", _of_rows(case, small))] if small.any() else found


def _of_rows(case: _Case, rows: Bools) -> list[Stream]:
    untouched = case.volume(case.comparison, rows)
    return [Stream(case.volume(c.segments, rows), untouched, c.before, c.after) for c in case.cohorts]


def _is_thin(stream: Stream) -> bool:
    windows = stream.before | stream.after
    return bool(min(np.median(stream.volume[windows]), np.median(np.asarray(stream.comparison)[windows])) < THIN_STREAM)


def _amount(found: Volumes, weights: Floats, per_week: float) -> Amount:
    filled = Volumes(
        np.nan_to_num(found.extra), np.nan_to_num(found.covariance), found.step, found.step_error, found.df,
        found.rho, found.reason,
    )  # fmt: skip
    value, low, high = filled.interval(weights)
    return Amount(value / per_week, low / per_week, high / per_week)


def _relative(change: Amount, level: float) -> Amount | None:
    """Return a change as a share of what was to be expected, given the level that was seen."""
    expected = level - change.value
    if not expected > 0:
        return None
    return Amount(change.value / expected, change.low / expected, change.high / expected)


def _ratio(found: Ratio) -> Amount | None:
    if found.low is None or found.high is None:
        return None
    return Amount(found.value, found.low, found.high)


def _parts(
    found: Volumes,
    groups: list[tuple[str, list[Stream]]],
    offset: int,
    per_week: float,
    case: _Case,
    total: Amount,
    is_here: Floats,
) -> tuple[ShiftPart, ...]:
    """Judge each part and let the parts add up to the total."""
    n = len(case.cohorts)
    judged: list[tuple[str, float, Floats]] = []
    refused = []
    for place, (key, streams) in enumerate(groups):
        at = slice(offset + place * n, offset + (place + 1) * n)
        level = sum(float(s.volume[s.after].sum()) for s in streams) / per_week
        code = next((reason for reason in found.reason[at] if reason), "")
        if code:
            refused.append(ShiftPart(key, level, refused=Note(code, {"volume": level})))
            continue
        weights = np.zeros(len(found.extra))
        weights[at] = 1.0
        judged.append((key, level, weights))
    if not judged:
        return tuple(refused)
    raw = [_amount(found, weights, per_week) for _key, _level, weights in judged]
    spread = np.array([(item.high - item.low) ** 2 for item in raw])
    values = reconciled(np.array([item.value for item in raw]), spread, total.value)
    parts = []
    for (key, level, weights), own, value in zip(judged, raw, values.tolist(), strict=True):
        moved = Amount(value, own.low + value - own.value, own.high + value - own.value)
        parts.append(
            ShiftPart(key, level, moved, _relative(moved, level), _part_ratio(found, weights, is_here, value, per_week))
        )
    return (*parts, *refused)


def _part_ratio(found: Volumes, weights: Floats, is_here: Floats, value: float, per_week: float) -> Amount | None:
    """Return how many of the extra interactions here a part explains."""
    extra, cov = np.nan_to_num(found.extra), np.nan_to_num(found.covariance)
    ratio = fieller(
        -value * per_week, float(is_here @ extra), float(weights @ cov @ weights), float(is_here @ cov @ is_here),
        -float(is_here @ cov @ weights), quantile(found.df, 0.95),
    )  # fmt: skip
    return _ratio(ratio)


def _cost(
    con: Cursor,
    case: _Case,
    found: Volumes,
    parts: list[tuple[str, list[Stream]]],
    offset: int,
    is_here: Floats,
    per_week: float,
    last: date,
) -> Amount | None:
    """Return euro a week more or less, from what an interaction costs at each touchpoint; None where nobody says."""
    prices = store.unit_costs(con, last - timedelta(days=7 * COST_WEEKS - 1), last)
    n = len(case.cohorts)
    weights = is_here * prices.get(case.touchpoint, 0.0)
    known = False
    for place, (key, _streams) in enumerate(parts):
        at = slice(offset + place * n, offset + (place + 1) * n)
        if key in prices and not any(found.reason[at]):
            weights[at] = prices[key]
            known = True
    return _amount(found, weights, per_week) if known else None


def _rates(
    con: Cursor, case: _Case, elsewhere: Bools, first: date
) -> tuple[Amount | None, float | None, Amount | None, float | None]:
    """Return the relative change of contacts elsewhere per order and per active customer, and both levels."""
    start, n = _day(case.contacts.weeks[0]), len(case.contacts.weeks)
    found: list[Amount | float | None] = []
    for base in (store.weekly_orders(con, start, n), store.weekly_active(con, start, n)):
        empty = np.zeros(n)
        streams, top, bottom = [], 0.0, 0.0
        beside = np.asarray(sum((base.get(key, empty) for key in case.comparison), empty))
        others = case.volume(case.comparison, elsewhere)
        for cohort in case.cohorts:
            own = np.asarray(sum((base.get(key, empty) for key in cohort.segments), empty))
            volume = case.volume(cohort.segments, elsewhere)
            with np.errstate(divide="ignore", invalid="ignore"):
                rate = np.where(own > 0, volume / own, 0.0) * 1e4
                other = np.where(beside > 0, others / beside, 0.0) * 1e4
            streams.append(Stream(rate, other, cohort.before, cohort.after))
            top += float(volume[cohort.after].sum())
            bottom += float(own[cohort.after].sum())
        judged = volumes(streams)
        if any(judged.reason) or not bottom > 0:
            found += [None, None]
            continue
        size = np.array([float(case.volume(c.segments, elsewhere)[c.after].sum()) for c in case.cohorts])
        weight = size / size.sum()
        step = float(weight @ judged.step)
        t = quantile(judged.df, 0.95)
        levels = np.array([float(s.volume[s.after].sum()) for s in streams])
        log_cov = judged.covariance / np.outer(levels * np.exp(-judged.step), levels * np.exp(-judged.step))
        half = t * float(np.sqrt(max(float(weight @ log_cov @ weight), 0.0)))
        found += [Amount(*(float(np.expm1(x)) for x in (step, step - half, step + half))), top / bottom]
    return found[0], found[1], found[2], found[3]  # type: ignore[return-value]


def _handling(case: _Case, elsewhere: Bools) -> Amount | None:
    """Return by how much longer the remaining contacts take: the first cohort's mean time against the others'."""
    cohort = case.cohorts[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        pairs = [
            np.where(
                case.volume(keys, elsewhere, "timed") > 0,
                case.volume(keys, elsewhere, "seconds") / case.volume(keys, elsewhere, "timed"),
                0.0,
            )
            for keys in (cohort.segments, case.comparison)
        ]
    found = volumes([Stream(pairs[0], pairs[1], cohort.before, cohort.after)])
    if found.reason[0]:
        return None
    half = quantile(found.df, 0.95) * float(found.step_error[0])
    step = float(found.step[0])
    return Amount(*(float(np.expm1(x)) for x in (step, step - half, step + half)))


def _repeat(con: Cursor, case: _Case, known: dict[str, Member], first: date, last: date) -> RepeatContact | None:
    """Count assisted contacts around visits of self-service; None where nobody is known or it is no self-service."""
    if not known[case.touchpoint].self_service:
        return None
    until = last - timedelta(days=REPEAT_DAYS)
    n, before, after = store.contacts_around(con, case.touchpoint, case.segments, first, until, REPEAT_DAYS)
    if n < 100:
        return None
    interval = wilson(after, n)
    return RepeatContact(REPEAT_DAYS, n, before / n, after / n, interval.low, interval.high)


def _weeks(case: _Case, here: Bools, elsewhere: Bools, found: Volumes, n: int) -> tuple[ShiftWeek, ...]:
    """Return the chart's weeks; expected elsewhere is what was seen without each cohort's step."""
    volume_here, volume = case.volume(case.segments, here), case.volume(case.segments, elsewhere)
    expected = volume.copy()
    for place, cohort in enumerate(case.cohorts):
        own = case.volume(cohort.segments, elsewhere)
        expected += np.where(cohort.after, own * np.expm1(-found.step[n + place]), 0.0)
    return tuple(
        ShiftWeek(
            _day(case.contacts.weeks[i]), float(volume_here[i]), float(volume[i]),
            float(expected[i]) if case.judged[i] else None,
        )
        for i in range(len(case.contacts.weeks))
    )  # fmt: skip


def _warnings(case: _Case, verdict: ShiftVerdict, total: Amount, expected: float) -> tuple[Note, ...]:
    found = []
    if verdict is ShiftVerdict.REPLACES:
        found.append(Note("harder_ones_remain", {}))
    if len(case.comparison) < 2:
        found.append(Note("thin_comparison", {"segments": list(case.comparison)}))
    if verdict is ShiftVerdict.NOT_IDENTIFIED:
        found.append(Note("volume_too_small", {"low": total.low, "high": total.high, "level": expected}))
    return tuple(found)


def _day(value: np.datetime64) -> date:
    found: date = value.astype("datetime64[D]").astype(object)
    return found


def highlights(database: Database, most: int = 2) -> list[Displacement]:
    """Return the displacements that can be told, those that generate contacts first."""
    found = [item for item in displacements(database) if item.verdict is not ShiftVerdict.NOT_IDENTIFIED]
    return sorted(found, key=lambda item: item.verdict is not ShiftVerdict.GENERATES_CONTACTS)[:most]
