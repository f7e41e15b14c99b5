"""The demo company's files: same bytes each time, in the habits of their systems, readable with their profiles."""

import csv
import hashlib
import io
import json
import tomllib
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from ocem.demo.exports import Exports, write_exports
from ocem.demo.truth import PLANTED

DATA = Path(__file__).parents[2] / "data"
SCALE = 0.02


@pytest.fixture(scope="module")
def exports(tmp_path_factory) -> Exports:
    return write_exports(tmp_path_factory.mktemp("demo"), scale=SCALE)


@pytest.fixture(scope="module")
def truth(exports) -> dict:
    return json.loads(exports.truth.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def profiles() -> dict:
    return tomllib.loads((DATA / "demo" / "profiles.toml").read_text(encoding="utf-8"))["profile"]


def text_of(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith(b"\xff\xfe"):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def sheet_text(path: Path) -> str:
    with zipfile.ZipFile(path) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


def content(path: Path) -> str:
    return sheet_text(path) if path.suffix == ".xlsx" else text_of(path)


def test_the_same_scale_gives_the_same_bytes(exports, tmp_path):
    again = write_exports(tmp_path, scale=SCALE)
    for first, second in zip(exports.files, again.files, strict=True):
        assert first.path.name == second.path.name
        assert hashlib.sha256(first.path.read_bytes()).digest() == hashlib.sha256(second.path.read_bytes()).digest()
    assert exports.truth.read_bytes() == again.truth.read_bytes()


def test_files_of_the_first_stage_come_first_and_end_before_go_live(exports, truth):
    stages = [file.stage for file in exports.files]
    assert stages == sorted(stages) and set(stages) == {1, 2}
    for file in exports.files:
        described = truth["files"][f"{file.path.parent.name}/{file.path.name}"]
        first, last = date.fromisoformat(described["first"]), date.fromisoformat(described["last"])
        assert (last < date(2025, 9, 29)) if file.stage == 1 else (first >= date(2025, 9, 29))


def test_every_file_has_a_profile_whose_columns_stand_in_it(exports, profiles):
    for file in exports.files:
        profile, text = profiles[file.profile], content(file.path)
        for item in [*profile["fields"].values(), *profile.get("questions", [])]:
            assert item["column"] in text, (file.path.name, item["column"])


def test_every_profile_reads_some_file(exports, profiles):
    assert {file.profile for file in exports.files} == set(profiles)


def test_profiles_know_every_value_of_their_members(exports, profiles):
    """A value without a key would become a proposed member on the first import."""
    for file in exports.files:
        if file.path.suffix == ".xlsx":
            continue
        lines = text_of(file.path).splitlines()
        mapped = {f["column"]: f for f in profiles[file.profile]["fields"].values() if f["type"] == "member"}
        if not mapped:
            continue
        start = next(i for i, line in enumerate(lines) if all(column in line for column in mapped))
        delimiter = ";" if ";" in lines[start] else ","
        rows = csv.DictReader(io.StringIO("\n".join(lines[start:])), delimiter=delimiter)
        wanted = None
        for number, row in enumerate(rows):
            if file.profile == "indagine_contatti" and number < 2:
                continue
            if any(row[column] is None for column in mapped) or row[next(iter(row))] in ("Totale", ""):
                continue
            for column, item in mapped.items():
                wanted = item["values"]
                assert row[column] in wanted, (file.path.name, column, row[column])
        assert wanted is not None


def test_erp_files_are_windows_text_with_titles_and_a_total(exports):
    for file in exports.files:
        if file.profile == "erp_ordini":
            data = file.path.read_bytes()
            with pytest.raises(UnicodeDecodeError):
                data.decode("utf-8")
            lines = data.decode("cp1252").split("\r\n")
            assert lines[0] == "Fresalta S.p.A. - Lista ordini clienti"
            assert lines[4].startswith("Numero ordine;Data ordine;")
            assert lines[-2].startswith("Totale;")


def test_portal_analytics_are_wide_characters_with_a_mark(exports):
    files = [file for file in exports.files if file.profile == "portale_analytics"]
    assert [file.stage for file in files] == [2]
    assert files[0].path.read_bytes()[:2] == b"\xff\xfe"


def test_the_survey_after_a_contact_has_three_header_lines(exports):
    path = next(file.path for file in exports.files if file.profile == "indagine_contatti")
    lines = text_of(path).splitlines()
    assert lines[0].startswith("RecordedDate,ResponseId")
    assert "ImportId" in lines[2] and "Europe/Rome" in lines[2]


def rows_of(exports: Exports, profile: str, delimiter: str, header: str) -> Iterator[dict[str, str]]:
    for file in exports.files:
        if file.profile == profile:
            text = text_of(file.path)
            yield from csv.DictReader(io.StringIO(text[text.index(header) :]), delimiter=delimiter)


def test_each_first_order_belongs_to_somebody_who_asked_before_and_buys_for_the_first_time_once(exports):
    first_lead: dict[str, date] = {}
    for row in rows_of(exports, "crm_attivita", ",", '"ID attivit'):
        if row["Tipo"] == "Nuovo contatto" and not row["Data e ora"].startswith("30/02"):
            day = datetime.strptime(row["Data e ora"], "%d/%m/%Y, %H:%M").date()
            first_lead[row["Codice cliente"]] = min(day, first_lead.get(row["Codice cliente"], day))
    orders = {row["Numero ordine"]: row for row in rows_of(exports, "erp_ordini", ";", "Numero ordine;")}
    first_orders = [row for number, row in orders.items() if row["Nuovo cliente"] == "S" and number.isdigit()]
    # 24 a week over 157 weeks at scale 0.02 is 75; three standard deviations are some 30.
    assert 45 < len(first_orders) < 105
    assert len({row["Codice cliente"] for row in first_orders}) == len(first_orders)
    dated = [(row["Codice cliente"], row["Data richiesta"] or row["Data ordine"]) for row in first_orders]
    requests = [(code, datetime.strptime(text, "%d/%m/%Y").date()) for code, text in dated]
    unknown = [day for code, day in requests if first_lead.get(code, date.max) > day]
    # Nobody can be known before the exports begin, nor before the first lead of so small a company.
    assert all(day < min(first_lead.values()) for day in unknown)
    assert len(unknown) < len(requests) / 5


def test_names_addresses_and_numbers_are_in_files_but_in_no_profile(exports, profiles):
    everything = "".join(content(file.path) for file in exports.files)
    assert "acquisti@c" in everything and "+39 0000" in everything and "S.r.l." in everything
    personal = {"Nome account", "Ragione sociale", "email", "phone", "RecipientEmail", "E-mail referente"}
    for profile in profiles.values():
        assert personal.isdisjoint(item["column"] for item in profile["fields"].values())


def test_rows_to_be_refused_are_counted_in_the_truth(exports, truth):
    rejected = {name: item["rejected"] for name, item in truth["files"].items() if item["rejected"]}
    erp = next(item for name, item in rejected.items() if "erp_ordini" in name)
    assert erp == {"bad_date": 2, "bad_number": 1, "missing_required": 1}
    path = next(file.path for file in exports.files if file.path.name == "erp_ordini_2025-01.csv")
    lines = text_of(path).splitlines()
    assert sum("31/02/2025" in line or "00/00/0000" in line for line in lines) == 2
    described = truth["files"]["1_prima/erp_ordini_2025-01.csv"]
    # 5 lines above the data, 1 total, 4 spoiled, 3 repeated
    assert len(lines) == described["rows"] + 5 + 1 + 4 + 3


def test_progress_grows_to_one(tmp_path):
    seen: list[float] = []
    write_exports(tmp_path, scale=0.005, progress=lambda share, _: seen.append(share))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_declared_objectives_are_those_the_truth_speaks_of():
    declared = tomllib.loads((DATA / "demo" / "initiatives_objectives.toml").read_text(encoding="utf-8"))["objective"]
    assert list(declared) == [item.objective for item in PLANTED]
    for item in PLANTED:
        found = declared[item.objective]
        assert found["kpi"] == item.kpi
        assert tuple(found["baseline"]) == item.baseline
        assert tuple(found["evaluation"]) == (item.evaluation[0], item.judged_until or item.evaluation[1])
        assert found.get("freeze", True) is item.frozen
        if item.comparison:
            assert tuple(found["perimeter"]["segment"]) == item.segments
            assert tuple(found["comparison"]["segment"]) == item.comparison
        else:
            assert "comparison" not in found


@pytest.mark.slow
def test_the_whole_company_is_two_million_interactions_in_less_than_180_megabytes(tmp_path):
    whole = write_exports(tmp_path)
    rows = json.loads(whole.truth.read_text(encoding="utf-8"))["rows_by_profile"]
    interactions = rows["contact_center"] + rows["crm_attivita"] + rows["ecommerce_visite"]
    assert 1_900_000 < interactions < 2_100_000
    assert sum(file.path.stat().st_size for file in whole.files) < 180e6
