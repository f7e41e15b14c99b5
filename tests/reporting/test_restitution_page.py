"""The page that goes back to people: in both languages, as HTML that needs nothing else and as PDF."""

import re
from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfReader

from ocem.domain.feedback import AskedBy, Voice
from ocem.domain.theme import Decision, Restitution, Theme, ThemeState
from ocem.evaluation.restitution import Answered
from ocem.i18n import Words
from ocem.reporting.names import Names
from ocem.reporting.restitution import as_html, sheet
from ocem.reporting.restitution_pdf import as_pdf

THEME = Theme(
    "tempi", "Tempi di risposta", "Time to answer", "Aspettiamo troppo <b>sempre</b>.", "We wait too long & always.",
    (Voice.CUSTOMER,), date(2026, 4, 8), decision=Decision.DO, done_it="Due persone in più.",
    done_en="Two more people.",
)  # fmt: skip
MESSAGE = Restitution(
    "r1", "tempi", Voice.CUSTOMER, "Rispondiamo entro due ore.", "We answer within two hours.", date(2026, 6, 18),
    AskedBy.NEWSLETTER, "Tempi pubblicati.", "Times are published.", "Care", ("pmi",),
)  # fmt: skip
LINES = (Answered(THEME, ThemeState.GIVEN_BACK, MESSAGE),)


def page(lang: str, lines=LINES):
    words = Words(lang)
    return sheet(words, Voice.CUSTOMER, lines, date(2026, 11, 15), Names(words, {("segment", "pmi"): "PMI"}))


@pytest.mark.parametrize(
    ("lang", "title", "said", "did"),
    [
        ("it", "Ci avete detto / Abbiamo fatto", "Aspettiamo troppo", "Rispondiamo entro due ore."),
        ("en", "You said / We did", "We wait too long", "We answer within two hours."),
    ],
)
def test_the_html_says_what_was_said_and_done(lang, title, said, did):
    text = as_html(page(lang))
    assert f'<html lang="{lang}">' in text
    for part in (title, said, did, "PMI"):
        assert part in text


def test_the_html_escapes_what_people_typed_and_loads_nothing():
    text = as_html(page("it"))
    assert "<b>sempre</b>" not in text and "&lt;b&gt;sempre&lt;/b&gt;" in text
    assert not re.search(r"(src|href)=|url\(|@import", text)


def test_a_page_without_messages_says_so():
    assert "non è ancora stato detto niente" in as_html(page("it", ()))


@pytest.mark.parametrize(
    ("lang", "title", "did"),
    [
        ("it", "Ci avete detto / Abbiamo fatto", "Rispondiamo entro due ore."),
        ("en", "You said / We did", "We answer within two hours."),
    ],
)
def test_the_pdf_says_the_same_as_text_and_is_the_same_for_the_same_page(lang, title, did):
    first, second = as_pdf(page(lang)), as_pdf(page(lang))
    assert first == second
    read = PdfReader(BytesIO(first))
    text = read.pages[0].extract_text()
    assert read.metadata.title == title
    assert title in text and did in text


def test_the_pdf_of_many_lines_goes_over_pages():
    read = PdfReader(BytesIO(as_pdf(page("it", LINES * 30))))
    assert len(read.pages) > 3
    assert sum(item.extract_text().count("Rispondiamo entro due ore.") for item in read.pages) == 30
