"""The strategic perimeter as rules, versioned; what uses a member; which KPIs have data in which cells."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocem.domain.access import Right
from ocem.domain.perimeter import Choice, Dimension, ScopeRule, ScopeVersion, Trait
from ocem.errors import N_, DefinitionError, Named
from ocem.store import access, audit
from ocem.store import kpi as kpi_store
from ocem.store import objective as objective_store
from ocem.store.database import Cursor, Database
from ocem.store.definition.kpi import kpi_document
from ocem.store.member import list_members
from ocem.store.profile import load_profiles

_PARTS = ("touchpoint", "phase", "segment")


def rule_document(rule: ScopeRule) -> dict[str, Any]:
    """Write a rule as a document; what it does not restrict is left out."""
    document: dict[str, Any] = {"include": rule.include}
    for name in _PARTS:
        choice = rule.choice(name)
        said = {"keys": list(choice.keys)} if choice.keys is not None else {}
        said |= {"traits": [trait.value for trait in choice.traits]} if choice.traits else {}
        if said:
            document[name] = said
    return document


def parse_rule(document: dict[str, Any]) -> ScopeRule:
    """Read a rule.

    Raises
    ------
    DefinitionError
        If it names a property that no member can have.
    """
    choices = []
    for name in _PARTS:
        said = document.get(name) or {}
        keys = said.get("keys")
        try:
            traits = tuple(Trait(item) for item in said.get("traits", ()))
        except ValueError as error:
            raise DefinitionError(
                N_("{subject}: {name} is {value}; it must be one of {known}."),
                subject="scope",
                name=name,
                value=str(error),
                known=", ".join(trait.value for trait in Trait),
            ) from error
        choices.append(Choice(tuple(keys) if keys is not None else None, traits))
    return ScopeRule(bool(document.get("include", True)), *choices)


def scope_version(con: Cursor, version: int | None = None) -> ScopeVersion:
    """Return the strategic perimeter in force, or an earlier version; version 0 when none was declared."""
    row = con.execute(
        "SELECT definition, version, saved_at, saved_by FROM scope WHERE ? IS NULL OR version = ? "
        "ORDER BY version DESC LIMIT 1",
        [version, version],
    ).fetchone()
    if row is None:
        return ScopeVersion()
    return ScopeVersion(tuple(parse_rule(item) for item in json.loads(row[0])), int(row[1]), row[2], row[3])


def scope_versions(con: Cursor) -> list[ScopeVersion]:
    """Return all versions, newest first."""
    rows = con.execute("SELECT definition, version, saved_at, saved_by FROM scope ORDER BY version DESC").fetchall()
    return [
        ScopeVersion(tuple(parse_rule(item) for item in json.loads(row[0])), int(row[1]), row[2], row[3])
        for row in rows
    ]


def state_but_scope(database: Database) -> str:
    """Return what every write changes but one of the rules: each of these adds one to both numbers."""
    with database.cursor() as con:
        return f"but scope {database.data_version() - scope_version(con).version}"


def save_scope(database: Database, rules: tuple[ScopeRule, ...]) -> ScopeVersion:
    """Store the rules as a new version unless they are in force as they are; return what is in force.

    Raises
    ------
    DefinitionError
        If a rule names a member that does not exist.
    """
    actor = access.require(Right.DEFINE).name
    with database.write() as con:
        known = {name: {item.key for item in list_members(con, Dimension(name))} for name in _PARTS}
        for rule in rules:
            for name in _PARTS:
                for key in rule.choice(name).keys or ():
                    if key not in known[name]:
                        raise DefinitionError(
                            N_("{subject}: there is no {dimension} called {key}. Known: {known}."),
                            subject="scope",
                            dimension=name,
                            key=key,
                            known=", ".join(sorted(known[name])),
                        )
        current = scope_version(con)
        if current.rules == rules:
            return current
        version = current.version + 1
        con.execute(
            "INSERT INTO scope VALUES (?, ?, ?, ?)",
            [version, json.dumps([rule_document(rule) for rule in rules]), datetime.now(UTC), actor],
        )
        audit.record(con, "scope", "scope", {"version": version, "rules": len(rules)})
        return scope_version(con)


STRATEGIC_PERIMETER = Named("il perimetro strategico", "the strategic perimeter")


def named(thing: Any) -> Named:
    """Return what people call a definition or member, its key where it has no label."""
    label = getattr(thing, "label", "") or thing.key
    return Named(getattr(thing, "label_it", "") or label, getattr(thing, "label_en", "") or label)


@dataclass(frozen=True)
class Use:
    """Something that names a member: its noun (``objective``, ``initiative``, ``kpi`` ...), key and name."""

    noun: str
    key: str
    named: Named = STRATEGIC_PERIMETER


def uses_of(con: Cursor, dimension: Dimension, key: str) -> list[Use]:
    """Return the definitions in force that name a member."""
    name = dimension.value
    found: list[Use] = []
    for objective in objective_store.list_objectives(con):
        perimeters = [objective.perimeter] + ([objective.comparison] if objective.comparison else [])
        if name in _PARTS and any(key in (item.members(name) or ()) for item in perimeters):
            found.append(Use("objective", objective.key, named(objective)))
    for initiative in objective_store.list_initiatives(con):
        held = {"segment": {item.segment for item in initiative.go_lives}}
        held["segment"] |= {item.segment for item in initiative.sales_roles}
        held["touchpoint"] = {initiative.touchpoint} | {item.touchpoint for item in initiative.go_lives}
        if key in held.get(name, set()):
            found.append(Use("initiative", initiative.key, named(initiative)))
    for kpi in kpi_store.list_kpis(con):
        where = [part.get("where", {}).get(name) for part in _measures(kpi_document(kpi))]
        if any(isinstance(values, list) and key in values for values in where):
            found.append(Use("kpi", kpi.key, named(kpi)))
    for profile in load_profiles(con):
        mapping = profile.fields.get(name)
        if profile.constants.get(name) == key or (mapping is not None and key in mapping.values.values()):
            found.append(Use("profile", profile.key, named(profile)))
    if name in _PARTS and any(key in (rule.choice(name).keys or ()) for rule in scope_version(con).rules):
        found.append(Use("scope", "scope"))
    found.extend(Use(name, item.key, named(item)) for item in list_members(con, dimension) if item.parent == key)
    return found


def _measures(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [document[name] for name in ("numerator", "denominator") if name in document]


_FIGURES = """
SELECT kpi_id, touchpoint_id, phase_id, segment_id,
       bit_count(bit_or(CAST(1 AS BIGINT) << (date_diff('day', CAST($first AS DATE), day) // 7))) AS n_weeks,
       sum(n) AS n_rows, sum(numerator) AS above, sum(denominator) AS below
FROM daily
WHERE day BETWEEN $first AND $last AND {cells}
GROUP BY ALL
"""


@dataclass(frozen=True)
class CellTable:
    """Every KPI in every cell that has data; arrays of one length, members as places in the lists of keys."""

    kpi: NDArray[np.int64]
    place: dict[str, NDArray[np.int64]]
    n_weeks: NDArray[np.int64]
    n: NDArray[np.float64]
    numerator: NDArray[np.float64]
    denominator: NDArray[np.float64]


def cell_table(con: Cursor, keys: dict[str, list[str]], first: date, last: date) -> CellTable:
    """Sum every KPI over inclusive days, 63 weeks at most, in every cell of the members given by dimension."""
    ids = {name: _numbers(con, name, keys[name]) for name in _PARTS}
    alone = {name: found[0] for name, found in ids.items() if len(found) == 1}
    cells = " AND ".join([f"{name}_id = ${name}" for name in alone]) or "TRUE"
    found = con.execute(_FIGURES.format(cells=cells), {"first": first, "last": last} | alone).fetchnumpy()
    inside = np.ones(len(found["kpi_id"]), dtype=bool)
    place: dict[str, NDArray[np.int64]] = {}
    for name in _PARTS:
        at = np.full(65536, -1, dtype=np.int64)
        at[ids[name]] = np.arange(len(ids[name]))
        place[name] = at[np.asarray(found[f"{name}_id"], dtype=np.int64)]
        inside &= place[name] >= 0
    return CellTable(
        np.asarray(found["kpi_id"], dtype=np.int64)[inside],
        {name: values[inside] for name, values in place.items()},
        np.asarray(found["n_weeks"], dtype=np.int64)[inside],
        np.asarray(found["n_rows"], dtype=float)[inside],
        np.asarray(found["above"], dtype=float)[inside],
        np.asarray(found["below"], dtype=float)[inside],
    )


def _numbers(con: Cursor, dimension: str, keys: list[str]) -> list[int]:
    numbers = dict(con.execute("SELECT key, id FROM member WHERE dimension = ?", [dimension]).fetchall())
    return [int(numbers[key]) for key in keys]
