"""`xmr`, `review` and `alerts` keep the contracts that other programs rely on."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ocem.cli import main
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from tests.evaluation.world import build

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "stats_cases"
FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]


@pytest.fixture(scope="module")
def company_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("company") / "ocem.duckdb"
    database = Database.open(path)
    ensure_starter(database)
    build(database)
    database.close()
    return path


@pytest.fixture
def store(tmp_path: Path, company_file: Path) -> Path:
    path = tmp_path / "ocem.duckdb"
    shutil.copyfile(company_file, path)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any]:
    status = main([str(item) for item in arguments])
    out = capsys.readouterr().out
    return status, json.loads(out) if out else None


def written(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_the_flowrate_of_the_nist_handbook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # NIST/SEMATECH e-Handbook 6.3.2.2: centre 50.81, limits 45.8159 and 55.8041 (3 / 1.128), range limit 6.134
    file = written(tmp_path / "flow.csv", "batch,flow", [f"{i + 1},{v}" for i, v in enumerate(FLOW)])
    status, found = run(capsys, "--json", "xmr", file, "--when", "batch", "--value", "flow")
    assert status == 0
    assert found["centre"] == pytest.approx(50.81, abs=1e-9)
    assert (found["lower"], found["upper"]) == pytest.approx((45.8159, 55.8041), abs=2e-3)
    assert found["range_limit"] == pytest.approx(6.134, abs=1e-2)
    assert found["locked"] is False
    assert [point["when"] for point in found["points"]] == [str(i) for i in range(1, 11)]
    assert set(found["points"][0]) >= {"when", "value", "lower", "upper", "signals"}


def test_the_vignette_with_and_without_screening(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # NHSRplotthedots vignette: limits 6.95 and -3.06, screened 4.6 and -0.72
    values = [1, 2, 1, 2, 10, *([1, 2] * 6), 1]
    file = written(tmp_path / "v.csv", "d,v", [f"2026-01-{i + 1:02d},{v}" for i, v in enumerate(values)])
    _, plain = run(capsys, "--json", "xmr", file, "--when", "d", "--value", "v")
    _, screened = run(capsys, "--json", "xmr", file, "--when", "d", "--value", "v", "--screen")
    assert (plain["upper"], plain["lower"]) == pytest.approx((6.95, -3.06), abs=5e-3)
    assert (screened["upper"], screened["lower"]) == pytest.approx((4.6, -0.72), abs=5e-3)


def test_the_six_regions_of_wheeler(capsys: pytest.CaptureFixture[str]) -> None:
    file = SHARED / "xmr_wheeler_regions.csv"
    if not file.exists():
        pytest.skip("the published cases are not in ../shared/stats_cases")
    cases = json.loads((SHARED / "cases.json").read_text(encoding="utf-8"))["cases"]
    expected = next(case for case in cases if case["name"] == "xmr_wheeler_regions")["expected"]
    for region in "ABDF":
        _, found = run(capsys, "--json", "xmr", file, "--when", "quarter", "--value", region)
        outside = [i + 1 for i, point in enumerate(found["points"]) if "outside" in point["signals"]]
        assert outside == expected[f"{region}_outside"]["value"]
        for name, key in (("centre", "center"), ("upper", "upper"), ("lower", "lower")):
            case = expected.get(f"{region}_{key}")
            if case:
                assert found[name] == pytest.approx(case["value"], abs=case["tol"])


def test_shares_get_limits_that_follow_their_denominators(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["2026-01-05,20,100", "2026-01-12,24,120", "2026-01-19,18,90", "2026-01-26,90,300"]
    file = written(tmp_path / "s.csv", "w,k,n", rows)
    arguments = ("--json", "xmr", file, "--when", "w", "--value", "k", "--weight", "n", "--kind")
    _, found = run(capsys, *arguments, "share", "--baseline-points", "3")
    assert (found["chart"], found["centre"]) == ("p_prime", pytest.approx(0.2))
    assert found["range_limit"] is None
    assert found["points"][3]["signals"] == ["outside"]
    _, found = run(capsys, *arguments, "ratio")
    assert found["chart"] == "u_prime"
    status, _ = run(capsys, "--json", "xmr", file, "--when", "w", "--value", "k", "--kind", "share")
    assert status == 2


def test_counts_have_no_limit_below_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "c.csv", "w,v", [f"2026-01-{i + 1:02d},{3 * (i % 2)}" for i in range(20)])
    _, found = run(capsys, "--json", "xmr", file, "--when", "w", "--value", "v", "--kind", "count")
    assert found["lower"] == 0
    assert found["locked"] is True


def test_a_review_is_shown_closed_and_written(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, shown = run(capsys, "--db", store, "--json", "review", "2026-W26")
    assert (status, shown["state"], shown["week"]) == (0, "open", "2026-W26")
    assert shown["expected_false_alarms"] > 0
    deck = tmp_path / "deck.html"
    status, closed = run(
        capsys, "--db", store, "--json", "review", "2026-W26", "--close", "--by", "Marco", "--out", deck
    )
    assert (status, closed["state"], closed["closed_by"], closed["restated"]) == (0, "closed", "Marco", [])
    assert closed["intact"] is True and deck.stat().st_size > 1000
    status, refused = run(capsys, "--db", store, "--json", "review", "2026-W26", "--close", "--by", "Giulia")
    assert status == 1 and "Marco" in refused["message"]
    status, again = run(capsys, "--db", store, "--json", "review", "2026-W26", "--reopen", "a figure was missing")
    assert (status, again["state"], again["version"]) == (0, "open", 2)
    status, _ = run(capsys, "--db", store, "--json", "review", "2026-W60")
    assert status == 2


def test_alerts_are_sent_once(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    follow = ("follow", "self_service_reorder_share", "--channel", "file", "--address", "portal.jsonl")
    status, followers = run(capsys, "--db", store, "--json", *follow)
    assert status == 0 and followers[0]["address"] == "portal.jsonl"
    _, sent = run(capsys, "--db", store, "--json", "alerts", "--send")
    assert sent and all(item["sent"] for item in sent)
    _, again = run(capsys, "--db", store, "--json", "alerts", "--send")
    assert again == []
    lines = (store.parent / "alerts" / "portal.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["chart"] for line in lines] == [item["chart"] for item in sent]
