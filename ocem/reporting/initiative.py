"""Initiatives in words."""

from collections.abc import Sequence
from datetime import date, datetime

from ocem.domain.initiative import Force, ForceKind, ForceState, Initiative, Orchestration, Step, StepKind, StepState
from ocem.evaluation.initiative import RoadmapRow
from ocem.i18n import Words
from ocem.reporting.comparison import VerdictLook
from ocem.reporting.names import Names


def step_kind_word(words: Words, kind: StepKind, plural: bool = False) -> str:
    """Name what a step is for."""
    _ = words.gettext
    one = {
        StepKind.PRECONDITION: _("precondition"),
        StepKind.ACTION: _("action"),
        StepKind.ROLE: _("new role"),
        StepKind.TRAINING: _("training"),
    }
    many = {
        StepKind.PRECONDITION: _("Preconditions"),
        StepKind.ACTION: _("Actions"),
        StepKind.ROLE: _("New roles"),
        StepKind.TRAINING: _("Training"),
    }
    return (many if plural else one)[kind]


def step_state_word(words: Words, state: StepState) -> str:
    """Name how far a step has come."""
    _ = words.gettext
    return {
        StepState.PLANNED: _("planned"),
        StepState.DOING: _("under way"),
        StepState.DONE: _("done"),
        StepState.DROPPED: _("dropped"),
    }[state]


def force_kind_word(words: Words, kind: ForceKind) -> str:
    """Name drivers and barriers."""
    _ = words.gettext
    return {ForceKind.DRIVER: _("driver"), ForceKind.BARRIER: _("barrier")}[kind]


def force_state_word(words: Words, state: ForceState, kind: ForceKind | None = None) -> str:
    """Name the state of a driver or a barrier; without a kind, of both at once."""
    _ = words.gettext
    if kind is ForceKind.DRIVER:
        return {
            ForceState.OPEN: _("not used yet"),
            ForceState.ADDRESSED: _("being used"),
            ForceState.SETTLED: _("in full use"),
        }[state]
    if kind is ForceKind.BARRIER:
        return {
            ForceState.OPEN: _("stands"),
            ForceState.ADDRESSED: _("being removed"),
            ForceState.SETTLED: _("removed"),
        }[state]
    return {
        ForceState.OPEN: _("open"),
        ForceState.ADDRESSED: _("being worked on"),
        ForceState.SETTLED: _("settled"),
    }[state]


def orchestration_word(words: Words, role: Orchestration) -> str:
    """Say what the salesperson does."""
    _ = words.gettext
    return {
        Orchestration.GUIDE: _("guides through the automated channels"),
        Orchestration.CONSULT: _("consults"),
        Orchestration.LEAD: _("leads the relationship"),
        Orchestration.ABSENT: _("no salesperson"),
    }[role]


def go_live_lines(words: Words, initiative: Initiative, names: Names) -> list[str]:
    """Say when an initiative goes live, one line a day."""
    by_day: dict[date, list[str]] = {}
    for item in sorted(initiative.go_lives, key=lambda item: item.day):
        where = [names.member("segment", item.segment)] if item.segment else []
        where += [names.member("touchpoint", item.touchpoint)] if item.touchpoint else []
        by_day.setdefault(item.day, []).append(" · ".join(where) or words.gettext("for all"))
    return [f"{words.day(day)}: {', '.join(where)}" for day, where in by_day.items()]


def state_look(words: Words, row: RoadmapRow, last: date | None) -> VerdictLook:
    """Say how far an initiative has come, by the last day for which there are data."""
    _ = words.gettext
    days = {item.go_live for item in row.stages}
    live = {day for day in days if last is not None and day <= last}
    if not live:
        return VerdictLook(_("Planned"), "wait", "open")
    if live == days:
        return VerdictLook(_("Live"), "check", "good")
    return VerdictLook(_("Live in part"), "wait", "still")


def progress_lines(words: Words, row: RoadmapRow) -> list[str]:
    """Say how many steps are done and how many barriers stand."""
    _ = words.gettext
    steps = [item for item in row.initiative.steps if item.state is not StepState.DROPPED]
    barriers = [item for item in row.initiative.forces if item.kind is ForceKind.BARRIER]
    lines = []
    if steps:
        done = sum(item.state is StepState.DONE for item in steps)
        lines.append(_("Steps done: {done} of {total}", done=done, total=len(steps)))
    if barriers:
        standing = sum(item.state is not ForceState.SETTLED for item in barriers)
        lines.append(_("Barriers that stand: {n} of {total}", n=standing, total=len(barriers)))
    return lines or [_("No step has been written down.")]


def ex_ante_text(words: Words, state: str) -> str:
    """Say whether an analysis was written before go-live."""
    _ = words.gettext
    return {
        "before": _("analysed before the go-live"),
        "after": _("analysed only after the go-live"),
        "none": _("no analysis ex ante"),
    }[state]


def frozen_text(words: Words, row: RoadmapRow) -> str:
    """Say how many of an initiative's objectives have a baseline frozen in time."""
    if not row.objectives:
        return words.gettext("no objective yet")
    frozen = sum(item.state == "ex_ante" for item in row.objectives)
    return words.gettext("Baselines frozen ex ante: {n} of {total}", n=frozen, total=len(row.objectives))


def force_line(words: Words, force: Force) -> str:
    """Say the state, weight and owner of a driver or barrier."""
    parts = [force_state_word(words, force.state, force.kind)]
    parts.append(words.gettext("weight {weight} of 5", weight=force.weight))
    if force.owner:
        parts.append(force.owner)
    return " · ".join(parts)


def step_line(words: Words, step: Step) -> str:
    """Say the state, days and owner of a step."""
    _ = words.gettext
    parts = [step_state_word(words, step.state)]
    if step.done:
        parts.append(_("on {day}", day=step.done))
    elif step.due:
        parts.append(_("due {day}", day=step.due))
    if step.owner:
        parts.append(step.owner)
    return " · ".join(parts)


def version_lines(words: Words, versions: Sequence[tuple[datetime, int]]) -> list[str]:
    """Say when each version was saved."""
    return [words.gettext("Version {version}, {when}", version=version, when=when) for when, version in versions]
