"""The table of RESULTS.md, from measurements to Markdown."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.browse import PageTimes
    from benchmarks.run import Sizing

STEPS = {
    "plain load": "DuckDB alone: `CREATE TABLE AS read_csv`",
    "import": "import: checks, keys, pseudonyms, members, daily sums of 12 KPIs",
    "scan": "scan of the columns that the daily sums need",
    "rebuild": "all daily sums anew",
    "open and close": "open and close the store",
    "batch": "one batch of 10,000 rows (last 7 days), process start included",
    "check": "daily sums compared with the facts",
    "comparisons": "comparisons, process start included",
}


def write_results(
    target: Path,
    about: Mapping[str, str],
    sizings: Sequence["Sizing"],
    pages: Mapping[str, Sequence["PageTimes"]],
    rounds: int,
) -> None:
    """Write the results of one run over those of the last."""
    lines = [
        "# How fast it is",
        "",
        "Re-run with `.venv/bin/python benchmarks/run.py`; `--rows 1M` takes minutes. The files it generates (3 GB, in",
        "`benchmarks/work`) are seeded and so always the same. This page is written by that command.",
        "",
        f"Measured {about['day']} on {about['machine']} (load average {about['load']} at the start),",
        f"{about['versions']}.",
        f"Medians of {rounds} rounds; steps that are compared ran in turn. Processor seconds are the figures to trust.",
        "",
        "## Steps",
        "",
        "| step | rows | processor s | wall s | peak MiB |",
        "|---|---|---|---|---|",
    ]
    for name, meaning in STEPS.items():
        for sizing in sizings:
            if name in sizing.costs:
                lines.append(
                    f"| {meaning} | {_rows(sizing.rows)} | {sizing.median(name):.2f} | "
                    f"{sizing.median(name, 'wall_s'):.2f} | {sizing.median(name, 'peak_mib'):.0f} |"
                )
    lines += ["", "## What follows", "", "| question | figure | goal |", "|---|---|---|"]
    lines += [f"| {question} | {figure} | {goal} |" for question, figure, goal in _answers(sizings)]
    lines += ["", "## Pages in Chromium", "", "1440 x 900, a new visitor each time, no cache in the browser.", ""]
    lines += [
        "| page | rows | first visitor after start, s | new visitor, s | filter change, s |",
        "|---|---|---|---|---|",
    ]
    for size, times in pages.items():
        for item in times:
            change = "-" if item.filter_s is None else f"{item.filter_s:.2f}"
            lines.append(f"| {item.page} | {size} | {item.cold_s:.2f} | {item.view_s:.2f} | {change} |")
    kept = _judgement(target)
    target.write_text("\n".join(lines) + "\n" + kept, encoding="utf-8")
    print(f"Written: {target}")


def _rows(number: int) -> str:
    return f"{number // 1_000_000}M"


def _answers(sizings: Sequence["Sizing"]) -> list[tuple[str, str, str]]:
    """The goals as questions, with the figure found."""
    found = []
    for sizing in sizings:
        size = _rows(sizing.rows)
        cpu, wall = sizing.ratio("import", "plain load"), sizing.ratio("import", "plain load", "wall_s")
        memory = sizing.ratio("import", "plain load", "peak_mib")
        found.append((f"import against the plain load, {size}: processor", f"{cpu:.2f} x", "<= 1.6 x at 10M"))
        found.append((f"the same: wall time, peak memory, {size}", f"{wall:.2f} x, {memory:.2f} x", "-"))
        inner = _inner(sizing, "rebuild") / _inner(sizing, "scan")
        found.append((f"all daily sums against the scan floor, {size}: processor", f"{inner:.1f} x", "<= 5 x"))
        comparison = sizing.costs["comparisons"][0].answer
        found.append(
            (
                f"1,000 comparisons with intervals and verdicts, {size}",
                f"{1000 * comparison['cpu_s'] / comparison['comparisons']:.2f} processor s "
                f"({comparison['comparisons']} measured)",
                "-",
            )
        )
    if len(sizings) > 1:
        small, large = sizings[0], sizings[-1]
        ratio = _inner(large, "batch") / _inner(small, "batch")
        found.append(
            (
                f"the same batch into {_rows(large.rows)} against into {_rows(small.rows)}: processor",
                f"{ratio:.2f} x ({_inner(large, 'batch'):.2f} s, {_inner(small, 'batch'):.2f} s)",
                "<= 1.5 x",
            )
        )
    return found


def _inner(sizing: "Sizing", name: str) -> float:
    """Median of the processor seconds that a step measured itself, without the start of its process."""
    seconds = sorted(cost.answer["cpu_s"] for cost in sizing.costs[name])
    return float(seconds[len(seconds) // 2])


def _judgement(target: Path) -> str:
    """Return the part of the last page that a person wrote: which goals are not met, and why."""
    text = target.read_text(encoding="utf-8") if target.is_file() else ""
    _, found, rest = text.partition("\n## Not met yet")
    return found + rest
