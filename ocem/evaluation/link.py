"""From touchpoint to outcome: which KPI moves before which, as people expect and as a screen over all pairs finds.

Everything is read from weekly sums; `docs/links.md` says how links are tested and what they cannot say.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ocem.domain.access import Right
from ocem.domain.comparison import Comparison, Note
from ocem.domain.fact import FactKind
from ocem.domain.kpi import Kpi, KpiKind, Level, Measure
from ocem.domain.link import (
    LONGEST_LAG,
    MAX_LAG,
    Backing,
    Evidence,
    LagPoint,
    Ledger,
    Link,
    LinkHypothesis,
    LinkStatus,
    LinkTest,
    Movement,
    SegmentLink,
)
from ocem.errors import N_, DefinitionError, StatsInputError
from ocem.evaluation.comparison import compare
from ocem.evaluation.view import EVERYTHING, View
from ocem.stats import link as stats
from ocem.stats.driver import effect_with_memory
from ocem.stats.interval import Contrast
from ocem.stats.multiplicity import benjamini_hochberg
from ocem.stats.series import find_closures
from ocem.stats.shrinkage import shrink
from ocem.store import access, audit
from ocem.store import kpi as kpi_store
from ocem.store import link as store
from ocem.store import objective as objective_store
from ocem.store.database import Cursor, Database
from ocem.store.freshness import last_finished_day, source_reaches
from ocem.store.series import data_span

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LONGEST_HISTORY = 156
"""Weeks at most that a test looks back on."""
THIN_WEEK = 5
"""Rows behind a week's value below which it does not count."""
THIN_SEGMENT = 30.0
"""Rows a week, at the median, below which a segment is not judged."""
SUPPORTED_AT = 0.05
"""q-value up to which an expected link is supported."""
UNEXPECTED_AT = 0.01
"""The same for a link that nobody expected: who looks at everything must ask for more."""
SETTLED_WEEKS = 8
"""Weeks that must lie on both sides of a go-live for its step to be taken out."""
OPEN_SHARE = 0.5
"""A day under this share of its weekday's usual activity was not an ordinary day."""
TOTALS = (KpiKind.COUNT, KpiKind.SUM)
LEADS = (Level.TOUCHPOINT, Level.PROCESS)
FOLLOWS = (Level.PROCESS, Level.OUTCOME)


@dataclass(frozen=True)
class _Weeks:
    """The weekly values of all KPIs on their scales, (n_kpis, T) and by segment, and when they are."""

    kpis: tuple[Kpi, ...]
    values: Floats
    shown: Floats
    """The same in the KPIs' units."""
    by_segment: Floats
    segment_rows: Floats
    """Median rows a week behind each KPI and segment."""
    segments: tuple[str, ...]
    weeks: NDArray[np.datetime64]
    timeline: stats.Timeline

    def at(self, key: str) -> int | None:
        """Return the place of a KPI, None when it has no data."""
        return next((i for i, kpi in enumerate(self.kpis) if kpi.key == key), None)


def _on_scale(kpi: Kpi, sums: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Return weekly values on the scale of the analysis and in the KPI's unit; NaN where a week has too few rows.

    Logarithms for counts, sums, ratios and durations (means of logarithms); counts that touch zero by their square
    root; shares, scores and means as they are.
    """
    n, above, below = sums["n"], sums["numerator"], sums["denominator"]
    blank = np.full(above.shape, np.nan)
    if kpi.kind in TOTALS:
        active = np.cumsum(np.abs(above), axis=-1) > 0
        shown = np.where(active, above, np.nan)
        lowest = np.nanmin(np.where(active, above, np.inf), axis=-1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = np.where(lowest > 0, np.log(shown), np.where(lowest == 0, np.sqrt(shown + 0.375), shown))
        return scaled, shown
    base = n if kpi.kind is KpiKind.DURATION else below
    enough = (base >= THIN_WEEK) & (below > 0)
    shown = np.divide(above, below, out=blank.copy(), where=enough)
    if kpi.kind is KpiKind.DURATION:
        return np.divide(sums["numerator_log"], n, out=blank, where=enough & (n > 0)), shown
    if kpi.kind is KpiKind.RATIO:
        return np.log(shown, out=blank, where=enough & (np.nan_to_num(shown) > 0)), shown
    return shown, shown


def _read(con: Cursor, view: View) -> _Weeks | Note:
    """Read the weeks of all KPIs in view, or say why there is nothing to read."""
    finished = last_finished_day(source_reaches(con))
    first, _ = data_span(con)
    if finished is None or first is None or first > finished:
        return Note("nothing_imported", {})
    first = first + timedelta(days=-first.weekday() % 7)
    first = max(first, finished - timedelta(days=7 * LONGEST_HISTORY - 1))
    n_weeks = ((finished - first).days + 1) // 7
    if n_weeks < stats.FEWEST:
        return Note("too_few_weeks", {"weeks": n_weeks, "needed": stats.FEWEST})
    perimeter = view.perimeter()
    found = store.weekly_sums(con, perimeter, first, finished, replace(perimeter, touchpoints=None, phases=None))
    activity = store.daily_activity(con, first, finished)
    go_lives = {item.day for initiative in objective_store.list_initiatives(con) for item in initiative.go_lives}
    numbered = dict(kpi_store.numbered_kpis(con))
    places = [i for i, number in enumerate(found.kpi_ids.tolist()) if number in numbered]
    if not places:
        return Note("nothing_imported", {})
    kpis = tuple(numbered[int(found.kpi_ids[i])] for i in places)
    closed = find_closures(activity[: 7 * n_weeks].reshape(1, n_weeks, 7).sum(axis=2), n_weeks)[0]
    parts = []
    for i, kpi in zip(places, kpis, strict=True):
        sums = {name: values[i] for name, values in found.sums.items()}
        if kpi.per_sale:
            sums["denominator"] = sums["denominator_below"]
        whole = {name: values.sum(axis=0) for name, values in sums.items()}
        scaled, shown = _on_scale(kpi, whole)
        own, _shown = _on_scale(kpi, sums)
        rows = np.median(sums["n"] if kpi.kind in TOTALS else np.maximum(sums["denominator"], 0), axis=1)
        parts.append((scaled, shown, own, rows))
    scaled, shown, own, rows = (np.stack(column) for column in zip(*parts, strict=True))
    calendar = _calendar(activity, found.weeks, go_lives)
    timeline = stats.Timeline((found.weeks - np.datetime64("1970-01-05", "D")).astype(float), 7, calendar)
    return _Weeks(
        kpis,
        np.where(closed, np.nan, scaled),
        shown,
        np.where(closed, np.nan, own),
        rows,
        found.segments,
        found.weeks,
        timeline,
    )


def _calendar(activity: Floats, weeks: NDArray[np.datetime64], go_lives: set[date]) -> Floats:
    """Return what is known of each week: how much of it was open (logarithm), and a step for each settled go-live."""
    n = len(weeks)
    by_day = activity[: 7 * n].reshape(n, 7)
    span = min(9, n)
    windows = np.lib.stride_tricks.sliding_window_view(by_day, span, axis=0)
    start = np.clip(np.arange(n) - span // 2, 0, n - span)
    usual = np.median(windows, axis=2)[start]
    is_open = by_day >= OPEN_SHARE * usual
    total = np.maximum(usual.sum(axis=1), 1e-9)
    share = np.clip((is_open * usual).sum(axis=1) / total, 0.05, 1.0)
    columns = [np.log(share)]
    for day in sorted(go_lives):
        after = (weeks + 6 >= np.datetime64(day, "D")).astype(float)
        if SETTLED_WEEKS <= after.sum() <= n - SETTLED_WEEKS:
            columns.append(after)
    return np.column_stack(columns)


def counts_same_rows(one: Kpi, two: Kpi) -> bool:
    """Say whether two KPIs are made of the same rows, so that they move together in the same week by arithmetic.

    Answers to surveys always are: whoever answers one question answers the others.
    """
    mine = [item for item in (one.numerator, one.denominator) if item]
    theirs = [item for item in (two.numerator, two.denominator) if item]
    return any(_overlap(a, b) for a in mine for b in theirs)


def _overlap(one: Measure, two: Measure) -> bool:
    if one.fact is not two.fact:
        return False
    if one.fact is FactKind.RESPONSE:
        return True
    wanted = {item.column: set(item.values) for item in one.where if item.values is not None}
    return not any(
        item.column in wanted and item.values is not None and not wanted[item.column] & set(item.values)
        for item in two.where
    )


@dataclass(frozen=True)
class _Pair:
    """A pair to look at: places of its KPIs, the lags that count, and who expects it."""

    leading: int
    following: int
    first_lag: int
    max_lag: int
    hypothesis: LinkHypothesis | None = None

    @property
    def looked_at(self) -> tuple[int, int, int, int]:
        """What makes two tests the same test."""
        return self.leading, self.following, self.first_lag, self.max_lag


def _screened(weeks: _Weeks, usable: Bools) -> list[_Pair]:
    """List every touchpoint or process KPI with every process or outcome KPI further down the chain."""
    rank = {Level.TOUCHPOINT: 0, Level.PROCESS: 1, Level.OUTCOME: 2}
    found = []
    for i, one in enumerate(weeks.kpis):
        for j, two in enumerate(weeks.kpis):
            if usable[i] and usable[j] and rank[one.level] < rank[two.level]:
                found.append(_Pair(i, j, int(counts_same_rows(one, two)), MAX_LAG))
    return found


def _refusal(weeks: _Weeks, cleaned: stats.Cleaned, hypothesis: LinkHypothesis) -> Note | None:
    """Return why a hypothesis cannot be tested, or None."""
    for key in (hypothesis.leading, hypothesis.following):
        place = weeks.at(key)
        if place is None:
            return Note("kpi_without_data", {"kpi": key})
        reason = str(cleaned.reason[place])
        if reason:
            used = int(cleaned.used[place].sum())
            return Note(reason, {"kpi": key, "weeks": used, "needed": stats.FEWEST})
    needed = stats.FEWEST_PER_LAG * (hypothesis.max_lag + 1)
    if len(weeks.weeks) < needed:
        return Note("lag_too_long", {"lag": hypothesis.max_lag, "weeks": len(weeks.weeks), "needed": needed})
    return None


def list_hypotheses(database: Database) -> list[LinkHypothesis]:
    """Return the hypotheses that are not withdrawn."""
    with database.cursor() as con:
        return [item for item in store.list_hypotheses(con) if not item.is_withdrawn]


def save_hypothesis(database: Database, hypothesis: LinkHypothesis) -> LinkHypothesis:
    """Store what somebody expects; a change makes a new version.

    Raises
    ------
    DefinitionError
        If a KPI is linked to itself, a lag is out of range, or another hypothesis says the same.
    NotFound
        If a KPI does not exist.
    Forbidden
        If whoever acts may not define.
    """
    access.require(Right.DEFINE)
    subject = f"link.{hypothesis.key}"
    if hypothesis.leading == hypothesis.following:
        raise DefinitionError(
            N_("{subject}: a KPI cannot be linked to itself; choose two different ones."), subject=subject
        )
    if not 1 <= hypothesis.max_lag <= LONGEST_LAG:
        raise DefinitionError(
            N_("{subject}: the longest delay is {found} weeks; it lies between 1 and {most}."),
            subject=subject,
            found=hypothesis.max_lag,
            most=LONGEST_LAG,
        )
    if not hypothesis.owner.strip():
        raise DefinitionError(N_("{subject}: {name} is missing."), subject=subject, name="owner")
    with database.write() as con:
        for key in (hypothesis.leading, hypothesis.following):
            kpi_store.find_kpi(con, key)
        for other in store.list_hypotheses(con):
            same = (other.leading, other.following) == (hypothesis.leading, hypothesis.following)
            if same and other.key != hypothesis.key and not other.is_withdrawn:
                raise DefinitionError(
                    N_("{subject}: {owner} already expects this link; change that one."),
                    subject=subject,
                    owner=other.owner,
                )
        version = store.save_hypothesis(con, hypothesis)
    return replace(hypothesis, version=version)


def withdraw(database: Database, key: str) -> None:
    """Withdraw a hypothesis: it stays on record and is no longer tested.

    Raises
    ------
    NotFound
        If none bears this key.
    Forbidden
        If whoever acts may not define.
    """
    access.require(Right.DEFINE)
    with database.write() as con:
        found = store.find_hypothesis(con, key)
        store.save_hypothesis(con, replace(found, is_withdrawn=True))


def ledger(database: Database, view: View = EVERYTHING, backed: bool = True) -> Ledger:
    """Test every declared hypothesis and screen all pairs down the chain, on the finished weeks.

    Parameters
    ----------
    backed : bool
        Whether to look for go-lives that back the declared links.

    Returns
    -------
    Ledger
        Every hypothesis, every pair the screen supports and every link that expired, strongest first; q-values by
        Benjamini-Hochberg over all pairs looked at.
    """
    with database.cursor() as con:
        weeks = _read(con, view)
        hypotheses = [item for item in store.list_hypotheses(con) if not item.is_withdrawn]
        # tests on record are about the whole company; a narrower view has no past of its own
        recorded = store.list_tests(con) if view == EVERYTHING else []
    if isinstance(weeks, Note):
        refused = tuple(
            Link(item.leading, item.following, LinkStatus.NOT_TESTABLE, item, reasons=(weeks,)) for item in hypotheses
        )
        return Ledger(refused, 0, 0, None, None, 0, weeks)
    found, n_looked_at = _links(weeks, hypotheses, recorded)
    last_day = _day(weeks.weeks[-1]) + timedelta(days=6)
    found = [_dated(item, recorded, last_day) for item in found]
    if backed and view == EVERYTHING:
        found = [replace(item, backing=_backing(database, item)) if item.hypothesis else item for item in found]
    return Ledger(
        tuple(sorted(found, key=_rank)),
        n_looked_at,
        int(stats.clean(weeks.values, weeks.timeline).usable.sum()),
        _day(weeks.weeks[0]),
        last_day,
        len(weeks.weeks),
    )


def _rank(item: Link) -> tuple[int, bool, float, str, str]:
    """Order by status, then links with an order in time before those of the same week, then the closest."""
    return list(LinkStatus).index(item.status), item.is_same_week, -abs(item.r or 0.0), item.leading, item.following


def _links(weeks: _Weeks, hypotheses: list[LinkHypothesis], recorded: list[LinkTest]) -> tuple[list[Link], int]:
    """Test everything at once: the links worth showing, and the size of the family."""
    cleaned = stats.clean(weeks.values, weeks.timeline)
    pairs = _screened(weeks, cleaned.usable)
    refused: list[Link] = []
    for item in hypotheses:
        reason = _refusal(weeks, cleaned, item)
        if reason is not None:
            refused.append(Link(item.leading, item.following, LinkStatus.NOT_TESTABLE, item, reasons=(reason,)))
            continue
        i, j = weeks.at(item.leading), weeks.at(item.following)
        assert i is not None and j is not None
        first = int(counts_same_rows(weeks.kpis[i], weeks.kpis[j]))
        pairs = [pair for pair in pairs if pair.looked_at != (i, j, first, item.max_lag)]
        pairs.append(_Pair(i, j, first, item.max_lag, item))
    if not pairs:
        return refused, 0
    longest = max(pair.max_lag for pair in pairs)
    leads, follows = sorted({pair.leading for pair in pairs}), sorted({pair.following for pair in pairs})
    profiles = stats.profiles(_rows(cleaned, leads), _rows(cleaned, follows), longest)
    ahead = {key: stats.best_lag(profiles, *key) for key in {(pair.first_lag, pair.max_lag) for pair in pairs}}
    behind = {lag: stats.best_lag(profiles, -lag, -1) for lag in {pair.max_lag for pair in pairs}}
    places = [(leads.index(pair.leading), follows.index(pair.following)) for pair in pairs]
    tests = [
        (ahead[pair.first_lag, pair.max_lag].at(*place), behind[pair.max_lag].at(*place))
        for pair, place in zip(pairs, places, strict=True)
    ]
    q_values = benjamini_hochberg([best.p_value.item() for best, _reverse in tests])
    declared = {(item.leading, item.following) for item in hypotheses}
    held = {(item.leading, item.following) for item in recorded if item.status is LinkStatus.SUPPORTED}
    found = []
    for pair, at, (best, reverse), q_value in zip(pairs, places, tests, q_values, strict=True):
        assert q_value is not None
        names = (weeks.kpis[pair.leading].key, weeks.kpis[pair.following].key)
        if pair.hypothesis is None and (names in declared or (q_value > UNEXPECTED_AT and names not in held)):
            continue
        found.append(_link(weeks, cleaned, pair, profiles, at, best, reverse, q_value, names in held))
    return found + refused, len(pairs)


def _rows(cleaned: stats.Cleaned, rows: list[int]) -> stats.Cleaned:
    return stats.Cleaned(
        cleaned.values[rows], cleaned.used[rows], cleaned.scale[rows], cleaned.reason[rows], cleaned.n_columns
    )


def _link(
    weeks: _Weeks,
    cleaned: stats.Cleaned,
    pair: _Pair,
    profiles: stats.Profiles,
    at: tuple[int, int],
    best: stats.Best,
    reverse: stats.Best,
    q_value: float,
    was_supported: bool,
) -> Link:
    from scipy.special import ndtri

    inside = np.abs(profiles.lags) <= pair.max_lag
    points = tuple(
        LagPoint(int(lag), float(profiles.r[at][k]), int(profiles.n[at][k]))
        for k, lag in enumerate(profiles.lags)
        if inside[k]
    )
    one, two = _rows(cleaned, [pair.leading]), _rows(cleaned, [pair.following])
    recent = stats.recent(one, two, pair.first_lag, pair.max_lag)
    r, n = best.r.item(), best.n.item()
    looked = pair.max_lag - pair.first_lag + 1
    bound = float(np.tanh(ndtri(1 - SUPPORTED_AT / (2 * looked)) / np.sqrt(max(n - 3.0, 1.0))))
    status = _status(pair.hypothesis, q_value, r, recent, was_supported)
    lag = int(best.lag.item())
    shown_n = int(n)
    if status is LinkStatus.EXPIRED and recent is not None and recent.before.p_value.item() < SUPPORTED_AT:
        r, lag, shown_n = recent.before.r.item(), int(recent.before.lag.item()), int(recent.before.n.item())
        low, high = recent.before.low.item(), recent.before.high.item()
    else:
        low, high = best.low.item(), best.high.item()
    leads = None
    if reverse.p_value.item() < SUPPORTED_AT:
        leads = LagPoint(int(reverse.lag.item()), reverse.r.item(), int(reverse.n.item()))
    used = cleaned.used[pair.leading] & cleaned.used[pair.following]
    places = np.flatnonzero(used)
    return Link(
        leading=weeks.kpis[pair.leading].key,
        following=weeks.kpis[pair.following].key,
        status=status,
        hypothesis=pair.hypothesis,
        lag=lag,
        r=r,
        low=low,
        high=high,
        slope=best.slope.item(),
        p_value=best.p_value.item(),
        q_value=q_value,
        n=shown_n,
        first_week=_day(weeks.weeks[places[0]]),
        last_week=_day(weeks.weeks[places[-1]]),
        counts_same_rows=pair.first_lag > 0,
        outcome_leads=leads,
        recent=LagPoint(lag, recent.r, int(recent.n)) if recent else None,
        profile=points,
        bound=bound,
        warnings=_warnings(status, lag, leads, r),
    )


def _status(
    hypothesis: LinkHypothesis | None, q_value: float, r: float, recent: stats.Recent | None, was_supported: bool
) -> LinkStatus:
    """Decide what the tests say; a link that held before the last weeks and does not hold in them has expired."""
    sign = 1.0 if hypothesis is None or hypothesis.expected is Movement.RISES else -1.0
    bar = SUPPORTED_AT if hypothesis is not None or was_supported else UNEXPECTED_AT
    faded = recent is not None and recent.has_faded
    if faded and recent is not None:
        then = recent.before.r.item() * sign > 0 or hypothesis is None
        was_beyond_chance = was_supported or q_value <= bar or recent.before.p_value.item() < SUPPORTED_AT / 10
        if then and was_beyond_chance:
            return LinkStatus.EXPIRED
    if q_value <= bar:
        return LinkStatus.SUPPORTED if hypothesis is None or r * sign > 0 else LinkStatus.CONTRADICTED
    return LinkStatus.EXPIRED if was_supported else LinkStatus.NOT_SHOWN


def _warnings(status: LinkStatus, lag: int, leads: LagPoint | None, r: float) -> tuple[Note, ...]:
    if status not in (LinkStatus.SUPPORTED, LinkStatus.CONTRADICTED):
        return ()
    found = []
    if lag == 0:
        found.append(Note("same_week", {}))
    if leads is not None:
        code = "outcome_leads" if abs(leads.r) > abs(r) else "both_ways"
        found.append(Note(code, {"lag": -leads.lag, "r": leads.r}))
    return tuple(found)


def _dated(item: Link, recorded: list[LinkTest], last_day: date) -> Link:
    """Add when the pair was first and last tested."""
    days = [test.last_day for test in recorded if (test.leading, test.following) == (item.leading, item.following)]
    if item.status is LinkStatus.NOT_TESTABLE:
        return replace(item, first_test=min(days, default=None), last_test=max(days, default=None))
    return replace(item, first_test=min([*days, last_day]), last_test=last_day)


def last_recorded(database: Database) -> date | None:
    """Return the last day of data of the newest test on record."""
    with database.cursor() as con:
        return max((item.last_day for item in store.list_tests(con)), default=None)


def record_tests(database: Database) -> int:
    """Keep this finished week's tests of all links shown; return how many were new.

    Who may see only some rows keeps nothing: the record is about the whole.
    """
    if not access.person().grant.whole:
        return 0
    found = ledger(database, backed=False)
    if found.last_day is None:
        return 0
    with database.cursor() as con:
        known = {
            (item.leading, item.following): item.status
            for item in store.list_tests(con)
            if item.last_day == found.last_day
        }
    fresh = [
        LinkTest(
            item.leading, item.following, item.hypothesis.key if item.hypothesis else None, found.last_day,
            found.n_weeks, item.status, item.lag, item.r, item.low, item.high, item.p_value, item.q_value,
            found.n_looked_at,
        )
        for item in found.links
        if item.status is not LinkStatus.NOT_TESTABLE and known.get((item.leading, item.following)) is not item.status
    ]  # fmt: skip
    if fresh:
        with database.write() as con:
            store.save_tests(con, fresh)
            audit.record(con, "link_tests", found.last_day.isoformat(), {"tests": len(fresh)})
    return len(fresh)


def _backing(database: Database, item: Link) -> Backing | None:
    """Find an initiative whose go-live, against segments it had not reached, changed both KPIs as the link says."""
    if item.hypothesis is None:
        return None
    sign = 1.0 if item.hypothesis.expected is Movement.RISES else -1.0
    with database.cursor() as con:
        objectives = [o for o in objective_store.list_objectives(con) if o.comparison is not None]
        initiatives = {i.key: i for i in objective_store.list_initiatives(con)}
    wanted = {item.leading, item.following}
    for objective in objectives:
        if objective.kpi not in wanted:
            continue
        one = _compared(database, objective.key, item.leading)
        two = _compared(database, objective.key, item.following) if one else None
        if one and two:
            assert one.effect and two.effect
            if one.effect.absolute * two.effect.absolute * sign > 0:
                days = {go_live.day for go_live in initiatives[objective.initiative].go_lives}
                return Backing(
                    objective.initiative, objective.key, len(days) > 1, one.effect.absolute, one.effect.low,
                    one.effect.high, two.effect.absolute, two.effect.low, two.effect.high,
                )  # fmt: skip
    return None


def _compared(database: Database, objective: str, kpi: str) -> Comparison | None:
    """Return the comparison of a KPI over an objective's perimeter if it shows a change beyond chance."""
    found = compare(database, objective, kpi=kpi, checks=False)
    return found[0] if found and _beyond_zero(found[0]) else None


def _beyond_zero(found: Comparison) -> bool:
    """Say whether a comparison with a group nobody touched shows a change beyond chance."""
    effect = found.effect
    return effect is not None and found.grade in ("A", "B") and effect.low * effect.high > 0


def evidence(database: Database, leading: str, following: str, view: View = EVERYTHING) -> Evidence | Note:
    """Return what lies behind one link: both series, the lag profile, the segments, earlier tests, what backs it.

    A pair that is not in the ledger is tested by itself, with the q-value it has among everything looked at. A note
    says why there is nothing to show.
    """
    with database.cursor() as con:
        weeks = _read(con, view)
        hypotheses = [item for item in store.list_hypotheses(con) if not item.is_withdrawn]
        recorded = store.list_tests(con, leading, following) if view == EVERYTHING else []
        for key in (leading, following):
            kpi_store.find_kpi(con, key)
    if isinstance(weeks, Note):
        return weeks
    i, j = weeks.at(leading), weeks.at(following)
    if i is None or j is None or leading == following:
        return Note("kpi_without_data", {"kpi": following if i is not None else leading})
    own = next((h for h in hypotheses if (h.leading, h.following) == (leading, following)), None)
    asked = own or LinkHypothesis("", leading, following, Movement.RISES)
    cleaned = stats.clean(weeks.values, weeks.timeline)
    reason = _refusal(weeks, cleaned, asked)
    if reason is not None:
        return reason
    others = [h for h in hypotheses if h is not own]
    found, _ = _links(weeks, [*others, asked], recorded)
    link = next(item for item in found if (item.leading, item.following) == (leading, following))
    if own is None:
        status = LinkStatus.SUPPORTED if link.status is LinkStatus.CONTRADICTED else link.status
        link = replace(link, hypothesis=None, status=status)
    link = _dated(link, recorded, _day(weeks.weeks[-1]) + timedelta(days=6))
    if view == EVERYTHING:
        link = replace(
            link, backing=_backing(database, replace(link, hypothesis=asked if own else _signed(asked, link)))
        )
    segments = _segments(weeks, i, j, link)
    judged = [(item.r, item.n) for item in segments if item.r is not None]
    both = [_drawn(weeks, cleaned, place) for place in (i, j)]
    days = tuple(_day(week) for week in weeks.weeks)
    if len(judged) < 2:
        pooled = None
    else:
        z = [float(np.arctanh(np.clip(r, -0.999, 0.999))) for r, _n in judged]
        pooled = shrink(z, [1 / np.sqrt(max(n - 3, 1)) for _r, n in judged], method="dersimonian_laird")
        drawn = iter(np.tanh(pooled.effect).tolist())
        segments = tuple(replace(item, pooled=next(drawn)) if item.r is not None else item for item in segments)
    effect = _effect(_rows(cleaned, [i]), _rows(cleaned, [j]), link.lag or 0)
    return Evidence(
        link, days, both[0][0], both[1][0], both[0][1], both[1][1], segments,
        pooled=float(np.tanh(pooled.centre)) if pooled else None,
        pooled_low=float(np.tanh(pooled.centre - 1.96 * pooled.centre_error)) if pooled else None,
        pooled_high=float(np.tanh(pooled.centre + 1.96 * pooled.centre_error)) if pooled else None,
        spread=pooled.between if pooled else None,
        effect=effect.estimate if effect else None,
        effect_low=effect.low if effect else None,
        effect_high=effect.high if effect else None,
        history=tuple(recorded),
    )  # fmt: skip


def _effect(one: stats.Cleaned, two: stats.Cleaned, lag: int) -> Contrast | None:
    """Return how much the second moves for one unit of the first, at the delay; None where the weeks do not say."""
    n = one.values.shape[1] - lag
    used = one.used[0, :n] & two.used[0, lag:]
    try:
        return effect_with_memory(one.values[0, :n] * one.scale[0], two.values[0, lag:] * two.scale[0], used)
    except StatsInputError:
        return None


def _signed(asked: LinkHypothesis, link: Link) -> LinkHypothesis:
    """Let a pair nobody declared expect what was seen."""
    return replace(asked, expected=Movement.RISES if (link.r or 0.0) >= 0 else Movement.FALLS)


def _drawn(
    weeks: _Weeks, cleaned: stats.Cleaned, place: int
) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """Return one series as it is compared (in standard deviations) and in its unit."""
    compared = tuple(
        float(value) if used else None for value, used in zip(cleaned.values[place], cleaned.used[place], strict=True)
    )
    return compared, tuple(float(value) if np.isfinite(value) else None for value in weeks.shown[place])


def _segments(weeks: _Weeks, i: int, j: int, link: Link) -> tuple[SegmentLink, ...]:
    """Look at the same lag in each segment; a segment with too few rows is refused."""
    from scipy.special import ndtri

    found = []
    lag = link.lag or 0
    for s, key in enumerate(weeks.segments):
        rows = float(min(weeks.segment_rows[i, s], weeks.segment_rows[j, s]))
        if not key or not max(weeks.segment_rows[i, s], weeks.segment_rows[j, s]) > 0:
            continue
        if rows < THIN_SEGMENT:
            found.append(SegmentLink(key, refused=Note("thin_segment", {"rows": rows, "needed": THIN_SEGMENT})))
            continue
        own = stats.clean(weeks.by_segment[[i, j], s], weeks.timeline)
        if not own.usable.all():
            code = next(str(reason) for reason in own.reason if reason)
            found.append(
                SegmentLink(key, refused=Note(code, {"needed": stats.FEWEST, "weeks": int(own.used.sum(axis=1).min())}))
            )
            continue
        profile = stats.profiles(_rows(own, [0]), _rows(own, [1]), max(abs(lag), 1))
        at = int(np.flatnonzero(profile.lags == lag)[0])
        r, n = float(profile.r[0, 0, at]), float(profile.n[0, 0, at])
        half = float(ndtri(0.975)) / np.sqrt(max(n - 3.0, 1.0))
        z = float(np.arctanh(np.clip(r, -0.999, 0.999)))
        found.append(SegmentLink(key, r, float(np.tanh(z - half)), float(np.tanh(z + half)), None, int(n)))
    return tuple(found)


def _day(value: np.datetime64) -> date:
    found: date = value.astype("datetime64[D]").astype(object)
    return found


MOST_HIGHLIGHTS = 3


def highlights(database: Database, most: int = MOST_HIGHLIGHTS) -> list[Link]:
    """Return the links that matter this week: contradicted and expired ones, then the closest with an order in time."""
    found = ledger(database, backed=False)
    declared = [item for item in found.links if item.hypothesis is not None]
    alarming = [item for item in found.links if item.status in (LinkStatus.CONTRADICTED, LinkStatus.EXPIRED)]
    held = [item for item in found.links if item.status is LinkStatus.SUPPORTED and not item.is_same_week]
    ordered = [
        *alarming,
        *[item for item in held if item in declared],
        *[item for item in held if item not in declared],
    ]
    return ordered[:most]
