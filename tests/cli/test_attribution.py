"""`attribute`: published figures, the ways files write paths, and reasons instead of NaN."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from ocem.cli import main

SHARED = Path(__file__).parents[2].parent / "shared" / "stats_cases"
ROWS = [("a > b > c", 1, 0), ("a", 0, 1), ("b > c", 0, 1)]
SHARES = {"a": 0.2, "b": 0.4, "c": 0.4}  # Bryl (2016), the three-path example


def attribute(capsys: pytest.CaptureFixture[str], file: Path, *more: str) -> tuple[int, Any]:
    status = main(["--json", "attribute", str(file), *more])
    return status, json.loads(capsys.readouterr().out)


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "paths.csv"
    path.write_text(text, encoding=encoding)
    return path


def shares(document: Any) -> dict[str, float]:
    return {name: item["share"] for name, item in document["touchpoints"].items()}


def test_the_answer_keeps_the_shape_of_the_contract(tmp_path, capsys):
    file = written(tmp_path, "path,conversions,nulls\n" + "".join(f"{p},{c},{n}\n" for p, c, n in ROWS))
    status, found = attribute(capsys, file, "--path", "path", "--converted", "conversions")
    assert (status, found["model"], found["lost_column"]) == (0, "markov", "nulls")
    assert shares(found) == pytest.approx(SHARES, abs=1e-12)
    assert all(item["low"] <= item["share"] <= item["high"] for item in found["touchpoints"].values())
    assert found["p_convert"] == pytest.approx(1 / 3)


def test_published_figures_are_reproduced(capsys):
    if not SHARED.is_dir():
        pytest.skip("the published cases are not beside this project")
    cases = json.loads((SHARED / "cases.json").read_text(encoding="utf-8"))["cases"]
    for case in [item for item in cases if item["kind"].startswith("journey attribution")]:
        status, found = attribute(capsys, SHARED / case["file"], "--path", "path", "--converted", "conversions")
        got = {"p_convert": found["p_convert"]}
        for name, item in found["touchpoints"].items():
            got |= {f"share_{name}": item["share"], f"removal_{name}": item["removal"]}
        assert status == 0
        for name, wanted in case["expected"].items():
            assert got[name] == pytest.approx(wanted["value"], abs=wanted["tol"]), name


@pytest.mark.parametrize("separator", [" > ", ">", " -> ", "→", " | ", ";", ", ", "=>"])
def test_touchpoints_are_told_apart_however_they_are_separated(tmp_path, capsys, separator):
    path = tmp_path / "paths.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(
            [("path", "converted"), *((steps.replace(" > ", separator), won) for steps, won, _ in ROWS)]
        )
    status, found = attribute(capsys, path, "--path", "path", "--converted", "converted")
    assert (status, found["separator"]) == (0, separator.strip())
    assert shares(found) == pytest.approx(SHARES)


@pytest.mark.parametrize("words", [("1", "0"), ("yes", "no"), ("TRUE", "FALSE"), ("sì", "no"), ("1.0", "0.0")])
def test_conversions_are_counts_or_yes_and_no(tmp_path, capsys, words):
    lines = "".join(f"{steps};{words[0] if won else words[1]}\n" for steps, won, _ in ROWS)
    file = written(tmp_path, "Percorso;Esito\n" + lines, "utf-8-sig")
    status, found = attribute(capsys, file, "--path", "Percorso", "--converted", "Esito")
    assert status == 0
    assert shares(found) == pytest.approx(SHARES)


def test_a_column_of_lost_journeys_may_have_any_name(tmp_path, capsys):
    file = written(tmp_path, "path,won,gone\na > b,1,3\nb,1,0\n")
    _, found = attribute(capsys, file, "--path", "path", "--converted", "won", "--lost", "gone")
    assert (found["converted"], found["lost"]) == (2, 3)


def test_a_separator_can_be_given(tmp_path, capsys):
    file = written(tmp_path, "path,won\na/b/c,1\na,0\nb/c,0\n")
    _, found = attribute(capsys, file, "--path", "path", "--converted", "won", "--separator", "/")
    assert shares(found) == pytest.approx(SHARES)


def test_all_models_stand_side_by_side(tmp_path, capsys):
    file = written(tmp_path, "path,won\na > b,1\nb,0\n")
    _, found = attribute(capsys, file, "--path", "path", "--converted", "won", "--model", "all")
    assert set(found["models"]) == {"markov", "first", "last", "linear", "position", "decay"}
    assert found["models"]["first"]["a"]["share"] == 1.0


def test_lines_without_a_path_are_left_out_and_told(tmp_path, capsys):
    file = written(tmp_path, "path,won\na > b,1\n,1\n > ,0\nb,0\n")
    status, found = attribute(capsys, file, "--path", "path", "--converted", "won")
    assert status == 0
    assert {"code": "rows_without_path", "rows": 2, "line": 3} in found["warnings"]
    assert found["converted"] == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("path,won\n,1\n", "no line has a path"),
        ("path,won\n", "no line has a path"),
        ("path,won\na > b,0\nb,0\n", "nothing to attribute"),
        ("path,won\na > b,many\n", "line 2, column won: many"),
        ("path,won\na > b,1\nb,\n", "line 3"),
        ("path,won\na > b,-1\n", "-1"),
        ("path,won\na > b,nan\n", "nan"),
        ("path,won\na > b,inf\n", "inf"),
        ("", "cannot be read as a table"),
    ],
)
def test_what_cannot_be_attributed_is_refused_with_its_reason(tmp_path, capsys, text, reason):
    status, found = attribute(capsys, written(tmp_path, text), "--path", "path", "--converted", "won")
    assert status == 1
    assert reason in found["message"]


def test_an_unknown_column_and_an_unknown_model_name_what_there_is(tmp_path, capsys):
    file = written(tmp_path, "path,won\na > b,1\n")
    status, found = attribute(capsys, file, "--path", "way", "--converted", "won")
    assert (status, found["known"]) == (2, "path, won")
    status, found = attribute(capsys, file, "--path", "path", "--converted", "won", "--model", "horoscope")
    assert status == 2 and "markov" in found["message"]


def test_old_encodings_are_read(tmp_path, capsys):
    file = written(tmp_path, "path;won\nfiera > società;1\nfiera;0\n", "cp1252")
    _, found = attribute(capsys, file, "--path", "path", "--converted", "won")
    assert "società" in found["touchpoints"]


def test_people_read_shares_with_intervals_and_the_warnings(tmp_path, capsys):
    file = written(tmp_path, "path,won\na > b,3\nb,0\n")
    assert main(["attribute", str(file), "--path", "path", "--converted", "won"]) == 0
    text = capsys.readouterr().out
    assert "markov: 3 / 4" in text
    assert "a line with 0 counts as one such journey: 1 in all" in text
