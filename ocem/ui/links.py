"""From touchpoint to outcome: the picture, the list of links, and the way to each one's evidence."""

import streamlit as st

from ocem.domain.kpi import Kpi
from ocem.domain.link import Ledger, Link, LinkStatus
from ocem.evaluation.link import last_recorded, ledger, record_tests
from ocem.evaluation.objective import list_kpis
from ocem.evaluation.view import View
from ocem.reporting import link as said
from ocem.reporting import link_figure, note
from ocem.ui import link_detail, link_form, markup, navigation, state
from ocem.ui.database import ask, database
from ocem.ui.drivers import drivers_panel
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text
from ocem.ui.view_switch import view_switch

PLOTLY = {"displayModeBar": False}
SEPARATOR = "~"


def links_page(here: Here) -> None:
    """Draw the page, or the one link or form that its address asks for."""
    edited = state.own("edit")
    if edited:
        link_form.show(here, None if edited == "new" else edited)
        return
    one, _tilde, two = (state.own("link") or "").partition(SEPARATOR)
    if one and two:
        link_detail.show(here, one, two)
        return
    if _chosen_view(here) == "drivers":
        drivers_panel(here)
        return
    slot = st.container()
    with slot.skeleton(height=480):
        found = ask(ledger, _view(here))
    with slot:
        _show(here, found)
    _keep(here, found)


def _keep(here: Here, found: Ledger) -> None:
    """Keep this finished week's tests the first time somebody looks at them."""
    testable = any(item.status is not LinkStatus.NOT_TESTABLE for item in found.links)
    if testable and _view(here) == View() and ask(last_recorded) != found.last_day:
        record_tests(database())


def _view(here: Here) -> View:
    """Segments and phases narrow what links are read from; a touchpoint filter would empty most KPIs."""
    return View(segments=here.view.segments, phases=here.view.phases)


def _chosen_view(here: Here) -> str:
    _ = here.words.gettext
    names = {"links": _("Links"), "drivers": _("Drivers")}
    heading = st.container()
    chosen = view_switch(here.words, names, "links_view")
    with heading:
        limits = here.names.limits(_view(here).perimeter())
        markup.head(_("From touchpoint to outcome"), limits)
    return chosen


def _show(here: Here, found: Ledger) -> None:
    words = here.words
    _ = words.gettext
    if found.refused is not None:
        reason = note.sentence(words, found.refused, "ratio", here.names)
        markup.show(tag("p", text(reason), css="oce-headline"))
    else:
        markup.show(tag("p", text(said.headline(words, found)), css="oce-headline"))
    st.page_link(
        navigation.page_of(words, "links"),
        label=_("Declare a link"),
        icon=":material/add:",
        help="",
        query_params=state.link(edit="new"),
    )
    if not found.links:
        markup.show(tag("p", text(_("No link has been declared, and the screen finds none.")), css="oce-note"))
        return
    with_same_week = _same_week(here, found)
    shown = [item for item in found.links if with_same_week or not item.is_same_week or item.hypothesis]
    _picture(here, shown)
    _list(here, shown)
    if found.refused is None:
        st.caption(said.method_text(words, found))


def _same_week(here: Here, found: Ledger) -> bool:
    """Ask whether to show what moves in the same week, where nobody can say which comes first."""
    n = sum(item.is_same_week and item.hypothesis is None for item in found.links)
    if not n:
        return False
    words = here.words
    chosen = st.toggle(
        words.ngettext(
            "Show also the pair that moves in the same week", "Show also the {n} pairs that move in the same week", n
        ),
        value=state.own("same") == "1",
        key="links_same_week",
        help=words.gettext(
            "Mostly a common cause: the market, a holiday. Which of the two comes first cannot be said."
        ),
    )
    state.set_own("same", "1" if chosen else None)
    return bool(chosen)


def _picture(here: Here, shown: list[Link]) -> None:
    words = here.words
    _ = words.gettext
    kpis = _kpis()
    drawn = [
        item
        for item in shown
        if item.status in (LinkStatus.SUPPORTED, LinkStatus.CONTRADICTED, LinkStatus.EXPIRED)
        or (item.hypothesis is not None and item.r is not None)
    ]
    if not drawn:
        return
    with st.container(border=True, key="panel_chain"):
        chosen = st.plotly_chart(
            link_figure.chain(words, drawn, here.names, kpis),
            key="links_chain",
            config=PLOTLY,
            on_select="rerun",
            selection_mode="points",
            alt=_("Links from touchpoints through internal processes to outcomes; the list below says the same"),
        )
        markup.show(
            tag(
                "p",
                tag("span", css="oce-line rises"),
                text(_("rises with it")),
                tag("span", css="oce-line falls"),
                text(_("falls")),
                tag("span", css="oce-line faded"),
                text(_("expected and not shown, or expired")),
                tag(
                    "span",
                    text(_("Wider: closer. The number: weeks of delay. Choose it for the evidence.")),
                    css="last",
                ),
                css="oce-note oce-legend",
            )
        )
    points = chosen.get("selection", {}).get("points", []) if chosen else []
    custom = next((point["customdata"] for point in points if point.get("customdata")), None)
    if custom:
        pair = list(custom.values()) if isinstance(custom, dict) else list(custom)
        st.switch_page(
            navigation.page_of(words, "links"),
            query_params=state.link(link=SEPARATOR.join(str(part) for part in pair[:2])),
        )


def _kpis() -> dict[str, Kpi]:
    return {kpi.key: kpi for kpi in ask(list_kpis)}


def _list(here: Here, shown: list[Link]) -> None:
    for i, item in enumerate(shown):
        look = said.status_look(here.words, item.status)
        with st.container(border=True, key=f"card_{look.tone}_row_link_{i}", gap="xxsmall"):
            markup.show(_row(here, item, look))
            st.page_link(
                navigation.page_of(here.words, "links"),
                label=here.words.gettext("Evidence"),
                icon=":material/arrow_forward:",
                icon_position="right",
                help="",
                query_params=state.link(link=f"{item.leading}{SEPARATOR}{item.following}"),
            )


def _row(here: Here, item: Link, look: said.StatusLook) -> str:
    words, names = here.words, here.names
    notes = note.sentences(words, [*item.reasons, *item.warnings], "ratio", names)
    behind = [tag("p", text(fact)) for fact in said.facts(words, item)]
    backed = (
        tag(
            "p",
            text(
                words.gettext(
                    "Backed by the go-live of {initiative}", initiative=names.initiative(item.backing.initiative)
                )
            ),
        )
        if item.backing
        else ""
    )
    return tag(
        "div",
        tag("div", tag("p", mark(look.mark), tag("span", text(look.word)), css="oce-verdict"), css="cell first"),
        tag(
            "div",
            tag("h3", text(said.sentence(words, item, names)), css="oce-title"),
            tag("p", text(" ".join([said.expectation(words, item), *notes])), css="oce-where"),
            css="cell wide",
        ),
        tag("div", *behind, css="cell oce-note"),
        tag("div", tag("p", text(said.tested_text(words, item))), backed, css="cell oce-note"),
        css=f"oce-row oce-{look.tone}",
    )
