"""Take the README's picture: `python docs/screenshot.py [DATABASE]` (default var/ocem.duckdb; stop the app first)."""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.harness import CHROMIUM_FLAGS, Visit, find_chromium, running_server  # noqa: E402


def main(database: Path, target: Path) -> None:
    """Photograph the control room as an Italian director sees it on a laptop."""
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(database, Path(folder) / "server.log") as address,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_FLAGS))
        context = browser.new_context(
            viewport={"width": 1440, "height": 900}, locale="it-IT", timezone_id="Europe/Rome"
        )
        visit = Visit(context.new_page(), address)
        visit.open("control-room", lang="it")
        visit.page.wait_for_timeout(1000)
        visit.page.screenshot(path=target)
        browser.close()


if __name__ == "__main__":
    main(
        Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "var" / "ocem.duckdb"),
        ROOT / "docs" / "screenshot.png",
    )
