"""The dimensions a company works with, which cells are in scope, and which of them anybody measures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from ocem.domain.access import Right
from ocem.domain.kpi import Kpi, KpiKind
from ocem.domain.objective import Objective
from ocem.domain.perimeter import (
    Choice,
    Dimension,
    Member,
    Perimeter,
    ScopeRule,
    ScopeVersion,
    descendants,
)
from ocem.errors import N_, DefinitionError, Named
from ocem.evaluation.baseline import state_of
from ocem.evaluation.view import EVERYTHING, View
from ocem.store import access, audit
from ocem.store import kpi as kpi_store
from ocem.store import member as store
from ocem.store import objective as objective_store
from ocem.store import perimeter as scope_store
from ocem.store.cells import living_cells
from ocem.store.database import Cursor, Database
from ocem.store.freshness import last_finished_day, source_reaches
from ocem.store.merge import Merge, list_merges
from ocem.store.perimeter import Use, named, uses_of
from ocem.store.template import Template, list_templates

COVERAGE_WEEKS = 13
PARTS = ("touchpoint", "phase", "segment")
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
CONFIRMED = "confirmed"
CLOSE = 0.6
"""Likeness of labels (0 to 1) from which a confirmed member is suggested for a proposed one."""


def members(database: Database, dimension: str) -> list[Member]:
    """Return the members of ``touchpoint``, ``phase``, ``segment`` or ``dmu_role`` in their order."""
    with database.cursor() as con:
        return store.list_members(con, Dimension(dimension))


def save_member(database: Database, member: Member) -> None:
    """Add a member or change the labels and attributes of the one with the same key.

    Raises
    ------
    DefinitionError
        If a label is missing or belongs to another member of the dimension, or a segment would lie inside itself.
    """
    access.require(Right.DEFINE)
    with database.write() as con:
        known = store.list_members(con, member.dimension)
        member = _checked(member, known)
        is_new = member.key not in {item.key for item in known}
        store.save_member(con, member)
        audit.record(con, "define", f"{member.dimension.value}:{member.key}", {"new": is_new})


def _checked(member: Member, known: list[Member]) -> Member:
    """Return a member with trimmed labels, or refuse it; see `save_member`."""
    label_it = member.label_it.strip()
    label_en = member.label_en.strip() or label_it
    if not label_it:
        raise DefinitionError(N_("Give it a name in Italian."))
    for other in known:
        if other.key == member.key:
            continue
        taken = {name.casefold() for name in (other.key, other.label_it, other.label_en)}
        for label in (label_it, label_en):
            if label.casefold() in taken:
                raise DefinitionError(
                    N_("There is already one called {label}. Choose another name."), label=named(other)
                )
    if member.parent is not None and member.parent in descendants(known, member.key):
        raise DefinitionError(N_("{label} cannot lie inside itself."), label=Named(label_it, label_en))
    return replace(member, label_it=label_it, label_en=label_en)


def delete_member(database: Database, dimension: Dimension, key: str) -> None:
    """Take out a member that nothing names.

    Raises
    ------
    NotFound
        If there is none with this key.
    DefinitionError
        Naming what uses it, or that imported rows bear it.
    """
    access.require(Right.DEFINE)
    with database.write() as con:
        member = store.find_member(con, dimension, key)
        used = uses_of(con, dimension, key)
        if used:
            raise DefinitionError(
                N_("{label} is still used: {uses}. Change these first."),
                label=named(member),
                uses=list(dict.fromkeys(use.named for use in used)),
            )
        store.delete_member(con, dimension, key)
        audit.record(con, "delete", f"{dimension.value}:{key}", {"label": member.label_it})


def reorder(database: Database, dimension: Dimension, keys: Sequence[str]) -> None:
    """Give the members the order of `keys`; members that are not named keep theirs, after these."""
    access.require(Right.DEFINE)
    with database.write() as con:
        known = {item.key: item for item in store.list_members(con, dimension)}
        named = [key for key in keys if key in known]
        for position, key in enumerate([*named, *[key for key in known if key not in named]], start=1):
            if known[key].position != position:
                store.save_member(con, replace(known[key], position=position))
        audit.record(con, "reorder", dimension.value, {"order": list(keys)})


@dataclass(frozen=True)
class MemberUse:
    """A member with the rows that bear it and what names it; `closest` is the confirmed one it may be."""

    member: Member
    n_rows: int
    uses: tuple[Use, ...]
    closest: str | None = None


def member_uses(database: Database, dimension: Dimension) -> list[MemberUse]:
    """Return the members of a dimension with what speaks against deleting each."""
    with database.cursor() as con:
        known = store.list_members(con, dimension)
        counts = store.count_rows(con, dimension)
        confirmed = [item for item in known if item.status == CONFIRMED]
        return [
            MemberUse(
                item,
                counts.get(item.key, 0),
                tuple(uses_of(con, dimension, item.key)),
                None if item.status == CONFIRMED else closest(item, confirmed),
            )
            for item in known
        ]


def closest(member: Member, among: Sequence[Member]) -> str | None:
    """Return the key of the member whose label is most alike, None when none is alike enough.

    Examples
    --------
    >>> known = [Member(Dimension.SEGMENT, "pmi", "PMI manifatturiere", "Manufacturing SMEs")]
    >>> closest(Member(Dimension.SEGMENT, "x", "Pmi manifatturiera", "Pmi manifatturiera"), known)
    'pmi'
    """

    def likeness(other: Member) -> float:
        ours = member.label_it.casefold()
        return max(
            SequenceMatcher(None, ours, name.casefold()).ratio() for name in (other.label_it, other.label_en, other.key)
        )

    best = max(among, key=likeness, default=None)
    return best.key if best is not None and likeness(best) >= CLOSE else None


def n_proposed(database: Database) -> int:
    """Count the members that wait for a person, over all dimensions."""
    with database.cursor() as con:
        return sum(item.status == "proposed" for name in Dimension for item in store.list_members(con, name))


def merges(database: Database, dimension: Dimension) -> list[Merge]:
    """Return what was merged, newest first."""
    with database.cursor() as con:
        return list_merges(con, dimension)


def history(database: Database, dimension: Dimension, key: str) -> list[store.MemberVersion]:
    """Return the saved states of a member, newest first."""
    with database.cursor() as con:
        return store.member_versions(con, dimension, key)


def scope(database: Database) -> ScopeVersion:
    """Return the strategic perimeter in force; version 0 when none was declared."""
    with database.cursor() as con:
        return scope_store.scope_version(con)


def scope_history(database: Database) -> list[ScopeVersion]:
    """Return every declared version, newest first."""
    with database.cursor() as con:
        return scope_store.scope_versions(con)


def save_scope(database: Database, rules: tuple[ScopeRule, ...]) -> ScopeVersion:
    """Declare the strategic perimeter anew; see `ocem.store.perimeter.save_scope`."""
    return scope_store.save_scope(database, rules)


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
    axes = _axes(con, EVERYTHING)
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


def _axes(con: Cursor, view: View) -> Axes:
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
        axes = _axes(con, view)
        declared = scope_store.scope_version(con)
        objectives = objective_store.list_objectives(con)
        unfrozen = _unfrozen(con, objectives)
        masks = tuple((item.key, perimeter_mask(axes, item.perimeter)) for item in objectives)
        mask = scope_mask(axes, declared.rules)
        first, last = measured_days(con)
        shape = axes.shape
        n_kpis, share, value = np.zeros(shape, dtype=np.int64), np.zeros(shape), np.full(shape, np.nan)
        if first and last:
            table = scope_store.cell_table(con, axes.keys(), first, last)
            place = tuple(table.place[name] for name in PARTS)
            np.add.at(n_kpis, place, 1)
            np.maximum.at(share, place, table.n_weeks / COVERAGE_WEEKS)
            if kpi is not None:
                number, chosen = kpi_store.find_kpi(con, kpi)
                value = _values(table, number, chosen, shape)
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


def derived_rules(database: Database) -> tuple[ScopeRule, ...]:
    """Return the rules in force; where nothing was declared, the objectives' perimeters as rules."""
    with database.cursor() as con:
        declared = scope_store.scope_version(con).rules
        if declared:
            return declared
        perimeters = dict.fromkeys(item.perimeter for item in objective_store.list_objectives(con))
    return tuple(
        ScopeRule(True, Choice(item.touchpoints), Choice(item.phases), Choice(item.segments)) for item in perimeters
    )


def set_cell(database: Database, touchpoint: str, phase: str, segment: str, include: bool) -> ScopeVersion:
    """Put one cell into the strategic perimeter or take it out, keeping the rules as few as they can be."""
    cell = (Choice((touchpoint,)), Choice((phase,)), Choice((segment,)))
    rules = tuple(rule for rule in derived_rules(database) if (rule.touchpoints, rule.phases, rule.segments) != cell)
    with database.cursor() as con:
        axes = _axes(con, View(segments=(segment,), phases=(phase,), touchpoints=(touchpoint,)))
    mask = scope_mask(axes, rules)
    is_inside = mask is not None and bool(mask.any())
    if is_inside is not include:
        rules = (*rules, ScopeRule(include, *cell))
    return save_scope(database, rules)


def add_rule(database: Database, rule: ScopeRule) -> ScopeVersion:
    """Add a rule after the others.

    Raises
    ------
    DefinitionError
        If it speaks of no cell at all.
    """
    with database.cursor() as con:
        if not rule_mask(_axes(con, EVERYTHING), rule).any():
            raise DefinitionError(N_("No cell fits this rule, so nothing would change."))
    return save_scope(database, (*derived_rules(database), rule))


def remove_rule(database: Database, index: int) -> ScopeVersion:
    """Take one rule out."""
    rules = derived_rules(database)
    return save_scope(database, (*rules[:index], *rules[index + 1 :]))


def templates() -> list[Template]:
    """Return the worked examples one can start from."""
    return list_templates()


def start_from(database: Database, template: Template) -> ScopeVersion:
    """Declare the perimeter of a worked example; members that this company does not have are left out of its rules.

    Raises
    ------
    DefinitionError
        If no cell of this company fits it.
    """
    with database.cursor() as con:
        known = {name: {item.key for item in store.list_members(con, Dimension(name))} for name in PARTS}
        rules = tuple(_fitted(rule, known) for rule in template.rules)
        mask = scope_mask(_axes(con, EVERYTHING), rules)
        if mask is None or not mask.any():
            raise DefinitionError(
                N_("No cell fits this example yet. Say first which segments are strategic, current or prospects.")
            )
    return save_scope(database, rules)


def _fitted(rule: ScopeRule, known: dict[str, set[str]]) -> ScopeRule:
    choices = []
    for name in PARTS:
        choice = rule.choice(name)
        if choice.keys is not None:
            keys = tuple(key for key in choice.keys if key in known[name])
            choice = replace(choice, keys=keys or None)
        choices.append(choice)
    return ScopeRule(rule.include, *choices)
