"""The upload page: look, correct, register, undo."""

import shutil
from pathlib import Path

import pytest

from ocem.store.batch import list_batches
from ocem.ui.database import database
from tests.ui.conftest import write_deals, write_leads
from tests.ui.reading import seen

pytestmark = pytest.mark.slow  # many small ones that add up


def lay_on_the_desk(app, *paths: Path):
    """Put files where the drop zone leaves them."""
    from ocem.ui.desk import File

    app.session_state["_desk"] = [File(f"{i:032x}", path) for i, path in enumerate(paths)]
    return app.run()


def arrive(folder: Path, path: Path) -> Path:
    """Lay a file into a folder of its own, as an upload."""
    target = folder / f"in-{path.stem}" / path.name
    target.parent.mkdir()
    return Path(shutil.move(path, target))


def button(app, label: str):
    """The one button whose label starts so."""
    [found] = [item for item in app.button if item.label.startswith(label)]
    return found


@pytest.fixture
def two_files(tmp_path: Path) -> tuple[Path, Path]:
    return arrive(tmp_path, write_leads(tmp_path)), arrive(tmp_path, write_deals(tmp_path))


def test_two_files_are_looked_at_before_anything_is_stored(empty_home, visit, two_files):
    app = lay_on_the_desk(visit("upload"), *two_files)
    assert not app.exception
    text = seen(app)
    assert "120 righe lette: 120 da registrare." in text
    assert "30 righe lette: 30 da registrare." in text
    with database().cursor() as con:
        assert list_batches(con) == []


def test_one_click_registers_both_and_the_next_leads_to_the_conversion(empty_home, visit, two_files):
    app = lay_on_the_desk(visit("upload"), *two_files)
    button(app, "Registra tutti e 2").click().run()
    assert not app.exception
    assert "120 righe lette: 120 registrate." in seen(app)
    with database().cursor() as con:
        assert sorted(batch.accepted for batch in list_batches(con)) == [30, 120]
    app.switch_page("../../pages/touchpoints.py")
    app.query_params["show"] = "conversion"
    assert "30 lead su 120 hanno comprato." in seen(app.run())


def test_an_upload_is_undone_after_asking(empty_home, visit, two_files):
    app = lay_on_the_desk(visit("upload"), two_files[0])
    button(app, "Registra 120 righe").click().run()
    button(app, "Annulla il caricamento 1").click().run()
    assert not app.exception
    with database().cursor() as con:
        assert [batch.status for batch in list_batches(con)] == ["undone"]
    assert "annullato" in seen(app)


def test_an_ambiguous_number_is_asked_and_the_answer_is_used(empty_home, visit, tmp_path):
    path = tmp_path / "importi.csv"
    rows = [f"{day}/01/2026;N{day};1.{day}0" for day in range(13, 28)]
    path.write_text("\n".join(["Data ordine;Numero ordine;Importo", *rows]) + "\n", encoding="utf-8")
    app = lay_on_the_desk(visit("upload"), arrive(tmp_path, path))
    [question] = app.radio
    assert question.label == "Importo: l'ultimo separatore indica i decimali o raggruppa le migliaia?"
    question.set_value("comma").run()
    button(app, "Continua").click().run()
    assert not app.exception
    assert "15 righe lette: 15 da registrare." in seen(app)


def test_rejected_rows_are_said_by_reason_and_can_be_downloaded(empty_home, visit, tmp_path):
    path = tmp_path / "ordini.csv"
    days = ["13/01/2026", "30/02/2026", "15/01/2026"]
    path.write_text(
        "\n".join(["Data ordine;Numero ordine;Importo", *[f"{day};N{i};10,50" for i, day in enumerate(days)]]) + "\n",
        encoding="utf-8",
    )
    app = lay_on_the_desk(visit("upload"), arrive(tmp_path, path))
    assert "1 × Data ordine: non è una data" in seen(app)
    button(app, "Registra 2 righe").click().run()
    assert not app.exception
    assert "3 righe lette: 2 registrate e 1 riga scartata." in seen(app)
    assert next(item.label for item in app.get("download_button")) == "Scarica 1 riga scartata"


def test_a_file_that_is_no_table_is_refused_in_words(empty_home, visit, tmp_path):
    path = tmp_path / "foto.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    app = lay_on_the_desk(visit("upload"), arrive(tmp_path, path))
    assert [error.value for error in app.error] == [
        "Il file non è né testo né una cartella di lavoro. Esportalo di nuovo come CSV o XLSX."
    ]


def test_the_same_file_again_brings_nothing_new(empty_home, visit, two_files, tmp_path):
    again = tmp_path / "again"
    again.mkdir()
    copy = Path(shutil.copy(two_files[0], again / "lead.csv"))
    app = lay_on_the_desk(visit("upload"), two_files[0])
    button(app, "Registra 120 righe").click().run()
    app = lay_on_the_desk(app, copy)
    assert not app.exception
    assert "Niente di nuovo: tutte le righe di questo file ci sono già." in [info.value for info in app.info]
