"""Every file and message that a person can take out of the program, unpacked to the text that is in its bytes."""

import io
import json
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb

from ocem.cli.digest import attachments
from ocem.domain.feedback import Voice
from ocem.domain.perimeter import Dimension
from ocem.errors import OcemError
from ocem.evaluation import people, restitution, review
from ocem.evaluation.alert import due_alerts
from ocem.evaluation.member import members
from ocem.i18n import Words
from ocem.intake.rejects import rejects_file
from ocem.reporting import alert as alert_words
from ocem.reporting import batch as batch_words
from ocem.reporting import deck, mail
from ocem.reporting import people as people_words
from ocem.reporting import restitution as restitution_words
from ocem.reporting.digest import compose
from ocem.reporting.names import Names
from ocem.reporting.restitution_pdf import as_pdf
from ocem.store import erasure, exchange
from ocem.store.batch import rejects_of
from ocem.store.database import Database
from ocem.ui.upload_history import as_csv

LANGUAGES = ("it", "en")
SERVER = mail.MailServer("127.0.0.1", 25, "none", "oce@example.com")
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
MADE_AT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)|D:\d{14}\S*|Message-ID: .*|boundary=.*|={15}\d+==(--)?")
"""When and under which number a file was made."""
LONG = re.compile(r"\b\d+\.\d{10,}(?:e-?\d+)?")


def text_of(name: str, content: bytes) -> str:
    """Return all text of a file, those of the files packed in it one after the other."""
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(f"{part} {text_of(part, archive.read(part))}" for part in sorted(archive.namelist()))
    if content.startswith(b"%PDF"):
        return pdf_text(content)
    return content.decode("utf-8", "replace")


def pdf_text(content: bytes) -> str:
    """Return what a PDF holds: words as a reader shows them, and its unpacked streams as they are."""
    from pypdf import PdfReader

    file = PdfReader(io.BytesIO(content))
    words = [page.extract_text() for page in file.pages] + [str(file.metadata)]
    raw = []
    for packed in STREAM.findall(content):
        try:
            raw.append(zlib.decompress(packed).decode("latin-1"))
        except zlib.error:
            continue
    return "\n".join([*words, *raw])


def taken_out(database: Database, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of everything that the acting person can take out."""
    yield from _decks(database)
    yield from _messages(database)
    yield from _lists(database)
    yield from _exchange(database, folder)


def _decks(database: Database) -> Iterator[tuple[str, str]]:
    closed, newest = review.chosen_week(database, "2026-W12"), review.chosen_week(database)
    for monday in (closed, newest):
        document = review.document(database, monday)
        for lang in LANGUAGES:
            for suffix in deck.SUFFIXES:
                yield f"{document.week}-{lang}{suffix}", text_of(suffix, deck.as_bytes(document, suffix, lang))
    known = [item for dimension in Dimension for item in members(database, dimension)]
    for voice in Voice:
        answered = restitution.you_said(database, voice, date(2026, 3, 30))
        for lang in LANGUAGES:
            words = Words(lang)
            sheet = restitution_words.sheet(words, voice, answered, date(2026, 3, 30), Names.of(words, known))
            yield f"{voice.value}-{lang}.pdf", text_of(".pdf", as_pdf(sheet))
            yield f"{voice.value}-{lang}.html", str(restitution_words.as_html(sheet))


def _messages(database: Database) -> Iterator[tuple[str, str]]:
    document, at = review.document(database, review.chosen_week(database)), datetime(2026, 3, 30).astimezone()
    for lang in LANGUAGES:
        made = compose(document, Words(lang))
        files = attachments(document, ["xlsx"], lang)
        message = mail.message(SERVER, ["anna@example.com"], made.subject, made.text, made.html, at, files)
        parts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
        parts += [text_of(item.name, item.content) for item in files]
        yield f"digest-{lang}", "\n".join([str(message["Subject"]), *parts])
    for item in due_alerts(database):
        yield f"alert-{item.item.key}", json.dumps(alert_words.document(Words("it"), item))


def _lists(database: Database) -> Iterator[tuple[str, str]]:
    acts = people.acts(database, 500)
    yield "log.csv", text_of(".csv", people_words.as_csv(people_words.log(Words("it"), acts.entries)))
    for customer in (7, 1007, 2207):
        yield f"customer-{customer}.json", people_words.as_json(erasure.about(database, customer)).decode()
    for batch in (1, 2, 3):
        try:
            rows = rejects_file(database, batch)
        except OcemError:  # the file is not kept: the page offers the refused cells
            with database.cursor() as con:
                rows = as_csv(batch_words.reject_rows(Words("it"), rejects_of(con, batch)))
        yield f"rejects-{batch}.csv", text_of(".csv", rows)


def _exchange(database: Database, folder: Path) -> Iterator[tuple[str, str]]:
    shutil.rmtree(folder, ignore_errors=True)
    exchange.write(database, folder)
    for path in sorted(folder.rglob("*.parquet")):
        table = str(path).replace("'", "''")
        columns = [row[0] for row in duckdb.execute(f"DESCRIBE SELECT * FROM '{table}'").fetchall()]
        same = ", ".join(f'"{name}"' for name in columns if not name.endswith("_at"))
        rows = duckdb.execute(f"SELECT {same} FROM '{table}' ORDER BY ALL").fetchall()
        yield str(path.relative_to(folder)), repr(rows)
    shown = json.loads((folder / exchange.MANIFEST).read_text(encoding="utf-8"))
    for source in shown["sources"]:
        for file in source["files"]:
            del file["sha256"]  # of a file whose rows stand in the order in which they were stored
    yield exchange.MANIFEST, json.dumps(shown)
    yield exchange.DEFINITIONS, (folder / exchange.DEFINITIONS).read_text(encoding="utf-8")


def same(text: str) -> str:
    """Leave out when a file was made, and the digits in which the order of summing shows."""
    return LONG.sub(lambda found: f"{float(found[0]):.9g}", MADE_AT.sub("", text))
