"""Long durations in minutes or hours: the same finding in the unit people read it in."""

from dataclasses import replace
from typing import Any

from ocem.domain.comparison import Comparison, Effect, Note, WeekPoint, WindowFigure
from ocem.reporting.note import TEMPLATES

MINUTE, HOUR = 60.0, 3600.0
IN_KPI_UNIT = ("value", "change", "size")
"""Forms of a note's values that carry the KPI's unit."""


def readable(comparison: Comparison) -> Comparison:
    """Return a comparison of seconds in minutes or hours when its values are that long; any other as it is.

    One unit for everything that is said about a comparison: value, change, both ends of the interval, threshold.
    """
    if comparison.unit != "seconds":
        return comparison
    values = [comparison.baseline.value, comparison.evaluation.value, comparison.target]
    values += [point.value for point in comparison.weeks]
    size = max((abs(value) for value in values if value is not None), default=0.0)
    if size < 3 * MINUTE:
        return comparison
    unit, divisor = ("hours", HOUR) if size >= 2 * HOUR else ("minutes", MINUTE)
    return replace(
        comparison,
        unit=unit,
        baseline=_window(comparison.baseline, divisor),
        evaluation=_window(comparison.evaluation, divisor),
        effect=_effect(comparison.effect, divisor),
        expected_without=_less(comparison.expected_without, divisor),
        mde=_less(comparison.mde, divisor),
        relevance=_less(comparison.relevance, divisor),
        target=_less(comparison.target, divisor),
        weeks=tuple(_week(point, divisor) for point in comparison.weeks),
        reasons=tuple(_note(item, divisor) for item in comparison.reasons),
        warnings=tuple(_note(item, divisor) for item in comparison.warnings),
        sensitivities=tuple(replace(item, effect=_effect(item.effect, divisor)) for item in comparison.sensitivities),
    )


def _less(value: float | None, divisor: float) -> float | None:
    return None if value is None else value / divisor


def _window(window: WindowFigure, divisor: float) -> WindowFigure:
    return replace(window, value=_less(window.value, divisor))


def _effect(effect: Effect | None, divisor: float) -> Effect | None:
    if effect is None:
        return None
    return replace(effect, absolute=effect.absolute / divisor, low=effect.low / divisor, high=effect.high / divisor)


def _week(point: WeekPoint, divisor: float) -> WeekPoint:
    return WeekPoint(
        point.first,
        _less(point.value, divisor),
        _less(point.expected, divisor),
        _less(point.expected_low, divisor),
        _less(point.expected_high, divisor),
        _less(point.comparison, divisor),
    )


def _note(item: Note, divisor: float) -> Note:
    forms = TEMPLATES[item.code].forms if item.code in TEMPLATES else {}
    values: dict[str, Any] = {
        name: value / divisor if forms.get(name) in IN_KPI_UNIT and isinstance(value, float | int) else value
        for name, value in item.values.items()
    }
    return Note(item.code, values)
