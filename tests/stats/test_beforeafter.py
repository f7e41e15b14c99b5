from dataclasses import replace

import numpy as np
import pytest

from ocem.domain.kpi import KpiKind
from ocem.errors import StatsInputError
from ocem.stats.beforeafter import Cohort, Estimate, GroupSeries, Refusal, estimate, estimate_many
from ocem.stats.glsar import fit_weekly
from ocem.stats.marginal import fit_marginal
from tests.stats.worlds import World, counts, shares

WORLD = World(weeks=130, go_live=100, closed_to=1.0, others_closed_to=1.0)
WEEK = np.arange(WORLD.weeks)
DAYS = np.datetime64(WORLD.first) + 7 * WEEK
BEFORE = WORLD.go_live > WEEK
AFTER = (WORLD.go_live <= WEEK) & (WORLD.go_live + 12 > WEEK)


def answer(kind=KpiKind.COUNT, seed=1, world=WORLD, comparison=True, baseline=BEFORE, evaluation=AFTER, **options):
    maker = counts if kind is KpiKind.COUNT else shares
    inside, others = maker(world, seed)
    cohort = Cohort(inside, others if comparison else None, world.go_live)
    return estimate(kind, cohort, DAYS, baseline, evaluation, **options)


def last(n_weeks: int) -> np.ndarray:
    """The weeks just before the go-live."""
    return BEFORE & (WORLD.go_live - n_weeks <= WEEK)


@pytest.mark.parametrize(
    ("history", "comparison", "method", "grade"),
    [
        (100, True, "difference_trend_ar1", "A"),
        (79, True, "difference_ar1", "A"),
        (52, True, "difference_ar1", "A"),
        (51, True, "difference_ar1", "B"),
        (16, True, "difference_ar1", "B"),
        (100, False, "interrupted_ar1", "C"),
    ],
)
def test_the_length_of_history_chooses_the_design(history, comparison, method, grade):
    found = answer(baseline=last(history), comparison=comparison)
    assert (found.method, found.grade) == (method, grade)
    assert found.has_comparison is comparison


@pytest.mark.parametrize(
    ("history", "comparison", "code"),
    [(15, True, "too_few_weeks_before"), (79, False, "too_short_without_comparison")],
)
def test_too_little_history_is_refused(history, comparison, code):
    assert answer(baseline=last(history), comparison=comparison).code == code


def test_history_before_the_baseline_teaches_the_model_but_is_not_the_baseline():
    short = answer(baseline=last(26))
    long = answer(baseline=last(26), history=BEFORE)
    assert (short.grade, long.grade) == ("B", "A")
    assert long.method == "difference_trend_ar1"
    assert long.baseline_value == pytest.approx(short.baseline_value)
    assert long.estimate == pytest.approx(answer().estimate)


def test_the_estimate_is_the_step_of_the_weekly_difference():
    inside, others = counts(WORLD, 4)
    found = answer(seed=4)
    rows = BEFORE | AFTER
    difference = np.log(inside.numerator[rows]) - np.log(others.numerator[rows])
    week = WEEK[rows]
    design = np.column_stack([np.ones(rows.sum()), week >= 100, (week - 100) / 52])
    marginal = fit_marginal(difference[None], design)
    assert found.estimate == pytest.approx(marginal.value[0])
    assert found.standard_error == pytest.approx(marginal.error[0])
    assert found.df == pytest.approx(marginal.df[0])


def test_the_effect_is_told_on_the_scale_and_in_the_unit():
    found = answer(seed=2, world=replace(WORLD, effect=0.2))
    seen = counts(replace(WORLD, effect=0.2), 2)[0].numerator[AFTER].mean()
    assert found.evaluation_value == pytest.approx(seen)
    assert found.expected_without == pytest.approx(seen * np.exp(-found.estimate))
    assert found.absolute == pytest.approx(seen - found.expected_without)
    assert found.relative == pytest.approx(np.expm1(found.estimate))
    assert found.relative_low == pytest.approx(np.expm1(found.low))
    assert found.absolute_high == pytest.approx(seen * (1 - np.exp(-found.high)))
    assert found.p_value < 1e-4


def test_a_share_moves_in_points():
    found = answer(KpiKind.SHARE, world=replace(WORLD, effect=0.5))
    inside, _ = shares(replace(WORLD, effect=0.5), 1)
    assert found.baseline_value == pytest.approx(inside.numerator[BEFORE].sum() / inside.denominator[BEFORE].sum())
    assert found.absolute == found.estimate
    assert found.evaluation_value - found.absolute == pytest.approx(found.expected_without)
    assert found.relative == pytest.approx(found.absolute / found.expected_without)


@pytest.mark.parametrize("kind", [KpiKind.COUNT, KpiKind.SHARE])
def test_many_at_once_are_the_same_as_one_by_one(kind):
    maker = counts if kind is KpiKind.COUNT else shares
    groups = [maker(World(weeks=130, go_live=100), seed) for seed in range(5)]
    groups.append((replace(groups[0][0], numerator=np.full(130, np.nan)), groups[0][1]))

    def stacked(side):
        below = None if kind is KpiKind.COUNT else np.array([pair[side].denominator for pair in groups])
        return GroupSeries(np.array([pair[side].numerator for pair in groups]), below)

    together = estimate_many(kind, stacked(0), stacked(1), 100, DAYS, BEFORE, AFTER)
    assert isinstance(together[5], Refusal)
    for pair, found in zip(groups[:5], together, strict=False):
        alone = estimate(kind, Cohort(*pair, 100), DAYS, BEFORE, AFTER)
        for name in ("estimate", "low", "high", "p_value", "rho", "absolute", "expected_without", "mde"):
            assert getattr(found, name) == pytest.approx(getattr(alone, name), rel=1e-9), name
        np.testing.assert_allclose(found.path.expected, alone.path.expected, rtol=1e-9)
        assert found.warnings == alone.warnings
        assert [p.week for p in found.placebos] == [p.week for p in alone.placebos]


def test_one_comparison_group_serves_all():
    pairs = [counts(WORLD, seed) for seed in range(3)]
    inside = GroupSeries(np.array([pair[0].numerator for pair in pairs]))
    shared = estimate_many(KpiKind.COUNT, inside, pairs[0][1], 100, DAYS, BEFORE, AFTER)
    alone = estimate(KpiKind.COUNT, Cohort(pairs[2][0], pairs[0][1], 100), DAYS, BEFORE, AFTER)
    assert shared[2].estimate == pytest.approx(alone.estimate)


def test_the_chart_shows_what_was_expected_with_a_band():
    found = answer(world=replace(WORLD, effect=0.3))
    path = found.path
    assert np.isfinite(path.expected).all()
    assert (path.low < path.expected).all()
    assert (path.expected < path.high).all()
    assert np.median(path.value[AFTER] / path.expected[AFTER]) == pytest.approx(np.exp(found.estimate), rel=0.05)
    # about one quiet week in twenty lies outside the band
    quiet = BEFORE & ((path.value < path.low) | (path.value > path.high))
    assert quiet.sum() / BEFORE.sum() < 0.15
    assert path.used.sum() == found.n_weeks_before + found.n_weeks_after


def test_a_wash_in_counts_for_neither_side():
    # the first four weeks after the go-live are wild, and left out
    inside, others = counts(WORLD, 3)
    wild = inside.numerator.copy()
    wild[100:104] *= 5
    evaluation = AFTER & (WEEK >= 104)
    calm = estimate(KpiKind.COUNT, Cohort(inside, others, 100), DAYS, BEFORE, evaluation)
    washed = estimate(KpiKind.COUNT, Cohort(GroupSeries(wild), others, 100), DAYS, BEFORE, evaluation)
    assert washed.estimate == pytest.approx(calm.estimate)
    assert washed.n_weeks_after == 8
    # the model is what a week of its own for each of the four would give
    rows = BEFORE | AFTER
    own = np.array([(week == WEEK)[rows] for week in range(100, 104)])
    design = np.column_stack([np.ones(rows.sum()), evaluation[rows], (WEEK[rows] - 100) / 52, *own]).astype(float)
    difference = np.log(wild[rows]) - np.log(others.numerator[rows])
    free = fit_weekly(difference[None], design)
    assert washed.estimate == pytest.approx(free.params[0, 1], abs=0.2 * washed.standard_error)


def test_placebos_lie_before_the_go_live_and_find_nothing_in_quiet_history():
    found = answer(seed=6)
    assert len(found.placebos) == 4
    assert all(26 <= placebo.week < 100 for placebo in found.placebos)
    assert sum(p.low <= 0 <= p.high for p in found.placebos) >= 3


def test_an_earlier_change_is_seen_by_the_placebos():
    inside, others = counts(WORLD, 7)
    broken = GroupSeries(inside.numerator * np.where(WEEK >= 76, 1.2, 1.0))
    found = estimate(KpiKind.COUNT, Cohort(broken, others, 100), DAYS, BEFORE, AFTER)
    assert "placebo_moved" in {note.code for note in found.warnings}


def test_a_drift_before_the_go_live_is_said_where_the_model_has_no_trend():
    inside, others = counts(WORLD, 8)
    drifting = GroupSeries(inside.numerator * np.exp(0.5 * WEEK / 52))
    found = estimate(KpiKind.COUNT, Cohort(drifting, others, 100), DAYS, last(60), AFTER)
    assert "trend_before" in {note.code for note in found.warnings}
    assert found.pre_trend.per_year == pytest.approx(0.5, abs=0.15)


def test_more_weeks_see_smaller_changes():
    found = answer()
    assert found.detectable_after(12) == pytest.approx(found.mde)
    assert found.detectable_after(4) > found.mde > found.detectable_after(40)
    weeks = found.weeks_needed(0.9 * found.mde)
    assert weeks is not None
    assert found.detectable_after(12 + weeks) <= 0.9 * found.mde < found.detectable_after(12 + weeks - 1)
    assert found.weeks_needed(1.1 * found.mde) == 0
    assert found.weeks_needed(found.mde / 1000) is None


@pytest.mark.parametrize("comparison", [True, False])
def test_the_analyst_may_choose_the_method(comparison):
    plain = answer(method="difference_ar1")
    assert (plain.method, plain.grade) == ("difference_ar1", "A")
    alone = answer(method="interrupted_ar1", comparison=comparison)
    assert (alone.method, alone.grade, alone.has_comparison) == ("interrupted_ar1", "C", False)
    assert answer(method="difference_ar1", comparison=False).code == "comparison_needed"
    with pytest.raises(StatsInputError, match="newey"):
        answer(method="newey_west")


def test_closures_are_left_out_and_named():
    closing = World(weeks=130, go_live=100)
    found = answer(world=closing)
    note = next(note for note in found.warnings if note.code == "closure_weeks")
    assert {"2023-08-07", "2023-08-14", "2023-12-25", "2024-08-12"} <= set(note.values["weeks"])
    assert not found.path.used[np.isin(DAYS.astype(str), note.values["weeks"])].any()


def test_few_answers_are_said():
    rng = np.random.default_rng(3)
    n = np.zeros(130)
    n[BEFORE] = 8
    n[AFTER] = 6
    inside = GroupSeries(rng.binomial(n.astype(int), 0.5).astype(float), n)
    others = GroupSeries(rng.binomial(40, 0.5, 130).astype(float), np.full(130, 40.0))
    four = (WEEK >= 100) & (WEEK < 104)
    found = estimate(KpiKind.TOP2, Cohort(inside, others, 100), DAYS, BEFORE, four)
    note = next(note for note in found.warnings if note.code == "few_answers")
    assert note.values == {"answers": 24, "wanted": 30}


def test_the_size_of_the_comparison_group_does_not_matter():
    inside, others = counts(WORLD, 5)
    small = estimate(KpiKind.COUNT, Cohort(inside, others, 100), DAYS, BEFORE, AFTER)
    large = estimate(KpiKind.COUNT, Cohort(inside, GroupSeries(7 * others.numerator), 100), DAYS, BEFORE, AFTER)
    assert large.estimate == pytest.approx(small.estimate)
    assert large.absolute == pytest.approx(small.absolute)


def test_a_count_that_falls_to_nothing_has_an_effect():
    inside, others = counts(WORLD, 5)
    gone = GroupSeries(np.where(WEEK >= 100, 0.0, inside.numerator))
    found = estimate(KpiKind.COUNT, Cohort(gone, others, 100), DAYS, BEFORE, AFTER)
    assert isinstance(found, Estimate)
    assert found.scale == "index"
    assert found.evaluation_value == 0
    assert found.relative == pytest.approx(-1.0)
    assert found.absolute_high < -0.5 * found.baseline_value
    assert "small_counts" in {note.code for note in found.warnings}


def test_a_group_without_data_is_no_comparison():
    inside, _ = counts(WORLD, 5)
    empty = GroupSeries(np.full(130, np.nan))
    found = estimate(KpiKind.COUNT, Cohort(inside, empty, 100), DAYS, BEFORE, AFTER)
    assert found.code == "comparison_missing"
