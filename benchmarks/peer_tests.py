"""17,550 comparisons of rates from sums: in arrays, by gbstats and statsmodels one by one, with customers' errors.

    peer_tests.py arrays|gbstats|statsmodels SUMS.npz OUT.npy [MOST]   one contender, one line of JSON
    peer_tests.py buckets STORE                                       the program's buckets, reading included

Every comparison is the relative change of a ratio of sums between two windows, variance by the delta method over rows,
Welch's degrees of freedom, interval, p-value, and q-values over all.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

WANTED = 17_550
WINDOWS = 6
"""Days of a change, one every 16 weeks, 28 days before and after."""
FIRST_CUT, APART, SIDE = date(2024, 10, 28), 112, 28
MARGINS = [some for size in range(4) for some in combinations(("touchpoint", "segment", "phase"), size)]
RATES = {
    "first_contact_resolution": ("resolved::DOUBLE", "1.0"),
    "handling_time": ("duration_s", "1.0"),
    "waiting_time": ("wait_s", "1.0"),
    "contact_cost": ("cost_eur", "1.0"),
    "complaint_share": ("(kind = 'reclamo')::DOUBLE", "1.0"),
    "abandoned_share": ("(outcome = 'abbandonato')::DOUBLE", "1.0"),
    "self_service_share": ("self_service::DOUBLE", "1.0"),
    "contacts_per_order": ("1.0", "(kind IN ('ordine', 'riordino'))::DOUBLE"),
    "cost_per_order": ("cost_eur", "(kind IN ('ordine', 'riordino'))::DOUBLE"),
    "reorder_share": ("(kind = 'riordino')::DOUBLE", "(kind IN ('ordine', 'riordino'))::DOUBLE"),
}


def windows() -> list[tuple[date, date, date]]:
    """First day, day of the change, and the day after the last, of every window."""
    cuts = [FIRST_CUT + timedelta(days=APART * number) for number in range(WINDOWS)]
    return [(cut - timedelta(days=SIDE), cut, cut + timedelta(days=SIDE)) for cut in cuts]


def prepare(table: Path, target: Path) -> int:
    """Write the sums of both sides of every comparison, (2, comparisons, 6): n, m, d, mm, dd, md."""
    import duckdb

    con = duckdb.connect(str(table), read_only=True)
    sides = []
    names = ", ".join(f"sum({m}), sum({d}), sum({m} * {m}), sum({d} * {d}), sum({m} * {d})" for m, d in RATES.values())
    sets = ", ".join(f"({', '.join(('after', *some))})" for some in MARGINS)
    for first, cut, end in windows():
        rows = con.execute(
            f"SELECT ts >= '{cut}' AS after, touchpoint, segment, phase, count(*), {names} FROM contact "
            f"WHERE ts >= '{first}' AND ts < '{end}' GROUP BY GROUPING SETS ({sets})"
        ).fetchall()
        found: dict[tuple, list] = {}
        for row in rows:
            found.setdefault(row[1:4], [None, None])[int(row[0])] = row[4:]
        sides += [pair for _, pair in sorted(found.items(), key=str) if None not in pair]
    sums = np.array(sides, dtype=float).transpose(1, 0, 2)
    each = sums[:, :, 1:].reshape(2, len(sides), len(RATES), 5)
    n = np.broadcast_to(sums[:, :, None, :1], (*each.shape[:3], 1))
    flat = np.concatenate([n, each], axis=3).reshape(2, -1, 6)[:, :WANTED]
    np.savez(target, sums=flat)
    return flat.shape[1]


def arrays(sums: np.ndarray) -> np.ndarray:
    """All comparisons in one pass; return p-values."""
    from scipy.special import stdtr, stdtrit

    from ocem.stats.multiplicity import benjamini_hochberg

    n, m, d, mm, dd, md = np.moveaxis(sums, 2, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio, below = m / d, d / n
        spread = (mm - m * m / n) - 2 * ratio * (md - m * d / n) + ratio**2 * (dd - d * d / n)
        before, after = np.maximum(spread, 0.0) / (n - 1) / below**2 / n
        change = ratio[1] / ratio[0] - 1
        error = np.sqrt(after / ratio[0] ** 2 + before * ratio[1] ** 2 / ratio[0] ** 4)
        df = (before + after) ** 2 / (before**2 / (n[0] - 1) + after**2 / (n[1] - 1))
        p = 2 * stdtr(df, -np.abs(change / error))
        half = stdtrit(df, 0.975) * error
    low, high = change - half, change + half
    told = np.isfinite(p)
    benjamini_hochberg([float(one) if there else None for one, there in zip(p, told, strict=True)])
    assert bool(np.all((low <= high)[told]))
    return p


def one_by_one(sums: np.ndarray, one: Callable[[np.ndarray, np.ndarray], float]) -> np.ndarray:
    """Every comparison by a call of its own."""
    found = np.full(sums.shape[1], np.nan)
    for at in range(sums.shape[1]):
        found[at] = one(sums[0, at], sums[1, at])
    return found


def gbstats() -> Callable[[np.ndarray], np.ndarray]:
    """By gbstats, as its own programs call it."""
    from gbstats.frequentist.tests import FrequentistConfig, TwoSidedTTest
    from gbstats.models.statistics import RatioStatistic, SampleMeanStatistic

    config = FrequentistConfig(difference_type="relative")

    def statistic(v: np.ndarray) -> "RatioStatistic":
        n = int(v[0])
        m, d = (SampleMeanStatistic(n=n, sum=v[i], sum_squares=v[i + 2]) for i in (1, 2))
        return RatioStatistic(n=n, m_statistic=m, d_statistic=d, m_d_sum_of_products=v[5])

    return lambda sums: one_by_one(
        sums, lambda a, b: TwoSidedTTest(statistic(a), statistic(b), config).compute_result().p_value
    )


def statsmodels() -> Callable[[np.ndarray], np.ndarray]:
    """By the helpers of statsmodels; it has no test of a ratio from sums, so the variance is worked out beside it."""
    from statsmodels.stats.weightstats import _tconfint_generic, _tstat_generic

    def side(v: np.ndarray) -> tuple[float, float]:
        n, m, d, mm, dd, md = v
        ratio = m / d
        spread = (mm - m * m / n) - 2 * ratio * (md - m * d / n) + ratio**2 * (dd - d * d / n)
        return ratio, spread / (n - 1) / (d / n) ** 2 / n

    def one(a: np.ndarray, b: np.ndarray) -> float:
        if not (a[2] and b[2] and a[1]):
            return float("nan")
        (first, before), (second, after) = side(a), side(b)
        error = np.sqrt(after / first**2 + before * second**2 / first**4)
        df = (before + after) ** 2 / (before**2 / (a[0] - 1) + after**2 / (b[0] - 1))
        change = second / first - 1
        _tconfint_generic(change, error, df, 0.05, "two-sided")
        return float(_tstat_generic(change, 0, error, df, "two-sided")[1])

    return lambda sums: one_by_one(sums, one)


def buckets(store: Path) -> dict[str, float]:
    """All comparisons with errors that follow customers, read from the store, as if scorecards showed all ten rates."""
    from scipy.special import stdtr

    from ocem.stats import bucket as stats
    from ocem.stats.multiplicity import benjamini_hochberg
    from ocem.store import bucket
    from ocem.store.bucket_cube import bucket_cubes
    from ocem.store.database import Database
    from ocem.store.kpi import numbered_kpis

    bucket.scorecard.KEYS = frozenset(RATES)
    database = Database.open(store)
    with database.write() as con:
        kpis = numbered_kpis(con)
        bucket.follow_definitions(con, kpis)
    rates = [number for number, kpi in kpis if kpi.key in RATES]
    best, n = float("inf"), 0
    for _ in range(3):
        started, n = time.process_time(), 0
        told: list[np.ndarray] = []
        with database.cursor() as con:
            for first, cut, end in windows():
                cubes = [
                    bucket_cubes(con, rates, *days)
                    for days in ((first, cut - timedelta(days=1)), (cut, end - timedelta(days=1)))
                ]
                before, after = (_margins([side[number] for number in rates]) for side in cubes)
                both = sorted(set(before) & set(after), key=str)
                sides = [
                    tuple(np.concatenate([side[key][i] for key in both]) for i in (0, 1)) for side in (before, after)
                ]
                found = stats.changes(*sides)
                with np.errstate(divide="ignore", invalid="ignore"):
                    told.append(2 * stdtr(found.df, -np.abs(found.value / found.standard_error)))
                assert len(found.half_width()) == len(told[-1])
                n += len(told[-1])
        p = np.concatenate(told)
        benjamini_hochberg([float(one) if there else None for one, there in zip(p, np.isfinite(p), strict=True)])
        best = min(best, time.process_time() - started)
    database.close()
    return {"comparisons": n, "cpu_s": best, "ms_per_1000": best / n * 1e6}


def _margins(cubes: list) -> dict[tuple, tuple[np.ndarray, np.ndarray]]:
    """Sums of all cells and of everything above them, (KPIs, buckets), by key; all KPIs have the same cells."""
    names = cubes[0].dimensions()
    stacked = [np.stack([cube.sums[name] for cube in cubes], axis=1) for name in ("numerator", "denominator")]
    flat = [values.reshape(len(values), -1) for values in stacked]
    found: dict[tuple, tuple[np.ndarray, np.ndarray]] = {}
    for some in MARGINS:
        columns = [names[dimension] for dimension in some]
        text = ["|".join(key) for key in zip(*columns, strict=True)] if some else [""] * len(flat[0])
        keys, at = np.unique(np.array(text), return_inverse=True)
        order = np.argsort(at, kind="stable")
        starts = np.searchsorted(at[order], np.arange(len(keys)))
        above, below = (
            np.add.reduceat(values[order], starts, axis=0).reshape(len(keys), *stacked[0].shape[1:]) for values in flat
        )
        found |= {(some, key): (above[i], below[i]) for i, key in enumerate(keys.tolist())}
    return found


def main() -> None:
    """Run one contender and say what it took."""
    if sys.argv[1] == "buckets":
        print(json.dumps(buckets(Path(sys.argv[2]))))
        return
    sums = np.load(sys.argv[2])["sums"]
    sums = sums[:, : int(sys.argv[4])] if len(sys.argv) > 4 else sums
    makers = {"arrays": lambda: arrays, "gbstats": gbstats, "statsmodels": statsmodels}
    test = makers[sys.argv[1]]()
    test(sums[:, :5])
    spent = []
    for _ in range(5 if sys.argv[1] == "arrays" else 1):
        started = time.process_time()
        found = test(sums)
        spent.append(time.process_time() - started)
    np.save(sys.argv[3], found)
    print(
        json.dumps({"comparisons": sums.shape[1], "ms_per_1000": sorted(spent)[len(spent) // 2] / sums.shape[1] * 1e6})
    )


if __name__ == "__main__":
    main()
