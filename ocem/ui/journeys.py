"""Journeys: two windows side by side, the flow and the paths; phases and stops; tracing; attribution."""

import streamlit as st

from ocem.domain.fact import FactKind
from ocem.evaluation.journey import A_YEAR_BEFORE, JourneyReport, go_lives, journeys
from ocem.reporting import journey as said
from ocem.reporting import journey_flow
from ocem.ui import empty, markup, state, why_figures
from ocem.ui.database import ask
from ocem.ui.guard import Here
from ocem.ui.journeys_attribution import show_attribution
from ocem.ui.markup import tag, text
from ocem.ui.view_switch import view_switch

NOW, THEN = "now", "then"


def journeys_page(here: Here) -> None:
    """Draw the page."""
    _ = here.words.gettext
    title = _("Journeys")
    heading = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom", key="journey_choices"):
        shown = _chosen_view(here)
        compare = _chosen_comparison(here)
    slot = st.container()
    with slot.skeleton(height=420):
        report = ask(journeys, here.view, compare, _parts(shown))
    with heading:
        markup.head(title, said.days_text(here.words, report))
    with slot:
        if report.refusal:
            _refused(here, report)
            return
        if shown == "paths":
            _show_paths(here, report)
        elif shown == "stops":
            _show_stops(here, report)
        else:
            show_attribution(here, report)
        made_of = {"paths": said.made_of, "stops": said.stops_made_of}.get(shown)
        if made_of is not None:
            facts = (FactKind.INTERACTION, FactKind.SALE)
            why_figures.show(here, f"journeys_why_{shown}", made_of(here.words), facts=facts)


def _parts(shown: str) -> tuple[str, ...]:
    """Return what a view needs worked out: the window before is drawn only when it is asked for."""
    if shown == "paths":
        return ("paths", "flow_before") if st.session_state.get("journey_window") == THEN else ("paths",)
    return (shown,) if shown == "stops" else ()


def _refused(here: Here, report: JourneyReport) -> None:
    if report.refusal == "no_data":
        empty.nothing_in_view(here)
    else:
        st.info(said.refusal_text(here.words, report), icon=":material/filter_alt_off:")


def _chosen_comparison(here: Here) -> str:
    """Return the key of the go-live to lay the windows around; the URL keeps it."""
    _ = here.words.gettext
    names = {choice.key: said.choice_text(here.words, choice, here.names) for choice in ask(go_lives)}
    if not names:
        return A_YEAR_BEFORE
    asked = state.own("compare")
    options = [A_YEAR_BEFORE, *names]
    names[A_YEAR_BEFORE] = _("Same weeks a year before")
    with st.container(key="journey_compare", width=420):
        chosen = st.selectbox(
            _("Compare with"),
            options,
            index=options.index(asked) if asked in options else 0,
            format_func=names.__getitem__,
            key="journey_comparison",
        )
    state.set_own("compare", chosen or None)
    return str(chosen or A_YEAR_BEFORE)


def _chosen_view(here: Here) -> str:
    _ = here.words.gettext
    names = {"paths": _("Paths"), "stops": _("Phases and stops"), "attribution": _("Attribution")}
    return view_switch(here.words, names, "journey_view")


def _show_paths(here: Here, report: JourneyReport) -> None:
    words, names = here.words, here.names
    markup.show(tag("p", text(said.headline(words, report, names)), css="oce-headline"))
    with st.container(border=True, key="panel_journey_figures"):
        _figures(here, report)
    with st.container(border=True, key="panel_journey_flow"):
        _flow(here, report)
    with st.container(border=True, key="panel_journey_paths"):
        _paths(here, report)


def _figures(here: Here, report: JourneyReport) -> None:
    words = here.words
    _ = words.gettext
    headers = [(_("Journeys"), "name"), (_("After") if report.go_live else _("Now"), "num")]
    rows = [[text(line.name), text(line.after)] for line in said.lines(words, report)]
    columns = []
    if report.before:
        columns += [(_("Before") if report.go_live else _("A year before"), "before"), (_("Change"), "change")]
    if report.elsewhere_before:
        columns.append((_("Change in segments not touched"), "elsewhere"))
    for header, field in columns:
        headers.append((header, "num"))
        for row, line in zip(rows, said.lines(words, report), strict=True):
            row.append(text(getattr(line, field)))
    markup.table(headers, rows, _("Journeys in two windows"))
    _notes(said.window_notes(words, report, here.names))


def _notes(sentences: list[str]) -> None:
    markup.show(*[tag("p", text(sentence), css="oce-note") for sentence in sentences if sentence])


def _flow(here: Here, report: JourneyReport) -> None:
    _ = here.words.gettext
    markup.section(_("From the first touchpoint to the order and after"))
    window = NOW
    if report.before:
        names = {NOW: _("After") if report.go_live else _("Now"), THEN: _("Before")}
        window = st.segmented_control(
            _("Window"),
            (NOW, THEN),
            default=NOW,
            format_func=names.__getitem__,
            required=True,
            label_visibility="collapsed",
            key="journey_window",
        )
    found = report.flow_before if window == THEN else report.flow
    if found is None or not found.links:
        _notes([_("No path in this window was walked by five customers or more.")])
        return
    st.plotly_chart(
        journey_flow.flow(here.words, found, here.names),
        key=f"journey_flow_{window}",
        config={"displayModeBar": False},
        alt=_("Flow of journeys from the first touchpoint to the order and what follows it"),
    )
    _notes([_("Not drawn: bands of fewer than five customers, and those of less than half a percent of the journeys.")])


def _paths(here: Here, report: JourneyReport) -> None:
    words = here.words
    _ = words.gettext
    markup.section(_("Most frequent paths"))
    headers = [
        (_("Path"), "name path"),
        (_("Share of journeys"), "num"),
        (_("Journeys"), "num"),
        (_("End with an order"), "num"),
        (_("Contacts"), "num"),
        (_("Days to the order (median)"), "num"),
    ]
    rows = []
    for row in report.paths:
        was = said.share_before_text(words, row)
        rows.append(
            [
                text(said.path_text(words, row.path, here.names)),
                text(words.percent(row.share)) + (tag("small", text(was)) if was else ""),
                text(words.number(row.journeys)),
                text(words.percent(row.share_won, 0)),
                text(words.number(row.contacts, 1)),
                text(words.number(row.days_to_order) if row.days_to_order is not None else "–"),
            ]
        )
    if report.others:
        others = [
            text(_("Other paths")),
            text(words.percent(report.others.share)),
            text(words.number(report.others.journeys)),
        ]
        rows.append([*others, "", "", ""])
    markup.table(headers, rows, _("Most frequent paths"))
    _notes(
        [
            _(
                "A path is the touchpoints in order, repeats in a row counted once. A journey ends with an order or "
                "after {days} days of silence. Paths of fewer than five customers are only in the last line.",
                days=report.silence_days,
            )
        ]
    )


def _show_stops(here: Here, report: JourneyReport) -> None:
    words, names = here.words, here.names
    markup.show(tag("p", text(said.steps_text(words, report.steps, names)), css="oce-headline"))
    with st.container(border=True, key="panel_journey_phases"):
        _phases(here, report)
    with st.container(border=True, key="panel_journey_steps"):
        _steps(here, report)
    with st.container(border=True, key="panel_journey_tracing"):
        _tracing(here, report)


def _phases(here: Here, report: JourneyReport) -> None:
    words = here.words
    _ = words.gettext
    markup.section(_("Time and contacts by phase"))
    headers = [
        (_("Phase"), "name"),
        (_("Orders that pass through it"), "num"),
        (_("Contacts for each order"), "num"),
        (_("First contact there (median)"), "num"),
    ]
    rows = [
        [
            text(here.names.member("phase", row.phase)),
            text(words.percent(row.share, 0)) + _was(here, row.share_before, lambda x: words.percent(x, 0)),
            text(words.number(row.contacts, 1)) + _was(here, row.contacts_before, lambda x: words.number(x, 1)),
            text(said.days_before_text(words, row))
            + _was(here, row.days_before, lambda _x, row=row: said.days_before_past_text(words, row)),
        ]
        for row in report.phases
    ]
    markup.table(headers, rows, _("Time and contacts by phase"))
    _notes(
        [
            said.phases_text(words, report.phases, here.names),
            _("Only journeys that ended with an order; days count from the order. In small: the window before."),
        ]
    )


def _was(here: Here, value: float | None, write: object) -> str:
    if value is None or not callable(write):
        return ""
    return tag("small", text(here.words.gettext("before: {value}", value=write(value))))


def _steps(here: Here, report: JourneyReport) -> None:
    words = here.words
    _ = words.gettext
    markup.section(_("What follows a contact"))
    headers = [
        (_("After a contact at"), "name"),
        (_("Times"), "num"),
        (_("An order"), "num"),
        (_("Another touchpoint"), "num"),
        (_("Most often"), "next"),
        (_("Nothing more"), "num"),
    ]
    rows = []
    for row in report.steps:
        target = said.touchpoint_name(words, here.names, row.next_touchpoint) if row.next_touchpoint is not None else ""
        rows.append(
            [
                text(said.touchpoint_name(words, here.names, row.touchpoint)),
                text(words.number(row.times)),
                text(words.percent(row.orders, 0)),
                text(words.percent(row.moves, 0)),
                text(f"{target}, {words.percent(row.next_share, 0)}" if target else "–")
                + _was(here, row.next_before if target else None, lambda x: words.percent(x, 0)),
                text(words.percent(row.stops, 1)) + _was(here, row.stops_before, lambda x: words.percent(x, 1)),
            ]
        )
    markup.table(headers, rows, _("What follows a contact"))
    _notes(
        [
            _(
                "Shares of the times that journeys were at a touchpoint, contacts in a row counted once. Nothing more: "
                "no contact and no order within {days} days.",
                days=report.silence_days,
            )
        ]
    )


def _tracing(here: Here, report: JourneyReport) -> None:
    words = here.words
    _ = words.gettext
    markup.section(_("How much of the way is traced"))
    if report.orders is None:
        return
    parts = said.tracing_parts(words, report.orders)
    markup.show(tag("p", text(said.tracing_text(words, report.orders, report.contacts))))
    bar = [tag("i", css=f"oce-traced-{part.key}", style=f"flex:{part.share:.4f} 1 0") for part in parts]
    markup.show(tag("div", *bar, css="oce-tally", aria_hidden="true"))
    legend = [
        tag(
            "li",
            tag("span", tag("i", css=f"key oce-traced-{part.key}", aria_hidden="true"), text(part.name)),
            tag("span", text(words.percent(part.share)), css="right"),
        )
        for part in parts
    ]
    markup.show(tag("ul", *legend, css="oce-list pairs"))
    headers = [
        (_("Touchpoint"), "name"),
        (_("Contacts"), "num"),
        (_("With a customer code"), "num"),
    ]
    rows = [
        [
            text(said.touchpoint_name(words, here.names, item.touchpoint)),
            text(words.number(item.contacts)),
            text(words.percent(item.with_customer / item.contacts, 0)),
        ]
        for item in report.contacts
        if item.contacts
    ]
    markup.table(headers, rows, _("Contacts that can be tied to a customer"))
    _notes([said.blind_text(words, report.contacts, here.names)])
