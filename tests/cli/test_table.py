"""`analyse` for any table: periods of every kind, order of rows, refusals."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ocem.cli.main import main

GO_LIVE = date(2025, 3, 3)


def write(path: Path, header: str, rows: list[tuple[Any, ...]]) -> Path:
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n", encoding="utf-8")
    return path


def ask(capsys: pytest.CaptureFixture[str], path: Path, *told: str) -> dict[str, Any]:
    main(["--json", "analyse", str(path), *told])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def daily(seed: int = 3) -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(seed)
    days = [date(2024, 1, 1) + timedelta(days=i) for i in range(7 * 75)]
    return [
        (day, group, rng.poisson(size * (1.2 if group == "in" and day >= GO_LIVE else 1.0)))
        for day in days
        for group, size in (("in", 60), ("out", 300))
    ]


DAILY = ("--when", "day", "--value", "calls", "--kind", "count", "--go-live", "2025-03-03")
GROUPED = ("--group", "group", "--treated", "in")


def test_the_order_of_the_rows_does_not_matter(tmp_path, capsys):
    rows = daily()
    straight = ask(capsys, write(tmp_path / "a.csv", "day,group,calls", rows), *DAILY, *GROUPED)
    shuffled = [rows[i] for i in np.random.default_rng(1).permutation(len(rows))]
    mixed = ask(capsys, write(tmp_path / "b.csv", "day,group,calls", shuffled), *DAILY, *GROUPED)
    assert straight == mixed
    assert straight["verdict"] == "improved" and straight["grade"] == "A"
    assert straight["effect"]["relative_low"] < 0.2 < straight["effect"]["relative_high"]


def test_a_day_outside_the_windows_does_not_matter(tmp_path, capsys):
    rows = daily()
    told = (*DAILY, *GROUPED, "--evaluation", "2025-03-03..2025-05-04")
    plain = ask(capsys, write(tmp_path / "a.csv", "day,group,calls", rows), *told)
    more = [*rows, (date(2025, 6, 30), "in", 10**6)]
    later = ask(capsys, write(tmp_path / "b.csv", "day,group,calls", more), *told)
    assert plain["effect"] == later["effect"]


def test_months_are_compared_as_months(tmp_path, capsys):
    rng = np.random.default_rng(5)
    rows = [
        (f"{2019 + i // 12}-{i % 12 + 1:02d}", 500 * (0.8 if i >= 48 else 1) + rng.normal(0, 10)) for i in range(66)
    ]
    found = ask(
        capsys, write(tmp_path / "m.csv", "month,sales", rows),
        "--when", "month", "--value", "sales", "--kind", "sum", "--go-live", "2023-01",
    )  # fmt: skip
    assert found["baseline"]["first"] == "2019-01-01" and found["evaluation"]["first"] == "2023-01-01"
    assert found["verdict"] == "changed_cause_unknown"
    assert found["effect"]["relative"] == pytest.approx(-0.2, abs=0.05)


def test_two_periods_and_two_groups_give_a_difference_in_differences(tmp_path, capsys):
    # means 2 and 6 inside, 1 and 2 outside: (6 - 2) - (2 - 1) = 3
    rows = [(0, "a", 1), (0, "a", 3), (1, "a", 5), (1, "a", 7), (0, "b", 0), (0, "b", 2), (1, "b", 1), (1, "b", 3)]
    found = ask(
        capsys, write(tmp_path / "d.csv", "wave,group,y", rows),
        "--when", "wave", "--value", "y", "--go-live", "1", "--group", "group", "--treated", "a",
    )  # fmt: skip
    assert (found["method"], found["effect"]["absolute"]) == ("did", 3)


def test_staggered_units_are_averaged_by_cohort(tmp_path, capsys):
    # unit effects of 2 from the cohort's first period on, beside a common rise of 1 a period
    rows = [
        (unit, period, cohort, unit + period + (2 if cohort and period >= cohort else 0))
        for unit, cohort in enumerate([3, 3, 4, 4, 0, 0, 0])
        for period in range(1, 6)
    ]
    found = ask(
        capsys, write(tmp_path / "s.csv", "unit,period,cohort,y", rows),
        "--when", "period", "--value", "y", "--unit", "unit", "--cohort", "cohort", "--method", "group_time",
    )  # fmt: skip
    assert found["figures"]["simple"] == pytest.approx(2)
    assert found["figures"]["event -1"] == pytest.approx(0)


@pytest.mark.parametrize(
    "told",
    [
        ("--value", "calls", "--method", "welch"),
        ("--value", "calls", "--method", "did", "--when", "day", "--go-live", "2025-03-03"),
        ("--value", "calls", "--method", "nothing"),
        ("--value", "nowhere", "--when", "day", "--go-live", "2025-03-03"),
        ("--value", "calls", "--when", "group", "--go-live", "2025-03-03"),
        ("--value", "calls", "--when", "day", "--go-live", "soon"),
        ("--value", "calls", "--when", "day"),
        ("--value", "calls", "--when", "day", "--go-live", "2025-03-03", "--where", "group=none"),
        ("--value", "calls", "--method", "synthetic_control", "--when", "day", "--go-live", "2025-03-03"),
    ],
)
def test_what_a_method_lacks_is_named_and_never_a_traceback(tmp_path, capsys, told):
    path = write(tmp_path / "a.csv", "day,group,calls", daily()[:40])
    status = main(["--json", "analyse", str(path), *told])
    document = json.loads(capsys.readouterr().out)
    assert status in (1, 2) and document["message"]


def test_too_little_gets_a_reason(tmp_path, capsys):
    path = write(tmp_path / "a.csv", "day,group,calls", daily()[:40])
    found = ask(capsys, path, *DAILY)
    assert found["verdict"] in ("not_enough_data", "not_comparable")
    assert found["reasons"] and found["effect"] is None


ALIKE = "day,group,x\n" + "".join(f"2025-0{m}-0{d},{g},5\n" for m in (1, 4) for d in (1, 2, 3) for g in ("in", "out"))
HUGE = ALIKE.replace(",5\n", ",5e305\n").replace("2025-01-01,in,5e305", "2025-01-01,in,7e307")
OF_TWO = ("--when", "day", "--value", "x", "--go-live", "2025-03-03", "--group", "group", "--treated", "in")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ALIKE, ("analyse", *OF_TWO, "--method", "any_time")),
        (ALIKE, ("analyse", *OF_TWO, "--method", "regression")),
        (ALIKE.replace(",5\n", ",\n"), ("analyse", *OF_TWO, "--method", "fieller")),
        (ALIKE.replace(",5\n", ",0\n"), ("analyse", *OF_TWO, "--method", "share_relative")),
        (ALIKE, ("analyse", *OF_TWO, "--confidence", "nan")),
        (ALIKE, ("analyse", *OF_TWO, "--threshold", "inf")),
        (ALIKE, ("analyse", *OF_TWO, "--threshold", "-1")),
        (HUGE, ("analyse", *OF_TWO, "--method", "median_difference")),
        (ALIKE.replace("2025-01-01", "9999-12-31"), ("analyse", *OF_TWO)),
        ("t,x\n1,1\n1000000000,2\n", ("analyse", "--when", "t", "--value", "x", "--go-live", "7")),
        (HUGE, ("xmr", "--when", "day", "--value", "x")),
        ("t,x\n1,-3\n2,-4\n3,-1\n", ("xmr", "--when", "t", "--value", "x", "--kind", "count")),
        ("e,s\n1e200,1e200\n2e200,1e180\n", ("pool", "--value", "e", "--error", "s")),
        ("p\n0.1\n", ("adjust", "--value", "p", "--alpha", "nan")),
        ("", ("power", "--delta", "0.5", "--n", "1")),
        ("", ("power", "--delta", "nan", "--power", "0.8")),
        ("", ("power", "--kind", "share", "--from", "1.2", "--to", "0.5", "--power", "0.8")),
    ],
)
def test_numbers_that_cannot_be_get_a_reason_in_both_languages(tmp_path, capsys, text, told):
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    file = (str(tmp_path / "a.csv"),) if text else ()
    said = []
    for language in ("it", "en"):
        status = main(["--json", "--lang", language, told[0], *file, *told[1:]])
        said.append(json.loads(capsys.readouterr().out)["message"])
        assert status in (1, 2)
    assert said[0] != said[1] and "nan of" not in said[1].lower()


def test_windows_that_overlap_are_refused_and_not_cut(tmp_path, capsys):
    path = write(tmp_path / "a.csv", "day,group,calls", daily())
    windows = ("--baseline", "2024-03-04..2025-03-30", "--evaluation", "2025-03-10..2025-05-04")
    found = ask(capsys, path, *DAILY, *GROUPED, *windows)
    assert found["verdict"] == "not_comparable" and found["reasons"] == [{"code": "overlapping_windows", "weeks": 3}]
