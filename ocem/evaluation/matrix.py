"""The matrix of touchpoint, phase and segment: which cells are in scope, aimed at and measured by anybody."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ocem.domain.kpi import Kpi, KpiKind
from ocem.domain.objective import Objective
from ocem.domain.perimeter import Dimension, Member, Perimeter, ScopeRule, descendants
from ocem.evaluation.baseline import state_of
from ocem.evaluation.view import EVERYTHING, View
from ocem.store import kpi as kpi_store
from ocem.store import member as store
from ocem.store import objective as objective_store
from ocem.store import perimeter as scope_store
from ocem.store.cells import living_cells
from ocem.store.database import Cursor, Database
from ocem.store.freshness import last_finished_day, source_reaches

COVERAGE_WEEKS = 13
PARTS = ("touchpoint", "phase", "segment")
CONFIRMED = "confirmed"
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Coverage:
    """Cells in the perimeters of the objectives: all, those measured lately, those nobody measures."""

    n_cells: int
    measured: int
    blind: int
    frozen: int = 0
    n_objectives: int = 0


def coverage(con: Cursor, objectives: list[Objective], last_day: date) -> Coverage:
    """Count the cells in scope, and in how many something was measured in the last 13 weeks.

    In scope is what was declared; where nothing was, the cells of the objectives.
    """
    axes = axes_in(con, EVERYTHING)
    mask = scope_mask(axes, scope_store.scope_version(con).rules)
    if mask is None:
        mask = _union(axes, [item.perimeter for item in objectives])
    measured = np.zeros(axes.shape, dtype=bool)
    index = [{item.key: place for place, item in enumerate(found)} for found in axes.members()]
    for cell in living_cells(con, last_day - timedelta(days=7 * COVERAGE_WEEKS - 1), last_day):
        places = [index[axis].get(key) for axis, key in enumerate(cell)]
        if all(place is not None for place in places):
            measured[tuple(places)] = True
    return Coverage(int(mask.sum()), int((mask & measured).sum()), int((mask & ~measured).sum()))


@dataclass(frozen=True)
class Axes:
    """The confirmed members along each side of the matrix; `all_segments` also holds those out of view."""

    touchpoints: tuple[Member, ...]
    phases: tuple[Member, ...]
    segments: tuple[Member, ...]
    all_segments: tuple[Member, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Touchpoints, phases, segments."""
        return len(self.touchpoints), len(self.phases), len(self.segments)

    def members(self) -> tuple[tuple[Member, ...], ...]:
        """Return the members in the order of the matrix's sides."""
        return self.touchpoints, self.phases, self.segments

    def keys(self) -> dict[str, list[str]]:
        """Return the keys by dimension."""
        return {name: [item.key for item in found] for name, found in zip(PARTS, self.members(), strict=True)}


def axes_in(con: Cursor, view: View) -> Axes:
    """Return the sides of the matrix of a view."""
    chosen = {"touchpoint": view.touchpoints, "phase": view.phases, "segment": view.segments}
    found: dict[str, tuple[Member, ...]] = {}
    every: dict[str, tuple[Member, ...]] = {}
    for name in PARTS:
        every[name] = tuple(item for item in store.list_members(con, Dimension(name)) if item.status == CONFIRMED)
        found[name] = tuple(item for item in every[name] if not chosen[name] or item.key in chosen[name])
    return Axes(found["touchpoint"], found["phase"], found["segment"], every["segment"])


def _with_nested(axes: Axes, keys: Sequence[str]) -> set[str]:
    """Return segments with everything nested in them."""
    return {inner for key in keys for inner in descendants(axes.all_segments, key)} | set(keys)


def perimeter_mask(axes: Axes, perimeter: Perimeter) -> Bools:
    """Return which cells of the matrix lie in a perimeter."""
    sides = []
    for name, found in zip(PARTS, axes.members(), strict=True):
        keys = perimeter.members(name)
        wanted = None if keys is None else _with_nested(axes, keys) if name == "segment" else set(keys)
        sides.append(np.array([wanted is None or item.key in wanted for item in found], dtype=bool))
    return _product(sides)


def _product(sides: list[Bools]) -> Bools:
    mask: Bools = sides[0][:, None, None] & sides[1][None, :, None] & sides[2][None, None, :]
    return mask


def _union(axes: Axes, perimeters: Sequence[Perimeter]) -> Bools:
    mask = np.zeros(axes.shape, dtype=bool)
    for perimeter in perimeters:
        mask |= perimeter_mask(axes, perimeter)
    return mask


def rule_mask(axes: Axes, rule: ScopeRule) -> Bools:
    """Return which cells of the matrix a rule speaks of; a segment stands for all that is nested in it."""
    sides = []
    for name, found in zip(PARTS, axes.members(), strict=True):
        choice = rule.choice(name)
        if name == "segment" and choice.keys is not None:
            choice = replace(choice, keys=tuple(_with_nested(axes, choice.keys)))
        sides.append(np.array([choice.takes(item) for item in found], dtype=bool))
    return _product(sides)


def scope_mask(axes: Axes, rules: Sequence[ScopeRule]) -> Bools | None:
    """Return which cells the rules put in scope, later ones deciding; None when there is no rule."""
    if not rules:
        return None
    mask = np.zeros(axes.shape, dtype=bool)
    for rule in rules:
        mask = np.where(rule_mask(axes, rule), rule.include, mask)
    return mask


@dataclass(frozen=True)
class RuleReach:
    """A rule, the cells it speaks of and the cells it still decides once later rules have spoken."""

    rule: ScopeRule
    n_cells: int
    n_deciding: int


@dataclass(frozen=True)
class Matrix:
    """Every cell in view; arrays have the shape (touchpoints, phases, segments).

    `coverage` is the share of the last 13 finished weeks with any data (0 to 1), `n_kpis` the KPIs with data in them,
    `value` the chosen KPI over these weeks (NaN where nobody measures it). `objectives` pairs keys and cells.
    """

    axes: Axes
    in_scope: Bools
    is_declared: bool
    version: int
    objectives: tuple[tuple[str, Bools], ...]
    coverage: Floats
    n_kpis: NDArray[np.int64]
    value: Floats
    kpi: str | None
    first: date | None
    last: date | None
    rules: tuple[RuleReach, ...] = ()
    unfrozen: frozenset[str] = frozenset()
    """Objectives without a benchmark ex ante: nobody froze their before figures in time."""

    @property
    def n_in_scope(self) -> int:
        """Cells in scope."""
        return int(self.in_scope.sum())

    @property
    def n_blind(self) -> int:
        """Cells in scope that nobody measures."""
        return int((self.in_scope & (self.n_kpis == 0)).sum())

    @property
    def n_without_objective(self) -> int:
        """Cells in scope that no objective speaks of."""
        covered = np.zeros(self.axes.shape, dtype=bool)
        for _key, mask in self.objectives:
            covered |= mask
        return int((self.in_scope & ~covered).sum())

    def place(self, touchpoint: str, phase: str, segment: str) -> tuple[int, int, int] | None:
        """Return where a cell stands, None when it is not in view."""
        keys = self.axes.keys()
        try:
            return (
                keys["touchpoint"].index(touchpoint),
                keys["phase"].index(phase),
                keys["segment"].index(segment),
            )
        except ValueError:
            return None


def matrix(database: Database, view: View = EVERYTHING, kpi: str | None = None) -> Matrix:
    """Return the matrix of cells in view: in scope, objectives, coverage, and one KPI's value where it is measured."""
    with database.cursor() as con:
        axes = axes_in(con, view)
        declared = scope_store.scope_version(con)
        objectives = objective_store.list_objectives(con)
        unfrozen = _unfrozen(con, objectives)
        first, last = measured_days(con)
        chosen = kpi_store.find_kpi(con, kpi) if kpi is not None else None
    masks = tuple((item.key, perimeter_mask(axes, item.perimeter)) for item in objectives)
    mask = scope_mask(axes, declared.rules)
    shape = axes.shape
    n_kpis, share, value = np.zeros(shape, dtype=np.int64), np.zeros(shape), np.full(shape, np.nan)
    if first and last:
        table = measured_cells(database, axes, first, last)
        place = tuple(table.place[name] for name in PARTS)
        np.add.at(n_kpis, place, 1)
        np.maximum.at(share, place, table.n_weeks / COVERAGE_WEEKS)
        if chosen is not None:
            value = _values(table, *chosen, shape)
    if mask is None:
        mask = np.zeros(shape, dtype=bool)
        for _key, cells in masks:
            mask |= cells
    return Matrix(
        axes,
        mask,
        bool(declared.rules),
        declared.version,
        masks,
        np.minimum(share, 1.0),
        n_kpis,
        value,
        kpi,
        first,
        last,
        _reaches(axes, declared.rules),
        unfrozen,
    )


def measured_cells(database: Database, axes: Axes, first: date, last: date) -> scope_store.CellTable:
    """Return every KPI in every cell of the axes over some days, read once for the data as they are."""
    keys = axes.keys()

    def read() -> scope_store.CellTable:
        with database.cursor() as con:
            return scope_store.cell_table(con, keys, first, last)

    return database.keep("measured cells", read, first, last, *(tuple(keys[name]) for name in PARTS))


def _unfrozen(con: Cursor, objectives: Sequence[Objective]) -> frozenset[str]:
    baselines = objective_store.first_baselines(con)
    started = {item.key: item for item in objective_store.list_initiatives(con)}
    states = {
        item.key: state_of(item, baselines.get(item.key), started[item.initiative])
        for item in objectives
        if item.initiative in started
    }
    return frozenset(item.key for item in objectives if item.key not in states or states[item.key].state != "ex_ante")


def measured_days(con: Cursor) -> tuple[date | None, date | None]:
    """Return the first and last day of the 13 weeks that end with the last finished one."""
    last = last_finished_day(source_reaches(con))
    return (None, None) if last is None else (last - timedelta(days=7 * COVERAGE_WEEKS - 1), last)


def _reaches(axes: Axes, rules: tuple[ScopeRule, ...]) -> tuple[RuleReach, ...]:
    found: list[RuleReach] = []
    later = np.zeros(axes.shape, dtype=bool)
    for rule in reversed(rules):
        mask = rule_mask(axes, rule)
        found.append(RuleReach(rule, int(mask.sum()), int((mask & ~later).sum())))
        later |= mask
    return tuple(reversed(found))


def _values(table: scope_store.CellTable, number: int, kpi: Kpi, shape: tuple[int, int, int]) -> Floats:
    """Return a KPI's value in every cell: sums over sums, totals as a weekly mean; what is per order has none here."""
    value = np.full(shape, np.nan)
    rows = table.kpi == number
    place = tuple(table.place[name][rows] for name in PARTS)
    if kpi.kind in (KpiKind.COUNT, KpiKind.SUM):
        value[place] = table.numerator[rows] / COVERAGE_WEEKS
    else:
        below = table.denominator[rows]
        with np.errstate(invalid="ignore", divide="ignore"):
            value[place] = np.where(below > 0, table.numerator[rows] / below, np.nan)
    return value


def is_ratio_of_others(kpi: Kpi) -> bool:
    """Say whether a KPI sets what happens in a cell against orders elsewhere: it has no value in one cell."""
    return kpi.per_sale or (kpi.denominator is not None and kpi.denominator.fact is not kpi.numerator.fact)
