"""Pairs of KPIs tested all at once: expected ones and a screen down the chain, q-values over everything looked at."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from ocem.domain.comparison import Note
from ocem.domain.kpi import Level
from ocem.domain.link import MAX_LAG, LagPoint, Link, LinkHypothesis, LinkStatus, LinkTest, Movement
from ocem.evaluation.calendar import day_of
from ocem.evaluation.link_weeks import Weeks, counts_same_rows
from ocem.stats import link as stats
from ocem.stats.common_movement import Common, beyond_common, common_movement
from ocem.stats.fading import Recent, recent
from ocem.stats.link import Bools
from ocem.stats.multiplicity import benjamini_hochberg

HOLDS = (LinkStatus.SUPPORTED, LinkStatus.CONTRADICTED)
SUPPORTED_AT = 0.05
"""q-value up to which an expected link is supported."""
UNEXPECTED_AT = 0.01
"""The same for a link that nobody expected: who looks at everything must ask for more."""


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


def _screened(weeks: Weeks, usable: Bools) -> list[_Pair]:
    """List every touchpoint or process KPI with every process or outcome KPI further down the chain."""
    rank = {Level.TOUCHPOINT: 0, Level.PROCESS: 1, Level.OUTCOME: 2}
    found = []
    for i, one in enumerate(weeks.kpis):
        for j, two in enumerate(weeks.kpis):
            if usable[i] and usable[j] and rank[one.level] < rank[two.level]:
                found.append(_Pair(i, j, int(counts_same_rows(one, two)), MAX_LAG))
    return found


def refusal_of(weeks: Weeks, cleaned: stats.Cleaned, hypothesis: LinkHypothesis) -> Note | None:
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


def links_among(weeks: Weeks, hypotheses: list[LinkHypothesis], recorded: list[LinkTest]) -> tuple[list[Link], int]:
    """Test everything at once: the links worth showing, and the size of the family."""
    cleaned = stats.clean(weeks.values, weeks.timeline)
    pairs = _screened(weeks, cleaned.usable)
    refused: list[Link] = []
    for item in hypotheses:
        reason = refusal_of(weeks, cleaned, item)
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
    profiles = stats.profiles(series_of(cleaned, leads), series_of(cleaned, follows), longest)
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
    market = _Market(weeks, cleaned)
    found = []
    for pair, at, (best, reverse), q_value in zip(pairs, places, tests, q_values, strict=True):
        assert q_value is not None
        names = (weeks.kpis[pair.leading].key, weeks.kpis[pair.following].key)
        if pair.hypothesis is None and (names in declared or (q_value > UNEXPECTED_AT and names not in held)):
            continue
        link = _link(weeks, cleaned, market, pair, profiles, at, best, reverse, q_value, names in held)
        if pair.hypothesis is not None or not link.is_common or names in held:
            found.append(link)
    return found + refused, len(pairs)


def series_of(cleaned: stats.Cleaned, rows: list[int]) -> stats.Cleaned:
    """Return some of the cleaned series."""
    return stats.Cleaned(
        cleaned.values[rows], cleaned.used[rows], cleaned.scale[rows], cleaned.reason[rows], cleaned.n_columns
    )


def _link(
    weeks: Weeks,
    cleaned: stats.Cleaned,
    market: "_Market",
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
    one, two = series_of(cleaned, [pair.leading]), series_of(cleaned, [pair.following])
    lately = recent(one, two, pair.first_lag, pair.max_lag)
    r, n = best.r.item(), best.n.item()
    looked = pair.max_lag - pair.first_lag + 1
    bound = float(np.tanh(ndtri(1 - SUPPORTED_AT / (2 * looked)) / np.sqrt(max(n - 3.0, 1.0))))
    status = _status(pair.hypothesis, q_value, r, lately, was_supported)
    lag = int(best.lag.item())
    shown_n = int(n)
    if status is LinkStatus.EXPIRED and lately is not None and lately.before.p_value.item() < SUPPORTED_AT:
        r, lag, shown_n = lately.before.r.item(), int(lately.before.lag.item()), int(lately.before.n.item())
        low, high = lately.before.low.item(), lately.before.high.item()
    else:
        low, high = best.low.item(), best.high.item()
    slope, beyond, is_common, hidden_behind = best.slope.item(), None, False, None
    if status in HOLDS and (alone := market.beyond(pair)) is not None:
        at_lag = lag_beyond(alone, lag, r)
        shown = int(np.flatnonzero(alone.lag == (lag if at_lag is None else at_lag))[0])
        beyond = LagPoint(int(alone.lag[shown]), float(alone.r[shown]), int(alone.n[shown]))
        is_common = at_lag is None
        if at_lag is None:
            status = LinkStatus.NOT_SHOWN
        elif at_lag != lag:
            hidden_behind, lag, r, shown_n = lag, beyond.lag, beyond.r, beyond.n
            low, high, slope = float(alone.low[shown]), float(alone.high[shown]), float(alone.slope[shown])
            status = _status(pair.hypothesis, q_value, r, None, was_supported)
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
        slope=slope,
        p_value=best.p_value.item(),
        q_value=q_value,
        n=shown_n,
        first_week=day_of(weeks.weeks[places[0]]),
        last_week=day_of(weeks.weeks[places[-1]]),
        counts_same_rows=pair.first_lag > 0,
        outcome_leads=leads,
        recent=LagPoint(lag, lately.r, int(lately.n)) if lately else None,
        profile=points,
        bound=bound,
        beyond_common=beyond,
        is_common=is_common,
        warnings=_warnings(status, lag, leads, r, hidden_behind)
        if not is_common
        else (Note("common_movement", {"r": r}),),
    )


class _Market:
    """What the KPIs share, found once for each group of KPIs that it is asked of."""

    def __init__(self, weeks: Weeks, cleaned: stats.Cleaned) -> None:
        self._weeks = weeks
        self._cleaned = cleaned
        self._known: dict[tuple[int, ...], Common | None] = {}

    def beyond(self, pair: _Pair) -> stats.Best | None:
        """Correlate a pair at each of its lags without what the other KPIs share; None where they share nothing.

        KPIs of the same rows as either end are left out; with too few others nothing can be said.
        """
        kpis = self._weeks.kpis
        ends = (kpis[pair.leading], kpis[pair.following])
        others = tuple(
            place
            for place, kpi in enumerate(kpis)
            if place not in (pair.leading, pair.following) and not any(counts_same_rows(kpi, end) for end in ends)
        )
        if others not in self._known:
            self._known[others] = common_movement(series_of(self._cleaned, list(others)))
        shared = self._known[others]
        if shared is None or not len(shared.movements):
            return None
        one, two = (series_of(self._cleaned, [place]) for place in (pair.leading, pair.following))
        return beyond_common(one, two, shared, pair.first_lag, pair.max_lag)


def lag_beyond(alone: stats.Best, lag: int, r: float) -> int | None:
    """Return the lag at which a pair goes together beyond the common movement: its own, else the clearest; or None."""
    own = alone.lag == lag
    holds = (alone.p_value < SUPPORTED_AT) & (~own | (alone.r * r > 0))
    if not holds.any():
        return None
    return lag if holds[own].any() else int(alone.lag[np.where(holds, alone.p_value, np.inf).argmin()])


def _status(
    hypothesis: LinkHypothesis | None, q_value: float, r: float, lately: Recent | None, was_supported: bool
) -> LinkStatus:
    """Decide what the tests say; a link that held before the last weeks and does not hold in them has expired."""
    sign = 1.0 if hypothesis is None or hypothesis.expected is Movement.RISES else -1.0
    bar = SUPPORTED_AT if hypothesis is not None or was_supported else UNEXPECTED_AT
    if lately is not None and lately.has_faded:
        then = lately.before.r.item() * sign > 0 or hypothesis is None
        was_beyond_chance = was_supported or q_value <= bar or lately.before.p_value.item() < SUPPORTED_AT / 10
        if then and was_beyond_chance:
            return LinkStatus.EXPIRED
    if q_value <= bar:
        return LinkStatus.SUPPORTED if hypothesis is None or r * sign > 0 else LinkStatus.CONTRADICTED
    return LinkStatus.EXPIRED if was_supported else LinkStatus.NOT_SHOWN


def _warnings(
    status: LinkStatus, lag: int, leads: LagPoint | None, r: float, hidden_behind: int | None
) -> tuple[Note, ...]:
    if status not in HOLDS:
        return ()
    found = []
    if hidden_behind is not None:
        found.append(Note("hidden_by_common", {"lag": hidden_behind}))
    if lag == 0:
        found.append(Note("same_week", {}))
    if leads is not None:
        code = "outcome_leads" if abs(leads.r) > abs(r) else "both_ways"
        found.append(Note(code, {"lag": -leads.lag, "r": leads.r}))
    return tuple(found)


def with_dates(item: Link, recorded: list[LinkTest], last_day: date) -> Link:
    """Add when the pair was first and last tested."""
    days = [test.last_day for test in recorded if (test.leading, test.following) == (item.leading, item.following)]
    if item.status is LinkStatus.NOT_TESTABLE:
        return replace(item, first_test=min(days, default=None), last_test=max(days, default=None))
    return replace(item, first_test=min([*days, last_day]), last_test=last_day)
