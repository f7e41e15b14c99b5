"""Scorecards: every figure equals the queries that are shown for it."""

from datetime import date

import pytest

from ocem.evaluation.comparison import TOTALS
from ocem.evaluation.scorecard import explain_figure, scorecards
from ocem.evaluation.view import View
from ocem.store.database import Database
from tests.evaluation.voices import import_answers
from tests.evaluation.world import build
from tests.store.test_small_cell import drawn

SPRING = View(first=date(2026, 2, 4), last=date(2026, 5, 20))
"""From a Wednesday to a Wednesday: only the whole weeks in between count."""


@pytest.mark.parametrize("dimension", ["touchpoint", "segment"])
@pytest.mark.parametrize("view", [View(), SPRING], ids=["last weeks", "chosen days"])
def test_every_figure_equals_its_queries(database: Database, dimension: str, view: View) -> None:
    build(database)
    import_answers(database, drawn(9))
    table = scorecards(database, dimension, view)
    asked = 0
    for row in table.rows:
        for kpi in table.kpis:
            figure = row.figures.get(kpi.key)
            if figure is None or figure.value is None:
                continue
            found = explain_figure(database, dimension, row.member, kpi.key, view)
            with database.cursor() as con:
                by_name = {name: value for name, *_, value in con.execute(found.sql).fetchall()}
                assert by_name["now"] == pytest.approx(figure.value, rel=1e-12)
                facts = [con.execute(text).fetchall() for text in found.fact_sql.split("\n;\n")]
            now = [line for lines in facts for line in lines if line[0] == "now"]
            base = 1 if kpi.kind in TOTALS else 3  # name, n, numerator and, but for totals, denominator
            assert sum(float(line[base]) for line in now) == pytest.approx(figure.n)
            asked += 1
    assert asked >= 3
