"""How many stable charts stand out inside their limits: the shares `_FAR` in `ocem/stats/false_alarm.py`.

    python tests/reference/xmr_standing_out.py [COMPANIES]

60 stable Gaussian KPIs, limits from the first 20 of 72 weeks, looked at in three weeks. Printed are the share of charts
that stand out, the chance of news that the agenda reckons with, what it says of those that stand out, and the share of
the news by which they are fewer than the threshold alone would leave.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from ocem.evaluation.signal import draw
from ocem.stats.surprise import UNUSUAL_RATE
from tests.evaluation.stable_charts import panel, record

WEEKS = 52
BACK = (0, 20, 40)


def rates(rng: np.random.Generator, correlation: float, companies: int) -> tuple[float, float, float]:
    """Return per chart and week: standing out as seen, news as reckoned, standing out as reckoned."""
    charts = []
    for _ in range(companies):
        found = record(panel(rng, correlation, n_weeks=WEEKS))
        charts += [chart for back in BACK for chart in draw(found, found.days[-1 - back])]
    n = len(charts)
    return (
        sum(chart.stands_out for chart in charts) / n,
        sum(chart.expected_news for chart in charts) / n,
        sum(chart.expected_to_stand_out for chart in charts) / n,
    )


if __name__ == "__main__":
    companies = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    print("correlation  seen  news  printed  share of the news")
    for correlation in (-0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8):
        rng = np.random.default_rng([17, int(10 * (correlation + 1))])
        seen, news, printed = rates(rng, correlation, companies)
        share = (UNUSUAL_RATE - seen) / news
        print(f"{correlation:11.1f} {seen:.4f} {news:.4f}  {printed:.4f}  {share:.2f}", flush=True)
