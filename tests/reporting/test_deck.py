"""The deck read back by other programs: what python-pptx, pypdf and openpyxl find is what the review holds."""

import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from ocem.domain.review import ItemNote, Named, ReviewDocument
from ocem.errors import Refused, WrongUse
from ocem.i18n import Words
from ocem.reporting import deck, deck_layout, deck_pdf, deck_pptx
from ocem.reporting.agenda import headline, item_sentence
from ocem.reporting.deck_content import build
from ocem.store.database import Database
from tests.evaluation import world
from tests.reporting.review_document import actions, review_document
from tests.store.template import starter_file

pytestmark = pytest.mark.slow  # many small ones that add up

__all__ = ["starter_file"]

KPIS = (
    "self_service_reorder_share", "orders", "reorders", "self_service_reorders", "self_service_order_share",
    "reorder_share",
)  # fmt: skip
HOSTILE = '<script>alert("x")</script> & =SUM(A1:A9) \x00\x0b ' + "parolalunghissima" * 40 + " 語 🙂 \u202e"
SIZES = (deck_pdf.A4, deck_pptx.SIZE)


@pytest.fixture(scope="module")
def document(starter_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReviewDocument]:
    path = tmp_path_factory.mktemp("deck") / "ocem.duckdb"
    path.write_bytes(starter_file.read_bytes())
    database = Database.open(path)
    world.build(database)
    made = review_document(database, KPIS)
    database.close()
    yield replace(made, items=made.items[:3])


def of_twelve(document: ReviewDocument) -> ReviewDocument:
    """Return the document with twelve items."""
    items = document.items * 4
    return replace(document, items=tuple(replace(item, rank=rank) for rank, item in enumerate(items, 1)))


def hostile(document: ReviewDocument) -> ReviewDocument:
    """Return the document with dangerous and endless texts wherever a person or a file names something."""
    name = Named("bad", HOSTILE, HOSTILE)
    items = tuple(replace(item, kpi=name, owner=HOSTILE, cell_labels=(name,)) for item in document.items)
    return replace(
        document,
        items=items,
        attendees=(HOSTILE,) * 5,
        actions=tuple(replace(item, text=HOSTILE * 20, owner=HOSTILE) for item in document.actions),
        notes=(*(ItemNote(item.key, HOSTILE * 5, HOSTILE) for item in items), ItemNote("", HOSTILE * 30)),
        closed_by=HOSTILE,
        closed_at=datetime(2026, 11, 16, 9),
        state="closed",
    )


def empty(document: ReviewDocument) -> ReviewDocument:
    """Return a review of a week in which nothing happened and nothing was imported."""
    return replace(
        document, items=(), comparisons=(), decisions=(), decisions_due=(), actions=(), notes=(), attendees=(), as_of=()
    )


def close(found: float | None, wanted: float | None) -> bool:
    return found is None if wanted is None else found == pytest.approx(wanted, rel=1e-12)


def test_python_pptx_reads_back_every_value_of_every_chart(document: ReviewDocument) -> None:
    from pptx import Presentation

    show = Presentation(BytesIO(deck.as_bytes(document, ".pptx", "it")))
    charts = [shape.chart for slide in show.slides for shape in slide.shapes if shape.has_chart]
    control, periods = charts[: len(document.items)], charts[len(document.items) :]
    assert len(periods) == 2 * len(document.items)
    for item, chart in zip(document.items, control, strict=True):
        series = {found.name: list(found.values) for plot in chart.plots for found in plot.series}
        for name, wanted in (
            (item.kpi.label_it, [point.value for point in item.series]),
            ("Limite inferiore", [point.lower for point in item.series]),
            ("Centro", [point.centre for point in item.series]),
            ("Limite superiore", [point.upper for point in item.series]),
        ):
            assert all(close(*pair) for pair in zip(series[name], wanted, strict=True)), name
        assert [point.first for point in item.series] == [c.label for c in chart.plots[0].categories] or len(
            chart.plots[0].categories
        ) == len(item.series)
    for place, item in enumerate(document.items):
        assert item.numbers is not None
        for chart, found in zip(periods[2 * place :], (item.numbers.weeks, item.numbers.months), strict=False):
            series = {s.name: list(s.values) for plot in chart.plots for s in plot.series}
            done = [p.now.value if p.finished else None for p in found]
            running = [None if p.finished else p.now.value for p in found]
            assert all(close(*pair) for pair in zip(series["Effettivo"], done, strict=True))
            past = [p.year_before.value for p in found]
            assert all(close(*pair) for pair in zip(series["Anno prima"], past, strict=True))
            if any(value is not None for value in running):
                assert all(close(*pair) for pair in zip(series["Non finito"], running, strict=True))


def test_an_unfinished_month_is_hatched_in_the_native_chart(document: ReviewDocument) -> None:
    with zipfile.ZipFile(BytesIO(deck.as_bytes(document, ".pptx", "it"))) as package:
        charts = [package.read(name).decode() for name in package.namelist() if name.startswith("ppt/charts/chart")]
    months = [xml for xml in charts if "Non finito" in xml]
    assert len(months) == len(document.items)
    assert all('<a:pattFill prst="wdUpDiag">' in xml for xml in months)


def test_slides_have_titles_and_charts_say_what_they_show(document: ReviewDocument) -> None:
    from pptx import Presentation

    show = Presentation(BytesIO(deck.as_bytes(document, ".pptx", "en")))
    titles = [slide.shapes.title.text_frame.text for slide in show.slides]
    assert all(titles) and titles[0] == headline(Words("en"), document)
    assert item_sentence(Words("en"), document.items[0]) in titles
    for slide in show.slides:
        for shape in slide.shapes:
            if shape.has_chart:
                assert shape._element.nvGraphicFramePr.cNvPr.get("descr")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", ["it", "en"])
@pytest.mark.parametrize("change", [lambda d: d, hostile, empty])
def test_nothing_overlaps_or_leaves_the_page(document: ReviewDocument, size, lang, change) -> None:
    made = build(change(document), Words(lang))
    for page in deck_layout.pages(made, *size):
        boxes = [item for item in page.items if not isinstance(item, deck_layout.Block)]
        for box in boxes:
            assert box.x >= 0 and box.y >= 0
            assert box.x + box.w <= size[0] + 0.5, page.title
            assert box.y + box.h <= size[1] + 0.5, page.title
        for place, one in enumerate(boxes):
            for other in boxes[place + 1 :]:
                across = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
                down = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
                assert across <= 0.5 or down <= 0.5, (page.title, one, other)


def pdf_pages(content: bytes) -> list[str]:
    from pypdf import PdfReader

    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(content)).pages]


def test_the_pdf_holds_the_same_numbers_as_text(document: ReviewDocument) -> None:
    pages = pdf_pages(deck.as_bytes(document, ".pdf", "it"))
    text = " ".join(pages).replace("\u00a0", " ")
    made = build(document, Words("it"))
    for slide in made.slides:
        cells = [cell.text for table in slide.tables for row in table.rows for cell in row]
        for wanted in (slide.title, *[value for _name, value in slide.facts], *cells):
            shown = " ".join(deck_pdf.printable(wanted).replace("\u00a0", " ").split())
            assert shown in text or all(word in text for word in shown.split()), wanted
    assert "\ufffd" not in text and "■" not in text


def test_the_typeface_is_embedded_and_has_italian_letters(document: ReviewDocument) -> None:
    from pypdf import PdfReader

    content = deck.as_bytes(document, ".pdf", "it")
    fonts = {
        str(font.get_object()["/BaseFont"]): font.get_object()
        for page in PdfReader(BytesIO(content)).pages
        for font in page["/Resources"]["/Font"].values()
    }
    ours = [font for name, font in fonts.items() if "OCE" in name]
    assert ours and all("/FontFile2" in font["/FontDescriptor"].get_object() for font in ours)
    assert "Luca Però e Sara D'Amico" in " ".join(pdf_pages(content))


def test_no_table_is_cut_and_heads_are_repeated(document: ReviewDocument) -> None:
    text = "verificare con l'assistenza tecnica e con i distributori che cosa è cambiato nella zona"
    many = [
        replace(actions(date(2026, 11, 9))[1], number=n, text=f"Azione numero {n:03d}x, {text} numero {n:03d}y")
        for n in range(1, 81)
    ]
    pages = pdf_pages(deck.as_bytes(replace(document, actions=tuple(many)), ".pdf", "it"))
    for n in range(1, 81):
        holding = [page for page in pages if f"{n:03d}x" in page]
        assert len(holding) == 1 and f"{n:03d}y" in holding[0]
    with_rows = [page for page in pages if re.search(r"\d{3}x", page)]
    assert len(with_rows) > 2 and all("Azione Chi Entro Stato" in page for page in with_rows)


def test_the_same_review_gives_the_same_pdf_and_html(document: ReviewDocument) -> None:
    again = ReviewDocument.from_json(document.to_json())
    for suffix in (".pdf", ".html"):
        assert deck.as_bytes(document, suffix, "it") == deck.as_bytes(again, suffix, "it")


def test_openpyxl_finds_numbers_as_numbers_and_days_as_days(document: ReviewDocument) -> None:
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(deck.as_bytes(document, ".xlsx", "it")))
    series = book["Serie"]
    head = [cell.value for cell in series[1]]
    rows = [dict(zip(head, row, strict=True)) for row in series.iter_rows(min_row=2, values_only=True)]
    wanted = [(item.rank, point) for item in document.items for point in item.series]
    assert len(rows) == len(wanted)
    for row, (rank, point) in zip(rows, wanted, strict=True):
        assert row["#"] == rank and row["Settimana dal"] == datetime.combine(point.first, datetime.min.time())
        for name, number in (
            ("Valore", point.value), ("Limite inferiore", point.lower), ("Centro", point.centre),
            ("Limite superiore", point.upper),
        ):  # fmt: skip
            assert close(row[name], number)
    shares = [cell for cell in series["E"][1:] if cell.value is not None]
    assert all(cell.data_type == "n" for cell in shares) and shares[0].number_format == "0.0%"
    found = book["Obiettivi"]
    names = [cell.value for cell in found[1]]
    low = found.cell(2, names.index("Estremo basso dell'intervallo") + 1)
    effect = document.comparisons[0].comparison.effect
    assert effect is not None and low.value == pytest.approx(effect.low)


def test_typed_text_never_becomes_a_formula(document: ReviewDocument) -> None:
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(deck.as_bytes(document, ".xlsx", "it")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    typed = [cell for cell in cells if str(cell.value).startswith("=HYPERLINK")]
    assert typed and all(cell.data_type == "s" and cell.quotePrefix for cell in typed)


def test_the_html_asks_nobody_for_anything(document: ReviewDocument) -> None:
    text = deck.as_bytes(hostile(document), ".html", "it").decode()
    assert "<script" not in text and "<link" not in text and "@import" not in text
    assert not re.findall(r'(?:src|href)="(?!data:)', text)
    assert not re.findall(r"url\((?!data:)", text)
    assert "@media print" in text and "Content-Security-Policy" in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("suffix", deck.SUFFIXES)
@pytest.mark.parametrize("change", [hostile, empty])
def test_every_format_bears_dangerous_and_missing_texts(document: ReviewDocument, tmp_path, suffix, change) -> None:
    path = tmp_path / f"riunione{suffix}"
    deck.write(change(document), path, "it")
    assert path.stat().st_size > 1000 and list(tmp_path.iterdir()) == [path]


def test_decimals_are_written_as_the_language_writes_them(document: ReviewDocument) -> None:
    italian = " ".join(pdf_pages(deck.as_bytes(document, ".pdf", "it")))
    english = " ".join(pdf_pages(deck.as_bytes(document, ".pdf", "en")))
    assert re.search(r"\d,\d+%", italian) and not re.search(r"\d\.\d+%", italian)
    assert re.search(r"\d\.\d+%", english) and not re.search(r"\d,\d%", english)


def test_what_the_deck_was_made_of_is_on_it(document: ReviewDocument) -> None:
    text = " ".join(pdf_pages(deck.as_bytes(document, ".pdf", "it")))
    for wanted in ("dati al 28 giu 2026", "Tutto il perimetro", "fissi su 20 settimane", "Intervallo al 95%", "1,2"):
        assert wanted in text, wanted
    draft, closed = build(document, Words("it")), build(replace(document, state="closed"), Words("it"))
    assert "non ancora chiusa" in draft.footer and "non ancora chiusa" not in closed.footer


def test_an_unknown_format_or_folder_is_refused(document: ReviewDocument, tmp_path: Path) -> None:
    with pytest.raises(WrongUse):
        deck.write(document, tmp_path / "riunione.docx")
    with pytest.raises(Refused):
        deck.write(document, tmp_path / "no" / "riunione.pdf")


@pytest.mark.slow
def test_a_deck_of_twelve_charts_takes_less_than_five_seconds(document: ReviewDocument, tmp_path: Path) -> None:
    twelve = of_twelve(document)
    for suffix in deck.SUFFIXES:
        started = time.process_time()
        deck.write(twelve, tmp_path / f"riunione{suffix}", "it")
        assert time.process_time() - started < 5


def test_an_event_is_drawn_over_its_weeks(document: ReviewDocument) -> None:
    item = document.items[0]
    made = build(document, Words("it"))
    chart = next(slide.chart for slide in made.slides if slide.chart)
    assert [mark.number for mark in chart.events] == [1, 2]
    first = item.series[chart.events[1].first].first
    assert first <= item.events[1].first <= first + timedelta(days=6)
