"""What must not matter, does not: units, sizes, direction, weeks outside the windows."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocem.domain.comparison import Comparison, Verdict
from ocem.domain.kpi import Direction, KpiKind
from ocem.evaluation.analyse import analyse
from ocem.evaluation.file_table import Table
from ocem.stats.beforeafter import Cohort, Estimate, GroupSeries, Refusal, estimate
from ocem.stats.verdict import decide

WEEK = np.arange(110)
DAYS = np.datetime64("2023-01-02") + 7 * WEEK
BEFORE, AFTER = WEEK < 90, (WEEK >= 92) & (WEEK < 104)
KINDS = list(KpiKind)
UNIT_KINDS = [KpiKind.MEAN, KpiKind.RATIO, KpiKind.SUM, KpiKind.DURATION]


def group(kind: KpiKind, rng: np.random.Generator, shift: float = 0.0) -> GroupSeries:
    """A plausible weekly series of a kind, with a shift after the go-live."""
    n = rng.poisson(200, 110).astype(float)
    moved = shift * (WEEK >= 90)
    if kind is KpiKind.COUNT:
        return GroupSeries(rng.poisson(300 * np.exp(moved)).astype(float))
    if kind is KpiKind.SUM:
        return GroupSeries(n * rng.normal(50, 5, 110) * np.exp(moved), None, n)
    if kind in (KpiKind.SHARE, KpiKind.TOP2):
        return GroupSeries(rng.binomial(n.astype(int), 0.3 + 0.2 * moved).astype(float), n)
    if kind is KpiKind.NPS:
        promoters = rng.binomial(n.astype(int), 0.4 + 0.2 * moved)
        return GroupSeries(promoters - rng.binomial(n.astype(int) - promoters, 0.3).astype(float), n)
    if kind is KpiKind.DURATION:
        logs = n * (5 + moved) + np.sqrt(n) * rng.normal(0, 0.9, 110)
        return GroupSeries(n * np.exp(logs / n + 0.4), n, None, logs)
    return GroupSeries(n * rng.normal(7, 0.4, 110) * np.exp(moved), n)


def ask(kind, inside, comparison, **options) -> Estimate:
    found = estimate(kind, Cohort(inside, comparison, 90), DAYS, BEFORE, AFTER, **options)
    assert isinstance(found, Estimate), found
    return found


def both(kind: KpiKind, seed: int, shift: float = 0.1) -> tuple[GroupSeries, GroupSeries]:
    rng = np.random.default_rng(seed)
    return group(kind, rng, shift), group(kind, rng)


def scaled(series: GroupSeries, factor: float) -> GroupSeries:
    """The same in a unit `factor` times smaller; logarithms of single values move along."""
    logs = series.numerator_log
    if logs is not None:
        logs = logs + np.log(factor) * series.denominator
    return replace(series, numerator=series.numerator * factor, numerator_log=logs)


@pytest.mark.parametrize("comparison", [True, False])
@pytest.mark.parametrize("kind", UNIT_KINDS)
def test_a_unit_ten_times_smaller_makes_the_effect_ten_times_larger(kind, comparison):
    inside, others = both(kind, 1)
    one = ask(kind, inside, others if comparison else None)
    ten = ask(kind, scaled(inside, 10), scaled(others, 10) if comparison else None)
    for name in ("absolute", "absolute_low", "absolute_high", "expected_without", "mde", "baseline_value"):
        assert getattr(ten, name) == pytest.approx(10 * getattr(one, name), rel=1e-7), name
    assert ten.relative == pytest.approx(one.relative, rel=1e-7)
    assert ten.p_value == pytest.approx(one.p_value, rel=1e-6)
    np.testing.assert_allclose(ten.path.expected, 10 * one.path.expected, rtol=1e-7)


@pytest.mark.parametrize("kind", [KpiKind.SHARE, KpiKind.TOP2, KpiKind.NPS])
def test_a_mirrored_share_has_the_mirrored_effect_and_verdict(kind):
    whole = kind is not KpiKind.NPS
    inside, others = both(kind, 2, 0.5)

    def flipped(s: GroupSeries) -> GroupSeries:
        return replace(s, numerator=(s.denominator if whole else 0) - s.numerator)

    up, down = ask(kind, inside, others), ask(kind, flipped(inside), flipped(others))
    assert (down.estimate, down.low, down.high) == pytest.approx((-up.estimate, -up.high, -up.low), rel=1e-7)
    assert decide(up, Direction.UP, 0.01).verdict is decide(down, Direction.DOWN, 0.01).verdict
    assert decide(up, Direction.UP, 0.01).verdict is Verdict.IMPROVED


@pytest.mark.parametrize("kind", KINDS)
def test_each_of_two_identical_halves_says_what_the_whole_says(kind):
    inside, others = both(kind, 3)
    parts = {f.name: v / 2 for f in fields(inside) if (v := getattr(inside, f.name)) is not None}
    whole, half = ask(kind, inside, others), ask(kind, GroupSeries(**parts), others)
    assert half.estimate == pytest.approx(whole.estimate, rel=1e-9)
    assert half.standard_error == pytest.approx(whole.standard_error, rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_weeks_outside_the_windows_do_not_matter(kind):
    inside, others = both(kind, 4)
    one = ask(kind, inside, others)
    other_weeks = np.array([*np.flatnonzero((WEEK >= 104) | ((WEEK >= 90) & (WEEK < 92)))])

    def disturbed(s: GroupSeries) -> GroupSeries:
        numerator = s.numerator.copy()
        numerator[other_weeks] *= 1.7
        return replace(s, numerator=numerator)

    two = ask(kind, disturbed(inside), others)
    assert (two.estimate, two.low, two.p_value) == pytest.approx((one.estimate, one.low, one.p_value), rel=1e-9)
    assert two.absolute == pytest.approx(one.absolute, rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_what_moves_both_groups_is_no_effect(kind):
    rng = np.random.default_rng(5)
    common = 0.3
    found = ask(kind, group(kind, rng, common), group(kind, rng, common))
    assert found.low < 0 < found.high


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    data=st.data(),
    kind=st.sampled_from(KINDS),
    comparison=st.booleans(),
    go_live=st.integers(-2, 45),
)
def test_whatever_comes_in_a_number_or_a_reason_comes_out(data, kind, comparison, go_live):
    n_weeks = data.draw(st.integers(1, 40))
    odd = st.sampled_from([0.0, 1.0, -3.0, 7.0, 1e9, 1e-9, np.nan, np.inf, -np.inf])
    column = st.lists(odd, min_size=n_weeks, max_size=n_weeks).map(np.array)
    groups = [GroupSeries(*(data.draw(column) for _ in range(4))) for _ in range(2)]
    masks = [data.draw(st.lists(st.booleans(), min_size=n_weeks, max_size=n_weeks).map(np.array)) for _ in range(2)]
    days = np.datetime64("2024-01-01") + 7 * np.arange(n_weeks)
    cohort = Cohort(groups[0], groups[1] if comparison else None, go_live)
    check_answer(estimate(kind, cohort, days, *masks))


def check_answer(found: Estimate | Refusal) -> None:
    """A refusal has a code; an estimate has no figure that is not a number."""
    if isinstance(found, Refusal):
        assert found.code
        return
    for f in fields(found):
        value = getattr(found, f.name)
        assert not isinstance(value, float) or np.isfinite(value), f.name
    assert found.low <= found.estimate <= found.high
    assert 0 <= found.p_value <= 1


def _file(path: Path, order: np.ndarray, extra: tuple[str, ...] = ()) -> Comparison:
    """Compare daily rows of two groups, written in some order, over fixed windows."""
    rng = np.random.default_rng(12)
    days = np.repeat(np.datetime64("2023-01-02") + np.arange(700), 2)
    group = np.tile(["inside", "outside"], 700)
    value = rng.poisson(40 + 8 * ((group == "inside") & (days >= np.datetime64("2024-09-02"))))
    lines = [f"{days[i]},{group[i]},{value[i]}" for i in order]
    path.write_text("\n".join(["day,group,n", *lines, *extra]) + "\n", encoding="utf-8")
    table = Table(
        path, "n", KpiKind.COUNT, Direction.UP, when="day", go_live="2024-09-02", group="group", treated="inside",
        baseline=("2023-01-09", "2024-08-25"), evaluation=("2024-09-02", "2024-11-24"),
    )  # fmt: skip
    return analyse(table)


def test_the_order_of_rows_does_not_matter(tmp_path):
    plain = _file(tmp_path / "plain.csv", np.arange(1400))
    mixed = _file(tmp_path / "mixed.csv", np.random.default_rng(3).permutation(1400))
    assert plain.effect is not None and plain == mixed


def test_a_day_outside_the_windows_does_not_matter(tmp_path):
    plain = _file(tmp_path / "plain.csv", np.arange(1400))
    later = _file(tmp_path / "later.csv", np.arange(1400), ("2024-12-03,inside,5000", "2024-12-03,outside,1"))
    assert later.effect is not None and (later.effect, later.verdict) == (plain.effect, plain.verdict)


def test_an_infinite_cell_is_a_reason_and_no_traceback(tmp_path):
    found = _file(tmp_path / "infinite.csv", np.arange(1400), ("2024-10-01,inside,inf",))
    told = [] if found.effect is None else [found.effect.absolute, found.effect.low, found.effect.high]
    assert np.isfinite(told).all() and (told or found.reasons)
