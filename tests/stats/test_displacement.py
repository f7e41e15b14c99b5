"""Displacement: Fieller as published, coverage in worlds with a known substitution, four truths told apart.

The full table of rates: tests/reference/displacement_error_rates.py.
"""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from ocem.errors import StatsInputError
from ocem.stats.displacement import Stream, fieller, quantile, reconciled, shift_between, volumes

CASES = Path(__file__).parents[3] / "shared" / "stats_cases"
N_WEEKS, GO_LIVE, JUDGED = 104, 88, 16


def test_a_ratio_of_means_has_the_published_interval() -> None:
    """Hauschke, Kieser & Hothorn (1999), body weight of rats, pooled variance."""
    path = CASES / "fieller_rat_weight.csv"
    if not path.exists():
        pytest.skip(f"no published series beside the project ({path.name})")
    cases = json.loads((CASES / "cases.json").read_text())["cases"]
    expected = next(case for case in cases if case["file"] == path.name)["expected"]
    rows = list(csv.DictReader(path.read_text().splitlines()))
    value, group = sorted(rows[0], key=lambda name: not rows[0][name].replace(".", "").isdigit())[:2]
    groups = {row[group] for row in rows}
    one, two = (
        np.array([float(row[value]) for row in rows if row[group] == name])
        for name in sorted(groups, key=lambda name: name != "Dosis")
    )
    df = len(one) + len(two) - 2
    pooled = ((one - one.mean()) @ (one - one.mean()) + (two - two.mean()) @ (two - two.mean())) / df
    found = fieller(one.mean(), two.mean(), pooled / len(one), pooled / len(two), 0.0, quantile(df, 0.95))
    assert found.value == pytest.approx(expected["ratio"]["value"], abs=1e-7)
    assert found.low == pytest.approx(expected["lo"]["value"], abs=1e-6)
    assert found.high == pytest.approx(expected["hi"]["value"], abs=1e-6)


def world(seed: int, effect: float, substitution: float) -> tuple[list[Stream], float]:
    """A touchpoint that grows by `effect` (logarithm) after go-live, and where its extra volume came from.

    Weekly over-dispersed counts with shocks that persist, shared by all and own; the second value is the true ratio.
    """
    rng = np.random.default_rng([31, seed])

    def shocks(sd: float) -> np.ndarray:
        noise = sd * rng.standard_normal(N_WEEKS)
        for t in range(1, N_WEEKS):
            noise[t] = 0.3 * noise[t - 1] + 0.95 * noise[t]
        return noise

    weeks = np.arange(N_WEEKS)
    market = shocks(0.04) + 0.12 * np.sin(2 * np.pi * weeks / 52.18) + 0.08 * weeks / 52
    levels = {"here": 1600.0, "here_others": 1300.0, "elsewhere": 7000.0, "others": 6000.0}
    mean = {name: level * np.exp(market + shocks(0.01)) for name, level in levels.items()}
    after = weeks >= GO_LIVE
    extra = np.where(after, mean["here"] * np.expm1(effect), 0.0)
    mean["here"] = mean["here"] + extra
    mean["elsewhere"] = mean["elsewhere"] - substitution * extra
    seen = {name: rng.poisson(rng.gamma(2000.0, level / 2000.0)).astype(float) for name, level in mean.items()}
    before = weeks < GO_LIVE
    return [
        Stream(seen["here"], seen["here_others"], before, after),
        Stream(seen["elsewhere"], seen["others"], before, after),
    ], substitution


HERE, ELSEWHERE = np.array([1.0, 0.0]), np.array([0.0, 1.0])


@pytest.mark.parametrize("substitution", [0.0, 0.5, 1.0, -0.3])
def test_the_interval_holds_the_true_substitution(substitution: float) -> None:
    """95 of 100 nominally; with 60 worlds fewer than 51 would happen once in ten thousand runs."""
    held = 0
    for seed in range(60):
        streams, truth = world(seed, 0.47, substitution)
        ratio = shift_between(volumes(streams), HERE, ELSEWHERE).ratio
        assert ratio.low is not None and ratio.high is not None
        held += ratio.low <= truth <= ratio.high
    assert held >= 51


@pytest.mark.parametrize(
    ("effect", "substitution", "verdict"),
    [(0.6, 0.5, "replaces"), (0.6, 0.0, "adds"), (0.6, -0.3, "generates_contacts"), (0.0, 0.0, "no_shift")],
)
def test_four_truths_are_told_apart(effect: float, substitution: float, verdict: str) -> None:
    """At the documented volume, where half the interval of the ratio is 0.15."""
    told = [shift_between(volumes(world(seed, effect, substitution)[0]), HERE, ELSEWHERE).verdict for seed in range(40)]
    assert told.count(verdict) >= 36


def test_a_touchpoint_that_did_not_move_identifies_no_ratio() -> None:
    shifts = [shift_between(volumes(world(seed, 0.0, 0.0)[0]), HERE, ELSEWHERE) for seed in range(40)]
    assert sum(shift.ratio.is_identified for shift in shifts) <= 6
    assert all(shift.verdict in ("no_shift", "not_identified") for shift in shifts if not shift.ratio.is_identified)


def test_a_new_touchpoint_brings_all_its_volume() -> None:
    streams, _truth = world(1, 0.47, 0.5)
    new = np.where(np.arange(N_WEEKS) >= GO_LIVE, 500.0, 0.0)
    found = volumes([Stream(new, None, streams[0].before, streams[0].after, is_new=True), streams[1]])
    assert found.extra[0] == 500.0 * JUDGED
    assert found.covariance[0, 0] == 0.0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"volume": np.zeros(N_WEEKS)}, "too_small"),
        ({"comparison": None}, "no_comparison"),
        ({"comparison": np.ones(N_WEEKS)}, "comparison_too_small"),
        ({"after": np.arange(N_WEEKS) >= N_WEEKS - 2}, "too_few_weeks_after"),
        ({"before": np.arange(N_WEEKS) < 5}, "too_few_weeks_before"),
    ],
)
def test_what_cannot_be_judged_says_why_and_carries_no_number(change: dict, reason: str) -> None:
    streams, _truth = world(2, 0.47, 0.5)
    fields = {name: getattr(streams[1], name) for name in ("volume", "comparison", "before", "after")} | change
    found = volumes([streams[0], Stream(**fields)])
    assert found.reason == ("", reason)
    assert np.isnan(found.extra[1]) and np.isfinite(found.extra[0])


def test_streams_of_different_lengths_are_refused() -> None:
    streams, _truth = world(3, 0.47, 0.5)
    short = Stream(np.ones(3), np.ones(3), np.ones(3, bool), np.ones(3, bool))
    with pytest.raises(StatsInputError):
        volumes([streams[0], short])


def test_parts_are_brought_to_their_total_where_they_are_least_sure() -> None:
    parts = reconciled(np.array([5.0, -2.0, 1.0]), np.array([1.0, 0.0, 3.0]), 12.0)
    assert parts.sum() == pytest.approx(12.0)
    assert parts.tolist() == pytest.approx([7.0, -2.0, 7.0])
