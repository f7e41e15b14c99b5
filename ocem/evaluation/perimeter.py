"""The strategic perimeter: the rules that put cells in scope, what changes them, and the examples to start from."""

from dataclasses import replace

from ocem.domain.perimeter import Choice, Dimension, ScopeRule, ScopeVersion
from ocem.errors import N_, DefinitionError
from ocem.evaluation.matrix import PARTS, axes_in, rule_mask, scope_mask
from ocem.evaluation.view import EVERYTHING, View
from ocem.store import member as store
from ocem.store import objective as objective_store
from ocem.store import perimeter as scope_store
from ocem.store.database import Database
from ocem.store.template import Template, list_templates


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
        axes = axes_in(con, View(segments=(segment,), phases=(phase,), touchpoints=(touchpoint,)))
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
        if not rule_mask(axes_in(con, EVERYTHING), rule).any():
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
        mask = scope_mask(axes_in(con, EVERYTHING), rules)
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
