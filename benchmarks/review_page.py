"""How long the room waits for another week: `python benchmarks/review_page.py STORE [--rounds 5]` prints a table.

STORE is a database with data, the demo company's for instance; a copy of it gets KPIs of the same data under other keys
until 100 are charted, and is served. In a real Chromium the review page of the last week is opened and other weeks are
chosen from its list, first weeks that nobody has looked at and then those same weeks again.
"""

import argparse
import shutil
import statistics
import sys
import time
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.browser.harness import CHROMIUM_FLAGS, READY, ROOT, Visit, find_chromium, running_server

KPIS, LIMIT_S = 100, 1.0
DEFINITIONS = ROOT / "data" / "definitions" / "kpis.toml"


def with_many_kpis(store: Path, folder: Path) -> tuple[Path, int, int]:
    """Copy a store and add KPIs; return it with the number of KPIs charted and of weeks with data."""
    from ocem.evaluation.agenda import last_week
    from ocem.evaluation.review import all_charts
    from ocem.store.database import Database
    from ocem.store.definitions import load_documents

    target = folder / store.name
    shutil.copyfile(store, target)
    shutil.copyfile(store.with_name("secret.key"), target.with_name("secret.key"))
    database = Database.open(target)
    try:
        monday = last_week(database)
        assert monday is not None, "the store has no finished week"
        charted = {chart.watched.kpi.key for chart in all_charts(database, monday)}
        known: dict[str, dict[str, Any]] = tomllib.loads(DEFINITIONS.read_text(encoding="utf-8"))["kpi"]
        copies = {f"{key}_again": item for key, item in known.items() if key in charted}
        load_documents(database, {"kpi": dict(list(copies.items())[: max(KPIS - len(charted), 0)])})
        charts = all_charts(database, monday)
        return (
            target,
            len({chart.watched.kpi.key for chart in charts}),
            max(len(chart.points) for chart in charts),
        )
    finally:
        database.close()


@dataclass(frozen=True)
class Wait:
    """What one choice took: seconds on the clock, and processor seconds of the server and of the page's main thread."""

    wall_s: float
    server_s: float
    browser_s: float


def choose(visit: Visit, session: Any, server: int, place: int) -> Wait:
    """Choose a week by its place in the list and wait until everything of it is drawn."""
    page = visit.page
    before = page.url
    page.locator('[data-testid="stSelectbox"] input').first.click()
    option = page.locator('[role="option"]').nth(place)
    option.wait_for()
    busy = main_thread(session), processor(server)
    started = time.perf_counter()
    option.click()
    page.wait_for_function("before => location.href !== before", arg=before, timeout=60_000, polling=20)
    page.wait_for_function(READY, timeout=60_000, polling=20)
    spent = Wait(time.perf_counter() - started, processor(server) - busy[1], main_thread(session) - busy[0])
    visit.wait_ready()
    return spent


def main_thread(session: Any) -> float:
    """Return the processor seconds that the page's main thread has used."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(item["value"] for item in metrics if item["name"] == "TaskDuration"))


def listener(port: int) -> int:
    """Return the process that listens on a port."""
    import psutil

    return next(
        one.pid
        for one in psutil.net_connections("tcp")
        if one.laddr.port == port and one.status == "LISTEN" and one.pid
    )


def processor(number: int) -> float:
    """Return the processor seconds that a process and its children have used."""
    import psutil

    process = psutil.Process(number)
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


def main() -> int:
    """Measure, print, and say whether a week seen before shows within a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print("Chromium is not installed: nothing is timed", file=sys.stderr)
        return 2
    from playwright.sync_api import sync_playwright

    with TemporaryDirectory() as folder, sync_playwright() as driver:
        store, n_kpis, n_weeks = with_many_kpis(options.store, Path(folder))
        browser = driver.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        with running_server(store, store.with_name("server.log")) as address:
            context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="it-IT")
            visit = Visit(context.new_page(), address)
            session = context.new_cdp_session(visit.page)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            server = listener(int(address.rsplit(":", 1)[1]))
            started = time.perf_counter()
            visit.open("review")
            opened = time.perf_counter() - started
            places = range(1, options.rounds + 1)
            first = [choose(visit, session, server, place) for place in places]
            again = [choose(visit, session, server, place) for place in places]
        browser.close()
    print(f"{n_kpis} KPIs charted, {n_weeks} weeks; the page opened in {opened:.1f} s\n")
    print("| after a click, medians | on the clock, s | server, CPU s | page, CPU s |\n|---|---|---|---|")
    for name, waits in (("a week nobody has looked at", first), ("a week seen before", again)):
        medians = [statistics.median(getattr(wait, part.name) for wait in waits) for part in fields(Wait)]
        print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in medians) + " |")
    return int(statistics.median(wait.wall_s for wait in again) > LIMIT_S)


if __name__ == "__main__":
    raise SystemExit(main())
