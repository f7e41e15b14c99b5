"""Touchpoint ROI: cost, use and feedback are what their queries give; rates follow by hand."""

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ocem.domain.batch import Detected
from ocem.domain.fact import FactKind
from ocem.evaluation.roi import Figure, rates, returns
from ocem.evaluation.view import View
from ocem.store.batch import Staged, commit
from tests.evaluation.test_feedback import run
from tests.evaluation.test_journey import company
from tests.evaluation.voices import MONDAY, Answer, declare, import_answers
from tests.store.journeys import START

KINDS = ("fixed", "variable")
SPENT = ("email", "contact_center")


def import_costs(database, rows: list[tuple[date, str, str, float]]) -> None:
    path = Path(database.folder) / "staging" / "costs.parquet"
    table = pa.table(
        {
            "line": pa.array(range(2, len(rows) + 2), pa.int32()),
            "day": pa.array([row[0] for row in rows], pa.date32()),
            "touchpoint": [row[1] for row in rows],
            "cost_kind": [row[2] for row in rows],
            "amount_eur": pa.array([row[3] for row in rows], pa.float64()).cast(pa.decimal128(18, 4), safe=False),
            "key_hash": pa.array(range(len(rows)), pa.uint64()),
            "row_hash": pa.array(range(len(rows)), pa.uint64()),
        }
    )
    pq.write_table(table, path)
    commit(database, Staged(path, FactKind.COST, "costs", "costs.csv", "costs", Detected(), len(rows)))


def test_cost_and_feedback_are_what_their_queries_give(database):
    declare(database)
    answers = [
        Answer(MONDAY + timedelta(days=day), float(3 + i % 3), customer=i, touchpoint="email")
        for day in range(28)
        for i in range(12)
    ]
    import_answers(database, answers)
    import_costs(database, [(MONDAY, "email", "fixed", 900.0), (MONDAY, "email", "variable", 300.0)])
    found = returns(database, view=View(MONDAY, MONDAY + timedelta(days=27)))
    row = {item.touchpoint: item for item in found.rows}["email"]
    assert (row.fixed_eur, row.variable_eur, row.cost_eur) == (900.0, 300.0, 1200.0)
    assert row.margin is None and row.roi is None, "without orders nothing is attributed"
    assert found.refusal == "no_orders"
    assert dict(row.answers)["csat"].value == pytest.approx(2 / 3)
    cost = {line["touchpoint"]: line for line in run(database, found.sql[0])}["email"]
    assert (cost["fixed_eur"], cost["variable_eur"]) == (900.0, 300.0)
    heard = {line["member"]: line for line in run(database, found.sql[1])}["email"]
    assert heard["value"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("model", ["markov", "linear", "last"])
def test_margin_return_and_payback_follow_from_the_queries(database, model):
    """What the third query attributes over what the first one says was spent; the world is that of the journeys."""
    company(database, weeks=40)
    days = [START + timedelta(days=7 * week) for week in range(50)]
    import_costs(database, [(day, key, kind, 3.0) for day in days for key in SPENT for kind in KINDS])
    view = View(START, START + timedelta(days=7 * 40 - 1))
    found = returns(database, model, view)
    assert found.refusal is None
    costs = {row["touchpoint"]: row for row in run(database, found.sql[0])}
    margins = {
        row["touchpoint"]: row["margin_eur"] for row in run(database, found.sql[2]) if row.get("model", model) == model
    }
    shown = [item for item in found.rows if item.margin]
    assert len(shown) >= 2 and any(item.roi for item in shown)
    for item in shown:
        margin = float(margins[item.touchpoint])
        assert item.margin.value == pytest.approx(margin)
        if item.roi is None:
            continue
        spent = costs[item.touchpoint]["fixed_eur"] + costs[item.touchpoint]["variable_eur"]
        assert spent == 40 * 2 * 3.0 and item.roi.value == pytest.approx((margin - spent) / spent)
        assert item.payback_weeks is None or item.payback_weeks.value == pytest.approx(40 * spent / margin)


def test_a_touchpoint_that_costs_more_than_its_margin_has_no_payback():
    roi, per_euro, payback = rates(Figure(50, 40, 60), 100, 52)
    assert (roi.value, roi.low, roi.high) == pytest.approx((-0.5, -0.6, -0.4))
    assert per_euro.value == 0.5 and payback is None


def test_without_cost_there_is_no_rate():
    assert rates(Figure(50, 40, 60), 0, 52) == (None, None, None)


def test_payback_that_may_never_come_has_an_open_end():
    assert rates(Figure(200, 0, 400), 100, 52)[2].high == float("inf")


def test_an_empty_store_has_no_returns(database):
    assert returns(database).rows == ()
