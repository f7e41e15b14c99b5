"""Which journeys count: those decided in a window, by segment, phase and touchpoint."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from duckdb import DuckDBPyConnection

from ocem.store.member import member_ids


@dataclass(frozen=True)
class JourneyFilter:
    """Which journeys count: those decided between inclusive days, by members; empty means all."""

    first: date
    last: date
    segments: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    touchpoints: tuple[str, ...] = ()


def condition(con: DuckDBPyConnection, chosen: JourneyFilter) -> tuple[str, dict[str, Any]]:
    """Return the condition on `journey` and its values: passing through a touchpoint or a phase is enough."""
    parts = ["decided_day BETWEEN $first AND $last"]
    values: dict[str, Any] = {"first": chosen.first, "last": chosen.last}
    if chosen.segments:
        parts.append("list_contains($segments, segment_id)")
        values["segments"] = member_ids(con, "segment", chosen.segments)
    if chosen.touchpoints:
        parts.append(
            "(path_id IN (SELECT id FROM journey_path WHERE list_has_any(path, $touchpoints)) "
            "OR list_contains($touchpoints, touchpoint_id))"
        )
        values["touchpoints"] = member_ids(con, "touchpoint", chosen.touchpoints)
    if chosen.phases:
        parts.append("list_has_any(list_transform(phases, lambda p: p.phase_id), $phases)")
        values["phases"] = member_ids(con, "phase", chosen.phases)
    return " AND ".join(parts), values
