"""What an engine brought, looked at before anything is stored: it is whole, or it is refused."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from duckdb import DuckDBPyConnection

from ocem.domain.fact import FactKind
from ocem.errors import N_, EngineFailed
from ocem.store.aggregate import Expression
from ocem.store.daily import CELL, Columns
from ocem.store.engine.source import NAMES

_CELL_LIST = ", ".join(CELL)


@dataclass(frozen=True)
class Asked:
    """What was asked of the engine for one fact, and what it counted by itself."""

    fact: FactKind
    days: tuple[date, date]
    counted: dict[date, int]
    query: Expression
    columns: Columns
    rows: str
    """The column of the answer that counts the rows of a cell."""
    is_all: bool
    """Whether every day that lies there was asked for."""

    @property
    def n_rows(self) -> int:
        """Rows in all."""
        return sum(self.counted.values())

    def each_day(self) -> list[date]:
        """Return all days asked for, without rows too."""
        first, last = self.days
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def load(con: DuckDBPyConnection, asked: Asked, file: Path) -> None:
    """Read an answer into the temporary table ``wide`` after checking it.

    Raises
    ------
    EngineFailed
        If columns, days, cells, numbers or counts are not what they must be.
    """
    found = {row[0]: str(row[1]) for row in con.execute("DESCRIBE FROM read_parquet(?)", [str(file)]).fetchall()}
    named = {name for at in asked.columns.values() for name in at.values() if not name[0].isdigit()}
    sums = sorted(named | {asked.rows})
    wanted = {*CELL, *sums}
    if set(found) != wanted or found["day"] != "DATE" or any(found[name] != "DOUBLE" for name in sums):
        wrong = sorted(set(found) ^ wanted) or sorted(f"{name} {found[name]}" for name in found)
        raise EngineFailed(
            "columns", N_("The engine's answer on {fact} has other columns than were asked for: {columns}."),
            fact=NAMES[asked.fact], columns=", ".join(wrong)[:200],
        )  # fmt: skip
    typed = ", ".join([f"CAST({name} AS {'DATE' if name == 'day' else 'USMALLINT'}) AS {name}" for name in CELL] + sums)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE wide AS SELECT {typed} FROM read_parquet(?) ORDER BY {_CELL_LIST}", [str(file)]
    )
    _check_cells(con, asked)
    _check_numbers(con, asked, sums)
    _check_counts(con, asked)


def _check_cells(con: DuckDBPyConnection, asked: Asked) -> None:
    first, last = asked.days
    row = con.execute(
        f"SELECT min(day), max(day), count(*) - count(DISTINCT ({_CELL_LIST})), "
        f"count(*) FILTER ({' OR '.join(f'{name} IS NULL' for name in CELL)}) FROM wide"
    ).fetchone()
    assert row is not None
    if row[0] is not None and (row[0] < first or row[1] > last):
        raise EngineFailed(
            "days", N_("The engine brought {fact} of days that were not asked for: {found}."),
            fact=NAMES[asked.fact], found=row[0] if row[0] < first else row[1],
        )  # fmt: skip
    if row[2] or row[3]:
        raise EngineFailed(
            "cells", N_("The engine brought {n} cells of {fact} twice or without a name."),
            n=int(row[2]) + int(row[3]), fact=NAMES[asked.fact],
        )  # fmt: skip


def _check_numbers(con: DuckDBPyConnection, asked: Asked, sums: list[str]) -> None:
    wrong = ", ".join(f"count(*) FILTER ({name} IS NULL OR NOT isfinite({name})) AS {name}" for name in sums)
    row = con.execute(f"SELECT {wrong} FROM wide").fetchone()
    bad = [name for name, n in zip(sums, row or (), strict=True) if n]
    if bad:
        raise EngineFailed(
            "numbers", N_("The engine brought sums of {fact} that are no numbers: {columns}."),
            fact=NAMES[asked.fact], columns=", ".join(bad),
        )  # fmt: skip


def _check_counts(con: DuckDBPyConnection, asked: Asked) -> None:
    summed = dict(con.execute(f"SELECT day, CAST(sum({asked.rows}) AS BIGINT) FROM wide GROUP BY day").fetchall())
    for day in asked.each_day():
        if summed.get(day, 0) != asked.counted.get(day, 0):
            raise EngineFailed(
                "partial",
                N_("The engine counts {counted} rows of {fact} on {day}, its sums hold {summed}: it left some out."),
                counted=asked.counted.get(day, 0), fact=NAMES[asked.fact], day=day, summed=summed.get(day, 0),
            )  # fmt: skip


def check_manifest(asked: Asked, promised: dict[str, int] | None) -> None:
    """Compare the rows counted with those that the manifest of the export names, month by month.

    A month that was asked for in part may hold fewer.

    Raises
    ------
    EngineFailed
        If rows are missing or too many.
    """
    if promised is None:
        return
    by_month: dict[str, int] = {}
    for day in asked.each_day():
        by_month[f"{day:%Y-%m}"] = by_month.get(f"{day:%Y-%m}", 0) + asked.counted.get(day, 0)
    first, last = asked.days
    in_part = {f"{first:%Y-%m}"} if first.day > 1 else set()
    if (last + timedelta(days=1)).day > 1:
        in_part.add(f"{last:%Y-%m}")
    for month in sorted({*by_month, *(promised if asked.is_all else ())}):
        n, expected = by_month.get(month, 0), promised.get(month, 0)
        if n > expected or (n < expected and (asked.is_all or month not in in_part)):
            raise _other_than_promised(asked.fact, month, expected, n)


def check_nothing_promised(fact: FactKind, promised: dict[str, int] | None) -> None:
    """Look whether the manifest names rows of a fact of which nothing lies there.

    Raises
    ------
    EngineFailed
        If it does.
    """
    for month, expected in sorted((promised or {}).items()):
        if expected:
            raise _other_than_promised(fact, month, expected, 0)


def _other_than_promised(fact: FactKind, month: str, expected: int, found: int) -> EngineFailed:
    return EngineFailed(
        "manifest", N_("In {month} the manifest names {expected} rows of {fact}, the engine finds {found}."),
        fact=NAMES[fact], month=month, expected=expected, found=found,
    )  # fmt: skip


def check_not_fewer(con: DuckDBPyConnection, asked: Asked) -> None:
    """Refuse when a day has fewer rows than the last time, or than the store itself holds for it.

    Raises
    ------
    EngineFailed
        Naming the first such day.
    """
    first, last = asked.days
    rows = con.execute(
        f"""SELECT day, max(n) FROM (
            SELECT day, n_rows AS n FROM engine_day WHERE fact = ? AND day BETWEEN ? AND ?
            UNION ALL SELECT day, count(*) FROM {asked.fact.value}
            WHERE superseded_by IS NULL AND day BETWEEN ? AND ? GROUP BY day)
        GROUP BY day ORDER BY day""",
        [asked.fact.value, first, last, first, last],
    ).fetchall()
    fewer = [(day, int(n)) for day, n in rows if asked.counted.get(day, 0) < n]
    if fewer:
        day, expected = fewer[0]
        raise EngineFailed(
            "fewer",
            N_(
                "On {n} days shared storage holds fewer rows of {fact} than were here before; the first is {day}: "
                "{found} instead of {expected}. If that is right, say so with --fewer."
            ),
            fact=NAMES[asked.fact], n=len(fewer), day=day, found=asked.counted.get(day, 0), expected=expected,
        )  # fmt: skip
