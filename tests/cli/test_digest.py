"""The digest from the command line: shown without sending, sent to a real server with the deck."""

import json
import shutil
from io import BytesIO
from pathlib import Path

import pytest

from ocem.cli.main import main
from ocem.store.database import Database
from tests.evaluation import world
from tests.reporting.test_mail import running


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from ocem.store.definitions import ensure_starter

    path = tmp_path_factory.mktemp("digest") / "ocem.duckdb"
    database = Database.open(path)
    ensure_starter(database)
    world.build(database)
    database.close()
    return path


def call(capsys: pytest.CaptureFixture[str], store: Path, *arguments: str) -> tuple[int, dict[str, object]]:
    status = main(["--db", str(store), "--json", "digest", *arguments])
    return status, json.loads(capsys.readouterr().out)


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, told = call(capsys, store, "2026-W26", "--to", "luca@fresalta.example", "--attach", "pdf", "--dry-run")
    assert status == 0 and told["sent"] is False and told["to"] == ["luca@fresalta.example"]
    assert str(told["subject"]).startswith("Riunione settimanale, settimana 26: ")
    assert told["attachments"][0]["name"] == "riunione-2026-W26.pdf"  # type: ignore[index]
    assert "AGENDA" in str(told["text"]) and "Riordini self-service" in str(told["text"])


@pytest.mark.parametrize(("lang", "words"), [("it", "Riunione settimanale"), ("en", "Weekly review")])
def test_the_digest_arrives_with_agenda_and_deck(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, lang: str, words: str
) -> None:
    from pptx import Presentation

    with running() as (server, inbox):
        settings = {"HOST": server.host, "PORT": str(server.port), "SECURITY": "none", "SENDER": server.sender}
        for name, value in (*settings.items(), ("RECIPIENTS", "Luca Però <luca@fresalta.example>")):
            monkeypatch.setenv(f"OCEM_MAIL_{name}", value)
        status, told = call(capsys, store, "--lang", lang)
    assert status == 0 and told["sent"] is True and told["refused"] == {}
    (found,) = inbox.messages
    plain, html = found.get_body(("plain",)), found.get_body(("html",))
    assert plain is not None and html is not None and words in plain.get_content() and words in html.get_content()
    (file,) = found.iter_attachments()
    assert file.get_filename().endswith("2026-W26.pptx")
    assert len(Presentation(BytesIO(file.get_content())).slides) >= 4


def test_without_a_server_or_an_address_it_is_refused(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocem.cli.digest.ROOT", store.parent)
    status, told = call(capsys, store, "--to", "luca@fresalta.example")
    assert status == 1 and "No mail server is set" in str(told["message"])
    monkeypatch.setenv("OCEM_MAIL_HOST", "127.0.0.1")
    monkeypatch.setenv("OCEM_MAIL_SENDER", "oce@fresalta.example")
    status, told = call(capsys, store)
    assert status == 2 and "Nobody to send it to" in str(told["message"])
    status, told = call(capsys, store, "2026-W60", "--to", "luca@fresalta.example")
    assert status == 2 and "there is no week 60" in str(told["message"])
    status, told = call(capsys, store, "--to", "luca@fresalta.example\nBcc: x@y.example")
    assert status == 2 and "not a mail address" in str(told["message"])


def test_a_review_of_the_whole_company_is_not_mailed_to_who_sees_some_rows(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(shutil.copy2(store, tmp_path / store.name))
    main(["--db", str(path), "grant", "Nina@fresalta.example", "--role", "director", "--segment", "pmi"])
    capsys.readouterr()
    to = ["--to", "luca@fresalta.example", "--to", "Nina <nina@fresalta.example>", "--dry-run"]
    status, told = call(capsys, path, "2026-W26", *to)
    assert (status, told["to"], told["kept_from"]) == (0, [to[1]], [to[3]])
    status, told = call(capsys, path, "2026-W26", *to[2:])
    assert status == 1 and "not sent to who sees some rows only" in str(told["message"])
