"""The statement that types plain lines: cut, converted and checked at once, and whether each line is right."""

from collections.abc import Sequence

from ocem.intake.dialect import TOTAL_STARTS, Layout
from ocem.intake.fast import FastColumn, fast_column
from ocem.intake.plan import Plan
from ocem.intake.reading import literal
from ocem.intake.split import Row


def fast_columns(plan: Plan, sample: Sequence[Row]) -> tuple[FastColumn, ...] | None:
    """Return the cheap reading of every column, or None if one has none."""
    found = []
    for column in plan.all_columns:
        cells = [row.cells[column.index] for row in sample if column.index < len(row.cells)]
        fast = fast_column(column, f"cell_{column.index}", cells)
        if fast is None:
            return None
        found.append(fast)
    return tuple(found)


def plain_sql(plan: Plan, layout: Layout, fast: Sequence[FastColumn], cut: bool) -> str:
    """SELECT from ``chunk`` of ``line, x_0.., day, ok``; `cut` says that the chunk comes with its cells.

    Moments need the tables ``calendar_n`` of `ocem.intake.fast.calendar_sql`.
    """
    sql = _cells_sql(plan, layout, cut)
    values = ", ".join(f"{column.value} AS v_{i}" for i, column in enumerate(fast))
    sql = f"SELECT *, {values} FROM ({sql})"
    for i, column in enumerate(fast):
        if column.zone is not None:
            # joining a day's shift against UTC is far cheaper than asking for the zone at each row
            sql = f"SELECT s.*, c.ahead AS ahead_{i} FROM ({sql}) s LEFT JOIN calendar_{i} c ON c.day = s.v_{i}::DATE"
    finals = ", ".join(_final(column, i) for i, column in enumerate(fast))
    day = f"v_{plan.day_column}::DATE" if plan.day_column is not None else plan.constant_day
    return f"SELECT line, {finals}, {day} AS day, coalesce({_right(plan, layout, fast)}, false) AS ok FROM ({sql})"


def _cells_sql(plan: Plan, layout: Layout, cut: bool) -> str:
    """SELECT of the mapped cells of every line, how many cells it has, and whether it looks calm."""
    cells, calm = "cells", "calm"
    if not cut:
        delimiter = literal(layout.delimiter or ";")
        bare = "replace(text, chr(10), '')"
        cells = f"string_split({bare}, {delimiter})"
        if layout.all_quoted:
            cells = f"string_split({bare}[2:-2], '\"' || {delimiter} || '\"')"
            marks = f"strlen(text) - strlen(replace(text, '\"', '')) = {2 * layout.width}"
            calm = f"calm AND starts_with(text, '\"') AND ends_with(text, '\"' || chr(10)) AND {marks}"
    mapped = sorted({column.index for column in plan.all_columns})
    each = ", ".join(f"cells[{index + 1}] AS cell_{index}" for index in mapped)
    lines = f"SELECT line, {calm} AS calm, {cells} AS cells FROM chunk"
    return f"SELECT line, calm, len(cells) AS width, {each} FROM ({lines})"


def _right(plan: Plan, layout: Layout, fast: Sequence[FastColumn]) -> str:
    """Condition under which a line is read as it should be."""
    right = ["calm", f"width = {layout.width}"]
    right += [column.ok.replace("{x}", f"v_{i}").replace("{shift}", f"ahead_{i}") for i, column in enumerate(fast)]
    right += [f"v_{i} IS NOT NULL" for i in plan.key_columns] or _no_totals(plan)
    if plan.questions:
        right.append("(" + " OR ".join(f"v_{i} IS NOT NULL" for i in plan.asked) + ")")
    return " AND ".join(right)


def _no_totals(plan: Plan) -> list[str]:
    """Conditions that leave to the careful way what begins like a total, where no key tells it from a record."""
    texts = [i for i, column in enumerate(plan.columns) if column.type in ("text", "member", "customer")]
    starts = " ".join(f"WHEN {literal(start)} THEN false" for start in TOTAL_STARTS)
    return [f"CASE lower(left(v_{i}, 4)) {starts} ELSE true END" for i in texts]


def _final(column: FastColumn, number: int) -> str:
    """Name the final value of a column; a local time stamp becomes a moment."""
    if column.zone is None:
        return f"v_{number} AS x_{number}"
    return f"make_timestamptz(epoch_us(v_{number}) - ahead_{number}) AS x_{number}"
