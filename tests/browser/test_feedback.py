"""A person collects, raises a theme, decides, gives back and sends the page out, in either language."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from ocem.i18n import Words
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from tests.browser.harness import running_server
from tests.evaluation.voices import Answer, declare, import_answers

pytestmark = pytest.mark.browser


@pytest.fixture
def heard_server(tmp_path: Path, browser: object) -> Iterator[str]:
    """The app on a quarter of answers about the time to answer."""
    path = tmp_path / "ocem.duckdb"
    database = Database.open(path)
    ensure_starter(database)
    declare(database)
    last = date.today() - timedelta(days=2)
    answers = [
        Answer(
            last - timedelta(days=day), float(2 + (i + day) % 4), customer=i, touchpoint="email",
            comment="Troppo tempo" if i % 2 else None,
        )
        for day in range(90)
        for i in range(12)
    ]  # fmt: skip
    import_answers(database, answers)
    database.close()
    with running_server(path, tmp_path / "server.log") as address:
        yield address


@pytest.mark.parametrize("lang", ["it", "en"])
def test_what_people_say_is_collected_decided_and_given_back(heard_server, open_tab, lang, tmp_path):
    _ = Words(lang).gettext
    visit = open_tab(heard_server)
    page = visit.page

    visit.open("feedback", show="rounds", round="new", lang=lang)
    page.get_by_label(_("Name in Italian")).fill("Autunno")
    page.get_by_label(_("People asked")).fill("40")
    page.get_by_role("button", name=_("Save"), exact=True).click()
    page.get_by_role("cell", name="Autunno").first.wait_for()

    visit.open("feedback", show="comments", lang=lang)
    assert "Troppo tempo" in page.locator('[data-testid="stMain"]').inner_text()

    visit.open("restitution", edit="new", lang=lang)
    page.get_by_label(_("Name in Italian")).fill("Tempi di risposta")
    page.get_by_label(_("Name in English")).fill("Time to answer")
    page.get_by_label(_("What they said, in Italian")).fill("Aspettiamo troppo.")
    page.get_by_label(_("What they said, in English")).fill("We wait too long.")
    page.get_by_label(_("Words that find its comments, separated by commas")).fill("troppo tempo")
    page.get_by_role("button", name=_("Save"), exact=True).click()
    page.wait_for_function("() => location.search.includes('edit=tempi_di_risposta')")
    visit.wait_ready()

    page.get_by_role("button", name=_("Close"), exact=True).click()
    page.get_by_role("alert").first.wait_for()
    visit.wait_ready()

    page.get_by_role("radio", name=_("we do it"), exact=True).click()
    page.get_by_label(_("What we do, in Italian")).fill("Due persone in più.")
    page.get_by_label(_("What we do, in English")).fill("Two more people.")
    page.get_by_label(_("Decided by")).fill("Direzione")
    page.get_by_role("button", name=_("Save the decision")).click()
    visit.wait_ready()

    page.get_by_label(_("Message in Italian")).fill("Rispondiamo entro due ore.")
    page.get_by_label(_("Message in English")).fill("We answer within two hours.")
    page.get_by_label(_("Who stands for it")).fill("Customer care")
    page.get_by_role("button", name=_("Give back"), exact=True).click()
    visit.wait_ready()

    visit.open("restitution", show="page", lang=lang)
    main = page.locator('[data-testid="stMain"]')
    assert ("Rispondiamo entro due ore." if lang == "it" else "We answer within two hours.") in main.inner_text()
    for kind, start in (("PDF", b"%PDF-"), ("HTML", b"<!DOCTYPE html>")):
        with page.expect_download() as coming:
            page.get_by_role("button", name=_("{kind} in English", kind=kind)).click()
        target = tmp_path / f"page.{kind.lower()}"
        coming.value.save_as(target)
        assert target.read_bytes().startswith(start)
    assert "We answer within two hours." in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert visit.troubles() == {}
