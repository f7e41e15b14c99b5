"""How often our predictions came true, and what all decisions together are honestly worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ocem.domain.comparison import SILENT_VERDICTS, Comparison
from ocem.domain.decision import Judgement
from ocem.domain.kpi import Direction
from ocem.domain.review import DecisionRecord
from ocem.evaluation.decision import list_judgements
from ocem.evaluation.review import Judge, decision_records
from ocem.stats.share import wilson
from ocem.stats.shrinkage import shrink
from ocem.store.database import Database

Z = 1.959963984540054
FEWEST = 3
"""Outcomes below which nothing is said about the whole."""


@dataclass(frozen=True)
class Outcome:
    """One judged decision; effects as shares of what was to be expected, above zero where they are good.

    `honest` is the effect drawn towards no effect by the share of it that is noise.
    """

    record: DecisionRecord
    predicted: float | None
    effect: float | None
    low: float | None
    high: float | None
    honest: float | None = None
    honest_low: float | None = None
    honest_high: float | None = None
    inside: bool | None = None


@dataclass(frozen=True)
class Calibration:
    """All judged decisions and what they say together.

    `n_inside` of `n_predicted` predictions lie inside the interval of their outcome, `share` with [`low`, `high`] by
    Wilson. `predicted_total`, `seen_total` and `honest_total` with [`honest_low`, `honest_high`] add up shares.
    """

    outcomes: tuple[Outcome, ...]
    waiting: tuple[DecisionRecord, ...]
    n_predicted: int
    n_inside: int
    share: float | None
    low: float | None
    high: float | None
    predicted_total: float | None
    seen_total: float | None
    honest_total: float | None
    honest_low: float | None
    honest_high: float | None
    optimism: float | None
    """Mean predicted effect over the mean honest one; None where that is not above zero."""


def calibration(database: Database, today: date, judge: Judge | None = None) -> Calibration:
    """Set every judged decision's prediction beside its outcome."""
    records = decision_records(database, today, judge)
    judged = list_judgements(database)
    outcomes = [_outcome(record, judged[record.number]) for record in records if record.number in judged]
    waiting = tuple(record for record in records if record.state in ("waiting", "due"))
    return summary(outcomes, waiting)


def summary(outcomes: Sequence[Outcome], waiting: Sequence[DecisionRecord] = ()) -> Calibration:
    """Add outcomes up: how many predictions came true, and the sum of effects with chance taken out."""
    told = [item for item in outcomes if item.inside is not None]
    inside = sum(bool(item.inside) for item in told)
    interval = wilson(inside, len(told)) if told else None
    known = [item for item in outcomes if item.effect is not None and item.low is not None and item.high is not None]
    known = [item for item in known if (item.high or 0.0) > (item.low or 0.0)]
    shrunken = None
    by_number: dict[int, Outcome] = {}
    if known:
        errors = [((item.high or 0.0) - (item.low or 0.0)) / (2 * Z) for item in known]
        shrunken = shrink([item.effect or 0.0 for item in known], errors, centre=0.0)
        for i, item in enumerate(known):
            by_number[item.record.number] = Outcome(
                item.record, item.predicted, item.effect, item.low, item.high, float(shrunken.effect[i]),
                float(shrunken.low[i]), float(shrunken.high[i]), item.inside,
            )  # fmt: skip
    predicted = [item.predicted for item in known if item.predicted is not None]
    honest = [by_number[item.record.number].honest or 0.0 for item in known if item.predicted is not None]
    enough = len(known) >= FEWEST
    return Calibration(
        outcomes=tuple(by_number.get(item.record.number, item) for item in outcomes),
        waiting=tuple(waiting),
        n_predicted=len(told),
        n_inside=inside,
        share=inside / len(told) if told else None,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        predicted_total=sum(predicted) if enough and predicted else None,
        seen_total=sum(item.effect or 0.0 for item in known) if enough else None,
        honest_total=float(shrunken.total) if shrunken and enough else None,
        honest_low=float(shrunken.total_low) if shrunken and enough else None,
        honest_high=float(shrunken.total_high) if shrunken and enough else None,
        optimism=sum(predicted) / sum(honest) if enough and predicted and sum(honest) > 0 else None,
    )


def _outcome(record: DecisionRecord, judgement: Judgement) -> Outcome:
    found = judgement.comparison
    predicted = _predicted(record, found)
    effect = found.effect
    if effect is None or effect.relative is None or found.verdict in SILENT_VERDICTS:
        return Outcome(record, predicted, None, None, None, inside=judgement.inside)
    good = 1.0 if record.direction == Direction.UP else -1.0
    if effect.relative_low is None or effect.relative_high is None:
        return Outcome(record, predicted, good * effect.relative, None, None, inside=judgement.inside)
    low, high = sorted((good * effect.relative_low, good * effect.relative_high))
    return Outcome(record, predicted, good * effect.relative, low, high, inside=judgement.inside)


def _predicted(record: DecisionRecord, found: Comparison) -> float | None:
    """Return the prediction as a share of what was to be expected, above zero where it is good."""
    if record.expected is None:
        return None
    good = 1.0 if record.direction == Direction.UP else -1.0
    if record.expected_relative:
        return good * record.expected
    base = found.expected_without or found.baseline.value
    return good * record.expected / abs(base) if base else None
