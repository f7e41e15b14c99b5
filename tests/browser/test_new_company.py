"""A company that has never seen the product walks all five steps, from an empty store to what it gives back."""

import csv
import random
import re
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
import tomli_w

from ocem.i18n import Words
from ocem.ui.warm import LONGEST_BEHIND_S
from tests.browser.harness import ROOT, running_server, wait_until

pytestmark = pytest.mark.browser

TODAY = date.today()
LIVE = TODAY + timedelta(days=7 + -TODAY.weekday() % 7)
"""The first go-live, on a Monday to come; the second follows four weeks later."""
LATER = LIVE + timedelta(weeks=4)
BEFORE, AFTER = 0.20, 0.45
WEEKS_BEFORE, WEEKS_AFTER = 90, 30
LIVES = {"strategici": LIVE, "pmi": LATER, "Clienti esteri": date.max}
"""Segments as the export names them; the last one is new to the store and never gets the portal."""

PROFILES = {
    "profile": {
        "ordini": {
            "label": "Ordini",
            "label_en": "Orders",
            "system": "ERP",
            "fact": "sale",
            "key_fields": ["external_id"],
            "required": ["order_day", "external_id"],
            "formats": {"decimal": ",", "thousands": ".", "date_order": "DMY", "timezone": "Europe/Rome"},
            "constants": {"phase": "acquisto"},
            "fields": {
                "external_id": {"column": "Numero ordine", "type": "text"},
                "order_day": {"column": "Data ordine", "type": "date"},
                "customer": {"column": "Codice cliente", "type": "customer"},
                "segment": {"column": "Segmento", "type": "member"},
                "touchpoint": {"column": "Canale", "type": "member"},
                "is_reorder": {"column": "Riordino", "type": "flag", "values": {"S": "true", "N": "false"}},
            },
        },
        "indagine": {
            "label": "Indagine",
            "label_en": "Survey",
            "system": "Survey tool",
            "fact": "response",
            "key_fields": ["external_id"],
            "required": ["answered_at", "external_id"],
            "formats": {"decimal": ",", "thousands": ".", "date_order": "DMY", "timezone": "Europe/Rome"},
            "constants": {"voice": "customer", "touchpoint": "portale_riordini"},
            "fields": {
                "external_id": {"column": "ID", "type": "text"},
                "answered_at": {"column": "Data", "type": "datetime"},
                "customer": {"column": "Codice cliente", "type": "customer"},
                "segment": {"column": "Segmento", "type": "member"},
                "comment": {"column": "Commento", "type": "text"},
            },
            "questions": [{"question": "csat", "low": 1, "high": 5, "column": "Soddisfazione"}],
        },
    }
}


def write_orders(path: Path, first: date, last: date) -> Path:
    """Write re-orders as an ERP exports them; those of a segment that is live use the portal more often."""
    rng = random.Random(path.name)
    with path.open("w", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(["Numero ordine", "Data ordine", "Codice cliente", "Segmento", "Canale", "Riordino"])
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            market = random.Random((day - timedelta(days=day.weekday())).isoformat()).uniform(-0.08, 0.08)
            for segment, live in LIVES.items():
                for order in range(12 if day.weekday() < 5 else 0):
                    share = (AFTER if day >= live else BEFORE) + market
                    touchpoint = "portale_riordini" if rng.random() < share else "venditore"
                    key = f"{day:%Y%m%d}-{segment}-{order}"
                    rows.writerow([key, f"{day:%d/%m/%Y}", f"C{rng.randrange(300)}", segment, touchpoint, "S"])
    return path


def write_answers(path: Path) -> Path:
    """Write a quarter of answers about the portal, half of them with a comment."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(["ID", "Data", "Codice cliente", "Segmento", "Soddisfazione", "Commento"])
        for number in range(90):
            day = TODAY - timedelta(days=2 + number)
            for i in range(12):
                comment = "Prezzi diversi da quelli del venditore" if i % 2 else ""
                segment, score = ("strategici", "pmi")[i % 2], 2 + (i + number) % 4
                rows.writerow([f"{number}-{i}", f"{day:%d/%m/%Y} 09:00", f"C{i}", segment, score, comment])
    return path


def command(store: Path, *arguments: str) -> str:
    """Run a command as the analyst's nightly job does, while the app holds the store."""
    call = [sys.executable, "-m", "ocem", "--db", str(store), *arguments]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
    return done.stdout


def load(store: Path, *files: Path) -> None:
    """Leave export files in the inbox and wait until the running app has imported them."""
    for file in files:
        shutil.move(file, store.parent / "inbox" / file.name)
    wait_until(lambda: all(file.name in command(store, "imports") for file in files), 60)


class Newcomer:
    """Somebody in front of the browser, in one language, who reads words and clicks them."""

    def __init__(self, visit, lang: str) -> None:
        self.visit, self.page, self.lang = visit, visit.page, lang
        self.say = Words(lang).gettext

    def open(self, path: str, **query: str) -> None:
        self.visit.open(path, lang=self.lang, **query)

    def go(self, title: str) -> None:
        """Follow a page of the sidebar."""
        self.page.get_by_test_id("stSidebarNavLink").get_by_text(self.say(title), exact=True).click()
        self.page.wait_for_timeout(300)
        self.visit.wait_ready()

    def click(self, label: str, role: str = "button", **values) -> None:
        self.page.get_by_role(role, name=self.say(label, **values), exact=True).first.click()
        self.page.wait_for_timeout(200)
        self.visit.wait_ready()

    def follow(self, label: str) -> None:
        """Follow a link on the page."""
        self.page.get_by_test_id("stMain").get_by_role("link", name=self.say(label)).first.click()
        self.page.wait_for_timeout(300)
        self.visit.wait_ready()

    def fill(self, label: str, value: str) -> None:
        box = self.page.get_by_label(self.say(label), exact=True).first
        box.fill(value)
        box.press("Tab")
        self.visit.wait_ready()

    def choose(self, place: str, option: str) -> None:
        """Choose one option of the list at a place of the page."""
        self.page.locator(f".st-key-{place} input, .st-key-{place} [role='combobox']").first.click()
        self.page.get_by_role("option", name=option, exact=True).click()
        self.visit.wait_ready()

    def day(self, place: str, day: date) -> None:
        self.page.locator(f".st-key-{place} [role='spinbutton']").first.click()
        self.page.keyboard.type(day.strftime("%d%m%Y"))
        self.page.keyboard.press("Tab")
        self.visit.wait_ready()

    def reads(self) -> str:
        return " ".join(self.visit.texts())

    def is_well(self) -> None:
        assert self.visit.troubles() == {}


NAMES = {
    "it": {"first": "Clienti strategici", "second": "PMI manifatturiere", "start": "Riordini self-service"},
    "en": {"first": "Strategic customers", "second": "Manufacturing SMEs", "start": "Self-service re-orders"},
}


def define_perimeter(person: Newcomer) -> None:
    """Start from the worked example of the portal and see that nobody measures anything yet."""
    person.open("perimeter")
    assert person.say("No cell is in scope yet.") in person.reads()
    person.page.locator(".st-key-start_reorder_portal button").click()
    person.page.get_by_text(re.compile("celle su 108|of 108 cells")).first.wait_for()
    person.visit.wait_ready()
    person.page.locator(".st-key-panel_matrix canvas").click(position={"x": 10, "y": 10})
    person.page.wait_for_function("() => location.search.includes('cell=')")
    person.visit.wait_ready()
    assert person.page.locator(".st-key-panel_cell").count() == 1
    assert person.say("Nobody measures this cell: no KPI has data in it.") in person.reads()
    person.is_well()


def confirm_segment(person: Newcomer) -> None:
    """A name that came with the file is a segment of its own."""
    person.open("perimeter", show="members", dimension="segment")
    assert "Clienti esteri" in person.reads()
    person.click("Confirm as new")
    assert person.say("Confirm as new") not in person.reads()
    person.is_well()


def plan_initiative(person: Newcomer) -> None:
    """Plan the portal in two stages, from the example."""
    person.open("perimeter")
    example = person.page.locator(".st-key-example_reorder_portal")
    example.get_by_role("link", name=person.say("Plan the initiative")).click()
    person.page.wait_for_function("() => location.search.includes('start=reorder_portal')")
    person.visit.wait_ready()
    person.day("go_live_day_new_reorder_portal_0", LIVE)
    person.choose("go_live_segment_new_reorder_portal_0", NAMES[person.lang]["first"])
    person.click("Add a go-live day")
    person.day("go_live_day_new_reorder_portal_1", LATER)
    person.choose("go_live_segment_new_reorder_portal_1", NAMES[person.lang]["second"])
    person.page.locator(".st-key-save_initiative button").click()
    person.page.wait_for_function("() => location.search.includes('initiative=')")
    person.visit.wait_ready()
    assert person.say("Planned") in person.reads()
    person.is_well()


def define_objective(person: Newcomer) -> None:
    """Take the example's objective; the form says what the history can show; save and freeze."""
    person.go("Objectives")
    person.open("objectives", edit="new", start="reorder_portal.0")
    person.fill("Owner", "Direzione commerciale")
    shown = person.reads()
    assert person.say("What this history could show") in shown
    assert person.say("enough") in shown
    assert "Clienti esteri" in shown  # the group that the data propose to compare with
    person.page.locator(".st-key-save_objective button").click()
    person.page.wait_for_function("() => location.search.includes('objective=')")
    person.visit.wait_ready()
    assert person.say("no ex ante baseline") in person.reads().lower()
    person.click("Freeze the baseline")
    person.click("Freeze")
    person.page.wait_for_timeout(500)
    person.visit.wait_ready()
    assert person.say("ex ante baseline frozen") in person.reads().lower()
    person.is_well()


def see_the_result(person: Newcomer) -> None:
    """Half a year later the control room calls it an improvement, against the frozen figures."""
    card = person.page.locator('[class*="st-key-card_good_"]')

    def improved() -> bool:
        person.open("control-room")
        return card.count() == 1

    wait_until(improved, LONGEST_BEHIND_S + 15)  # pages may speak of the data before the import for that long
    shown = person.reads()
    assert NAMES[person.lang]["start"] in shown
    assert person.say("ex ante baseline frozen") in shown
    person.go("Initiatives")
    assert person.page.locator(".st-key-panel_roadmap .main-svg").count()
    person.is_well()


def collect(person: Newcomer) -> None:
    """Record who was asked, and read what came back."""
    person.go("Four voices")
    person.open("feedback", show="rounds", round="new")
    person.fill("Name in Italian", "Autunno")
    person.fill("People asked", "40")
    person.click("Save")
    person.page.get_by_role("cell", name="Autunno").first.wait_for()
    person.open("feedback", show="comments")
    assert "Prezzi diversi da quelli del venditore" in person.reads()
    person.is_well()


def give_back(person: Newcomer, folder: Path) -> None:
    """Raise the theme, decide, tell, close, and take the page along."""
    person.follow("Raise a theme")
    person.fill("Name in Italian", "Prezzi nel portale")
    person.fill("Name in English", "Prices on the portal")
    person.fill("What they said, in Italian", "I prezzi non sono quelli del venditore.")
    person.fill("What they said, in English", "Prices are not the salesperson's.")
    person.click("Save")
    person.page.wait_for_function("() => location.search.includes('edit=prezzi_nel_portale')")
    person.visit.wait_ready()
    person.page.get_by_role("radio", name=person.say("we do it"), exact=True).click()
    person.fill("What we do, in Italian", "Un listino solo.")
    person.fill("What we do, in English", "One price list.")
    person.fill("Decided by", "Direzione")
    person.click("Save the decision")
    person.fill("Message in Italian", "Da oggi il listino è uno solo.")
    person.fill("Message in English", "There is one price list from today.")
    person.fill("Who stands for it", "Direzione commerciale")
    person.click("Give back")
    person.fill("Who closes it", "Direzione")
    person.click("Close")
    assert person.say("settled") in person.reads()
    person.open("restitution", show="page")
    said = "Da oggi il listino è uno solo." if person.lang == "it" else "There is one price list from today."
    assert said in person.reads()
    label = "{kind} in Italian" if person.lang == "it" else "{kind} in English"
    with person.page.expect_download() as coming:
        person.page.get_by_role("button", name=person.say(label, kind="HTML")).click()
    coming.value.save_as(folder / "page.html")
    assert said in (folder / "page.html").read_text(encoding="utf-8")
    person.is_well()


@pytest.mark.parametrize("lang", ["it", "en"])
def test_a_new_company_defines_freezes_goes_live_collects_and_gives_back(tmp_path, browser, open_tab, lang):
    store = tmp_path / "ocem.duckdb"
    before = write_orders(tmp_path / "ordini.csv", TODAY - timedelta(weeks=WEEKS_BEFORE), TODAY - timedelta(days=1))
    answers = write_answers(tmp_path / "indagine.csv")
    after = write_orders(tmp_path / "ordini_dopo.csv", TODAY, LATER + timedelta(weeks=WEEKS_AFTER))
    profiles = tmp_path / "profiles.toml"
    profiles.write_text(tomli_w.dumps(PROFILES), encoding="utf-8")
    with running_server(store, tmp_path / "server.log") as address:
        person = Newcomer(open_tab(address), lang)
        define_perimeter(person)
        command(store, "objectives", "import", str(profiles))
        load(store, before, answers)
        confirm_segment(person)
        plan_initiative(person)
        define_objective(person)
        load(store, after)
        see_the_result(person)
        collect(person)
        give_back(person, tmp_path)
