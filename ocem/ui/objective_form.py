"""Define or change an objective: what, for whom, through which initiative, how much counts, against whom."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import streamlit as st

from ocem.domain.access import Right
from ocem.domain.kpi import Direction, Kpi
from ocem.domain.objective import GoLive, Initiative, MacroObjective, Objective
from ocem.domain.perimeter import Dimension, Perimeter, Trait, has_trait
from ocem.errors import OcemError
from ocem.evaluation.baseline import frozen
from ocem.evaluation.initiative import save_initiative
from ocem.evaluation.objective import (
    list_initiatives,
    list_kpis,
    list_objectives,
    save_objective,
)
from ocem.evaluation.perimeter import templates
from ocem.evaluation.window import propose_windows
from ocem.reporting import objective as said
from ocem.reporting.names import level_word, macro_objective_word
from ocem.store.member import key_for
from ocem.ui import editing, go_live_rows, markup, navigation, objective_readiness, state
from ocem.ui.database import ask, database
from ocem.ui.filters import last_day
from ocem.ui.guard import Here
from ocem.ui.objective_aim import ask_aim
from ocem.ui.objective_perimeter import ask_comparison, ask_perimeter, groups

NEW = ""
YEAR = timedelta(days=364)
MATERIAL = ("kpi", "perimeter", "initiative", "baseline_first", "baseline_last")
"""What a frozen baseline depends on: changing it leaves the new version without one."""


@dataclass(frozen=True)
class _Start:
    """What a new objective begins with: an objective's texts, KPI and perimeter, an initiative."""

    label_it: str = ""
    label_en: str = ""
    macro: str | None = None
    kpi: str | None = None
    segments: tuple[str, ...] = ()
    initiative: str | None = None


def show(here: Here, known: Objective | None) -> None:
    """Draw the form; `known` is the objective to change, None a new one."""
    _ = here.words.gettext
    editing.opened("objective", known.key if known else None)
    page = navigation.page_of(here.words, "objectives")
    back = state.link(objective=known.key) if known else state.link()
    st.page_link(page, label=_("Back"), icon=":material/arrow_back:", help="", query_params=back)
    markup.head(here.words.label(known) if known else _("New objective"), _("define"))
    kpis = ask(list_kpis)
    if not kpis:
        st.info(_("There is no KPI yet."))
        return
    start = _Start() if known else _start(here)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, key="panel_form_what"):
        draft = _what(here, known, start)
        kpi = _kpi(here, known, start, kpis)
        aim = ask_aim(here, known, kpi)
    with right, st.container(border=True, key="panel_form_where"):
        chosen = known.perimeter if known else Perimeter(segments=start.segments or None)
        perimeter = ask_perimeter(here, _("For whom and where"), "in", chosen)
        initiative = _initiative(here, known, start)
        comparison = ask_comparison(here, known, groups(known, kpi, perimeter, initiative))
        first, last, wash_in = _windows(here, known, initiative)
        judged_until = _judged_until(here, known, initiative, wash_in)
        guardrails = _guardrails(here, known, kpis, kpi)
    objective = replace(
        draft,
        key=known.key if known else _new_key(draft.label_it),
        kpi=kpi.key if kpi else "",
        perimeter=perimeter,
        initiative=initiative.key,
        direction=kpi.direction if kpi else Direction.UP,
        relevance=aim.relevance,
        relevance_kind=aim.kind,
        target=aim.target,
        milestones=aim.milestones,
        baseline_first=first,
        baseline_last=last,
        wash_in_days=wash_in,
        evaluation_last=judged_until,
        comparison=comparison,
        guardrails=tuple(guardrails),
    )
    with left:
        objective_readiness.show(here, objective, kpi, initiative)
    _warn_of_frozen(here, known, objective)
    _finish(here, objective, initiative)


def _finish(here: Here, objective: Objective, initiative: Initiative) -> None:
    """Say what is still missing, and save when nothing is."""
    _ = here.words.gettext
    missing = [
        (objective.label_it, _("Name in Italian")),
        (objective.kpi, _("KPI")),
        (objective.owner, _("Owner")),
        (objective.relevance, _("Smallest change worth having")),
        (initiative.label_it, _("Name of the initiative")),
        (initiative.go_lives, _("Go-live day")),
    ]
    lacking = [name for value, name in missing if not value]
    if lacking:
        st.caption(_("Still to fill in: {fields}.", fields=lacking))
    lock = here.lock(Right.DEFINE, disabled=bool(lacking))
    if st.button(_("Save"), type="primary", icon=":material/save:", key="save_objective", **lock):
        _save(here, objective, initiative)


def _save(here: Here, objective: Objective, initiative: Initiative) -> None:
    try:
        if initiative.key not in {item.key for item in ask(list_initiatives)}:
            save_initiative(database(), initiative)
        with editing.unchanged(here, "objective", objective.key):
            saved = save_objective(database(), objective)
    except OcemError as error:
        st.error(here.words.error(error), icon=":material/block:")
        return
    st.switch_page(navigation.page_of(here.words, "objectives"), query_params=state.link(objective=saved.key))


def _start(here: Here) -> _Start:
    """Return what the address asks a new objective to begin with: an example's objective, an initiative."""
    initiative = state.own("initiative")
    key, _dot, number = (state.own("start") or "").partition(".")
    found = next((item for item in templates() if item.key == key), None)
    if found is None or not number.isdecimal() or int(number) >= len(found.objectives):
        return _Start(initiative=initiative)
    document = found.objectives[int(number)]
    traits = [Trait(item) for item in document.get("segment_traits", ())]
    segments = tuple(
        item.key for item in here.members(Dimension.SEGMENT) if traits and all(has_trait(item, t) for t in traits)
    )
    return _Start(
        document["label_it"], document["label_en"], document["macro_objective"], document["kpi"], segments, initiative
    )


def _new_key(label: str) -> str:
    """Return a key that no objective bears yet."""
    taken = {objective.key for objective in ask(list_objectives)}
    key = key_for(label or "objective")
    return next(name for name in (key, *(f"{key}_{n}" for n in range(2, 1000))) if name not in taken)


def _what(here: Here, known: Objective | None, start: _Start) -> Objective:
    """Ask for names, macro-objectives, owner, deadline and importance; the rest of what is returned is still open."""
    words = here.words
    _ = words.gettext
    markup.section(_("What"))
    label_it = st.text_input(_("Name in Italian"), value=known.label_it if known else start.label_it, max_chars=80)
    label_en = st.text_input(_("Name in English"), value=known.label_en if known else start.label_en, max_chars=80)
    first = known.macro_objective if known else start.macro
    macro = st.selectbox(
        _("Macro-objective"),
        list(MacroObjective),
        index=list(MacroObjective).index(MacroObjective(first)) if first else 0,
        format_func=lambda item: macro_objective_word(words, item),
    )
    others = [item for item in MacroObjective if item is not macro]
    also = st.pills(
        _("It also serves"),
        others,
        selection_mode="multi",
        default=[item for item in (known.also if known else ()) if item in others],
        format_func=lambda item: macro_objective_word(words, item),
    )
    left, middle, right = st.columns([2, 2, 1])
    owner = left.text_input(_("Owner"), value=known.owner if known else "", max_chars=80)
    deadline = middle.date_input(_("Deadline"), value=known.deadline if known else None, format="DD/MM/YYYY")
    importance = right.number_input(_("Importance"), 1, 5, known.importance if known else 3)
    draft = known or Objective(
        "", "", "", MacroObjective.CUSTOMER_EXPERIENCE, "", Perimeter(), "", Direction.UP, 0.0, "relative", None, ""
    )
    return replace(
        draft,
        label_it=label_it.strip(),
        label_en=label_en.strip() or label_it.strip(),
        macro_objective=MacroObjective(macro or MacroObjective.CUSTOMER_EXPERIENCE),
        also=tuple(MacroObjective(item) for item in also),
        owner=owner.strip(),
        deadline=deadline if isinstance(deadline, date) else None,
        importance=int(importance),
    )


def _kpi(here: Here, known: Objective | None, start: _Start, kpis: list[Kpi]) -> Kpi | None:
    words = here.words
    _ = words.gettext
    by_key = {kpi.key: kpi for kpi in kpis}
    wanted = known.kpi if known else start.kpi
    chosen = st.selectbox(
        _("KPI"),
        list(by_key),
        index=list(by_key).index(wanted) if wanted in by_key else None,
        format_func=lambda key: f"{words.label(by_key[key])} ({level_word(words, by_key[key].level)})",
        placeholder=_("Choose what tells whether it is reached"),
    )
    kpi = by_key.get(chosen or "")
    if kpi is not None:
        way = _("higher is better") if kpi.direction == "up" else _("lower is better")
        st.caption(f"{words.description(kpi)} {way[:1].upper() + way[1:]}.")
    return kpi


def _initiative(here: Here, known: Objective | None, start: _Start) -> Initiative:
    words = here.words
    _ = words.gettext
    markup.section(_("Through what"))
    found = {item.key: item for item in ask(list_initiatives)}
    options = [*found, NEW]
    wanted = known.initiative if known else start.initiative
    chosen = st.selectbox(
        _("Initiative"),
        options,
        index=options.index(wanted) if wanted in options else 0,
        format_func=lambda key: words.label(found[key]) if key else _("A new initiative"),
    )
    if chosen:
        initiative = found[chosen]
        st.caption(_("Go-live: {days}", days="; ".join(said.go_live_texts(words, initiative, here.names))))
        return initiative
    label = st.text_input(_("Name of the initiative"), max_chars=80)
    touchpoints = {member.key: words.label(member) for member in here.members(Dimension.TOUCHPOINT)}
    touchpoint = st.selectbox(
        _("At which touchpoint"),
        list(touchpoints),
        index=None,
        format_func=touchpoints.__getitem__,
        placeholder=_("none"),
    )
    go_lives = go_live_rows.show(here, (), "objective")
    return Initiative(_new_initiative_key(found, label), label.strip(), label.strip(), go_lives, touchpoint)


def _new_initiative_key(taken: dict[str, Initiative], label: str) -> str:
    key = key_for(label or "initiative")
    return next(name for name in (key, *(f"{key}_{n}" for n in range(2, 1000))) if name not in taken)


def _first(go_lives: Sequence[GoLive]) -> date | None:
    return min((item.day for item in go_lives), default=None)


def _windows(here: Here, known: Objective | None, initiative: Initiative) -> tuple[date | None, date | None, int]:
    _ = here.words.gettext
    go_live = _first(initiative.go_lives)
    last = go_live - timedelta(days=go_live.weekday() + 1) if go_live else None
    finished = ask(last_day)
    if last and finished and finished < last:
        last = finished  # what has data can be frozen today
    left, middle, right = st.columns(3)
    first_day = left.date_input(
        _("Before: from"),
        value=(known.baseline_first if known else None) or (last - YEAR + timedelta(days=1) if last else None),
        format="DD/MM/YYYY",
    )
    until = middle.date_input(
        _("Before: to"), value=(known.baseline_last if known else None) or last, format="DD/MM/YYYY"
    )
    wash_in = right.number_input(
        _("Wash-in days"),
        0,
        365,
        known.wash_in_days if known else 28,
        help=_("Days after the go-live that count for neither side, while people get used to it."),
    )
    return (
        first_day if isinstance(first_day, date) else None,
        until if isinstance(until, date) else None,
        int(wash_in),
    )


def _judged_until(here: Here, known: Objective | None, initiative: Initiative, wash_in: int) -> date | None:
    """Ask for the last day of the evaluation; proposed: a quarter after the wash-in of the last go-live."""
    _ = here.words.gettext
    live = max((item.day for item in initiative.go_lives), default=None)
    proposed = propose_windows(live, live, wash_in).evaluation[1] if live and known is None else None
    day = st.date_input(
        _("Judged until"),
        value=(known.evaluation_last if known else None) or proposed,
        format="DD/MM/YYYY",
        help=_("The verdict falls on this day; before it the result is provisional, whoever looks and however often."),
    )
    return day if isinstance(day, date) else None


def _guardrails(here: Here, known: Objective | None, kpis: list[Kpi], kpi: Kpi | None) -> list[str]:
    words = here.words
    labels = {item.key: words.label(item) for item in kpis if kpi is None or item.key != kpi.key}
    return st.multiselect(
        words.gettext("KPIs that must not get worse"),
        list(labels),
        default=[key for key in (known.guardrails if known else ()) if key in labels],
        format_func=labels.__getitem__,
        placeholder=words.gettext("None"),
    )


def _warn_of_frozen(here: Here, known: Objective | None, objective: Objective) -> None:
    """Say before saving that a frozen baseline does not go over to another definition."""
    if known is None or ask(frozen, known.key).state == "none":
        return
    if any(getattr(known, name) != getattr(objective, name) for name in MATERIAL):
        st.warning(
            here.words.gettext(
                "The baseline was frozen for another KPI, perimeter, initiative or before window. The new version "
                "starts without a benchmark ex ante; the old one keeps its own, and its verdict."
            ),
            icon=":material/lock_open:",
        )
