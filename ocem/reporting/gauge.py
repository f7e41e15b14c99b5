"""An effect's interval against zero and the relevance threshold, as places along a strip."""

from dataclasses import dataclass

from ocem.domain.comparison import Comparison
from ocem.reporting.comparison import is_silent

AIR = 1.12
"""The strip ends a little beyond the widest thing on it."""


@dataclass(frozen=True)
class Gauge:
    """Places in percent of the strip's width."""

    zone_left: float
    zone_width: float
    zero: float
    bar_left: float
    bar_width: float
    dot: float


def gauge(comparison: Comparison) -> Gauge | None:
    """Place an effect on a strip with zero in the middle; nothing when no number may be shown."""
    effect = comparison.effect
    if effect is None or is_silent(comparison):
        return None
    relevance = comparison.relevance or 0.0
    reach = AIR * max(abs(effect.low), abs(effect.high), 1.5 * relevance) or 1.0

    def place(amount: float) -> float:
        return round(50.0 + 50.0 * amount / reach, 2)

    return Gauge(
        place(-relevance),
        round(place(relevance) - place(-relevance), 2),
        place(0.0),
        place(effect.low),
        round(place(effect.high) - place(effect.low), 2),
        place(effect.absolute),
    )
