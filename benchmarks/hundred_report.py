"""The section "A hundred million interactions" of RESULTS.md, from measurements to Markdown."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.hundred import Book

HEADING = "## A hundred million interactions"
STEPS = {
    "scan": "reading the columns that the daily sums need: the greatest of each",
    "text_scan": "the same: numbers added up, the length of texts",
    "sums": "all daily sums of 12 KPIs anew, written",
    "everything": "all sums, weeks with different customers, buckets of customers",
    "journeys": "all journeys anew",
    "check": "everything kept compared with the facts",
    "batch": "storing a million rows read before: 10 new days, late rows on 30 days before",
    "imported": "importing a file of a million rows: 10 new days; read, checked, stored",
}
NOTES = [
    "- **Keys of stored records lie in sorted files** (docs/data-model.md): a million new keys are looked up among a",
    "  hundred million in 0.4-0.7 processor s, 0.2 among ten million. Read where they lie among the facts they took",
    "  1.1 in memory, 2.4-4.0 from the file; tried before: other columns read only of rows whose key was found",
    "  (kept), a semi join (1.1), half of each hash (3.1). A filter of bits must be all but exact, because all keys",
    "  are read again for one false find: no less than 3 bytes a key, where the files have all 8.",
    "  What is left of the ratio to a tenth of the rows on each day are the days that late rows touch: they hold ten",
    "  times the rows, and their sums, weeks and buckets are made anew (2.1 processor s instead of 0.8).",
    "- **All daily sums are written as a row a KPI, day and cell** (2.2 million here), which takes 1.1 processor s",
    "  whatever the number of contacts: half of the work at 10M, a ninth at 100M.",
    "- **All journeys anew**: 25 processor s and 1,394 MiB for 10M, 334 and 1,764 MiB for 100M (26.7 million journeys,",
    "  1.5 million paths). Contacts are read once and written by customer (21 s, 1.5 GB for 100M); reading them for",
    "  each of the 25 parts took 4 to 7 s a part. Lists made by aggregates that order their rows took a third more:",
    "  33 s for 10M in the same hour. An import does not wait for it; the first question about journeys after a large",
    "  one does.",
    "- **The daily sums over 100M rows equal the facts**: all of them compared in 9.7 processor s, 1,596 MiB. Weeks,",
    "  customers' buckets and doubled keys, which `check` compares too, were compared at 10M: 8.2 s.",
    "- Other forms of the sums and other types of column that were measured: docs/data-model.md.",
    "",
]
"""What stands behind the figures."""
PAGES = ("control room", "touchpoints", "segments")


def section(book: "Book", about: Mapping[str, str]) -> list[str]:
    """Return the lines of the section."""
    lines = [
        HEADING,
        "",
        "`.venv/bin/python benchmarks/hundred.py --write benchmarks/RESULTS.md` writes this section. 1,000 days of",
        "contacts in 180 cells, stored month by month through the same `commit` as every import. Every step in a",
        "process of its own, its start left out; medians. Processor seconds and their ratios are the figures to trust.",
        "",
        f"Measured {about['day']} on {about['machine']}, which others kept busy (load average",
        f"{_loads(book)}), {about['versions']}.",
        "",
        "| step | rows | processor s | wall s | peak MiB | rounds |",
        "|---|---|---|---|---|---|",
    ]
    for step, meaning in STEPS.items():
        for name in ("10M", "tenth", "100M"):
            rounds = book.found.get(name, {}).get(step)
            if rounds:
                figures = (book.median(name, step, figure) for figure in ("cpu_s", "wall_s", "peak_mib"))
                cpu, wall, peak = figures
                size = "10M, the last 100 days" if name == "tenth" else name
                lines.append(f"| {meaning} | {size} | {cpu:.2f} | {wall:.1f} | {peak:.0f} | {len(rounds)} |")
    lines += ["", "| question | figure | goal |", "|---|---|---|", *_answers(book), ""]
    return lines + _pages(book) + _people(book) + NOTES


def _loads(book: "Book") -> str:
    loads = [item["load"] for steps in book.found.values() for rounds in steps.values() for item in rounds]
    return f"{min(loads):.0f} to {max(loads):.0f}"


def _has(book: "Book", *wanted: tuple[str, str]) -> bool:
    return all(step in book.found.get(name, {}) for name, step in wanted)


def _answers(book: "Book") -> list[str]:
    """The goals as questions, with the figure found."""
    found = []
    for name in ("10M", "100M"):
        if _has(book, (name, "scan"), (name, "text_scan"), (name, "sums")):
            own = book.median(name, "sums")
            greatest, added = own / book.median(name, "scan"), own / book.median(name, "text_scan")
            figure = f"{greatest:.1f} x the greatest of each, {added:.1f} x numbers added up"
            found.append(f"| all daily sums against reading their columns, {name}: processor | {figure} | <= 4 x |")
            peak = max(item["peak_mib"] for item in book.found[name]["sums"])
            found.append(f"| peak memory of it, {name} | {peak:.0f} MiB | <= 2,048 MiB |")
    if _has(book, ("100M", "batch"), ("100M", "sums"), ("100M", "everything")):
        sums = book.median("100M", "batch", "update_sums") / book.median("100M", "sums")
        whole = book.median("100M", "batch", "update") / book.median("100M", "everything")
        found.append(
            "| what follows from a 1 % batch against working it out for all days: daily sums; with weeks and buckets "
            f"| {sums:.3f} x; {whole:.3f} x | <= 0.07 x |"
        )
    for name, words in (("tenth", "a tenth of the days"), ("10M", "a tenth of the rows on each day")):
        for step, done in (("imported", "importing a file of a million rows"), ("batch", "storing rows read before")):
            if _has(book, ("100M", step), (name, step)):
                ratio = book.median("100M", step) / book.median(name, step)
                found.append(f"| {done} against the same into {words}: processor | {ratio:.2f} x | <= 1.3 x |")
    if _has(book, ("100M", "stopped")):
        wall = 1000 * book.one("100M", "stopped")["wall_s"]
        found.append(f"| a rebuild of 100M that is stopped: until all is as it was | {wall:.0f} ms | - |")
    return found


def _pages(book: "Book") -> list[str]:
    if not _has(book, ("10M", "pages"), ("100M", "pages")):
        return []
    lines = [
        "What three pages ask, nothing kept from before: ms of processor, of wall. Then in Chromium, s: the first",
        "visitor after the start, a new visitor, a filter change.",
        "",
    ]
    shown = {}
    for name in ("10M", "100M"):
        if _has(book, (name, "browser")):
            shown[name] = dict(zip(PAGES, book.one(name, "browser")["pages"], strict=False))
    lines += [
        "| page | 10M | 100M | ratio of processor | Chromium, 10M | Chromium, 100M |",
        "|---|---|---|---|---|---|",
    ]
    for page in PAGES:
        small, large = (book.one(name, "pages")[page] for name in ("10M", "100M"))
        drawn = " | ".join(_times(shown.get(name, {}).get(page)) for name in ("10M", "100M"))
        lines.append(
            f"| {page} | {1000 * small[0]:.0f}, {1000 * small[1]:.0f} | {1000 * large[0]:.0f}, {1000 * large[1]:.0f} "
            f"| {large[0] / small[0]:.2f} x | {drawn} |"
        )
    return [*lines, ""]


def _times(item: list[float] | None) -> str:
    return "-" if not item else ", ".join("-" if value is None else f"{value:.2f}" for value in item[1:])


def _people(book: "Book") -> list[str]:
    if not _has(book, ("100M", "people")):
        return []
    found = book.one("100M", "people")
    lines = [
        "People on the control room over 100M rows, each changing the filter of segments every five seconds:",
        "",
        "| people | first page p50 ms | filter change p50 ms | p95 ms | changes | errors | processor ms a run | MiB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for n, row in found["crowds"].items():
        figures = " | ".join(
            f"{row[name]:.0f}" for name in ("first_p50", "p50", "p95", "changes", "errors", "cpu_ms", "mib")
        )
        lines.append(f"| {n} | {figures} |")
    most = max(row["mib"] for row in found["crowds"].values())
    return [
        *lines,
        "",
        f"A Streamlit server with one page of one word takes {found['bare_mib']:.0f} MiB; this one",
        f"{found['mib']:.0f} MiB after ten visitors and at most {most:.0f}, {most - found['bare_mib']:.0f} MiB beyond "
        "Streamlit's own (goal: <= 500).",
        "",
    ]
