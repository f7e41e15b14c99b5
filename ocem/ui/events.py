"""What happened around the figures: list, write down, and before and after an event."""

from dataclasses import replace
from datetime import date

import streamlit as st

from ocem.domain.access import LOCAL, Right
from ocem.domain.comparison import Comparison
from ocem.domain.event import DECLARED_KINDS, Event, EventKind
from ocem.domain.perimeter import Dimension, Perimeter
from ocem.errors import OcemError
from ocem.evaluation.event import after_event, all_events, save_event, withdraw_event
from ocem.evaluation.objective import list_kpis, list_objectives
from ocem.reporting import agenda, chart, note
from ocem.reporting import comparison as compared
from ocem.reporting.names import dimension_word
from ocem.reporting.readable import readable
from ocem.store.member import key_for
from ocem.ui import editing, markup, navigation, state
from ocem.ui.database import ask, database
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text
from ocem.ui.review_write import author, named

PLOTLY = {"displayModeBar": False}
DIMENSIONS = ("segment", "touchpoint")
MARKS = {
    "go_live": "check", "campaign": "wait", "price_list": "equal", "tracking": "question", "outage": "alert",
    "closure": "ban",
}  # fmt: skip


def show(here: Here) -> None:
    """Draw one event with its before and after, or all events."""
    asked = state.own("show")
    events = ask(all_events)
    event = next((item for item in events if item.key == asked), None)
    if event is not None:
        _detail(here, event)
        return
    _ = here.words.gettext
    markup.head(_("Events"), here.words.ngettext("{n} event", "{n} events", len(events)))
    if asked:
        st.warning(_("No event is called {key}.", key=markup.literal(asked)), icon=":material/search_off:")
    markup.show(
        tag(
            "p",
            text(_("Go-lives come from the initiatives, holidays from the calendar. Write down what else happened.")),
            css="oce-note",
        )
    )
    with st.expander(_("Write down an event"), icon=":material/edit_calendar:", key="new_event"):
        _form(here)
    _list(here, events)


def _list(here: Here, events: list[Event]) -> None:
    words = here.words
    _ = words.gettext
    tags = sorted({one for event in events for one in event.tags})
    with st.container(horizontal=True, gap="small"):
        kinds = st.multiselect(
            _("Kind"),
            [kind.value for kind in EventKind if kind is not EventKind.HOLIDAY],
            format_func=lambda kind: agenda.event_kind_word(words, kind),
            key="event_kinds",
            placeholder=_("All"),
        )
        wanted = st.multiselect(
            _("Tags"), tags, key="event_tags", placeholder=_("All"),
            format_func=lambda one: here.names.member("touchpoint", one),
        ) if tags else []  # fmt: skip
    shown = [
        event
        for event in events
        if (not kinds or event.kind.value in kinds) and (not wanted or set(wanted) & set(event.tags))
    ]
    if not shown:
        markup.show(tag("p", text(_("No event is written down.")), css="oce-headline"))
        return
    headers = [(_("When"), "name"), (_("Kind"), ""), (_("Event"), ""), (_("Concerns"), ""), (_("Before and after"), "")]
    with st.container(border=True, key="panel_events"):
        markup.table(headers, [_row(here, event) for event in shown], _("Events"), stacks=True)


def _row(here: Here, event: Event) -> list[str]:
    words = here.words
    kpis = words.listed(here.names.kpi(key) for key in event.kpis)
    scope = "" if event.perimeter == Perimeter() else here.names.perimeter(event.perimeter)
    query = "&".join(f"{key}={value}" for key, value in state.link(show=event.key).items())
    aside = " · ".join(part for part in (event.note, event.author) if part)
    return [
        text(words.span(event.first, event.last)),
        tag(
            "span", mark(MARKS.get(event.kind.value, "gap")), text(agenda.event_kind_word(words, event.kind.value)),
            css="verdict oce-open",
        ),
        text(words.label(event)) + (tag("small", text(aside), css="oce-typed") if aside else ""),
        text(" · ".join(part for part in (kpis, scope) if part) or words.gettext("everything")),
        tag("a", text(words.gettext("Compare")), href=f"?{query}", target="_self"),
    ]  # fmt: skip


def _form(here: Here) -> None:
    words = here.words
    _ = words.gettext
    left, right = st.columns(2, gap="small")
    with left:
        name = st.text_input(_("What happened"), key="event_name")
        other = st.text_input(_("The same in English"), key="event_name_en")
        kind = st.selectbox(
            _("Kind"),
            DECLARED_KINDS,
            key="event_kind",
            format_func=lambda one: agenda.event_kind_word(words, one.value),
        )
        first = st.date_input(_("First day"), key="event_first", format="DD/MM/YYYY", value=date.today())
        last = st.date_input(_("Last day"), key="event_last", format="DD/MM/YYYY", value=date.today())
    with right:
        kpis = st.multiselect(
            _("KPIs it concerns"),
            [kpi.key for kpi in ask(list_kpis)],
            key="event_kpis",
            format_func=here.names.kpi,
            placeholder=_("All"),
        )
        scope: dict[str, tuple[str, ...] | None] = {}
        for dimension in DIMENSIONS:
            options = {member.key: words.label(member) for member in here.members(Dimension(dimension))}
            chosen = st.multiselect(
                dimension_word(words, dimension, plural=True),
                list(options),
                key=f"event_{dimension}",
                format_func=options.__getitem__,
                placeholder=_("All"),
            )
            scope[dimension] = tuple(chosen) or None
        tags = st.text_input(_("Tags"), key="event_words", placeholder=_("separated by commas"))
        by = named(here, _("Who writes this down"), "event_by")
    if st.button(_("Keep"), type="primary", key="event_keep", **here.lock(Right.COMMENT)):
        _keep(here, name or "", other or "", kind or EventKind.OTHER, (first, last), kpis, scope, tags or "", by)


def _keep(
    here: Here, name: str, other: str, kind: EventKind, days: tuple[object, object], kpis: list[str],
    scope: dict[str, tuple[str, ...] | None], tags: str, by: str,
) -> None:  # fmt: skip
    first, last = (day if isinstance(day, date) else date.today() for day in days)
    event = Event(
        f"{key_for(name or other or 'event')}.{first.isoformat()}", kind, name, other, first, last, tuple(kpis),
        Perimeter(scope["touchpoint"], None, scope["segment"]),
        tuple(one.strip() for one in tags.split(",") if one.strip()),
    )  # fmt: skip
    try:
        with editing.unchanged(here, "event", event.key):
            kept = save_event(database(), event, by or LOCAL.name)
    except OcemError as error:
        st.error(here.words.error(error), icon=":material/block:")
        return
    for field in ("name", "name_en", "words"):
        st.session_state.pop(f"event_{field}", None)
    state.set_own("show", kept.key)
    st.rerun()


def _detail(here: Here, event: Event) -> None:
    words = here.words
    _ = words.gettext
    page = navigation.page_of(words, "events")
    st.page_link(page, label=_("All events"), icon=":material/arrow_back:", help="", query_params=state.link())
    kind = agenda.event_kind_word(words, event.kind.value)
    markup.head(words.label(event), f"{kind} · {words.span(event.first, event.last)}")
    scope = "" if event.perimeter == Perimeter() else here.names.perimeter(event.perimeter)
    aside = " · ".join(
        part
        for part in (
            scope,
            event.note,
            ", ".join(here.names.member("touchpoint", one) for one in event.tags),
            event.author,
        )
        if part
    )
    if aside:
        markup.show(tag("p", text(aside), css="oce-note oce-typed"))
    options = sorted((kpi.key for kpi in ask(list_kpis)), key=here.names.kpi)
    if not options:
        st.caption(_("There is no KPI yet."))
        return
    chosen = _kpi(here, event, options)
    slot = st.container()
    with slot.skeleton(height=420):
        found = ask(after_event, event.key, chosen)
    with slot:
        if found is None:
            return
        comparison = readable(found.comparison)
        look = compared.verdict_look(words, comparison.verdict)
        named_ = note.sentences(words, comparison.warnings, comparison.unit, here.names)
        markup.show(
            tag(
                "div",
                markup.verdict_line(look),
                tag("p", text(_sentence(here, comparison, chosen)), css="say"),
                css=f"oce-statement oce-{look.tone}",
            ),
            tag("ul", *[tag("li", mark("gap"), tag("span", text(one))) for one in named_], css="oce-list oce-silent"),
        )
        if comparison.weeks:
            with st.container(border=True, key="panel_event_history"):
                st.plotly_chart(
                    chart.history(words, comparison),
                    key="event_history",
                    config=PLOTLY,
                    alt=_("Weekly history of {subject}, with the go-live marked", subject=here.names.kpi(chosen)),
                )
        st.caption(
            _(
                "Before: the 52 whole weeks up to the event. After: the whole weeks from it. Against: the segments it "
                "did not touch, where it touched some; otherwise the cause stays open."
            )
        )
    _links(here, event, chosen)


def _sentence(here: Here, comparison: Comparison, kpi: str) -> str:
    """Say what a comparison concludes, about the KPI and not the made-up objective."""
    return compared.sentence(here.words, replace(comparison, objective=None, kpi=kpi), here.names)


def _kpi(here: Here, event: Event, options: list[str]) -> str:
    key = f"event_kpi_{event.key}"
    asked = state.own("kpi")
    if key not in st.session_state:
        first = [one for one in (asked, *event.kpis, *_kpis_of(event)) if one in options]
        st.session_state[key] = first[0] if first else options[0]
    chosen = st.selectbox(here.words.gettext("Which figure"), options, key=key, format_func=here.names.kpi, width=420)
    return str(chosen)


def _kpis_of(event: Event) -> list[str]:
    return [item.kpi for item in ask(list_objectives) if item.initiative == event.initiative]


def _links(here: Here, event: Event, kpi: str) -> None:
    words = here.words
    _ = words.gettext
    with st.container(horizontal=True, gap="small"):
        for objective in ask(list_objectives):
            if objective.initiative == event.initiative and objective.kpi == kpi:
                st.page_link(
                    navigation.page_of(words, "objectives"),
                    label=_("Objective: {name}", name=words.label(objective)),
                    icon=":material/target:",
                    help="",
                    query_params=state.link(objective=objective.key),
                )
        if event.kind in DECLARED_KINDS:
            st.button(
                _("Take this event back"), key=f"event_withdraw_{event.key}", icon=":material/undo:",
                on_click=_withdraw, args=(here, event.key), **here.lock(Right.COMMENT),
            )  # fmt: skip


def _withdraw(here: Here, key: str) -> None:
    try:
        withdraw_event(database(), key, author(here) or LOCAL.name)
    except OcemError as error:
        st.toast(here.words.error(error), icon=":material/block:")
        return
    state.set_own("show", None)
