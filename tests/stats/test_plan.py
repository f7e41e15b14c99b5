import numpy as np
import pytest

from ocem.domain.kpi import KpiKind
from ocem.stats.beforeafter import Cohort, GroupSeries, estimate, plan_evaluation
from tests.stats.worlds import World, counts

WORLD = World(weeks=124, go_live=112, closed_to=1.0, others_closed_to=1.0)
WEEK = np.arange(WORLD.weeks)
DAYS = np.datetime64(WORLD.first) + 7 * WEEK


@pytest.mark.slow
def test_the_plan_foresees_what_the_evaluation_will_see():
    # over 60 worlds the change foreseen before the go-live is the one that the evaluation states
    foreseen, stated = [], []
    for seed in range(60):
        inside, others = counts(WORLD, seed)
        past = WEEK < 112
        plan = plan_evaluation(KpiKind.COUNT, GroupSeries(inside.numerator), others, DAYS, past)
        found = estimate(KpiKind.COUNT, Cohort(inside, others, 112), DAYS, past, (WEEK >= 112) & (WEEK < 120))
        foreseen.append(plan(8) / inside.numerator[past].mean())
        stated.append(found.mde / found.expected_without)
    assert np.mean(foreseen) == pytest.approx(np.mean(stated), rel=0.05)


def test_a_wash_in_costs_a_little_and_weeks_gain():
    inside, others = counts(WORLD, 3)
    ask = [plan_evaluation(KpiKind.COUNT, inside, others, DAYS, WEEK < 112, wash_in_weeks=weeks)(8) for weeks in (0, 8)]
    assert ask[0] <= ask[1] < 1.2 * ask[0]
    plan = plan_evaluation(KpiKind.COUNT, inside, others, DAYS, WEEK < 112)
    assert plan(4) > plan(8) > plan(26)


def test_a_plan_without_history_or_group_is_refused():
    inside, others = counts(WORLD, 3)
    assert plan_evaluation(KpiKind.COUNT, inside, others, DAYS, WEEK < 0).code == "no_baseline"
    assert plan_evaluation(KpiKind.COUNT, inside, others, DAYS, WEEK < 10).code == "too_few_weeks_before"
    assert plan_evaluation(KpiKind.COUNT, inside, None, DAYS, WEEK < 60).code == "too_short_without_comparison"
    nothing = GroupSeries(np.zeros(WORLD.weeks))
    assert plan_evaluation(KpiKind.COUNT, nothing, others, DAYS, WEEK < 112).code == "not_positive"
    flat = GroupSeries(np.full(WORLD.weeks, 90.0))
    assert plan_evaluation(KpiKind.COUNT, flat, flat, DAYS, WEEK < 112).code == "not_estimable"
