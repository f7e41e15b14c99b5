"""From two export files on the desktop to a chart of conversion by touchpoint, as a person who is new here does it."""

import csv
import secrets
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

N_LEADS = 400
CONVERSION = {"paid_search": 0.25, "organic_search": 0.10, "email": 0.05, "social": 0.0}
"""Share of each origin's leads that a deal closes: exact by construction, so the page must show these."""


class Person:
    """Counts what a person clicks."""

    def __init__(self, visit) -> None:
        self.visit = visit
        self.clicks = 0

    def click(self, selector: str, **options) -> None:
        """Click one thing."""
        self.visit.page.locator(selector, **options).first.click()
        self.clicks += 1

    def choose_files(self, button: str, files: list[Path]) -> None:
        """Click the button, then mark the files and confirm in the system's dialog: one click a file and one more."""
        with self.visit.page.expect_file_chooser() as dialog:
            self.click(button)
        dialog.value.set_files(files)
        self.clicks += len(files) + 1


def write_leads_and_deals(folder: Path) -> list[Path]:
    """Write a list of leads and the deals won from them, in the shape that a CRM exports: comma, ISO dates."""
    leads, deals = folder / "qualified_leads.csv", folder / "closed_deals.csv"
    origins = list(CONVERSION)
    with leads.open("w", newline="") as first, deals.open("w", newline="") as second:
        lead_rows, deal_rows = csv.writer(first), csv.writer(second)
        lead_rows.writerow(["mql_id", "first_contact_date", "landing_page_id", "origin"])
        deal_rows.writerow(["mql_id", "seller_id", "sdr_id", "sr_id", "won_date", "business_segment", "lead_type"])
        for number in range(N_LEADS):
            origin, turn = origins[number % len(origins)], number // len(origins)
            key, day = secrets.token_hex(16), date(2025, 1, 1) + timedelta(days=number % 300)
            lead_rows.writerow([key, day.isoformat(), secrets.token_hex(16), origin])
            share = CONVERSION[origin]
            if int((turn + 1) * share) > int(turn * share):
                won = f"{day + timedelta(days=5 + number % 20)} 1{number % 10}:30:00"
                segment = ("pet", "car_accessories", "health_beauty")[number % 3]
                deal_rows.writerow([key, *(secrets.token_hex(16) for _ in range(3)), won, segment, "online_medium"])
    return [leads, deals]


def upload_and_reach_conversion(visit, files: list[Path]) -> int:
    """Walk from the first page to the chart of conversion by touchpoint; return the clicks it took."""
    person = Person(visit)
    visit.open("")
    person.click('[data-testid="stSidebarNavLink"][href*="upload"]')
    visit.page.wait_for_function("() => location.pathname.endsWith('/upload')")
    visit.wait_ready()
    person.choose_files("button#choose", files)
    visit.page.locator(".st-key-register_all button").wait_for(timeout=60_000)
    person.click(".st-key-register_all button")
    link = '[data-testid="stPageLink"] a[href*="show=conversion"]'
    visit.page.locator(link).wait_for(timeout=60_000)
    person.click(link)
    visit.page.wait_for_function("() => location.search.includes('show=conversion')")
    visit.wait_ready()
    return person.clicks


def test_two_files_become_conversion_by_touchpoint_in_under_ten_clicks(empty_server, open_tab, tmp_path):
    visit = open_tab(empty_server)
    clicks = upload_and_reach_conversion(visit, write_leads_and_deals(tmp_path))
    shown = " ".join(visit.texts())
    assert visit.troubles() == {}
    assert visit.page.locator('[data-testid="stPlotlyChart"]').count() >= 1
    assert "25%" in shown and "10%" in shown and "5%" in shown
    assert clicks < 10
    print(f"{clicks} clicks")


@pytest.mark.slow
def test_real_leads_and_deals_become_conversion_by_touchpoint(empty_server, open_tab, shared):
    names = ["olist_marketing_qualified_leads_dataset.csv", "olist_closed_deals_dataset.csv"]
    files = [shared / "real" / name for name in names]
    if not all(file.exists() for file in files):
        pytest.skip("the real exports of leads and deals are not in ../shared/real")
    visit = open_tab(empty_server)
    clicks = upload_and_reach_conversion(visit, files)
    assert visit.troubles() == {}
    assert visit.page.locator('[data-testid="stPlotlyChart"]').count() >= 1
    assert clicks < 10
    print(f"{clicks} clicks")


def test_the_same_file_again_brings_nothing_new(empty_server, open_tab, tmp_path):
    leads, _ = write_leads_and_deals(tmp_path)
    visit = open_tab(empty_server)
    for _ in range(2):
        visit.open("upload")
        with visit.page.expect_file_chooser() as dialog:
            visit.page.locator("button#choose").click()
        dialog.value.set_files([leads])
        visit.page.locator('[class*="st-key-panel_file_"]').wait_for(timeout=60_000)
        visit.wait_ready()
        register = visit.page.locator('[class*="st-key-register_"] button')
        if register.count():
            register.first.click()
            visit.page.locator(".st-key-panel_receipts").wait_for(timeout=60_000)
            visit.wait_ready()
    assert visit.page.locator('[class*="st-key-panel_batch_"]').count() == 1
    assert visit.troubles() == {}


WORDS = {"it": ("Annulla il caricamento 2", "riga scartata"), "en": ("Undo upload 2", "row rejected")}
ORDERS = (
    "Numero ordine;Data ordine;Codice cliente;Canale;Importo\n"
    "O1;13/01/2026;C1;Portale;1.234\nO2;14/01/2026;C2;Fax;2.500\nO3;31/02/2026;C3;Fax;1.100\n"
)


def put(visit, file: Path) -> None:
    """Drop a file and wait for what the page makes of it."""
    with visit.page.expect_file_chooser() as dialog:
        visit.page.locator("button#choose").click()
    dialog.value.set_files([file])
    visit.page.locator('[class*="st-key-panel_file_"]').wait_for(timeout=60_000)
    visit.wait_ready()


def register(visit) -> None:
    """Store the file that waits."""
    visit.page.locator('[class*="st-key-register_"] button').first.click()
    visit.page.locator('[class*="st-key-panel_file_"]').wait_for(state="detached", timeout=60_000)
    visit.wait_ready()


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["it", "en"])
def test_a_file_with_a_question_and_a_bad_row_is_answered_mapped_repaired_and_undone(
    empty_server, open_tab, tmp_path, lang
):
    undo, rejected = WORDS[lang]
    visit = open_tab(empty_server, locale=f"{lang}-IT")
    visit.open("upload", lang=lang)
    export = tmp_path / "ordini.csv"
    export.write_text(ORDERS, encoding="utf-8")

    put(visit, export)
    question = visit.page.locator('[class*="st-key-ask_"]')
    assert question.count() == 1, "every amount reads two ways, so exactly that is asked"
    assert visit.page.locator('[class*="st-key-register_"] button').count() == 0
    question.locator("label").filter(has_text="1.234,5").first.click()
    visit.wait_ready()
    visit.page.locator('[class*="st-key-answer_"] button').click()
    visit.page.locator('[class*="st-key-register_"] button').first.wait_for(timeout=60_000)
    visit.wait_ready()

    visit.page.locator('[class*="st-key-panel_file_"] [data-testid="stExpander"] summary').last.click()
    name = visit.page.locator('[class*="st-key-label_"] input')
    name.fill("Ordini ERP")
    name.press("Tab")
    visit.wait_ready()
    visit.page.locator('[class*="st-key-apply_"] button').click()
    visit.wait_ready()
    register(visit)
    assert rejected in " ".join(visit.texts())

    with visit.page.expect_download() as download:
        visit.page.locator('[class*="st-key-rejects_1_"] button').click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert text.splitlines()[1].startswith("O3;31/02/2026;C3;Fax;1.100;")
    repaired = tmp_path / "scartate.csv"
    repaired.write_text(text.replace("31/02/2026", "28/02/2026"), encoding="utf-8")

    put(visit, repaired)
    assert visit.page.locator('[class*="st-key-ask_"]').count() == 0, "the answer was kept with the source"
    register(visit)

    visit.page.locator(".st-key-panel_batch_2 [data-testid=stPopover] button").last.click()
    visit.page.get_by_role("button", name=undo).click()
    visit.page.locator(".st-key-panel_batch_2 .undone").wait_for(timeout=60_000)
    visit.wait_ready()
    assert visit.page.locator(".st-key-panel_batch_1 .undone").count() == 0
    assert visit.troubles() == {}


def long_export(path: Path) -> Path:
    """Write an export that takes some seconds to read and to store."""
    with path.open("w", encoding="utf-8") as out:
        out.write("Numero ordine;Data ordine;Codice cliente;Canale;Importo\n")
        for number in range(1_000_000):
            day, customer = number % 28 + 1, number % 50_000
            out.write(f"O{number:07};{day:02}/01/2026;Cliente {customer:06};Portale riordini;{number % 977}\n")
    return path


def left_behind(home: Path, expected: list[str]) -> list[str]:
    """The files beside the store, once they are as expected or a minute has gone: a stopped script ends a bit later."""
    for _ in range(120):
        found = [path.name for name in ("staging", "uploads") for path in (home / name).rglob("*") if path.is_file()]
        if found == expected:
            break
        time.sleep(0.5)
    return found


@pytest.mark.slow
def test_a_long_file_is_cancelled_while_it_is_read_and_while_it_is_stored(empty_server, open_tab, tmp_path):
    export = long_export(tmp_path / "tanti ordini.csv")
    visit = open_tab(empty_server)
    cancel = visit.page.locator('[class*="st-key-cancel_"] button')
    panel = visit.page.locator('[class*="st-key-panel_file_"]')

    def choose() -> None:
        with visit.page.expect_file_chooser() as dialog:
            visit.page.locator("button#choose").click()
        dialog.value.set_files([export])

    visit.open("upload")
    choose()
    cancel.wait_for(timeout=120_000)
    cancel.dispatch_event("click")  # no waiting until it stands still: the bar above it moves
    cancel.wait_for(state="detached", timeout=120_000)
    visit.wait_ready()
    assert panel.count() == 0
    assert left_behind(tmp_path, []) == []

    choose()
    panel.wait_for(timeout=240_000)
    visit.wait_ready()
    visit.page.locator('[class*="st-key-register_"] button').first.click()
    cancel.wait_for(timeout=120_000)
    cancel.dispatch_event("click")  # no waiting until it stands still: the bar above it moves
    cancel.wait_for(state="detached", timeout=240_000)
    visit.wait_ready()
    assert panel.count() == 1, "what is not stored waits on the desk as before"
    assert visit.page.locator('[class*="st-key-panel_batch_"]').count() == 0
    assert left_behind(tmp_path, [export.name]) == [export.name]
    visit.open("upload")
    assert visit.page.locator('[class*="st-key-panel_batch_"]').count() == 0
    assert visit.troubles() == {}
