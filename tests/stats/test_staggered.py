from dataclasses import replace

import numpy as np
import pytest

from ocem.domain.kpi import KpiKind
from ocem.stats.beforeafter import Cohort, Estimate, GroupSeries, estimate, estimate_staggered
from tests.stats.worlds import World, counts, shares, staggered_counts

WORLD = World(weeks=140, closed_to=1.0, others_closed_to=1.0, cells=2)
WEEK = np.arange(WORLD.weeks)
DAYS = np.datetime64(WORLD.first) + 7 * WEEK
GO_LIVES = [100, 118]
BEFORE = [go_live > WEEK for go_live in GO_LIVES]
AFTER = [(go_live <= WEEK) & (go_live + 10 > WEEK) for go_live in GO_LIVES]


def cohorts(seed: int, world: World = WORLD, comparison: bool = True) -> list[Cohort]:
    inside, never = staggered_counts(world, seed, GO_LIVES)
    return [Cohort(one, never if comparison else None, at) for one, at in zip(inside, GO_LIVES, strict=True)]


def answer(seed: int, world: World = WORLD, **options) -> Estimate:
    return estimate_staggered(KpiKind.COUNT, cohorts(seed, world), DAYS, BEFORE, AFTER, **options)


def test_one_cohort_alone_is_the_plain_estimate():
    inside, others = counts(WORLD, 1)
    cohort = Cohort(inside, others, 120)
    windows = WEEK < 120, WEEK >= 120
    plain = estimate(KpiKind.COUNT, cohort, DAYS, *windows)
    alone = estimate_staggered(KpiKind.COUNT, [cohort], DAYS, [windows[0]], [windows[1]])
    for name in ("estimate", "low", "high", "p_value", "absolute", "expected_without", "relative", "mde"):
        assert getattr(alone, name) == pytest.approx(getattr(plain, name), rel=1e-9), name
    np.testing.assert_allclose(alone.path.expected, plain.path.expected)
    np.testing.assert_allclose(alone.path.high, plain.path.high)
    assert alone.detectable_after(30) == pytest.approx(plain.detectable_after(30), rel=1e-9)


def test_the_average_has_the_weights_of_the_baselines():
    parts = cohorts(2)
    single = [estimate(KpiKind.COUNT, *one).estimate for one in zip(parts, [DAYS, DAYS], BEFORE, AFTER, strict=True)]
    sizes = np.array([part.inside.numerator[before].mean() for part, before in zip(parts, BEFORE, strict=True)])
    assert answer(2).estimate == pytest.approx(single @ (sizes / sizes.sum()), rel=1e-9)
    assert answer(2, weights=[3, 1]).estimate == pytest.approx(0.75 * single[0] + 0.25 * single[1], rel=1e-9)


def test_counts_of_the_cohorts_add_up_in_value_and_chart():
    found = answer(3, replace(WORLD, effect=0.15))
    inside, _ = staggered_counts(replace(WORLD, effect=0.15), 3, GO_LIVES)
    seen = sum(one.numerator[after].mean() for one, after in zip(inside, AFTER, strict=True))
    assert found.evaluation_value == pytest.approx(seen)
    np.testing.assert_allclose(found.path.value, inside[0].numerator + inside[1].numerator)
    assert (found.path.low < found.path.expected).all()


def test_shares_of_the_cohorts_are_sum_over_sum():
    (inside, never), (second, _) = shares(WORLD, 4), shares(WORLD, 5)
    parts = [Cohort(inside, never, 100), Cohort(second, never, 118)]
    found = estimate_staggered(KpiKind.SHARE, parts, DAYS, BEFORE, AFTER)
    above = inside.numerator[AFTER[0]].sum() + second.numerator[AFTER[1]].sum()
    below = inside.denominator[AFTER[0]].sum() + second.denominator[AFTER[1]].sum()
    assert found.evaluation_value == pytest.approx(above / below)


def test_a_cohort_without_data_is_left_out_and_said():
    parts = cohorts(4)
    empty = replace(parts[1], inside=GroupSeries(np.full(WORLD.weeks, np.nan)))
    found = estimate_staggered(KpiKind.COUNT, [parts[0], empty], DAYS, BEFORE, AFTER)
    note = next(note for note in found.warnings if note.code == "cohorts_left_out")
    assert note.values == {"count": 1, "of": 2, "codes": ("all_missing",)}
    assert found.estimate == pytest.approx(estimate(KpiKind.COUNT, parts[0], DAYS, BEFORE[0], AFTER[0]).estimate)


def test_one_cohort_of_small_counts_puts_all_on_the_index():
    parts = cohorts(5)
    rare = GroupSeries(np.random.default_rng(5).poisson(4.0, WORLD.weeks).astype(float))
    found = estimate_staggered(KpiKind.COUNT, [parts[0], replace(parts[1], inside=rare)], DAYS, BEFORE, AFTER)
    assert found.scale == "index"
    assert found.absolute == pytest.approx(found.evaluation_value - found.expected_without)


def test_cohorts_without_a_comparison_group_keep_grade_c():
    found = estimate_staggered(KpiKind.COUNT, cohorts(6, comparison=False), DAYS, BEFORE, AFTER)
    assert (found.grade, found.has_comparison) == ("C", False)


@pytest.mark.slow
@pytest.mark.parametrize(("go_lives", "effect"), [([100, 118], 0.0), ([112, 116], 0.0), ([100, 118], 0.1)])
def test_intervals_of_the_average_cover(go_lives, effect):
    # 120 worlds: nominal 95 %, Monte Carlo error 2 points
    before = [at > WEEK for at in go_lives]
    after = [(at <= WEEK) & (at + 10 > WEEK) for at in go_lives]
    covered = 0
    for seed in range(120):
        inside, never = staggered_counts(replace(WORLD, effect=effect), seed, go_lives)
        parts = [Cohort(one, never, at) for one, at in zip(inside, go_lives, strict=True)]
        found = estimate_staggered(KpiKind.COUNT, parts, DAYS, before, after)
        covered += found.low <= effect <= found.high
    assert covered / 120 >= 0.89
