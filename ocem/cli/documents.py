"""Findings as the JSON documents that other programs read."""

from dataclasses import asdict
from datetime import date
from math import isfinite
from typing import Any

from ocem.domain.comparison import Comparison, Note, WindowFigure


def number(value: float | None) -> float | int | None:
    """Return a JSON number; what is no number becomes null."""
    if value is None or not isfinite(value):
        return None
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else float(value)


def day(value: date | None) -> str | None:
    """Return an ISO day."""
    return value.isoformat() if value else None


def plain(value: Any) -> Any:
    """Return the value with days as ISO text and without NaN, all the way down."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        return plain(value.item())
    if isinstance(value, float):
        return number(value)
    return value


def window(figure: WindowFigure) -> dict[str, Any]:
    """Return one window of a comparison."""
    return {
        "first": day(figure.first),
        "last": day(figure.last),
        "days": figure.days,
        "n": number(figure.n),
        "value": number(figure.value),
    }


def note(item: Note) -> dict[str, Any]:
    """Return a reason or a warning: its code and its values."""
    return {"code": item.code, **plain(item.values)}


def comparison(found: Comparison) -> dict[str, Any]:
    """Return a comparison in the shape of the contract."""
    effect = None
    if found.effect:
        effect = {name: number(value) for name, value in asdict(found.effect).items()}
    return {
        "objective": found.objective,
        "kpi": found.kpi,
        "cell": asdict(found.cell),
        "kind": found.kind,
        "unit": found.unit,
        "direction": found.direction,
        "go_live": day(found.go_live),
        "baseline": window(found.baseline),
        "evaluation": window(found.evaluation),
        "effect": effect,
        "expected_without": number(found.expected_without),
        "p_value": number(found.p_value),
        "q_value": number(found.q_value),
        "mde": number(found.mde),
        "weeks_needed": found.weeks_needed,
        "relevance": number(found.relevance),
        "target": number(found.target),
        "method": found.method or None,
        "grade": found.grade,
        "verdict": found.verdict.value,
        "reasons": [note(item) for item in found.reasons],
        "warnings": [note(item) for item in found.warnings],
        "sensitivities": [
            {
                "code": item.code,
                **plain(item.values),
                "effect": {name: number(value) for name, value in asdict(item.effect).items()} if item.effect else None,
            }
            for item in found.sensitivities
        ],
        "frozen": found.frozen,
        "provisional": found.provisional,
        "evaluation_ends": day(found.evaluation_ends),
        "figures": {name: number(value) for name, value in found.figures.items()},
    }
