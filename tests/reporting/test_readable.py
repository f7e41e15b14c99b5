"""Long durations are said in one unit throughout."""

from dataclasses import replace

from ocem.domain.comparison import Effect, Note, Verdict
from ocem.i18n import Words
from ocem.reporting import comparison as said
from ocem.reporting.names import Names
from ocem.reporting.readable import readable
from tests.reporting.findings import BASELINE, EVALUATION, comparison

IT = Words("it")
SLOW = comparison(
    Verdict.WORSENED,
    kind="duration",
    unit="seconds",
    direction="down",
    baseline=replace(BASELINE, value=20_520.0),  # 5.7 hours
    evaluation=replace(EVALUATION, value=27_360.0),  # 7.6 hours
    effect=Effect(7273.4, 6465.6, 8050.1),
    expected_without=20_086.6,
    relevance=2052.0,
    target=18_000.0,
    weeks=(),
    reasons=(Note("clear_loss", {"least": 6465.6, "relevance": 2052.0}),),
)


def test_hours_are_hours_in_value_change_interval_and_reason():
    """6,465.6 s / 3,600 = 1.8 h; 2,052 s = 0.57 h."""
    shown = readable(SLOW)
    assert said.before_after(IT, shown) == "5,7\u00a0h → 7,6\u00a0h"
    assert said.change_interval(IT, shown) == "da +1,8 a +2,2\u00a0h"
    assert "(1,8\u00a0h) supera la soglia di 0,6\u00a0h" in said.sentence(IT, shown, Names(IT))
    assert said.target_text(IT, shown) == "obiettivo 5\u00a0h"


def test_short_durations_and_other_units_stay_as_they_are():
    short = replace(
        SLOW, baseline=replace(BASELINE, value=40.0), evaluation=replace(EVALUATION, value=55.0), target=None
    )
    assert readable(short).unit == "seconds"
    assert readable(comparison()) == comparison()
