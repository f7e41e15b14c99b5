"""Scorecards in words: intervals of every rate, and changes that chance could explain."""

import pytest

from ocem.domain.kpi import Direction, KpiKind
from ocem.evaluation.scorecard import Figure
from ocem.i18n import Words
from ocem.reporting.scorecard import change_text, interval_text
from tests.reporting.findings import kpi

SHARE = kpi("resolved", "share", Direction.UP, "Risolti", "Resolved")
DAYS = kpi("sale_duration", "days", Direction.DOWN, "Durata", "Duration", KpiKind.DURATION)


def figure(value: float, low: float, high: float, change: float, is_chance: bool | None) -> Figure:
    return Figure(value, 900.0, low, high, change, is_chance, ())


@pytest.mark.parametrize(
    ("is_chance", "said"), [(True, "≈ +2.1\u00a0pt"), (False, "+2.1\u00a0pt"), (None, "+2.1\u00a0pt")]
)
def test_a_change_that_chance_could_explain_says_so(is_chance: bool | None, said: str) -> None:
    assert change_text(Words("en"), figure(0.5, 0.4, 0.6, 0.021, is_chance), SHARE) == said


def test_a_duration_has_an_interval_in_its_unit() -> None:
    assert interval_text(Words("it"), figure(9.5, 9.15, 9.79, -0.2, False), DAYS) == "9,2–9,8\u00a0gg"
