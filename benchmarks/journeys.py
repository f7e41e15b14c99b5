"""Journeys and attribution, measured: `python benchmarks/journeys.py [--rows 1M 10M] [--peer PYTHON]`.

Every step runs in a process of its own; its processor seconds and peak memory are the operating system's. The table is
written to JOURNEYS.md. `--peer` names the Python of another environment with ChannelAttribution and matplotlib in it:
that package is under the GPL and simulates, so the program neither uses nor pins it.
"""

import argparse
import json
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.run import SIZES, Cost, machine, remove  # noqa: E402  the path above comes first
from benchmarks.step import Stopwatch  # noqa: E402

SEED = 20261122
N_PATHS = 1_000_000
N_TOUCHPOINTS = 20
FIRST_DAY, N_DAYS = date(2024, 1, 1), 1000
ROUNDS = 3
MOST_CHECKED = 1_000_000
"""Up to so many contacts the journeys kept up to date are compared with all journeys made anew."""

PEER = """
import sys, time, json, io, contextlib
with contextlib.redirect_stdout(io.StringIO()):
    import pandas as pd, ChannelAttribution as peer
    began = time.process_time()
    data = pd.read_csv(sys.argv[1])
    found = peer.markov_model(
        data, "path", "converted", var_null="lost", order=1, sep=">", verbose=False, flg_pro=False
    )
    frame = found if hasattr(found, "columns") else found["result"]
shares = dict(zip(frame.iloc[:, 0], frame.iloc[:, 1] / frame.iloc[:, 1].sum()))
print(json.dumps({"cpu_s": time.process_time() - began, "shares": {k.strip(): float(v) for k, v in shares.items()}}))
"""


def write_paths(target: Path, n_paths: int = N_PATHS) -> Path:
    """Write paths of one step and more, a fifth of which convert, seeded; an existing file is kept."""
    if target.exists():
        return target
    rng = np.random.default_rng(SEED)
    names = np.array([f"touchpoint {i}" for i in range(N_TOUCHPOINTS)])
    lengths = np.minimum(rng.geometric(0.25, n_paths), 15)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    steps = names[(rng.random(starts[-1]) ** 1.5 * N_TOUCHPOINTS).astype(int)]
    won = (rng.random(n_paths) < 0.2).astype(int)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8") as file:
        file.write("path,converted,lost\n")
        file.writelines(
            f"{' > '.join(steps[starts[i] : starts[i + 1]])},{won[i]},{1 - won[i]}\n" for i in range(n_paths)
        )
    return target


def fill(database: str, rows: str) -> dict[str, Any]:
    """Write contacts and orders straight into the tables: what is measured is what comes after an import.

    A customer has about twenty contacts and two orders, unevenly; a third of the contacts follow the order.
    """
    from ocem.store.database import Database
    from ocem.store.definitions import ensure_starter

    n = int(rows)
    store = Database.open(Path(database))
    ensure_starter(store)
    with store.write() as con:
        con.execute("SELECT setseed(0.5)")
        con.execute(
            f"""INSERT INTO interaction (batch_id, line, source_id, key_hash, row_hash, day, occurred_at, customer,
                touchpoint_id, segment_id, phase_id, dmu_role_id)
            SELECT 1, i, 1, i, i, DATE '{FIRST_DAY}' + CAST(i * {N_DAYS} // {n} AS INTEGER),
                   TIMESTAMPTZ '{FIRST_DAY} 08:00:00+01' + to_days(CAST(i * {N_DAYS} // {n} AS INTEGER))
                   + to_seconds(hash(i) % 36000),
                   hash(CAST(pow((hash(i + 1) % 1000003) / 1000003.0, 1.6) * {n // 20} AS BIGINT)),
                   1 + hash(i + 2) % 10, 1 + hash(i + 3) % 3, 1 + hash(i + 4) % 3, 0
            FROM range({n}) t(i)"""
        )
        con.execute(
            f"""INSERT INTO sale (batch_id, line, source_id, key_hash, row_hash, day, customer, touchpoint_id,
                segment_id, phase_id, amount_eur, margin_eur)
            SELECT 2, i, 2, i, i, DATE '{FIRST_DAY}' + CAST(i * {N_DAYS} // {n // 10} AS INTEGER),
                   hash(CAST(pow((hash(i + 5) % 1000003) / 1000003.0, 1.6) * {n // 20} AS BIGINT)),
                   1 + hash(i + 6) % 10, 1 + hash(i + 7) % 3, 2, 100 + hash(i) % 900, 30 + hash(i) % 200
            FROM range({n // 10}) t(i)"""
        )
        last = FIRST_DAY + timedelta(days=N_DAYS - 1)
        for number, fact in ((1, "interaction"), (2, "sale")):
            con.execute("INSERT INTO source VALUES (?, ?)", [number, fact])
            con.execute(
                "INSERT INTO import_batch VALUES "
                "(?, ?, ?, NULL, ?, ?, 1, now(), 0, 0, 0, 0, 0, 0, ?, ?, '{}', 'live', NULL)",
                [number, fact, fact, fact, fact, FIRST_DAY, last],
            )
        con.execute("INSERT INTO journey_pending SELECT customer, min(day) FROM interaction GROUP BY customer")
    store.close()
    return {"rows": n}


def build(database: str) -> dict[str, Any]:
    """Work out all journeys, as the first question after a first import does."""
    from ocem.store.database import Database
    from ocem.store.journey import bring_up_to_date

    store = Database.open(Path(database))
    watch = Stopwatch()
    bring_up_to_date(store)
    took = watch.read()
    with store.cursor() as con:
        row = con.execute("SELECT count(*) FROM journey").fetchone()
    store.close()
    return took | {"journeys": row[0] if row else 0}


def batch(database: str, checked: str) -> dict[str, Any]:
    """Work out the journeys of the customers met in the last seven days, as a week's batch does; then check them."""
    from ocem.store.database import Database
    from ocem.store.journey import differences, refresh

    store = Database.open(Path(database))
    since = FIRST_DAY + timedelta(days=N_DAYS - 7)
    with store.write() as con:
        con.execute(
            "INSERT INTO journey_pending SELECT customer, min(day) FROM interaction WHERE day >= ? GROUP BY customer",
            [since],
        )
        waiting = con.execute("SELECT count(*) FROM journey_pending").fetchone()
        watch = Stopwatch()
        refresh(con)
        took = watch.read()
    with store.cursor() as con:
        wrong = differences(con) if checked == "checked" else 0
    store.close()
    if wrong:
        raise SystemExit(f"{wrong} journeys differ from the facts")
    return took | {"customers": waiting[0] if waiting else 0}


def ask(database: str, days: str) -> dict[str, Any]:
    """Answer what the three views of the page of journeys ask, over the last so many days."""
    from ocem.evaluation.attribution import attribution
    from ocem.evaluation.journey import journeys
    from ocem.evaluation.view import View
    from ocem.store.database import Database

    store = Database.open(Path(database))
    last = FIRST_DAY + timedelta(days=N_DAYS - 1)
    view = View(last - timedelta(days=int(days) - 1), last)
    watch = Stopwatch()
    report = journeys(store, view, parts=("paths",))
    page = watch.read()
    watch = Stopwatch()
    journeys(store, view, parts=("stops",))
    stops = watch.read()
    watch = Stopwatch()
    attribution(store, view)
    credit = watch.read()
    store.close()
    return {
        "wall_s": page["wall_s"], "cpu_s": page["cpu_s"], "journeys": report.after.journeys if report.after else 0,
        "stops_wall_s": stops["wall_s"], "stops_cpu_s": stops["cpu_s"],
        "attribution_wall_s": credit["wall_s"], "attribution_cpu_s": credit["cpu_s"],
    }  # fmt: skip


def ours(file: str, model: str) -> dict[str, Any]:
    """Attribute a file of paths, intervals included."""
    from ocem.evaluation.attribution import attribute_file

    watch = Stopwatch()
    found = attribute_file(Path(file), "path", "converted", (model,))
    return watch.read() | {"shares": {name: item.share for name, item in found.models[0].credits.items()}}


STEPS = {step.__name__: step for step in (fill, build, batch, ask, ours)}


def measure(command: list[str]) -> Cost:
    """Run a command that prints one JSON document, measured by the operating system."""
    import os

    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=HERE.parent)
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[:4]} failed with status {process.returncode}")
    answer = json.loads(printed.splitlines()[-1])
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - began, usage.ru_maxrss / 1024, answer)


def step(name: str, *arguments: object) -> Cost:
    """Run one of this file's steps in a fresh process."""
    cost = measure([sys.executable, str(Path(__file__)), "--step", name, *map(str, arguments)])
    shown = {key: round(value, 2) for key, value in cost.answer.items() if isinstance(value, int | float)}
    print(
        f"  {name} {arguments[1:]}: {cost.cpu_s:.2f} CPU s, {cost.wall_s:.2f} s, {cost.peak_mib:.0f} MiB {shown}",
        flush=True,
    )
    return cost


def measure_journeys(size: str, work: Path) -> list[str]:
    """Measure one size and return its lines of the table."""
    store = work / f"journeys-{size}" / "ocem.duckdb"
    remove(store)
    step("fill", store, SIZES[size])
    lines = []
    built = step("build", store)
    lines.append(
        _line("all journeys anew", size, built.answer, built.peak_mib, f"{built.answer['journeys']:,} journeys")
    )
    weekly = step("batch", store, "checked" if SIZES[size] <= MOST_CHECKED else "unchecked")
    lines.append(
        _line("a week's batch", size, weekly.answer, weekly.peak_mib, f"{weekly.answer['customers']:,} customers")
    )
    for days, name in ((91, "13 weeks and a year before"), (364, "52 weeks and a year before")):
        asked = [step("ask", store, days) for _ in range(ROUNDS)]
        middle = sorted(asked, key=lambda cost: cost.answer["wall_s"])[ROUNDS // 2]
        what = f"{middle.answer['journeys']:,} journeys in view"
        lines.append(_line(f"paths and flow, {name}", size, middle.answer, middle.peak_mib, what))
        for key, title, note in (
            ("stops", f"phases, stops and tracing, {name}", what),
            ("attribution", f"attribution by six models, {name.split(' and ')[0]}", "1,000 draws each"),
        ):
            part = {unit: middle.answer[f"{key}_{unit}"] for unit in ("wall_s", "cpu_s")}
            lines.append(_line(title, size, part, middle.peak_mib, note))
    remove(store)
    return lines


def _line(name: str, size: str, answer: dict[str, Any], peak_mib: float, what: str) -> str:
    return f"| {name} | {size} | {answer['cpu_s']:.2f} | {answer['wall_s']:.2f} | {peak_mib:.0f} | {what} |"


def measure_paths(work: Path, peer: str | None) -> list[str]:
    """Measure attribution of a million paths in a file, beside the peer where there is one."""
    file = write_paths(work / f"paths-{N_PATHS}.csv")
    own = [step("ours", file, "markov") for _ in range(ROUNDS)]
    middle = sorted(own, key=lambda cost: cost.answer["cpu_s"])[ROUNDS // 2]
    lines = [
        _line("`attribute`, Markov with intervals", "1M paths", middle.answer, middle.peak_mib, "exact, 1,000 draws")
    ]
    if peer:
        found = [measure([peer, "-c", PEER, str(file)]) for _ in range(ROUNDS)]
        other = sorted(found, key=lambda cost: cost.cpu_s)[ROUNDS // 2]
        shares = middle.answer["shares"]
        apart = max(abs(shares[name] - share) for name, share in other.answer["shares"].items())
        answer = {"cpu_s": other.answer["cpu_s"], "wall_s": other.wall_s}
        what = f"by simulation, no intervals; shares differ by up to {apart:.5f}"
        lines.append(_line("ChannelAttribution, Markov of order 1", "1M paths", answer, other.peak_mib, what))
    return lines


def main() -> None:
    """Measure and write the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--rows", nargs="*", default=["1M"], choices=list(SIZES))
    options.add_argument("--peer", help="Python of an environment with ChannelAttribution")
    options.add_argument("--work", type=Path, default=HERE / "work")
    options.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.step:
        print(json.dumps(STEPS[chosen.step[0]](*chosen.step[1:])))
        return
    seen = machine()
    lines = [line for size in chosen.rows for line in measure_journeys(size, chosen.work)]
    lines += measure_paths(chosen.work, chosen.peer)
    head = [
        "# How fast journeys and attribution are",
        "",
        "Re-run with `.venv/bin/python benchmarks/journeys.py --rows 1M 10M`; this page is written by that command.",
        "",
        f"Measured {seen['day']} on {seen['machine']} (load average {seen['load']} at the start), {seen['versions']}.",
        f"Seconds of the work itself, without the start of its process; medians of {ROUNDS} rounds where it is asked,",
        "one run where it writes. Rows are contacts; there are a tenth as many orders, a twentieth as many customers.",
        "Where the load average is above the number of cores, processor seconds are the figures to trust.",
        "",
        "| step | size | processor s | wall s | peak MiB | what |",
        "|---|---|---|---|---|---|",
    ]
    (HERE / "JOURNEYS.md").write_text("\n".join([*head, *lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
