"""One whole Monday meeting: note, decide, assign, close, export, new data, reopen, restated since."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.harness import ROOT, running_server, wait_until

LEFT_IN_BROWSER = "Object.keys(localStorage).filter(name => name.startsWith('oce-draft:')).length"

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LATE = """ID;Data di invio;Lista;Evento;Consegnate;Eventi unici;Tasso
9901-C;12-11-2026;Officine meccaniche;Clic;4000;1200;30,00 %
9902-C;12-11-2026;PMI manifatturiere;Clic;4000;1200;30,00 %
"""


@pytest.fixture
def meeting(demo_copy: Path, tmp_path: Path):
    """The demo company of its own, because this meeting changes it."""
    home = tmp_path / "room"
    shutil.copytree(demo_copy.parent, home, ignore=shutil.ignore_patterns("exports", "backups"))
    database = home / demo_copy.name
    with running_server(database, tmp_path / "room.log") as address:
        yield address, database


def command(database: Path, *arguments: str) -> subprocess.CompletedProcess:
    line = [sys.executable, "-m", "ocem", "--db", str(database), *arguments]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True)


def fill(page, label: str, value: str, inside: str | None = None) -> None:
    """Type into the field with a label and leave it."""
    part = page.locator(f"{inside} >> visible=true") if inside else page
    box = part.get_by_label(label, exact=True).first
    box.fill(value)
    box.press("Tab")


def type_into(page, label: str, value: str) -> None:
    """Type at the end of a field as a person does, and stay in it."""
    box = page.get_by_label(label, exact=True)
    box.click()
    box.press("Control+End")
    box.press_sequentially(value, delay=10)


def typed(page) -> tuple[str, str]:
    """Return the notes of the meeting and who is here as the fields show them."""
    labels = ("Notes of the meeting", "Who is here")
    note, who = (page.get_by_label(label, exact=True).input_value() for label in labels)
    return note, who


def test_a_whole_meeting(meeting, open_tab, tmp_path):
    address, database = meeting
    visit = open_tab(address)
    page = visit.page
    visit.open("review", week="2026-W46", lang="en")
    assert "Weekly review" in page.locator("h1").first.inner_text()
    assert page.locator('[class*="st-key-action_"]').count() >= 2  # what is overdue comes first

    # Typed, and there after reloads mid-word, without a field being left.
    type_into(page, "Notes of the meeting", "The response ti")
    type_into(page, "Who is here", "Marco, Giul")
    visit.open("review", week="2026-W46", lang="en")
    wait_until(lambda: typed(page) == ("The response ti", "Marco, Giul"), 60)
    fill(page, "Notes of the meeting", "The response time stays with us")
    fill(page, "Who is here", "Marco, Giulia")
    wait_until(lambda: page.evaluate(LEFT_IN_BROWSER) == 0, 60)

    # Typed while the server cannot be reached: the browser keeps it until the page comes back.
    page.route("**/api/draft/**", lambda request: request.abort())
    type_into(page, "Who is here", ", Elena")
    assert page.evaluate(LEFT_IN_BROWSER) == 1
    page.goto("about:blank")
    page.unroute("**/api/draft/**")
    visit.open("review", week="2026-W46", lang="en")
    finished = ("The response time stays with us", "Marco, Giulia, Elena")
    wait_until(lambda: typed(page) == finished and page.evaluate(LEFT_IN_BROWSER) == 0, 60)

    other = open_tab(address)
    other.open("review", week="2026-W46", lang="en")
    wait_until(lambda: typed(other.page) == finished, 60)
    other.page.close()

    # A decision that belongs to no item; first without its effect.
    page.get_by_text("Another decision").click()
    visit.wait_ready()
    form = '[class*="st-key-form_decision_"]'
    fill(page, "What is decided", "Call back within the hour", form)
    page.locator(f"{form} >> visible=true").get_by_role("button", name="Decide").click()
    page.get_by_text("Write the effect you expect").wait_for(timeout=30_000)
    said = page.locator(f"{form} >> visible=true").get_by_label("What is decided", exact=True)
    assert said.input_value() == "Call back within the hour"
    fill(page, "Effect expected", "-10%", form)
    fill(page, "Who writes this down", "Marco", form)
    visit.wait_ready()
    page.locator(f"{form} >> visible=true").get_by_role("button", name="Decide").click()
    page.locator(".st-key-panel_decisions").get_by_text("Call back within the hour").wait_for(timeout=60_000)
    visit.wait_ready()

    # Close, export, and see that it is closed.
    fill(page, "Who closes the review", "Marco")
    visit.wait_ready()
    page.get_by_role("button", name="Close the review").click()
    page.get_by_text("Closed by Marco").wait_for(timeout=60_000)
    visit.wait_ready()
    assert page.get_by_text("Every number still reads as it did.").count() == 1
    page.locator(".st-key-open_export button").first.click()
    with page.expect_download(timeout=60_000) as coming:
        page.get_by_role("button", name="HTML").click()
    written = tmp_path / "deck.html"
    coming.value.save_as(written)
    assert "Call back within the hour" in written.read_text(encoding="utf-8")
    page.keyboard.press("Escape")

    # Closing again, from the command line, meets a clear answer.
    again = command(database, "review", "2026-W46", "--close", "--by", "Giulia")
    assert again.returncode == 1 and "Marco" in again.stderr

    # New data for the closed week: the minutes stay, and say what has changed since and why.
    late = tmp_path / "newsletter_late.csv"
    late.write_text(LATE, encoding="utf-8")
    imported = command(database, "import", str(late), "--source", "newsletter")
    assert imported.returncode == 3 and "inbox" in imported.stdout  # the running app takes it from there
    wait_until(lambda: "newsletter_late.csv" in command(database, "imports").stdout, 180)
    visit.open("review", week="2026-W46", lang="en")
    restated = page.locator(".st-key-panel_restated")
    restated.get_by_text("newsletter_late.csv").first.wait_for(timeout=60_000)
    assert "Call back within the hour" in page.locator(".st-key-panel_decisions").inner_text()

    # Reopen with a reason: a new version with its author; the closed one stays.
    page.locator(".st-key-open_reopen button").first.click()
    fill(page, "Who reopens it", "Giulia")
    fill(page, "Why", "Late newsletter figures")
    page.get_by_role("button", name="Reopen the review").click()
    page.get_by_text("Reopened by Giulia").wait_for(timeout=60_000)
    visit.wait_ready()

    # An action from an item, or from the command's side when the week has none.
    if page.locator('[class*="st-key-panel_item_"]').count():
        page.locator('[class*="st-key-panel_item_"]').first.get_by_role("button", name="Assign").first.click()
        action = '[class*="st-key-form_action_"]'
        fill(page, "What is to be done", "Ask the agency", action)
        page.locator(f"{action} >> visible=true").get_by_role("button", name="Assign").last.click()
        page.get_by_text("An action needs an owner").wait_for(timeout=30_000)
        fill(page, "Who", "Elena", action)
        visit.wait_ready()
        page.locator(f"{action} >> visible=true").get_by_role("button", name="Assign").last.click()
        page.locator(".st-key-panel_actions").get_by_text("Ask the agency").wait_for(timeout=60_000)
    assert visit.troubles() == {}
