"""Journeys: two windows side by side, the flow and the paths; phases and stops; tracing; attribution."""

import streamlit as st

from ocem.domain.fact import FactKind
from ocem.evaluation.journey import A_YEAR_BEFORE, JourneyReport, journeys
from ocem.evaluation.journey_window import go_lives
from ocem.reporting import journey as said
from ocem.reporting import journey_flow
from ocem.ui import empty, markup, state, why_figures
from ocem.ui.database import ask
from ocem.ui.guard import Here
from ocem.ui.journeys_attribution import show_attribution
from ocem.ui.journeys_stops import show_stops
from ocem.ui.journeys_table import beside, journey_table, notes
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
            show_stops(here, report)
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
    notes(said.window_notes(words, report, here.names))


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
        notes([_("No path in this window was walked by five customers or more.")])
        return
    st.plotly_chart(
        journey_flow.flow(here.words, found, here.names),
        key=f"journey_flow_{window}",
        config={"displayModeBar": False},
        alt=_("Flow of journeys from the first touchpoint to the order and what follows it"),
    )
    notes([_("Not drawn: bands of fewer than five customers, and those of less than half a percent of the journeys.")])


def _paths(here: Here, report: JourneyReport) -> None:
    words = here.words
    _ = words.gettext
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
        rows.append(
            [
                text(said.path_text(words, row.path, here.names)),
                beside(here, words.percent(row.share), row.share_before, words.percent),
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
    sentence = _(
        "A path is the touchpoints in order, repeats in a row counted once. A journey ends with an order or after "
        "{days} days of silence. Paths of fewer than five customers are only in the last line.",
        days=report.silence_days,
    )
    journey_table(here, _("Most frequent paths"), headers, rows, (sentence,))
