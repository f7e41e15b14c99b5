"""What a person waits for: the first view of a page and a change of filter, in a real Chromium."""

import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.browser.harness import CHROMIUM_FLAGS, READY, Visit, find_chromium, running_server

REST_MS = 250
"""Nobody clicks into a list while it still comes up."""
PAGES = ("control-room", "touchpoints", "segments")
CHOICES = [
    *[(one,) for one in range(5)],
    *combinations(range(5), 2),
    *combinations(range(5), 3),
]
"""Segments chosen one after the other; nobody before chose the same ones."""
CHANGE = """() => {
  const ready = READY
  const said = () => document.querySelector('.st-key-filters').textContent
  const before = said()
  window.oceChange = new Promise(done => document.addEventListener('pointerup', event => {
    const look = () => requestAnimationFrame(said() !== before && ready() ? drawn : look)
    const drawn = () => setTimeout(() => done(performance.now() - event.timeStamp))
    look()
  }, { capture: true, once: true }))
}""".replace("READY", READY.strip())
"""Told by the browser itself: milliseconds from the click until the frame that shows all of the answer is painted."""


@dataclass(frozen=True)
class PageTimes:
    """Seconds until a page is drawn: the first visitor's, a new visitor's median, a filter change's median."""

    page: str
    cold_s: float
    view_s: float
    filter_s: float | None


def browse(database: Path, rounds: int) -> list[PageTimes]:
    """Serve a store and time its pages; nothing where Chromium is not installed."""
    chromium = find_chromium()
    if chromium is None:
        print("  Chromium is not installed: no page is timed", flush=True)
        return []
    from playwright.sync_api import sync_playwright

    times = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        for page in PAGES:
            with running_server(database, database.with_name("server.log")) as address:
                views = [visit(browser, address, page, choice) for choice in CHOICES[: max(rounds, 3) + 1]]
            changes = [change for _, change in views if change is not None]
            found = PageTimes(
                page,
                views[0][0],
                statistics.median(view for view, _ in views[1:]),
                statistics.median(changes) if changes else None,
            )
            print(f"  {found}", flush=True)
            times.append(found)
        browser.close()
    return times


def visit(browser, address: str, page: str, segments: Sequence[int] = (0,)) -> tuple[float, float | None]:
    """Open a page as a new visitor, then choose segments of the filter.

    Returns
    -------
    float, float or None
        Seconds until the page was painted, and from the click on the last segment until its answer was.
    """
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="it-IT")
    visit = Visit(context.new_page(), address)
    started = time.perf_counter()
    visit.page.goto(f"{address}/{page}", wait_until="commit")
    visit.page.wait_for_function(READY, timeout=120_000, polling=20)
    view = time.perf_counter() - started
    visit.wait_ready()
    visit.page.locator(".st-key-filter_box button").first.click()
    box = visit.page.locator(".st-key-view_seg input")
    box.first.wait_for(timeout=10_000)
    change, names = None, []
    for segment in segments:
        box.first.click()
        options = visit.page.locator('[role="option"]:not([id$="__select_all__"])')
        options.first.wait_for()
        visit.page.wait_for_timeout(REST_MS)
        names = names or options.all_inner_texts()  # what has been chosen is no longer offered
        option = visit.page.get_by_role("option", name=names[segment], exact=True)
        visit.page.evaluate(CHANGE)
        option.click()
        change = visit.page.evaluate("window.oceChange") / 1000
    context.close()
    return view, change
