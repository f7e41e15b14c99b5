"""How long 12,000 comparisons take: 25 KPIs in 480 cells over three years of days, read from a store and judged.

    .venv/bin/python benchmarks/comparisons.py [--rounds 3] [--write benchmarks/RESULTS.md]

The store (15.8 million daily sums, drawn by DuckDB itself) is made once, in `benchmarks/work/comparisons`. Every
cell is compared with the same touchpoint and phase in a segment that nobody touched: whole weeks, closures out, a
trend of its own, errors that remember last week, interval, verdict, q-value. Beside it stand the bare regression
against the library's, one call a series, and all objectives of another store (``--store``) as its tables ask for them.
"""

import argparse
import json
import subprocess
import sys
import time
import warnings
from datetime import date
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

WORK = Path(__file__).parent / "work" / "comparisons"
HEADING = "## 12,000 comparisons"
FIRST, LAST, GO_LIVE = date(2023, 7, 31), date(2026, 7, 26), date(2026, 5, 4)
TOUCHPOINTS, SEGMENTS, PHASES, KPIS = 12, 6, 8, 25
"""The last segment is the one that nobody touched: 12 x 5 x 8 cells are compared."""
COUNTED, DIVIDED = 10, 15

_SUMS = """
INSERT INTO daily
SELECT k, 'interaction', day, t, s, p, rows, CASE WHEN k <= {counted} THEN rows ELSE hits END, rows, hits, 0, 0
FROM (SELECT k, t, s, p, CAST(? AS DATE) + CAST(d AS INTEGER) AS day,
             greatest(1, round(level + sqrt(level) * noise)) AS rows,
             round(greatest(1, level) * (0.3 + 0.02 * noise)) AS hits
      FROM (SELECT k, t, s, p, d, 40 * (1 + 0.2 * sin(2 * pi() * d / 365.25)) AS level,
                   2 * (hash(k, t, s, p, d) % 1000003 + hash(d, p, s, t, k, 1) % 1000003) / 1000003 - 2 AS noise
            FROM range({days}) AS days(d), range(1, {touchpoints} + 1) AS ts(t), range(1, {segments} + 1) AS ss(s),
                 range(1, {phases} + 1) AS ps(p), (SELECT unnest(?) AS k) AS ks))
"""


def documents() -> dict[str, dict[str, object]]:
    """Return the definitions of the company that is compared."""
    label = {"label_it": "x", "label_en": "x"}
    described = label | {"description_it": "x", "description_en": "x"}
    above = {"fact": "interaction", "aggregate": "count"}
    share = {"numerator": above | {"where": {"direction": ["inbound"]}}, "denominator": above}
    return {
        "touchpoint": {f"t{i}": label for i in range(TOUCHPOINTS)},
        "segment": {f"s{i}": label for i in range(SEGMENTS)},
        "phase": {f"p{i}": label for i in range(PHASES)},
        "kpi": {
            f"k{i}": described
            | {"unit": "share", "direction": "up", "level": "process", "owner": "x"}
            | ({"kind": "count", "unit": "count", "numerator": above} if i < COUNTED else {"kind": "share"} | share)
            for i in range(COUNTED + DIVIDED)
        },
        "initiative": {"new": label | {"go_live": [{"day": GO_LIVE.isoformat()}]}},
        "objective": {
            "all": label
            | {
                "macro_objective": "internal_processes",
                "kpi": "k0",
                "direction": "up",
                "perimeter": {"segment": [f"s{i}" for i in range(SEGMENTS - 1)]},
                "comparison": {"segment": [f"s{SEGMENTS - 1}"]},
                "initiative": "new",
                "baseline": ["2025-05-05", "2026-05-03"],
                "evaluation": [GO_LIVE.isoformat(), LAST.isoformat()],
                "relevance": 0.05,
                "relevance_kind": "relative",
                "owner": "x",
            }
        },
    }


def build(path: Path) -> None:
    """Make the store."""
    from ocem.store.database import Database
    from ocem.store.definitions import load_documents

    path.parent.mkdir(parents=True, exist_ok=True)
    database = Database.open(path)
    load_documents(database, documents())  # type: ignore[arg-type]
    sql = _SUMS.format(
        counted=COUNTED, days=(LAST - FIRST).days + 1, touchpoints=TOUCHPOINTS, segments=SEGMENTS, phases=PHASES
    )
    with database.write() as con:
        con.execute(
            "INSERT INTO import_batch SELECT 1, 'x', 'x', NULL, 'x', 'interaction', 1, now(), 1, 1, 0, 0, 0, 0, ?, ?, "
            "'{}', 'live', NULL",
            [FIRST, LAST],
        )
        for first in range(1, KPIS + 1, 5):
            con.execute(sql, [FIRST, list(range(first, first + 5))])
    database.close()


def worker(path: Path, store: Path | None) -> dict[str, float]:
    """Measure everything once, in this process."""
    from ocem.evaluation.comparison import compare
    from ocem.evaluation.grid import compare_cells
    from ocem.store.database import Database

    found: dict[str, float] = {}

    def timed(name: str, started: tuple[float, float]) -> None:
        found[f"{name} cpu"] = time.process_time() - started[0]
        found[f"{name} wall"] = time.perf_counter() - started[1]

    def now() -> tuple[float, float]:
        return time.process_time(), time.perf_counter()

    database = Database.open(path)
    for name in ("first", "again"):
        started = now()
        compared = compare_cells(database, "all", None)
        timed(name, started)
    found["comparisons"] = len(compared)
    found["judged"] = sum(one.effect is not None for one in compared)
    database.close()
    if store is not None:
        database = Database.open(store)
        compare(database, checks=False)
        started = now()
        tables = compare(database, by=("touchpoint", "segment", "phase"), checks=False)
        timed("tables", started)
        found["tables"] = len(tables)
        database.close()
    return found | _bare_regression()


def _bare_regression() -> dict[str, float]:
    """One thousand series of a year and eight weeks, against the library one by one; both once before the clock."""
    import numpy as np

    from ocem.stats.glsar import fit_glsar

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import statsmodels.api as sm

        rng = np.random.default_rng(1)
        y = 50 + rng.standard_normal((1000, 60)).cumsum(axis=1) * 0.1 + rng.standard_normal((1000, 60))
        design = np.column_stack([np.ones(60), np.arange(60) >= 52]).astype(float)
        fit_glsar(y[:2], design)
        started = time.process_time()
        ours = fit_glsar(y, design)
        spent = time.process_time() - started
        started = time.process_time()
        theirs = [sm.GLSAR(one, design, rho=1).iterative_fit(maxiter=10) for one in y[:100]]
        library = 10 * (time.process_time() - started)
    apart = max(abs(one.params[1] - params[1]) for one, params in zip(theirs, ours.params, strict=False))
    return {"regression": spent, "library": library, "apart": float(apart)}


def section(runs: list[dict[str, float]]) -> list[str]:
    """Write the section, line by line."""
    mid = {name: median(run[name] for run in runs) for name in runs[0]}
    n = mid["comparisons"] / 1000

    def row(what: str, name: str, per: float) -> str:
        return f"| {what} | {mid[name + ' cpu']:.2f} | {mid[name + ' wall']:.2f} | {mid[name + ' cpu'] / per:.2f} |"

    load = Path("/proc/loadavg").read_text(encoding="ascii").split()[0]
    lines = [
        HEADING,
        "",
        "`.venv/bin/python benchmarks/comparisons.py --store STORE --write benchmarks/RESULTS.md` writes this section:",
        f"{KPIS} KPIs in {TOUCHPOINTS * PHASES * (SEGMENTS - 1)} cells, three years of days (15.8 million daily sums),",
        "each cell against the same place in a segment nobody touched; whole weeks, closures out, errors that",
        "remember, interval, verdict, q-value.",
        f"Medians of {len(runs)} processes; load average {load} on 2 processors at the end.",
        "",
        "| step | processor s | wall s | processor s per 1,000 |",
        "|---|---|---|---|",
        row(f"{mid['comparisons']:,.0f} comparisons, read from the store", "first", n),
        row("the same again, weekly sums known", "again", n),
    ]
    if "tables cpu" in mid:
        what = f"{mid['tables']:.0f} wholes and members of all objectives, as tables ask, weekly sums known"
        lines.append(row(what, "tables", mid["tables"] / 1000))
    lines += [
        "",
        f"The bare regression of 1,000 weekly series takes {mid['regression']:.3f} processor seconds, statsmodels",
        f"one call a series {mid['library']:.1f}: {mid['library'] / mid['regression']:.0f} times as long,"
        f" effects {mid['apart']:.0e} apart at most.",
    ]
    return lines


def main() -> None:
    """Read the arguments, measure and print the section."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--store", type=Path, help="another store, whose objectives are compared by their members")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    path = WORK / "ocem.duckdb"
    if asked.worker:
        print(json.dumps(worker(path, asked.store)))
        return
    if not path.exists():
        build(path)
    command = [sys.executable, __file__, "--worker"] + (["--store", str(asked.store)] if asked.store else [])
    runs = []
    for _ in range(asked.rounds):
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        runs.append(json.loads(told))
    lines = section(runs)
    print("\n".join(lines))
    if asked.write:
        put(asked.write, HEADING, lines)


def put(path: Path, heading: str, lines: list[str]) -> None:
    """Put a section in place of the one of the same heading, at the end of the file otherwise."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    before, _, rest = text.partition(heading)
    after = rest[rest.index("\n## ") + 1 :] if "\n## " in rest else ""
    path.write_text(
        before.rstrip("\n") + "\n\n" + "\n".join(lines).rstrip("\n") + "\n" + ("\n" + after if after else ""), "utf-8"
    )


if __name__ == "__main__":
    main()
