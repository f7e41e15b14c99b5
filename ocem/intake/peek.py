"""A look at staged rows: some of them raw and typed side by side, and totals to hold against the source."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ocem.intake.plan import Plan, StagedRows, quoted
from ocem.intake.reading import literal
from ocem.intake.split import Row
from ocem.store.database import Cursor


@dataclass(frozen=True)
class Peek:
    """The first rows as they are and as they were read, and totals of what was read.

    `typed` maps a line to its fields' texts (a customer is shown by the start of the pseudonym); lines that were not
    accepted are missing. `sums` are totals of the amounts; `days` are rows a day, `per_day` rows and sums a day.
    """

    raw: tuple[tuple[int, tuple[str, ...]], ...]
    typed: dict[int, dict[str, str | None]]
    sums: dict[str, str]
    days: tuple[tuple[str, int], ...]
    per_day: tuple[tuple[str, int, dict[str, str | None]], ...] = ()


def peek(con: Cursor, rows: StagedRows, plan: Plan, sample: Sequence[Row]) -> Peek:
    """Return some rows raw and typed side by side, the sums of the amounts and the rows of each day."""
    source = f"read_parquet({literal(str(rows.rows))})"
    lines = [row.line for row in sample]
    typed: dict[int, dict[str, str | None]] = {}
    names = [column.field for column in plan.columns]
    if rows.n_good and lines:
        relation = con.execute(f"SELECT * FROM {source} WHERE list_contains(?, line)", [lines])
        columns = [item[0] for item in relation.description]
        for values in relation.fetchall():
            row = dict(zip(columns, values, strict=True))
            typed[row["line"]] = {name: _shown(name, row[name], plan) for name in names if name in row}
    amounts = [column.field for column in plan.columns if column.type == "amount"]
    sums = {}
    if rows.n_good and amounts:
        totals = con.execute(
            f"SELECT {', '.join(f'sum({quoted(name)})::VARCHAR' for name in amounts)} FROM {source}"
        ).fetchall()[0]
        sums = {name: total for name, total in zip(amounts, totals, strict=True) if total is not None}
    asked = "".join(f", sum({quoted(name)})::VARCHAR" for name in sums)
    found = con.execute(
        f"SELECT day::VARCHAR, count(DISTINCT line){asked} FROM {source} GROUP BY day ORDER BY day"
    ).fetchall()
    per_day = tuple((row[0], row[1], dict(zip(sums, row[2:], strict=True))) for row in found)
    days = tuple((day, n_rows) for day, n_rows, _ in per_day)
    return Peek(tuple((row.line, row.cells) for row in sample), typed, sums, days, per_day)


def _shown(name: str, value: Any, plan: Plan) -> str | None:
    if value is None:
        return None
    if any(column.field == name and column.type == "customer" for column in plan.columns):
        return f"{value:016x}"[:8]
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(plan.zone)).isoformat(" ")
    return str(value)
