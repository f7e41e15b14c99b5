"""A table in a file: what its columns mean, and its rows that count with their periods and groups."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ocem.domain.kpi import Direction, KpiKind
from ocem.errors import N_, Refused, WrongUse
from ocem.evaluation.method_options import MethodOptions
from ocem.evaluation.period import Periods, read_periods
from ocem.store.table import read_columns, read_header

Bools = NDArray[np.bool_]
Columns = dict[str, NDArray[np.generic]]
KIND_NAMES = {
    "csat": KpiKind.TOP2,
    "top_2": KpiKind.TOP2,
    "ces": KpiKind.MEAN,
    "average": KpiKind.MEAN,
    "score": KpiKind.MEAN,
    "proportion": KpiKind.SHARE,
    "percentage": KpiKind.SHARE,
    "conversion": KpiKind.SHARE,
    "rate": KpiKind.RATIO,
    "counts": KpiKind.COUNT,
    "total": KpiKind.SUM,
    "time": KpiKind.DURATION,
}
"""Other words for kinds."""


@dataclass(frozen=True)
class Table(MethodOptions):
    """What to read from a file and how to understand it; days are inclusive.

    `when`, `value`, `weight` and `squares` may name several columns, with commas between. `where` keeps rows in which a
    column has a value. The rest is for published methods: `unit` (and a second one) says what rows belong together,
    `dose` is the column whose coefficient is asked for, `beside` are further regressors (``log(x)`` for logarithms),
    `cohort` the period in which a unit goes live, `others` the columns of a wide table that are compared with, `mix`
    their given weights.
    """

    path: Path
    value: str
    kind: KpiKind
    direction: Direction
    when: str | None = None
    go_live: str | None = None
    weight: str | None = None
    group: str | None = None
    treated: str | None = None
    baseline: tuple[str, str] | None = None
    evaluation: tuple[str, str] | None = None
    method: str = "auto"
    every: str | None = None
    where: tuple[tuple[str, str], ...] = ()
    squares: str | None = None
    unit: str | None = None
    dose: str | None = None
    beside: tuple[str, ...] = ()
    cohort: str | None = None
    others: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    mix: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class ReadTable:
    """The rows that count, with their periods and windows."""

    columns: Columns
    periods: Periods | None
    at: NDArray[np.int64]
    inside: Bools
    go_live: int | None

    @property
    def length(self) -> int:
        """Number of periods up to the last row."""
        return int(self.at.max()) + 1


def kind_named(name: str) -> KpiKind:
    """Return the kind a word means; ``csat`` and ``ces`` are top-2-box and mean."""
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    return KIND_NAMES[plain] if plain in KIND_NAMES else KpiKind(plain)


def with_columns(table: Table) -> Table:
    """Return the table with its columns as the file writes them: capitals and spaces around do not matter."""
    header = read_header(table.path)
    folded: dict[str, list[str]] = {}
    for name in header:
        folded.setdefault(name.strip().casefold(), []).append(name)

    def one(name: str) -> str:
        inner = without_log(name)
        same = folded.get(inner.strip().casefold(), [])
        if inner in header or len(same) != 1:
            return name
        return f"log({same[0]})" if inner != name else same[0]

    def several(text: str | None) -> str | None:
        return text if text is None or text in header else ",".join(one(name) for name in names_in(text))

    return replace(
        table,
        when=several(table.when),
        value=several(table.value) or "",
        weight=several(table.weight),
        squares=several(table.squares),
        unit=several(table.unit),
        group=None if table.group is None else one(table.group),
        dose=None if table.dose is None else one(table.dose),
        cohort=None if table.cohort is None else one(table.cohort),
        beside=tuple(one(name) for name in table.beside),
        others=tuple(one(name) for name in table.others),
        leave_out=tuple(one(name) for name in table.leave_out),
        where=tuple((one(name), value) for name, value in table.where),
        mix=tuple((one(name), weight) for name, weight in table.mix),
    )


def names_in(text: str | None) -> list[str]:
    """Return the names between commas."""
    return [name.strip() for name in text.split(",")] if text else []


def without_log(name: str) -> str:
    """Return the column that a logarithm is taken of."""
    return name[4:-1] if name.startswith("log(") and name.endswith(")") else name


def _wanted(table: Table) -> dict[str, str]:
    """Columns to read, and what each must hold."""
    texts = [*names_in(table.when), *names_in(table.unit), *names_in(table.group), *[name for name, _ in table.where]]
    numbers = [
        *names_in(table.value),
        *names_in(table.weight),
        *names_in(table.squares),
        *names_in(table.dose),
        *names_in(table.cohort),
        *[without_log(name) for name in table.beside],
        *other_names(table),
    ]
    # a column may be a period and a regressor at once: as a number it can be either
    return {name: "text" for name in texts if name not in numbers} | dict.fromkeys(numbers, "number")


def other_names(table: Table) -> tuple[str, ...]:
    """Columns of a wide table that are compared with: those named, or all that play no other part."""
    if table.mix and not table.others:
        return tuple(name for name, _ in table.mix)
    if table.others or table.unit or not table.method.startswith(("synthetic", "block")):
        return table.others
    taken = {*names_in(table.when), *names_in(table.value), *table.leave_out}
    return tuple(name for name in read_header(table.path) if name not in taken)


def read_table(table: Table) -> ReadTable:
    """Read the rows that count, with their periods and groups."""
    columns: Columns = dict(read_columns(table.path, _wanted(table)))
    keep = np.ones(len(next(iter(columns.values()))), bool)
    for name, wanted in table.where:
        keep &= texts_of(columns[name]) == wanted
    if not keep.any():
        raise Refused(N_("{file}: no row is left to compare."), file=table.path.name)
    periods = None
    at = np.zeros(len(keep), dtype=np.int64)
    if table.when:
        periods = read_periods([texts_of(columns[name])[keep] for name in names_in(table.when)], table.every)
        at = np.full(len(keep), -1, dtype=np.int64)
        at[keep] = periods.at
        keep = keep & (at >= 0)
    inside = _treated(table, texts_of(columns[table.group]), keep) if table.group else np.ones(len(keep), bool)
    go_live = periods.place(table.go_live) if periods and table.go_live else None
    return ReadTable({name: values[keep] for name, values in columns.items()}, periods, at[keep], inside[keep], go_live)


def _treated(table: Table, texts: NDArray[np.str_], keep: Bools) -> Bools:
    """Rows of the treated group: those with the value named, with one of several after commas, or 1 beside 0."""
    known = sorted(set(texts[keep].tolist()))
    if table.treated is None and set(known) - {""} != {"0", "1"}:
        raise WrongUse(
            N_("Say with --treated which value of {column} is the treated group; there are {known}."),
            column=table.group or "", known=", ".join(known[:12]),
        )  # fmt: skip
    wanted = ["1"] if table.treated is None else [table.treated]
    inside = np.isin(texts, wanted if set(wanted) & set(known) else names_in(table.treated))
    if not (inside & keep).any():
        raise Refused(
            N_("{file}: no row has {value} in column {column}."),
            file=table.path.name, value=table.treated or "", column=table.group or "",
        )  # fmt: skip
    return np.asarray(inside, dtype=bool)


def texts_of(values: NDArray[np.generic]) -> NDArray[np.str_]:
    """Cells as text; whole numbers without a point."""
    if values.dtype.kind != "f":
        return np.asarray(values, dtype=str)
    return np.array(["" if np.isnan(v) else f"{v:g}" for v in np.asarray(values, dtype=float).tolist()])


def in_window(read: ReadTable, table: Table, window: tuple[str, str] | None, otherwise: Bools) -> Bools:
    """Mask over the rows of a window given as two periods; a week counts when all of it lies inside."""
    if window is None or read.periods is None:
        return otherwise
    return window_mask(read.periods, window, np.arange(read.length))[read.at]


def window_mask(periods: Periods, window: tuple[str, str], at: NDArray[np.int64]) -> Bools:
    """Return which periods lie in a window; a week counts when all of it does."""
    first, last = (periods.place(text) for text in window)
    mask = (at >= first) & (at <= last)
    starts, ends = periods.first_day(first), periods.last_day(last)
    if periods.pace == "week" and starts and starts.isoformat() < window[0][:10]:
        mask &= at != first
    if periods.pace == "week" and ends and ends.isoformat() > window[1][:10]:
        mask &= at != last
    return mask
