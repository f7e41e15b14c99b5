"""Voices, giving back, return and maturity as other programs read them."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from ocem.cli.main import main
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from tests.evaluation.voices import MONDAY, Answer, declare, import_answers


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store in which 12 customers and 9 of the staff answered four weeks long."""
    found = tmp_path / "ocem.duckdb"
    database = Database.open(found)
    ensure_starter(database)
    declare(database)
    answers = [Answer(MONDAY + timedelta(days=day), 4.0, customer=i) for day in range(28) for i in range(12)]
    answers += [Answer(MONDAY, 4.0, "staff", segment="") for _ in range(9)]
    import_answers(database, answers)
    database.close()
    return found


def ran(path: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert main(["--db", str(path), "--json", *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_voices_tell_what_may_be_shown_and_nothing_else(path, capsys):
    found = ran(path, capsys, "voices")
    figures = {(item["voice"], item["question"]): item for item in found["figures"]}
    assert figures["customer", "csat"]["answers"] == 336 and figures["customer", "csat"]["value"] == 1.0
    assert figures["staff", "csat"]["answers"] is None, "nine of the staff are fewer than ten"
    assert found["fewest_respondents_staff"] == 10 and found["held_back"]


def test_giving_back_and_its_page(path, capsys, tmp_path):
    assert ran(path, capsys, "restitution")["themes"] == 0
    for name in ("page.html", "page.pdf"):
        ran(path, capsys, "restitution", "--audience", "customer", "--out", str(tmp_path / name))
    assert (tmp_path / "page.html").read_text().startswith("<!DOCTYPE html>")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF-")
    assert main(["--db", str(path), "restitution", "--audience", "customer", "--out", str(tmp_path / "p.doc")]) == 2
    database = Database.open(path)
    with database.cursor() as con:
        noted = con.execute("SELECT subject, details FROM audit_entry WHERE action = 'export' ORDER BY seq").fetchall()
    database.close()
    assert [subject for subject, _details in noted] == ["restitution"] * 2
    assert [json.loads(details)["kind"] for _subject, details in noted] == ["html", "pdf"]


def test_return_and_maturity_of_a_company_that_has_just_begun(path, capsys):
    found = ran(path, capsys, "roi")
    assert found["model"] == "markov" and found["refusal"] == "no_orders"
    found = ran(path, capsys, "maturity")
    assert found["editions"] == []
    assert {item["dimension"]: item["level"] for item in found["evidence"]}["giving_back"] == 1
