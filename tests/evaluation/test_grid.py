"""Every cell at once says what one cell at a time says."""

import numpy as np
import pytest

from ocem.cli.main import main
from ocem.domain.comparison import Verdict
from ocem.domain.perimeter import Cell
from ocem.evaluation.comparison import compare
from ocem.evaluation.grid import compare_cells
from ocem.store.database import Database
from ocem.store.definitions import load_documents
from tests.evaluation.world import DEFINITIONS, build, import_orders, orders

COUNT = {
    "riordini_contati": {
        "kind": "count", "unit": "count", "direction": "up", "level": "process", "owner": "Vendite",
        "label_it": "Riordini", "label_en": "Re-orders", "description_it": "Riordini", "description_en": "Re-orders",
        "numerator": {"fact": "sale", "aggregate": "count"},
    }
}  # fmt: skip


def company(database: Database) -> None:
    """The same company with orders counted, all of them at one touchpoint, so that a cell is a segment."""
    load_documents(database, {**DEFINITIONS, "kpi": COUNT})
    drawn = orders(effect=0.0)
    drawn["self"] = np.zeros(len(drawn["day"]), bool)
    import_orders(database, drawn)


def test_a_cell_gets_the_figures_of_its_segment(database: Database) -> None:
    company(database)
    cells = {item.cell: item for item in compare_cells(database, "riordini", ("riordini_contati",))}
    members = compare(database, "riordini", kpi="riordini_contati", by="segment", checks=False)[1:]
    for member in members:
        cell = cells[Cell("venditore", "acquisto", member.cell.segment)]
        if cell.kpi != "riordini_contati":
            continue
        assert cell.verdict is member.verdict
        assert cell.effect is not None and member.effect is not None
        assert (cell.effect.absolute, cell.effect.low) == pytest.approx((member.effect.absolute, member.effect.low))
        assert (cell.baseline, cell.method, cell.grade) == (member.baseline, member.method, member.grade)


def test_all_kpis_come_back_with_q_values_over_all_of_them(database: Database) -> None:
    company(database)
    found = compare_cells(database, "riordini", None)
    assert {item.kpi for item in found} >= {"riordini_contati", "self_service_reorder_share"}
    told = [item for item in found if item.p_value is not None]
    assert told and all(item.q_value is not None and item.q_value >= item.p_value for item in told)


def test_cells_without_a_place_in_the_comparison_group_are_refused_with_a_reason(database: Database) -> None:
    company(database)
    drawn = orders(seed=2)
    only = drawn["segment"] == "pmi"
    fair = {name: values[only] for name, values in drawn.items()} | {"self": np.ones(only.sum(), bool)}
    import_orders(database, fair, name="portal", source="portal")
    cells = {
        item.cell: item for item in compare_cells(database, "riordini", ("riordini_contati",)) if item.kpi in COUNT
    }
    alone = cells[Cell("portale_riordini", "acquisto", "pmi")]
    assert alone.verdict in (Verdict.NOT_COMPARABLE, Verdict.NOT_ENOUGH_DATA)
    assert alone.effect is None and alone.reasons


def test_the_command_line_compares_cell_by_cell(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    build(database)
    path = str(database.path)
    database.close()
    assert main(["--db", path, "compare", "riordini", "--by", "cell", "--kpi", "all"]) == 0
    assert "pmi" in capsys.readouterr().out
    assert main(["--db", path, "compare", "--by", "cell"]) == 2
    assert main(["--db", path, "compare", "riordini", "--kpi", "all"]) == 2
