"""A company walks through the roadmap: perimeter, objective, frozen baseline, go-live; in Italian and in English."""

import re
from datetime import date, timedelta

import pytest

pytestmark = pytest.mark.browser

SAY = {
    "it": {
        "name": "Nome in italiano",
        "owner": "Responsabile",
        "new_initiative": "Una nuova iniziativa",
        "initiative": "Nome dell'iniziativa",
        "freeze_open": "Congela il benchmark",
        "freeze": "Congela",
        "frozen": "benchmark ex ante congelato",
        "in": "nel perimetro",
        "not_live": "L'iniziativa si avvia",
        "planned": "Prevista",
    },
    "en": {
        "name": "Name in Italian",
        "owner": "Owner",
        "new_initiative": "A new initiative",
        "initiative": "Name of the initiative",
        "freeze_open": "Freeze the baseline",
        "freeze": "Freeze",
        "frozen": "ex ante baseline frozen",
        "in": "in scope",
        "not_live": "The initiative goes live",
        "planned": "Planned",
    },
}
BARS = ".st-key-panel_matrix .barlayer .trace .point"


@pytest.fixture(scope="module")
def roadmap_server(demo_copy, tmp_path_factory):
    """The app on a copy of the demo company that these tests change."""
    import shutil

    from tests.browser.harness import running_server

    home = shutil.copytree(demo_copy.parent, tmp_path_factory.mktemp("roadmap") / "home")
    with running_server(home / demo_copy.name, home / "server.log") as address:
        yield address


def fill(visit, label: str, value: str) -> None:
    """Type into a field and leave it, as a person does."""
    box = visit.page.get_by_label(label, exact=True).first
    box.fill(value)
    box.press("Tab")
    visit.wait_ready()


def type_day(visit, key: str, day: str) -> None:
    """Type a day into a field of days: ddmmyyyy."""
    visit.page.locator(f".st-key-{key} [role='spinbutton']").first.click()
    visit.page.keyboard.type(day)
    visit.page.keyboard.press("Tab")
    visit.wait_ready()


def define_cell(visit, words: dict[str, str]) -> None:
    """Click a cell of the matrix and see what is known of it."""
    visit.page.locator(BARS).first.click(force=True)
    visit.page.wait_for_function("() => location.search.includes('cell=')")
    visit.wait_ready()
    assert visit.page.locator(".st-key-panel_cell").count() == 1


@pytest.mark.parametrize("lang", ["it", "en"])
def test_define_freeze_and_go_live(roadmap_server, open_tab, lang):
    words, name = SAY[lang], f"Riordini da soli {lang}"
    visit = open_tab(roadmap_server)
    visit.open("perimeter", lang=lang)
    define_cell(visit, words)
    shown = " ".join(visit.texts())
    assert words["in"] in shown
    assert visit.troubles() == {}

    visit.open("objectives", lang=lang, edit="new", start="reorder_portal.0")
    fill(visit, words["name"], name)
    fill(visit, words["owner"], "Direzione commerciale")
    initiative = visit.page.locator("[data-testid='stSelectbox']", has_text=re.compile("Iniziativa|Initiative")).first
    initiative.locator("input, [role='combobox']").first.click()
    visit.page.get_by_role("option", name=words["new_initiative"]).click()
    visit.wait_ready()
    fill(visit, words["initiative"], f"Portale {lang}")
    type_day(visit, "go_live_day_objective_0", (date.today() + timedelta(days=300)).strftime("%d%m%Y"))
    visit.page.locator(".st-key-save_objective button").click()
    visit.page.wait_for_function("() => location.search.includes('objective=')")
    visit.wait_ready()
    assert words["not_live"] in " ".join(visit.texts())

    visit.page.get_by_role("button", name=re.compile(words["freeze_open"])).click()
    visit.page.get_by_role("button", name=words["freeze"], exact=True).click()
    visit.wait_ready()
    visit.page.wait_for_timeout(500)
    visit.wait_ready()
    assert words["frozen"] in " ".join(visit.texts()).lower()

    visit.open("initiatives", lang=lang)
    shown = " ".join(visit.texts())
    assert f"Portale {lang}" in shown and words["planned"] in shown
    assert visit.troubles() == {}
