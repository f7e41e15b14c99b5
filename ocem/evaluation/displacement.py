"""What a touchpoint that was opened or changed did to the others: replaced, added, or called for more contacts.

Interactions that customers began are compared week by week with those of segments that nobody touched; how, with
which error rates and what it cannot say is in `docs/links.md`.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from ocem.domain.comparison import Note
from ocem.domain.displacement import Amount, Displacement, RepeatContact, ShiftVerdict, ShiftWeek
from ocem.domain.objective import Initiative
from ocem.domain.perimeter import Dimension, Member
from ocem.errors import N_, NotFound
from ocem.evaluation.calendar import day_of
from ocem.evaluation.displacement_case import (
    Bools,
    Case,
    blocked,
    cohorts_of,
    go_live_days,
    is_new_touchpoint,
    part_streams,
    streams_of,
)
from ocem.evaluation.displacement_part import amount, cost, parts_of, ratio_of, relative
from ocem.evaluation.view import EVERYTHING, View
from ocem.stats import gap
from ocem.stats.displacement import (
    FEWEST_BEFORE,
    TOLD_APART,
    Ratio,
    Stream,
    Volumes,
    quantile,
    shift_between,
    volumes,
)
from ocem.stats.interval import RatioSums
from ocem.store import displacement as store
from ocem.store import objective as objective_store
from ocem.store.database import Cursor, Database
from ocem.store.displacement import WeeklyContacts
from ocem.store.freshness import known_reaches, last_finished_day
from ocem.store.member import list_members
from ocem.store.series import data_span

WASH_IN_WEEKS = 4
REPEAT_DAYS = 7


def displacements(
    database: Database, touchpoint: str | None = None, view: View = EVERYTHING, in_full: bool = True
) -> list[Displacement]:
    """Judge every touchpoint that an initiative changed, or one.

    Parameters
    ----------
    touchpoint : str, optional
        Key of one touchpoint.
    view : View
        Segments to look at; the other filters do not matter here.
    in_full : bool
        Whether cost, rates per order and customer, time taken and contacts after visits are worked out too, which the
        verdict does not need and some of which read every contact.

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
        finished = last_finished_day(known_reaches(database))
        if finished is None or not initiatives:
            return []
        first, _ = data_span(con)
        if first is None or first > finished:
            return []
        first += timedelta(days=-first.weekday() % 7)
        contacts = store.known_contacts(database, first, finished)
        wash_in = _wash_in(con)
        all_segments = tuple(
            member.key for member in list_members(con, Dimension.SEGMENT) if member.relationship != "prospect"
        )
        found = []
        for initiative in initiatives:
            weeks = max(wash_in.get(initiative.key, WASH_IN_WEEKS * 7) // 7, 0)
            facts = _Facts(con, known) if in_full else None
            found.append(_judge(initiative, contacts, all_segments, weeks, view, facts))
    return sorted(found, key=lambda item: (item.verdict is ShiftVerdict.NOT_IDENTIFIED, item.touchpoint))


def _wash_in(con: Cursor) -> dict[str, int]:
    """Return the longest wash-in, in days, that an objective of each initiative declares."""
    found: dict[str, int] = {}
    for item in objective_store.list_objectives(con):
        found[item.initiative] = max(found.get(item.initiative, 0), item.wash_in_days)
    return found


@dataclass(frozen=True)
class _Facts:
    """Where what stands beside the verdict is read, and the touchpoints by key."""

    con: Cursor
    known: dict[str, Member]


def _judge(
    initiative: Initiative,
    contacts: WeeklyContacts,
    all_segments: tuple[str, ...],
    wash_in: int,
    view: View,
    facts: _Facts | None,
) -> Displacement:
    touchpoint = initiative.touchpoint or ""
    days = go_live_days(initiative, all_segments)
    chosen = tuple(key for key in days if not view.segments or key in view.segments)
    comparison = tuple(key for key in all_segments if key not in days)
    cohorts = cohorts_of(days, chosen, contacts.weeks, wash_in)
    silent = Displacement(
        touchpoint, initiative.key, chosen, comparison, tuple(sorted({days[key] for key in chosen})),
        ShiftVerdict.NOT_IDENTIFIED,
    )  # fmt: skip
    reason = blocked(touchpoint, chosen, comparison, cohorts, contacts)
    if reason is not None:
        return replace(silent, reasons=(reason,))
    case = Case(touchpoint, initiative, cohorts, comparison, contacts)
    return _measured(case, silent, facts)


def _measured(case: Case, silent: Displacement, facts: _Facts | None) -> Displacement:
    contacts = case.contacts
    here = contacts.touchpoints == case.touchpoint
    elsewhere = ~here & (contacts.touchpoints != "")
    is_new = is_new_touchpoint(case, here)
    streams = streams_of(case, here, elsewhere, is_new)
    parts = part_streams(case, contacts.touchpoints, elsewhere)
    whys = part_streams(case, contacts.kinds, elsewhere & (contacts.kinds != ""))
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
    total = amount(found, is_there, per_week)
    expected = sum(float(case.volume(c.segments, elsewhere)[c.after].sum()) for c in case.cohorts) / per_week
    touchpoints = parts_of(found, parts, 2 * n_cohorts, per_week, case, total, is_here)
    offset = 2 * n_cohorts + len(parts) * n_cohorts
    reasons = parts_of(found, whys, offset, per_week, case, total, is_here)
    first, last = day_of(contacts.weeks[weeks][0]), day_of(contacts.weeks[weeks][-1]) + timedelta(days=6)
    verdict = ShiftVerdict(shift.verdict)
    told = replace(
        silent,
        verdict=verdict,
        first=first,
        last=last,
        n_weeks=int(weeks.sum()),
        n_weeks_before=int(case.cohorts[0].before.sum()),
        ratio=ratio_of(shift.ratio),
        here=amount(found, is_here, per_week),
        here_is_new=is_new,
        elsewhere=total,
        relative=relative(total, expected),
        net=amount(found, is_here + is_there, per_week),
        touchpoints=touchpoints,
        reasons_of_contact=reasons,
        weeks=_weeks(case, here, elsewhere, found, n_cohorts),
        warnings=_warnings(case, verdict, total, expected, shift.ratio),
    )
    if facts is None:
        return told
    rate = _rates(facts.con, case, elsewhere)
    return replace(
        told,
        cost=cost(facts.con, case, found, parts, 2 * n_cohorts, is_here, per_week, last),
        per_order=rate[0],
        per_order_level=rate[1],
        per_customer=rate[2],
        per_customer_level=rate[3],
        handling=_handling(case, elsewhere),
        repeat=_repeat(facts, case, first, last),
    )


def _rates(
    con: Cursor, case: Case, elsewhere: Bools
) -> tuple[Amount | None, float | None, Amount | None, float | None]:
    """Return the relative change of contacts elsewhere per order and per active customer, and both levels."""
    start, n = day_of(case.contacts.weeks[0]), len(case.contacts.weeks)
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


def _handling(case: Case, elsewhere: Bools) -> Amount | None:
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


def _repeat(facts: _Facts, case: Case, first: date, last: date) -> RepeatContact | None:
    """Count assisted contacts around visits of self-service; None where nobody is known or it is no self-service."""
    if not facts.known[case.touchpoint].self_service:
        return None
    until = last - timedelta(days=REPEAT_DAYS)
    found = store.contacts_around(facts.con, case.touchpoint, case.segments, first, until, REPEAT_DAYS)
    if found.visits < 100 or found.customers < 2:
        return None
    # a customer who visits ten times is one person, not ten
    by_customer = RatioSums(found.customers, found.after, found.visits, found.after_sq, found.visits_sq, found.product)
    after = gap.level(by_customer, 0.0, 1.0, share=True)
    return RepeatContact(REPEAT_DAYS, found.visits, found.before / found.visits, after.value, after.low, after.high)


def _weeks(case: Case, here: Bools, elsewhere: Bools, found: Volumes, n: int) -> tuple[ShiftWeek, ...]:
    """Return the chart's weeks; expected elsewhere is what was seen without each cohort's step."""
    volume_here, volume = case.volume(case.segments, here), case.volume(case.segments, elsewhere)
    expected = volume.copy()
    for place, cohort in enumerate(case.cohorts):
        own = case.volume(cohort.segments, elsewhere)
        expected += np.where(cohort.after, own * np.expm1(-found.step[n + place]), 0.0)
    return tuple(
        ShiftWeek(
            day_of(case.contacts.weeks[i]), float(volume_here[i]), float(volume[i]),
            float(expected[i]) if case.judged[i] else None,
        )
        for i in range(len(case.contacts.weeks))
    )  # fmt: skip


def _warnings(case: Case, verdict: ShiftVerdict, total: Amount, expected: float, ratio: Ratio) -> tuple[Note, ...]:
    found = []
    if (
        verdict in (ShiftVerdict.ADDS, ShiftVerdict.GENERATES_CONTACTS)
        and ratio.low is not None
        and ratio.high is not None
    ):
        half = (ratio.high - ratio.low) / 2.0
        if half > TOLD_APART:
            found.append(Note("wide_ratio", {"half": half, "told_apart": TOLD_APART}))
    if verdict is ShiftVerdict.REPLACES:
        found.append(Note("harder_ones_remain", {}))
    if len(case.comparison) < 2:
        found.append(Note("thin_comparison", {"segments": list(case.comparison)}))
    if verdict is ShiftVerdict.NOT_IDENTIFIED:
        found.append(Note("volume_too_small", {"low": total.low, "high": total.high, "level": expected}))
    return tuple(found)


def highlights(database: Database, most: int = 2) -> list[Displacement]:
    """Return the displacements that can be told, those that generate contacts first."""
    found = [item for item in displacements(database) if item.verdict is not ShiftVerdict.NOT_IDENTIFIED]
    return sorted(found, key=lambda item: item.verdict is not ShiftVerdict.GENERATES_CONTACTS)[:most]
