"""Does one weekly or daily series move before another, beyond trend, season and its own memory?

The steps, for many pairs at once: (1) trend, yearly season (two harmonics), and what is known of the calendar are taken
out of both series by least squares; (2) an autoregression (order by BIC, Burg) is fitted to the leading series and both
series are filtered by it (prewhitening): without that, two series that merely remember their past look related;
(3) correlations at all lags looked at, the best of them against a Bonferroni bound over those lags. Lags at which the
other series would lead are computed too, tested by themselves and shown.

Arrays are (m, T) for the leading series and (p, T) for the following ones; NaN where a period has no value.
"""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

DAYS_IN_YEAR = 365.25
HARMONICS = 2
MAX_ORDER = 6
"""Highest order of the autoregression for weekly series; daily series may go to 14."""
MAX_ORDER_DAILY = 14
FEWEST = 60
"""Fewest periods with a value in both series."""
FEWEST_PER_LAG = 4
"""Periods wanted for each lag looked at."""
MISSING_SHARE = 0.25
"""Share of periods without a value, from the first to the last one with, beyond which a series is not used."""
OUTLYING = 2.5
"""Standard deviations at which a single period's surprise is cut: two odd weeks must not make a link."""
SILENT = 1e-10
"""Variation relative to the level below which a series says nothing."""


@dataclass(frozen=True)
class Timeline:
    """When the periods are: day numbers of their beginnings, and their length in days (1 or 7).

    `calendar` (T, c) are columns known for each period that both series may follow, e.g. the share of open days.
    """

    days: Floats
    step: int = 7
    calendar: Floats | None = None

    @property
    def design(self) -> Floats:
        """Constant, trend, yearly harmonics, weekdays for daily series, and the calendar: (T, k)."""
        n = len(self.days)
        trend = np.linspace(-1.0, 1.0, n)
        columns = [np.ones(n), trend]
        if n * self.step >= 52 * 7:
            angle = 2.0 * np.pi * self.days / DAYS_IN_YEAR
            columns += [wave(k * angle) for k in range(1, HARMONICS + 1) for wave in (np.sin, np.cos)]
        if self.step == 1:
            weekday = self.days.astype(int) % 7
            columns += [(weekday == k).astype(float) for k in range(6)]
        if self.calendar is not None:
            varied = [c - c.mean() for c in np.asarray(self.calendar, dtype=float).T if c.std() > 1e-9]
            columns += varied
        return np.column_stack(columns)


@dataclass(frozen=True)
class Cleaned:
    """Series without trend, season and calendar, scaled to a variance of 1; 0 where a period does not count.

    `used` (m, T); `scale` (m,) is the standard deviation that was taken out; `usable` (m,) says which series can be
    judged at all and `reason` (m,) why not: ``""``, ``too_short``, ``missing`` or ``no_variation``.
    """

    values: Floats
    used: Bools
    scale: Floats
    reason: NDArray[np.str_]
    n_columns: int = 1
    """Columns that were fitted; they cost as many periods."""

    @property
    def usable(self) -> Bools:
        """Which series can be judged."""
        return np.asarray(self.reason == "")


def clean(series: Floats, timeline: Timeline) -> Cleaned:
    """Take trend, season and calendar out of each series.

    Raises
    ------
    StatsInputError
        If the series do not fit the timeline.
    """
    y = np.atleast_2d(np.asarray(series, dtype=float))
    if y.ndim != 2 or y.shape[1] != len(timeline.days):
        raise StatsInputError(
            N_("Series of shape {shape} do not fit {n} periods."), shape=y.shape, n=len(timeline.days)
        )
    design = timeline.design
    used = np.isfinite(y)
    filled = np.where(used, y, 0.0)
    residual = np.where(used, y - _fitted(filled, used, design), 0.0)
    n = used.sum(axis=1)
    scale = np.sqrt((residual**2).sum(axis=1) / np.maximum(n - design.shape[1], 1))
    level = np.sqrt((filled**2).sum(axis=1) / np.maximum(n, 1))
    reason = np.full(len(y), "", dtype="<U16")
    reason[scale <= SILENT * np.maximum(level, 1e-300)] = "no_variation"
    own_span = y.shape[1] - used.argmax(axis=1) - used[:, ::-1].argmax(axis=1)
    reason[n < (1 - MISSING_SHARE) * own_span] = "missing"
    reason[n < FEWEST] = "too_short"
    values = residual / np.where(scale > 0, scale, 1.0)[:, None]
    return Cleaned(values, used, scale, reason, design.shape[1])


def _fitted(y: Floats, used: Bools, design: Floats) -> Floats:
    """Least squares of each series on the design over its own used periods."""
    mask = used.astype(float)
    if used.all():
        params = np.linalg.lstsq(design, y.T, rcond=None)[0].T
        return np.asarray(params @ design.T)
    products = np.einsum("ti,tj->tij", design, design).reshape(len(design), -1)
    k = design.shape[1]
    gram = (mask @ products).reshape(-1, k, k) + 1e-9 * np.eye(k)
    params = np.linalg.solve(gram, ((mask * y) @ design)[..., None])[..., 0]
    return np.asarray(params @ design.T)


def autoregressions(values: Floats, max_order: int) -> list[Floats]:
    """Fit an autoregression to each series (rows), Burg's method, order 0 to `max_order` by BIC.

    Returns
    -------
    list of arrays
        Coefficients a of ``x_t = a_1 x_{t-1} + ... + e_t``; empty for order 0.

    References
    ----------
    Burg (1975), Maximum Entropy Spectral Analysis, thesis, Stanford; Schwarz (1978), Ann. Statist. 6, 461-464.
    """
    x = np.atleast_2d(values)
    m, n = x.shape
    forward, backward = x[:, 1:].copy(), x[:, :-1].copy()
    power = (x**2).mean(axis=1)
    coefficients = np.zeros((m, max_order))
    best = [np.zeros(0) for _ in range(m)]
    lowest = n * np.log(np.maximum(power, 1e-300))
    for order in range(1, max_order + 1):
        bottom = (forward**2).sum(axis=1) + (backward**2).sum(axis=1)
        reflection = np.divide(2.0 * (forward * backward).sum(axis=1), bottom, out=np.zeros(m), where=bottom > 1e-300)
        before = coefficients[:, : order - 1].copy()
        coefficients[:, order - 1] = reflection
        coefficients[:, : order - 1] = before - reflection[:, None] * before[:, ::-1]
        power = power * (1.0 - reflection**2)
        bic = n * np.log(np.maximum(power, 1e-300)) + order * np.log(n)
        for row in np.flatnonzero(bic < lowest):
            best[row] = coefficients[row, :order].copy()
        lowest = np.minimum(lowest, bic)
        ahead = forward - reflection[:, None] * backward
        behind = backward - reflection[:, None] * forward
        forward, backward = ahead[:, 1:], behind[:, :-1]
    return best


def filtered(values: Floats, coefficients: Floats) -> Floats:
    """Take an autoregression out of each series; the first periods, which have no past, become 0."""
    out = values.copy()
    for lag, a in enumerate(coefficients, start=1):
        out[:, lag:] -= a * values[:, :-lag]
    out[:, : len(coefficients)] = 0.0
    return out


@dataclass(frozen=True)
class Profiles:
    """Correlations of m leading with p following series at all lags; positive lags: the first moves before.

    `r` (m, p, lags) and `n` (pairs of periods behind, same shape); `lags` (lags,) ascending; `slope` (m, p, lags) is
    the change of the second in its own (cleaned) units for one unit of the first.
    """

    lags: Ints
    r: Floats
    n: Floats
    slope: Floats

    @cached_property
    def z(self) -> Floats:
        """Fisher's z of each correlation times its precision: standard normal where nothing links the two."""
        bounded = np.clip(self.r, -0.9999999, 0.9999999)
        return np.asarray(np.arctanh(bounded) * np.sqrt(np.maximum(self.n - 3.0, 0.0)))

    @cached_property
    def p_each(self) -> Floats:
        """Two-sided p-value of each lag alone."""
        from scipy.special import ndtr

        return np.asarray(2.0 * ndtr(-np.abs(self.z)))


def profiles(
    lead: Cleaned, follow: Cleaned, max_lag: int, max_order: int = MAX_ORDER, *, twice: bool = True
) -> Profiles:
    """Correlate every leading with every following series at lags -max_lag to max_lag, after prewhitening both.

    A pair is filtered twice, both series by the same filters, which leaves a linear relation between them as it was:
    first by the autoregression of the leading series, then by that of what is left of the following one. Once one of
    the two has no memory a correlation at any lag has a variance of 1/n; with both nearly without, a filter that is not
    quite right costs next to nothing. The second filter spreads a strong link somewhat over the neighbouring lags; with
    `twice` False only the first is applied, as in the textbooks.

    References
    ----------
    Box & Jenkins (1970), Time Series Analysis, ch. 11; Haugh (1976), J. Am. Stat. Assoc. 71, 378-385.
    """
    m, p = len(lead.values), len(follow.values)
    lags = np.arange(-max_lag, max_lag + 1)
    r, count, slope = (np.zeros((m, p, len(lags))) for _ in range(3))
    for row, model in enumerate(autoregressions(lead.values, max_order)):
        pair = _prewhitened(lead, row, model, follow, max_order, twice)
        gone = lead.n_columns + len(model) + pair.orders
        below = pair.x_sd * lead.scale[row]
        units = np.divide(pair.y_sd * follow.scale, below, out=np.zeros(p), where=below > 0)
        found = _correlate(pair.x, pair.x_used, pair.y, pair.y_used, lags)
        r[row], slope[row] = found[0], found[1] * units[:, None]
        count[row] = np.maximum(found[2] - gone[:, None], 0.0)
    return Profiles(lags, np.clip(r, -1.0, 1.0), count, slope)


@dataclass(frozen=True)
class Prewhitened:
    """One leading series beside p following ones, both without memory: (p, T) each, variance 1, 0 where not used.

    `orders` are the periods that the second filter cost each pair.
    """

    x: Floats
    y: Floats
    x_used: Floats
    y_used: Floats
    x_sd: Floats
    y_sd: Floats
    orders: Ints


def prewhitened(lead: Cleaned, follow: Cleaned, max_order: int = MAX_ORDER) -> Prewhitened:
    """Take the memory out of one pair, as `profiles` does."""
    return _prewhitened(lead, 0, autoregressions(lead.values[:1], max_order)[0], follow, max_order, True)


def _prewhitened(lead: Cleaned, row: int, model: Floats, follow: Cleaned, max_order: int, twice: bool) -> Prewhitened:
    p, n = follow.values.shape
    x = filtered(lead.values[row : row + 1], model)
    y = filtered(follow.values, model)
    seen = np.arange(n) >= len(model) + max_order
    second = autoregressions(y, max_order) if twice else [np.zeros(0)] * p
    x = _each_filtered(np.repeat(x, p, axis=0), second)
    y = _each_filtered(y, second)
    x_used = np.repeat((lead.used[row : row + 1] & seen).astype(float), p, axis=0)
    y_used = (follow.used & seen).astype(float)
    (x, x_sd), (y, y_sd) = _standard(x, x_used), _standard(y, y_used)
    return Prewhitened(x, y, x_used, y_used, x_sd, y_sd, np.array([len(item) for item in second]))


def _each_filtered(values: Floats, models: list[Floats]) -> Floats:
    """Filter each series by its own model."""
    longest = max((len(model) for model in models), default=0)
    table = np.zeros((len(models), longest))
    for row, model in enumerate(models):
        table[row, : len(model)] = model
    out = values.copy()
    for lag in range(1, longest + 1):
        out[:, lag:] -= table[:, lag - 1 : lag] * values[:, :-lag]
    return out


def _correlate(x: Floats, x_used: Floats, y: Floats, y_used: Floats, lags: Ints) -> tuple[Floats, Floats, Floats]:
    """Correlation, slope and pairs of periods behind for each row and lag: three arrays (p, lags)."""
    p, n = x.shape
    r, slope, count = (np.zeros((p, len(lags))) for _ in range(3))
    whole = bool(x_used[:, -1].all() and y_used[:, -1].all()) and len({float(u.sum()) for u in (*x_used, *y_used)}) == 1
    for i, lag in enumerate(lags.tolist()):
        ahead = slice(0, n - lag) if lag >= 0 else slice(-lag, n)
        behind = slice(lag, n) if lag >= 0 else slice(0, n + lag)
        xs, ys, xm, ym = x[:, ahead], y[:, behind], x_used[:, ahead], y_used[:, behind]
        top = np.einsum("pt,pt->p", xs, ys)
        if whole:
            xx, yy = np.einsum("pt,pt->p", xs, xs), np.einsum("pt,pt->p", ys, ys)
            count[:, i] = (xm[:1] * ym[:1]).sum()
        else:
            xx, yy = np.einsum("pt,pt,pt->p", xs, xs, ym), np.einsum("pt,pt,pt->p", ys, ys, xm)
            count[:, i] = np.einsum("pt,pt->p", xm, ym)
        r[:, i] = np.divide(top, np.sqrt(xx * yy), out=np.zeros(p), where=xx * yy > 0)
        slope[:, i] = np.divide(top, xx, out=np.zeros(p), where=xx > 0)
    return r, slope, count


def _standard(values: Floats, used: Floats) -> tuple[Floats, Floats]:
    """Centre and scale each series over its used periods, cutting what lies far out; return their deviations too."""
    n = np.maximum(used.sum(axis=1, keepdims=True), 1.0)
    centred = (values - (values * used).sum(axis=1, keepdims=True) / n) * used
    for _ in range(2):
        sd = np.sqrt((centred**2).sum(axis=1, keepdims=True) / n)
        centred = np.clip(centred, -OUTLYING * sd, OUTLYING * sd)
    sd = np.where(sd > 0, sd, 1.0)
    return np.asarray(centred / sd), np.asarray(sd[:, 0])


@dataclass(frozen=True)
class Best:
    """The strongest lag of each pair among the lags that were looked at, (m, p) each; p adjusted for all of them."""

    lag: Ints
    r: Floats
    n: Floats
    slope: Floats
    p_value: Floats
    low: Floats
    high: Floats
    """Interval of r that holds for all the lags looked at together."""

    def at(self, i: int, j: int) -> "Best":
        """Return one pair alone, as arrays of shape (1, 1)."""
        one = (slice(i, i + 1), slice(j, j + 1))
        return Best(*(getattr(self, item.name)[one] for item in fields(self)))


def best_lag(found: Profiles, first: int, last: int, confidence: float = 0.95) -> Best:
    """Pick the strongest of the lags first..last (both ends count) and adjust for having looked at all of them."""
    from scipy.special import ndtri

    inside = np.flatnonzero((found.lags >= first) & (found.lags <= last))
    at = np.argmin(found.p_each[..., inside], axis=-1)
    index = inside[at][..., None]

    def chosen(values: Floats) -> Floats:
        return np.asarray(np.take_along_axis(values, index, axis=-1)[..., 0])

    looked = len(inside)
    r, n = chosen(found.r), chosen(found.n)
    quantile = float(ndtri(1.0 - (1.0 - confidence) / (2.0 * looked)))
    half = quantile / np.sqrt(np.maximum(n - 3.0, 1.0))
    z = np.arctanh(np.clip(r, -0.9999999, 0.9999999))
    return Best(
        lag=found.lags[inside][at],
        r=r,
        n=n,
        slope=chosen(found.slope),
        p_value=np.minimum(chosen(found.p_each) * looked, 1.0),
        low=np.tanh(z - half),
        high=np.tanh(z + half),
    )


def only(item: Cleaned, periods: Bools) -> Cleaned:
    """Let only some periods count."""
    return Cleaned(item.values, item.used & periods, item.scale, item.reason, item.n_columns)
