"""Why a KPI moved, on the small company of the comparisons."""

from datetime import date

import pytest

from ocem.errors import NotFound, WrongUse
from ocem.evaluation.decomposition import decompose, decompose_all
from ocem.evaluation.view import EVERYTHING, View
from ocem.store.database import Database
from tests.evaluation.world import build

BEFORE = (date(2024, 9, 30), date(2025, 9, 28))
AFTER = (date(2026, 2, 2), date(2026, 6, 21))


@pytest.fixture
def company(database: Database) -> Database:
    build(database)
    return database


@pytest.mark.parametrize("by", ["segment", "touchpoint", "phase"])
@pytest.mark.parametrize("kpi", ["self_service_reorder_share", "reorders"])
def test_contributions_add_up_to_the_change(company: Database, kpi: str, by: str) -> None:
    found = decompose(company, kpi, EVERYTHING, BEFORE, AFTER, by)
    assert found.change is not None
    assert sum(item.total for item in found.contributions) == pytest.approx(found.change, abs=1e-9)


def test_the_segments_that_got_the_portal_brought_the_change(company: Database) -> None:
    """Both of three segments gain ten points, so the whole gains about 6.7, nearly all of it within them."""
    found = decompose(company, "self_service_reorder_share", EVERYTHING, BEFORE, AFTER)
    brought = {item.member: item.rate for item in found.contributions}
    assert found.rate == pytest.approx(0.067, abs=0.02)
    assert abs(found.mix) < 0.01
    assert brought["strategici"] < 0.5 * min(brought["pmi"], brought["officine"])


def test_the_dimension_that_tells_most_comes_first(company: Database) -> None:
    found = decompose_all(company, "self_service_reorder_share", BEFORE, AFTER)
    assert {item.by for item in found} == {"segment", "touchpoint", "phase"}
    assert found[-1].by == "phase"  # all orders are of one phase


def test_a_window_without_data_is_refused_with_a_reason(company: Database) -> None:
    found = decompose(company, "reorders", EVERYTHING, (date(2020, 1, 6), date(2020, 1, 12)), AFTER)
    assert found.refused is not None and found.refused.code == "no_data_before"
    assert found.contributions == () and found.change is None
    found = decompose(company, "reorders", View(segments=("nobody",)), BEFORE, AFTER)
    assert found.refused is not None


def test_a_wrong_dimension_window_or_kpi_is_said(company: Database) -> None:
    with pytest.raises(WrongUse):
        decompose(company, "reorders", EVERYTHING, BEFORE, AFTER, "customer")
    with pytest.raises(WrongUse):
        decompose(company, "reorders", EVERYTHING, (AFTER[1], AFTER[0]), AFTER)
    with pytest.raises(NotFound):
        decompose(company, "nothing", EVERYTHING, BEFORE, AFTER)
