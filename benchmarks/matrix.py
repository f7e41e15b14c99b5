"""How long a person waits for the perimeter's matrix of 30 touchpoints, 6 phases and 20 segments, in a real Chromium.

Run with ``.venv/bin/python benchmarks/matrix.py``. A store is filled with a year of orders in a third of the 3,600
cells; then the page is opened, its colour and grouping are changed, a cell is opened and put out of scope. Each figure
is the median of several, from the click to the drawn picture.
"""

import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ocem.domain.batch import Detected
from ocem.domain.fact import FactKind
from ocem.domain.perimeter import Choice, ScopeRule
from ocem.evaluation.matrix import matrix
from ocem.evaluation.perimeter import save_scope
from ocem.store.batch import Staged, commit
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter, load_documents
from tests.browser.harness import CHROMIUM_FLAGS, READY, Visit, find_chromium, running_server

SIZES = {"touchpoint": 30, "phase": 6, "segment": 20}
FIRST, DAYS = date(2025, 1, 6), 364
ROUNDS = 5
PANEL = ".st-key-cell_switch"
MATRIX = """[...document.querySelectorAll('.st-key-panel_matrix [data-testid=stBidiComponentIsolated]')]
  .map(host => host.shadowRoot.querySelector('.matrix'))[0]"""
DRAWN = f"() => !!({MATRIX}?.dataset.drawn)"
REDRAWN = f"() => {{ const at = {MATRIX}; return at && at.dataset.drawn !== at.dataset.before }}"


def fill(path: Path) -> None:
    """Declare the members and store two orders a day and cell in a third of the cells."""
    database = Database.open(path)
    ensure_starter(database)
    with database.cursor() as con:
        known = {name: [row[0] for row in con.execute(
            "SELECT key FROM member WHERE dimension = ? AND id > 0 ORDER BY position", [name]
        ).fetchall()] for name in SIZES}  # fmt: skip
    more = {
        name: {f"{name}_{n}": _labels(name, n) for n in range(1, size - len(known[name]) + 1)}
        for name, size in SIZES.items()
    }
    load_documents(database, more)
    keys = {name: [*known[name], *more[name]] for name in SIZES}
    rng = np.random.default_rng(1)
    cells = rng.permutation(30 * 6 * 20)[: 30 * 6 * 20 // 3]
    cell = np.repeat(cells, DAYS // 2)
    day = np.tile(np.arange(0, DAYS, 2), len(cells))
    number = np.arange(len(cell))
    at = dict(zip(SIZES, np.unravel_index(cell, tuple(SIZES.values())), strict=True))
    days = pa.array(np.datetime64(FIRST, "D") + day, pa.date32())
    table = pa.table(
        {"line": pa.array(number + 2, pa.int32()), "order_day": days, "day": days}
        | {name: pa.array(np.array(keys[name])[places].tolist()) for name, places in at.items()}
        | {
            "is_reorder": pa.array((number % 3 > 0).tolist()),
            "key_hash": pa.array(number, pa.uint64()),
            "row_hash": pa.array(number, pa.uint64()),
        }
    )
    staged = path.parent / "staging" / "orders.parquet"
    pq.write_table(table, staged)
    commit(database, Staged(staged, FactKind.SALE, "orders", "orders.csv", "orders", Detected(), len(number)))
    segments = Choice(tuple(keys["segment"][:14]))
    save_scope(database, (replace(ScopeRule(True), segments=segments),))
    started = time.perf_counter()
    found = matrix(database)
    print(f"{found.in_scope.size} cells, {found.n_in_scope} in scope, {found.n_blind} measured by nobody")
    print(f"worked out in {time.perf_counter() - started:.2f} s")
    database.close()


LABELS = {
    "touchpoint": ("Punto di contatto", "Touchpoint"),
    "phase": ("Fase", "Phase"),
    "segment": ("Segmento", "Segment"),
}


def _labels(name: str, n: int) -> dict[str, str]:
    italian, english = LABELS[name]
    return {"label_it": f"{italian} {n}", "label_en": f"{english} {n}"}


def worked() -> float:
    """Return the processor seconds of the server and the browser so far."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def measure(visit: Visit) -> dict[str, tuple[float, float]]:
    """Return the median of seconds waited and of processor seconds of each thing a person does with the matrix."""
    page = visit.page

    def waited(act: Callable[[], object], done: str = REDRAWN) -> tuple[float, float]:
        page.wait_for_timeout(1500)
        if done == REDRAWN:
            page.evaluate(f"() => {{ const at = {MATRIX}; at.dataset.before = at.dataset.drawn }}")
        spent, started = worked(), time.perf_counter()
        act()
        page.wait_for_function(done, timeout=60_000, polling="raf")
        seconds = time.perf_counter() - started
        page.wait_for_function(READY, timeout=60_000, polling=20)
        return seconds, worked() - spent

    found: dict[str, list[tuple[float, float]]] = {}
    cells, switch = page.locator(".st-key-panel_matrix canvas"), page.locator(f"{PANEL} button")
    for _ in range(ROUNDS):
        found.setdefault("open the page", []).append(waited(lambda: page.goto(f"{visit.address}/perimeter"), DRAWN))
        for group, label in (("Segmento", "columns by segment"), ("Fase", "columns by phase")):
            button = page.locator(".st-key-matrix_by").get_by_role("radio", name=group)
            found.setdefault(label, []).append(waited(button.click))
        for colour, label in (("Un KPI", "colour by one KPI"), ("Dati", "colour by data")):
            button = page.locator(".st-key-matrix_show").get_by_role("radio", name=colour)
            found.setdefault(label, []).append(waited(button.click))
        found.setdefault("open a cell", []).append(
            waited(lambda: cells.click(position={"x": 100, "y": 100}), f"() => !!document.querySelector('{PANEL}')")
        )
        for label in ("take a cell out of scope", "put it in again"):
            found.setdefault(label, []).append(waited(switch.click))
    return {
        name: (statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs))
        for name, pairs in found.items()
    }


def main() -> None:
    """Fill a store, serve it, and print the figures."""
    from playwright.sync_api import sync_playwright

    chromium = find_chromium()
    assert chromium is not None, "Chromium is not installed"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder) / "ocem.duckdb"
        fill(path)
        browser = driver.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        with running_server(path, path.with_name("server.log")) as address:
            context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="it-IT")
            visit = Visit(context.new_page(), address)
            visit.open("perimeter")
            visit.page.screenshot(path=sys.argv[1]) if len(sys.argv) > 1 else None
            for name, (seconds, spent) in measure(visit).items():
                print(f"| {name} | {seconds:.2f} | {spent:.2f} |")
        browser.close()


if __name__ == "__main__":
    main()
