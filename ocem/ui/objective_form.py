"""Define or change an objective: what, for whom, through which initiative, how much counts, against whom."""

from dataclasses import dataclass
from datetime import date, timedelta

import streamlit as st

from ocem.domain.kpi import Kpi
from ocem.domain.objective import GoLive, Initiative, MacroObjective, Objective
from ocem.domain.perimeter import Dimension, Perimeter
from ocem.errors import OcemError
from ocem.evaluation.objective import (
    list_initiatives,
    list_kpis,
    list_objectives,
    readiness,
    save_initiative,
    save_objective,
)
from ocem.reporting import note, quantity
from ocem.reporting.names import dimension_word, level_word, macro_objective_word
from ocem.store.member import key_for
from ocem.ui import markup, navigation, state
from ocem.ui.database import ask, database
from ocem.ui.guard import Here
from ocem.ui.markup import text

NEW = ""
DIMENSIONS = ("segment", "touchpoint", "phase")
YEAR = timedelta(days=364)


@dataclass(frozen=True)
class _Threshold:
    relevance: float
    kind: str
    target: float | None


def show(here: Here, known: Objective | None) -> None:
    """Draw the form; `known` is the objective to change, None a new one."""
    _ = here.words.gettext
    page = navigation.page_of(here.words, "objectives")
    back = state.link(objective=known.key) if known else state.link()
    st.page_link(page, label=_("Back"), icon=":material/arrow_back:", help="", query_params=back)
    markup.head(here.words.label(known) if known else _("New objective"), _("define"))
    kpis = ask(list_kpis)
    if not kpis:
        st.info(_("There is no KPI yet."))
        return
    left, right = st.columns(2, gap="medium")
    with left:
        label_it, label_en, macro, owner, deadline, importance = _what(here, known)
        kpi = _kpi(here, known, kpis)
        threshold = _threshold(here, known, kpi)
    with right:
        perimeter = _perimeter(here, _("For whom and where"), "in", known.perimeter if known else Perimeter())
        initiative = _initiative(here, known)
        comparison = _comparison(here, known)
        first, last, wash_in = _windows(here, known, initiative)
        guardrails = _guardrails(here, known, kpis, kpi)
    objective = Objective(
        key=known.key if known else _new_key(label_it),
        label_it=label_it.strip(),
        label_en=label_en.strip() or label_it.strip(),
        macro_objective=macro,
        kpi=kpi.key,
        perimeter=perimeter,
        initiative=initiative.key,
        direction=kpi.direction,
        relevance=threshold.relevance,
        relevance_kind=threshold.kind,
        target=threshold.target,
        owner=owner.strip(),
        baseline_first=first,
        baseline_last=last,
        evaluation_first=known.evaluation_first if known else None,
        evaluation_last=known.evaluation_last if known else None,
        wash_in_days=wash_in,
        comparison=comparison,
        deadline=deadline,
        importance=importance,
        guardrails=tuple(guardrails),
    )
    with left:
        _readiness(here, objective, kpi, initiative)
    is_whole = bool(objective.label_it and objective.owner and objective.relevance)
    if not is_whole:
        missing = [
            (objective.label_it, _("Name in Italian")),
            (objective.owner, _("Owner")),
            (objective.relevance, _("Smallest change worth having")),
        ]
        st.caption(_("Still to fill in: {fields}.", fields=[name for value, name in missing if not value]))
    if st.button(_("Save"), type="primary", icon=":material/save:", disabled=not is_whole):
        _save(here, objective, initiative)


def _new_key(label: str) -> str:
    """Return a key that no objective bears yet."""
    taken = {objective.key for objective in ask(list_objectives)}
    key = key_for(label or "objective")
    return next(name for name in (key, *(f"{key}_{n}" for n in range(2, 1000))) if name not in taken)


def _readiness(here: Here, objective: Objective, kpi: Kpi, initiative: Initiative) -> None:
    """Say before anything is saved what the history could show."""
    if initiative not in ask(list_initiatives) or not objective.relevance:
        return
    words = here.words
    _ = words.gettext
    found = ask(readiness, objective)
    rows = [
        [text(words.ngettext("{n} week", "{n} weeks", weeks)), text(quantity.threshold(words, size, kpi.unit))]
        for weeks, size in found.detectable
    ]
    with st.container(border=True, key="panel_readiness"):
        markup.section(_("What this history could show"))
        if rows:
            headers = [(_("After the go-live"), "name"), (_("Smallest change that would show"), "num")]
            markup.table(headers, rows, _("What this history could show"))
            st.caption(
                _(
                    "In four cases of five. The threshold is {threshold}; the before figure is {value}.",
                    threshold=quantity.threshold(words, found.relevance, kpi.unit),
                    value=quantity.value(words, found.value, kpi.unit),
                )
            )
        for item in note.sentences(words, found.notes, kpi.unit, here.names):
            st.caption(item)


def _save(here: Here, objective: Objective, initiative: Initiative) -> None:
    try:
        if initiative not in ask(list_initiatives):
            save_initiative(database(), initiative)
        saved = save_objective(database(), objective)
    except OcemError as error:
        st.error(here.words.error(error), icon=":material/block:")
        return
    st.switch_page(navigation.page_of(here.words, "objectives"), query_params=state.link(objective=saved.key))


def _what(here: Here, known: Objective | None) -> tuple[str, str, MacroObjective, str, date | None, int]:
    words = here.words
    _ = words.gettext
    markup.section(_("What"))
    label_it = st.text_input(_("Name in Italian"), value=known.label_it if known else "", max_chars=80)
    label_en = st.text_input(_("Name in English"), value=known.label_en if known else "", max_chars=80)
    macro = st.selectbox(
        _("Macro-objective"),
        list(MacroObjective),
        index=list(MacroObjective).index(known.macro_objective) if known else 0,
        format_func=lambda item: macro_objective_word(words, item),
    )
    left, middle, right = st.columns([2, 2, 1])
    owner = left.text_input(_("Owner"), value=known.owner if known else "", max_chars=80)
    deadline = middle.date_input(_("Deadline"), value=known.deadline if known else None, format="DD/MM/YYYY")
    importance = right.number_input(_("Importance"), 1, 5, known.importance if known else 3)
    return (
        label_it,
        label_en,
        MacroObjective(macro or MacroObjective.CUSTOMER_EXPERIENCE),
        owner,
        deadline,
        int(importance),
    )


def _kpi(here: Here, known: Objective | None, kpis: list[Kpi]) -> Kpi:
    words = here.words
    _ = words.gettext
    keys = [kpi.key for kpi in kpis]
    by_key = {kpi.key: kpi for kpi in kpis}
    chosen = st.selectbox(
        _("KPI"),
        keys,
        index=keys.index(known.kpi) if known and known.kpi in keys else 0,
        format_func=lambda key: f"{words.label(by_key[key])} ({level_word(words, by_key[key].level)})",
    )
    kpi = by_key[chosen]
    way = _("higher is better") if kpi.direction == "up" else _("lower is better")
    st.caption(f"{words.description(kpi)} {way[:1].upper() + way[1:]}.")
    return kpi


def _threshold(here: Here, known: Objective | None, kpi: Kpi) -> _Threshold:
    words = here.words
    _ = words.gettext
    kinds = {"absolute": _("in the KPI's unit"), "relative": _("percent of the baseline")}
    same = known is not None and known.kpi == kpi.key
    kind = st.segmented_control(
        _("Smallest change worth having"),
        list(kinds),
        default=known.relevance_kind if known and same else "relative",
        format_func=kinds.__getitem__,
        required=True,
    )
    shown, unit = quantity.entered(words, kpi.unit)
    times = 100.0 if kind == "relative" else shown
    named = "%" if kind == "relative" else _("points") if kpi.unit in ("share", "points") else unit
    left, right = st.columns(2)
    default = known.relevance * times if known and same and known.relevance_kind == kind else 5.0
    relevance = left.number_input(
        _("Threshold ({unit})", unit=named), min_value=0.0, value=round(default, 6), step=0.5, format="%g"
    )
    target = right.number_input(
        _("Target ({unit})", unit=unit),
        value=round(known.target * shown, 6) if known and same and known.target is not None else None,
        format="%g",
        placeholder=_("none"),
    )
    return _Threshold(relevance / times, str(kind), None if target is None else target / shown)


def _perimeter(here: Here, title: str, prefix: str, known: Perimeter) -> Perimeter:
    words = here.words
    markup.section(title)
    chosen: dict[str, tuple[str, ...] | None] = {}
    for dimension in DIMENSIONS:
        options = {member.key: words.label(member) for member in here.members(Dimension(dimension))}
        default = [key for key in known.members(dimension) or () if key in options]
        keys = st.multiselect(
            dimension_word(words, dimension, plural=True),
            list(options),
            default=default,
            format_func=options.__getitem__,
            placeholder=words.gettext("All"),
            key=f"form_{prefix}_{dimension}",
        )
        chosen[dimension] = tuple(keys) or None
    return Perimeter(chosen["touchpoint"], chosen["phase"], chosen["segment"])


def _comparison(here: Here, known: Objective | None) -> Perimeter | None:
    _ = here.words.gettext
    has_group = st.toggle(
        _("There is a group that nobody touched"),
        value=bool(known and known.comparison),
        help=_("Without one nobody can say whether the initiative, the season or the market made the difference."),
    )
    if not has_group:
        return None
    group = known.comparison if known and known.comparison else Perimeter()
    return _perimeter(here, _("Compared with"), "out", group)


def _initiative(here: Here, known: Objective | None) -> Initiative:
    words = here.words
    _ = words.gettext
    markup.section(_("Through what"))
    found = {item.key: item for item in ask(list_initiatives)}
    options = [*found, NEW]
    chosen = st.selectbox(
        _("Initiative"),
        options,
        index=options.index(known.initiative) if known and known.initiative in options else 0,
        format_func=lambda key: words.label(found[key]) if key else _("A new initiative"),
    )
    if chosen:
        initiative = found[chosen]
        days = [
            f"{here.names.member('segment', item.segment)} {words.day(item.day)}"
            if item.segment
            else words.day(item.day)
            for item in initiative.go_lives
        ]
        st.caption(_("Go-live: {days}", days="; ".join(days)))
        return initiative
    left, right = st.columns([2, 1])
    label = left.text_input(_("Name of the initiative"), max_chars=80)
    day = right.date_input(_("Go-live day"), value="today", format="DD/MM/YYYY")
    touchpoints = {member.key: words.label(member) for member in here.members(Dimension.TOUCHPOINT)}
    touchpoint = st.selectbox(
        _("At which touchpoint"),
        list(touchpoints),
        index=None,
        format_func=touchpoints.__getitem__,
        placeholder=_("none"),
    )
    return Initiative(key_for(label or "initiative"), label or _("A new initiative"), label, (GoLive(day),), touchpoint)


def _windows(here: Here, known: Objective | None, initiative: Initiative) -> tuple[date | None, date | None, int]:
    _ = here.words.gettext
    go_live = min((item.day for item in initiative.go_lives), default=None)
    last = go_live - timedelta(days=go_live.weekday() + 1) if go_live else None
    left, middle, right = st.columns(3)
    first_day = left.date_input(
        _("Before: from"),
        value=(known.baseline_first if known else None) or (last - YEAR + timedelta(days=1) if last else None),
        format="DD/MM/YYYY",
    )
    last_day = middle.date_input(
        _("Before: to"), value=(known.baseline_last if known else None) or last, format="DD/MM/YYYY"
    )
    wash_in = right.number_input(
        _("Wash-in days"),
        0,
        365,
        known.wash_in_days if known else 28,
        help=_("Days after the go-live that count for neither side, while people get used to it."),
    )
    return first_day, last_day, int(wash_in)


def _guardrails(here: Here, known: Objective | None, kpis: list[Kpi], kpi: Kpi) -> list[str]:
    words = here.words
    labels = {item.key: words.label(item) for item in kpis if item.key != kpi.key}
    return st.multiselect(
        words.gettext("KPIs that must not get worse"),
        list(labels),
        default=[key for key in (known.guardrails if known else ()) if key in labels],
        format_func=labels.__getitem__,
        placeholder=words.gettext("None"),
    )
