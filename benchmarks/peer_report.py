"""The section about other programs, from measurements to Markdown."""

import statistics
from collections.abc import Mapping

HEADINGS = {"100M": "## Superset and this program over 100M rows"}
QUESTIONS = ("q1", "q2")
PAGES = {"q1": "touchpoints", "q2": "control-room"}
"""The pages that show what a question asks for."""
Times = dict[tuple[str, str], list[float]]
"""Seconds, round by round, by contender and question."""

NAMES = {
    "duckdb": "DuckDB on base rows, SQL, rows in Python",
    "ours": "**this program**: its functions over its daily sums, nothing kept",
    "ours_kept": "**this program** as its pages ask: weekly sums by cell kept in memory, answers not",
    "superset": "Apache Superset 6.1.0 over duckdb-engine, chart-data reply, cache off",
    "polars": "polars 2.1.0, frame kept in memory",
    "polars_scan": "polars 2.1.0, scanning Parquet",
    "pandas": "pandas 3.1.1, frame kept in memory, texts as categories",
}
NOT_COMPARABLE = """Not comparable: Superset answers any question over any table, we answer those whose KPIs somebody
has declared, and their sums were paid for at import ("Steps"). Its reply still has to be drawn by its browser; ours is
rows in Python in the first table and a painted page in the second, which shows more than the question. Superset,
pandas and polars say nothing of uncertainty, comparison groups or frozen baselines; pandas and polars keep all rows in
memory. gbstats and statsmodels have no errors by buckets of customers, and no closed form knows that this week
resembles the last: between two periods of one series they are wrong far more often than they say (docs/method.md), so
no page shows them. Metabase, Rill, Redash and Lightdash have no server in PyPI, npm or Debian and were not run; Power
BI and Tableau are services."""


def heading(rows: str) -> str:
    """Return the heading of the section for a size."""
    return HEADINGS.get(rows, "## Us beside other programs")


def section(
    rows: str,
    rounds: int,
    about: Mapping[str, str],
    times: tuple[Times, Times],
    pages: Times,
    tests: dict[str, dict[str, float]] | None,
    worst: float,
) -> list[str]:
    """Write the section, line by line.

    `times` are wall and processor seconds; `worst` is how far two answers lie apart at most; `tests` is None where no
    comparisons were measured.
    """
    command = f"benchmarks/peers.py --rows {rows} --rounds {rounds} --write benchmarks/RESULTS.md"
    told = ["", *_comparisons(tests), "", *NOT_COMPARABLE.splitlines()] if tests else []
    return [
        heading(rows),
        "",
        f"`.venv/bin/python {command}` writes this section:",
        f"{rows} contacts of 1,000 days, the same in our store, in a plain DuckDB table (Superset reads that file) and",
        "in Parquet. q1 is five KPIs by touchpoint in one segment, 28 days before and after; q2 twelve KPIs by week",
        f"over two years. Asked in turn, {rounds} rounds; ratios within a round, their median, lowest and highest. All",
        f"answers agree to {worst:.0e}.",
        f"{about['machine']}, load average {about['load']} at the end;",
        f"{about['versions']}.",
        "",
        *_questions(*times),
        "",
        *_painted(pages),
        *told,
    ]


def _ratio(one: list[float], two: list[float]) -> str:
    each = [a / b for a, b in zip(one, two, strict=True)]
    return f"{statistics.median(each):.2f} ({min(each):.2f}-{max(each):.2f})"


def _ms(values: list[float]) -> str:
    return f"{1000 * statistics.median(values):,.0f}"


def _questions(wall: Times, spent: Times) -> list[str]:
    lines = [
        "| contender | q1 ms | against DuckDB | its processor time | q2 ms | against DuckDB | its processor time |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, meaning in NAMES.items():
        if (name, "q1") not in wall:
            continue
        cells = [
            f"{_ms(wall[name, question])} | {_ratio(wall[name, question], wall['duckdb', question])} | "
            f"{_ratio(spent[name, question], spent['duckdb', question])}"
            for question in QUESTIONS
        ]
        lines.append(f"| {meaning} | {' | '.join(cells)} |")
    lines += [
        "",
        "| Superset without its cache takes ... times as long as we (goal: 15) | q1 | q2 |",
        "|---|---|---|",
    ]
    for ours, said in (("ours", "nothing kept"), ("ours_kept", "as our pages ask")):
        for times, what in ((wall, "wall"), (spent, "processor")):
            each = [_ratio(times["superset", question], times[ours, question]) for question in QUESTIONS]
            lines.append(f"| {said}, {what} | {each[0]} | {each[1]} |")
    return lines


def _painted(pages: Times) -> list[str]:
    lines = [
        "| a new visitor chooses segments that nobody chose: click to painted frame | ms | Superset's reply ms "
        "| reply / page |",
        "|---|---|---|---|",
    ]
    for question, page in PAGES.items():
        own, reply = pages["page", question], pages["reply", question]
        lines.append(f"| {page} (what {question} asks, and more) | {_ms(own)} | {_ms(reply)} | {_ratio(reply, own)} |")
    return lines


def _comparisons(tests: dict[str, dict[str, float]]) -> list[str]:
    arrays, by_customers = tests["arrays"], tests["buckets"]
    base = arrays["ms_per_1000"]
    lines = [
        f"| {arrays['comparisons']:,} comparisons of rates | processor ms per 1,000 | against arrays | p apart |",
        "|---|---|---|---|",
        f"| closed form in NumPy arrays, q-values included | {base:.2f} | 1 | - |",
    ]
    for name, said in (("gbstats", "gbstats 0.8.0"), ("statsmodels", "statsmodels 0.15.0, its helpers")):
        one = tests[name]
        odd = f"; {one['odd']} more where it says 1" if one["odd"] else ""
        apart = f"{one['apart']:.0e} in {one['both']:,.0f}{odd}"
        times = one["ms_per_1000"] / base
        lines.append(f"| {said}, a call each | {one['ms_per_1000']:.0f} | {times:.0f} | {apart} |")
    n, spent = by_customers["comparisons"], by_customers["ms_per_1000"]
    said = f"**errors that follow customers**, 32 buckets, reading from the store included ({n:,})"
    return [*lines, f"| {said} | {spent:.1f} | {spent / base:.1f} | another error |"]
