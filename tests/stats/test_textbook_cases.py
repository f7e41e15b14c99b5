"""Textbook figures through the command line, on data short enough to stand here, and errors against statsmodels."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ocem.cli.main import main
from ocem.stats.regression import autoregressive, least_squares

SLEEP = {
    1: (0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0),
    2: (1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4),
}
"""Extra hours of sleep of ten patients with two drugs; Student (1908), Biometrika 6, 1-25."""
PERMEABILITY = {
    "term": (0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46),
    "early": (1.15, 0.88, 0.90, 0.74, 1.21),
}
"""Hollander & Wolfe (1973), table 4.1, as in the help page of R's wilcox.test."""


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def analyse(lines: list[str], *arguments: str, status: int = 0) -> dict[str, Any]:
        path = tmp_path / "table.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        assert main(["--json", "analyse", str(path), *arguments]) == status
        printed = capsys.readouterr()
        return json.loads(printed.out) if status == 0 else {"error": printed.err + printed.out}

    return analyse


def table(header: str, groups: dict[Any, tuple[float, ...]]) -> list[str]:
    return [header, *(f"{name},{i},{value}" for name, values in groups.items() for i, value in enumerate(values))]


SLEEPERS = table("Drug,Patient,Extra", SLEEP)


def test_the_sleep_of_student_three_ways(run):
    # R 4: t.test(extra ~ group, data = sleep), var.equal, paired
    told = ["--value", "extra", "--group", "drug", "--treated", "1", "--method"]
    found = run(SLEEPERS, *told, "Welch")
    assert [found["effect"][end] for end in ("absolute", "low", "high")] == pytest.approx(
        [-1.58, -3.3654832, 0.2054832]
    )
    assert (found["p_value"], found["figures"]["df"]) == pytest.approx((0.07939414, 17.77647), rel=1e-6)
    assert run(SLEEPERS, *told, "t-test")["p_value"] == pytest.approx(0.07918671, rel=1e-6)
    paired = run(SLEEPERS, *told, "paired t", "--unit", "patient")
    assert [paired["effect"][end] for end in ("low", "high")] == pytest.approx([-2.4598858, -0.7001142], abs=1e-7)
    assert paired["p_value"] == pytest.approx(0.00283289, rel=1e-5)


def test_the_ranks_of_hollander_and_wolfe(run):
    # R 4: wilcox.test(x, y, conf.int = TRUE): W = 35, p = .2544, shift .305 in [-.15, .76]
    found = run(
        table("group,i,value", PERMEABILITY),
        "--value", "value", "--group", "group", "--treated", "term", "--method", "mann-whitney",
    )  # fmt: skip
    assert [found["effect"][end] for end in ("absolute", "low", "high")] == pytest.approx([0.305, -0.15, 0.76])
    assert found["p_value"] == pytest.approx(0.2544122, rel=1e-6)


def test_the_aspirin_of_the_physicians(run):
    # Steering Committee (1989), N. Engl. J. Med. 321, 129-135; ratios as in Agresti (2013), section 2.1-2.3
    told = ["x1,n1,x2,n2", "189,11034,104,11037"], "--value", "x1,x2", "--weight", "n1,n2", "--method"
    for name, expected in (("risk_ratio", (1.82, 1.43, 2.31)), ("odds_ratio", (1.83, 1.44, 2.33))):
        figures = run(*told, name)["figures"]
        got = [figures[end] for end in ("ratio", "ratio_low", "ratio_high")]
        assert got == pytest.approx(expected, abs=0.006)
    found = run(*told, "shares_wald")
    assert [found["effect"][end] for end in ("low", "high")] == pytest.approx([0.0047, 0.0107], abs=5e-5)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # Newcombe (1998), Statistics in Medicine 17, 857-872, table I: methods 1, 3, 4, 5
        ("81,263", ((0.2522, 0.3638), (0.2553, 0.3662), (0.2535, 0.3682), (0.2527, 0.3676))),
        ("15,148", ((0.0527, 0.1500), (0.0624, 0.1605), (0.0598, 0.1644), (0.0578, 0.1617))),
        ("0,20", ((0.0, 0.0), (0.0, 0.1611), (0.0, 0.2005), (0.0, 0.1684))),
        ("1,29", ((0.0, 0.1009), (0.0061, 0.1718), (0.0018, 0.1963), (0.0009, 0.1776))),
    ],
)
def test_one_share_of_newcombe(run, counts, expected):
    figures = run(["x,n", counts], "--value", "x", "--weight", "n", "--method", "wilson")["figures"]
    for name, ends in zip(("wald", "wilson", "wilson_continuity", "exact"), expected, strict=True):
        assert (figures[f"{name}_low"], figures[f"{name}_high"]) == pytest.approx(ends, abs=6e-5)


def longley() -> tuple[np.ndarray, np.ndarray]:
    """A persistent series and two regressors."""
    rng = np.random.default_rng(8)
    noise = rng.standard_normal(60)
    for i in range(1, 60):
        noise[i] += 0.6 * noise[i - 1]
    x = np.column_stack([np.ones(60), rng.standard_normal(60).cumsum(), np.arange(60) >= 40]).astype(float)
    return x @ [1.0, 0.5, 2.0] + noise, x


@pytest.mark.slow
def test_every_kind_of_error_is_that_of_statsmodels():
    sm = pytest.importorskip("statsmodels.api")
    y, x = longley()
    model = sm.OLS(y, x)
    for kind in ("hc0", "hc1", "hc2", "hc3"):
        np.testing.assert_allclose(least_squares(y, x, kind).errors, model.fit(cov_type=kind.upper()).bse, rtol=1e-9)
    for lags, small in ((0, False), (3, False), (5, True)):
        words = {"maxlags": lags, "use_correction": small}
        expected = model.fit(cov_type="HAC", cov_kwds=words).bse
        np.testing.assert_allclose(least_squares(y, x, "hac", lags=lags, small=small).errors, expected, rtol=1e-9)
    groups = np.arange(60) // 5
    for kind, correction in (("cluster", True), ("cluster0", False)):
        words = {"groups": groups, "use_correction": correction}
        expected = model.fit(cov_type="cluster", cov_kwds=words).bse
        np.testing.assert_allclose(least_squares(y, x, kind, clusters=groups).errors, expected, rtol=1e-9)


def test_autoregressive_errors_are_those_of_a_fit_at_the_persistence_found():
    y, x = longley()
    fit, rho = autoregressive(y, x, first=False)
    by_hand = least_squares(y[1:] - rho * y[:-1], x[1:] - rho * x[:-1])
    np.testing.assert_allclose(fit.params, by_hand.params)
    left = y - x @ fit.params
    assert rho == pytest.approx(left[1:] @ left[:-1] / (left[:-1] @ left[:-1]), abs=1e-6)
    kept, _ = autoregressive(y, x, first=True)
    assert (kept.n, fit.n) == (60, 59)


MONTHS = [f"{1 + i // 12 + 2020}-{1 + i % 12:02d},{100 + i % 7 - 20 * (i >= 36)}" for i in range(48)]


def test_columns_kinds_and_methods_may_be_written_otherwise(run):
    plain = run(
        ["month,Calls", *MONTHS], "--when", "month", "--value", "Calls", "--go-live", "2024-01", "--kind", "sum"
    )
    loose = run(
        ["month,Calls", *MONTHS],
        "--when", "MONTH", "--value", " calls", "--go-live", "2024-01", "--kind", "Total", "--direction", "increase",
        "--method", "ITS", "--evaluation", "2024-01 to 2024-12",
    )  # fmt: skip
    assert loose["effect"] == plain["effect"] and plain["effect"]["high"] < 0


def test_days_may_be_written_the_italian_way_when_they_cannot_be_mistaken(run):
    days = np.datetime64("2023-01-02") + np.arange(900)
    rng = np.random.default_rng(2)
    values = rng.poisson(50, 900)

    def italian(day: np.datetime64) -> str:
        year, month, number = str(day).split("-")
        return f"{number}/{month}/{year}"

    told = ["--when", "day", "--value", "n", "--kind", "count", "--go-live"]
    iso = run(["day,n", *(f"{d},{v}" for d, v in zip(days, values, strict=True))], *told, "2025-01-13")
    other = run(["day,n", *(f"{italian(d)},{v}" for d, v in zip(days, values, strict=True))], *told, "13/01/2025")
    assert other["effect"] == iso["effect"] is not None
    refused = run(["day,n", "01/02/2024,3", "02/03/2024,4"], *told, "2024-03-01", status=2)
    assert "01/02/2024" in refused["error"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--value", "Sonno"), "Extra"),
        (("--value", "extra", "--method", "welsh"), "welch"),
        (("--value", "extra", "--group", "drug", "--method", "welch"), "1, 2"),
        (("--value", "extra", "--group", "drug", "--treated", "1", "--method", "paired_t"), "unit"),
    ],
)
def test_a_wrong_option_is_answered_with_what_would_be_right(run, arguments, said):
    assert said in run(SLEEPERS, *arguments, status=2)["error"]


def test_an_unknown_kind_of_error_is_refused_by_name(run):
    told = ("--value", "extra", "--method", "ols", "--dose", "drug", "--errors", "bootstrap")
    assert "bootstrap" in run(SLEEPERS, *told, status=1)["error"]
