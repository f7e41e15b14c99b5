"""One objective: verdict, figures, history with counterfactual, effect by cell, guardrails, and why this number."""

import streamlit as st

from ocem.domain.access import Right
from ocem.domain.comparison import Comparison, Note, Verdict
from ocem.domain.objective import Objective
from ocem.errors import OcemError
from ocem.evaluation.baseline import FrozenBaseline, freeze, frozen
from ocem.evaluation.comparison import compare
from ocem.evaluation.explain import explain
from ocem.evaluation.objective import list_kpis
from ocem.evaluation.view import intersect
from ocem.reporting import chart, note, quantity
from ocem.reporting import comparison as said
from ocem.reporting import explain as explained
from ocem.reporting.control_room import frozen_state_text
from ocem.reporting.names import dimension_word, macro_objective_word
from ocem.reporting.readable import readable
from ocem.ui import decomposition, empty, markup, navigation, number_box, objective_history, state, why
from ocem.ui.database import ask, database
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text

PLOTLY = {"displayModeBar": False}
DIMENSIONS = ("segment", "touchpoint", "phase")


def show(here: Here, objective: Objective) -> None:
    """Draw the detail of one objective."""
    _top(here, objective)
    slot = st.container()
    with slot.skeleton(height=420):
        found = [readable(item) for item in ask(compare, objective.key, view=here.view)]
        baseline = ask(frozen, objective.key)
    with slot:
        if not found:
            empty.nothing_in_view(here)
            return
        _statement(here, found[0])
        _figures(here, found[0])
        _history(here, objective, found[0])
        within = intersect(objective.perimeter, here.view)
        if within:
            number_box.show(here, objective.kpi, within, objective=objective.key)
        _cells(here, objective)
        decomposition.between_windows(here, found[0], intersect(objective.perimeter, here.view))
        _routes(here, found[0])
        _guardrails(here, objective)
        _baseline(here, objective, baseline)
        objective_history.show(here, objective)
        _why(here, found[0])


def _top(here: Here, objective: Objective) -> None:
    words, names = here.words, here.names
    _ = words.gettext
    page = navigation.page_of(words, "objectives")
    with st.container(horizontal=True, gap="small"):
        st.page_link(page, label=_("All objectives"), icon=":material/arrow_back:", help="", query_params=state.link())
        st.page_link(
            page, label=_("Edit"), icon=":material/edit:", help="", query_params=state.link(edit=objective.key)
        )
    parts = [
        *[macro_objective_word(words, macro) for macro in (objective.macro_objective, *objective.also)],
        objective.owner,
        names.initiative(objective.initiative),
    ]
    if objective.deadline:
        parts.append(_("by {day}", day=objective.deadline))
    parts.append(names.limits(here.view.perimeter()))
    with st.container(key="objective_head"):
        markup.head(words.label(objective), " · ".join(part for part in parts if part))


def _statement(here: Here, comparison: Comparison) -> None:
    words = here.words
    look = said.verdict_look(words, comparison.verdict)
    grade = said.grade_text(words, comparison)
    chip = tag("span", text(grade), css="oce-grade", title=said.grade_help(words)) if grade else ""
    meaning = said.grade_meaning(words, comparison)
    grave = [item for item in comparison.warnings if item.code not in note.MILD]
    mild = [item for item in comparison.warnings if item.code in note.MILD]
    markup.show(
        tag(
            "div",
            markup.verdict_line(look, chip),
            tag("p", text(said.sentence(words, comparison, here.names)), css="say"),
            tag("p", text(meaning), css="oce-note") if meaning else "",
            css=f"oce-statement oce-{look.tone}",
        ),
        _notes(here, comparison, grave, "alert", "oce-open"),
        _notes(here, comparison, mild, "gap", "oce-silent"),
    )


def _notes(here: Here, comparison: Comparison, notes: list[Note], shape: str, css: str) -> str:
    said_notes = note.sentences(here.words, notes, comparison.unit, here.names)
    return tag("ul", *[tag("li", mark(shape), tag("span", text(item)), css=css) for item in said_notes], css="oce-list")


def _figures(here: Here, comparison: Comparison) -> None:
    if said.is_silent(comparison):
        return
    words, unit = here.words, comparison.unit
    _ = words.gettext
    digits = quantity.digits_of(comparison)
    before, after = said.window_values(words, comparison)
    expected = quantity.value(words, comparison.expected_without, unit, digits)
    if said.is_weekly(comparison):
        before, after = _("{name} a week", name=before), _("{name} a week", name=after)
    items = [
        (_("Before"), before, said.window_text(words, comparison.baseline)),
        (_("After"), after, said.window_text(words, comparison.evaluation)),
        (_("Expected without the initiative"), expected, ""),
        (_("Change"), said.change(words, comparison) or "–", said.change_interval(words, comparison) or ""),
        (_("Change in percent"), *(said.relative_change(words, comparison) or ("–", ""))),
        (_("Relevance threshold"), quantity.threshold(words, comparison.relevance, unit), ""),
    ]
    if comparison.target is not None:
        reached = _("reached") if said.reaches_target(comparison) else _("not reached")
        items.append((_("Target"), quantity.value(words, comparison.target, unit), reached))
    with st.container(border=True, key="panel_figures"):
        markup.figures(items)
        strip = markup.gauge_strip(words, comparison)
        markup.show(strip)
        if strip:
            st.caption(_("Dot: change. Line: 95% interval. Grey zone: too small to matter."))


def _history(here: Here, objective: Objective, comparison: Comparison) -> None:
    if not comparison.weeks:
        return
    words = here.words
    _ = words.gettext
    with st.container(border=True, key="panel_history"):
        title = _("{kpi}, week by week", kpi=here.names.kpi(comparison.kpi))
        has_shifted = any(item.code == "mix_shift" for item in comparison.warnings)
        markup.show(tag("h2", text(title), css="oce-panel-title"))
        st.plotly_chart(
            chart.history(words, comparison),
            key="history",
            config=PLOTLY,
            alt=_("Weekly history of {subject}, with the go-live marked", subject=words.label(objective)),
        )
        if not said.is_silent(comparison):
            st.caption(
                _(
                    "The dashed line is what was to be expected without the initiative; the band holds single weeks in "
                    "95 cases of 100. Whole weeks, Monday to Sunday."
                )
            )
            if has_shifted:
                st.caption(
                    _(
                        "Both lines are as measured, with the mix of each week. The verdict holds the mix as it was "
                        "before, so the gap seen here is not its figure."
                    )
                )


@st.fragment
def _cells(here: Here, objective: Objective) -> None:
    words = here.words
    _ = words.gettext
    with st.container(border=True, key="panel_cells"):
        by = st.segmented_control(
            _("Where it moves"),
            DIMENSIONS,
            default="segment",
            format_func=lambda dimension: dimension_word(words, dimension),
            required=True,
            key="detail_by",
        )
        found = [readable(item) for item in ask(compare, objective.key, by=by, view=here.view)[1:]]
        if not found:
            st.caption(_("Nothing to compare along this dimension."))
            return
        if any(c.effect for c in found):
            st.plotly_chart(
                chart.effects(words, found, by, here.names),
                key=f"effects_{by}",
                config=PLOTLY,
                alt=_("Change by {dimension}, with 95% interval", dimension=dimension_word(words, by)),
            )
            st.caption(_("Dot: change. Line: 95% interval. Grey zone: too small to matter."))
        comparison_table(here, found, by)


def comparison_table(here: Here, found: list[Comparison], dimension: str) -> None:
    """Draw comparisons as a table, one row a cell."""
    words = here.words
    _ = words.gettext
    headers = [
        (dimension_word(words, dimension), "name"),
        (_("Verdict"), ""),
        (_("Before"), "num"),
        (_("After"), "num"),
        (_("Change"), "num"),
        (_("95% interval"), "num"),
        (_("Observations"), "num"),
    ]
    rows = []
    for comparison, row in zip(found, said.rows(words, found, dimension, here.names), strict=True):
        why = tag("small", text(row["why"])) if said.is_silent(comparison) and row["why"] else ""
        rows.append(
            [
                text(row["name"]),
                verdict_cell(here, comparison) + why,
                *[text(row[name]) for name in ("before", "after", "change", "interval", "n")],
            ]
        )
    markup.table(headers, rows, _("Before and after by {dimension}", dimension=headers[0][0]), stacks=True)


def verdict_cell(here: Here, comparison: Comparison) -> str:
    """Write a verdict inside a table."""
    return _verdict(here, comparison.verdict)


def _verdict(here: Here, verdict: Verdict) -> str:
    look = said.verdict_look(here.words, verdict)
    return tag("span", mark(look.mark), text(look.word), css=f"verdict oce-{look.tone}")


def _routes(here: Here, comparison: Comparison) -> None:
    """Draw the same effect by other routes, so that one sees what the verdict hangs on."""
    words = here.words
    _ = words.gettext
    found = explained.routes(words, comparison, here.names)
    if not found:
        return
    headers = [(_("By another route"), "name"), (_("Verdict"), ""), (_("Change"), "num"), (_("95% interval"), "num")]
    rows = [
        [text(_("As it is told above")), verdict_cell(here, comparison), *_effect_cells(here, comparison)],
        *[[text(item.name), _verdict(here, item.verdict), text(item.change), text(item.interval)] for item in found],
    ]
    same = sum(item.verdict is comparison.verdict for item in found)
    with st.container(border=True, key="panel_routes"):
        markup.show(tag("h2", text(_("Does the verdict hold?")), css="oce-panel-title"))
        if not comparison.provisional:
            st.caption(_("{same} of {n} other routes lead to the same verdict.", same=same, n=len(found)))
        markup.table(headers, rows, _("Does the verdict hold?"))


def _effect_cells(here: Here, comparison: Comparison) -> list[str]:
    words = here.words
    return [text(said.change(words, comparison) or "–"), text(said.change_interval(words, comparison) or "–")]


@st.fragment
def _other_method(here: Here, comparison: Comparison) -> None:
    """Let an analyst choose another method and see both."""
    words = here.words
    _ = words.gettext
    chosen = st.selectbox(
        _("Method"),
        explained.CHOICES,
        format_func=lambda name: explained.method_name(words, name),
        key="detail_method",
    )
    if chosen == "auto" or not comparison.objective:
        return
    asked = ask(compare, comparison.objective, kpi=comparison.kpi, view=here.view, checks=False, method=chosen)
    other = readable(asked[0])
    headers = [(_("Method"), "name"), (_("Verdict"), ""), (_("Change"), "num"), (_("95% interval"), "num")]
    rows = [
        [
            text(explained.method_name(words, item.method or chosen)),
            verdict_cell(here, item),
            *_effect_cells(here, item),
        ]
        for item in (comparison, other)
    ]
    markup.table(headers, rows, _("Two methods side by side"))
    why = note.sentences(words, other.reasons, other.unit, here.names) if said.is_silent(other) else []
    markup.show(*[tag("p", text(item), css="oce-note") for item in why])


def _guardrails(here: Here, objective: Objective) -> None:
    if not objective.guardrails:
        return
    words = here.words
    _ = words.gettext
    found = [
        readable(item) for key in objective.guardrails for item in ask(compare, objective.key, kpi=key, view=here.view)
    ]
    headers = [(_("Must not get worse"), "name"), (_("Verdict"), ""), (_("Change"), "num"), (_("95% interval"), "num")]
    rows = [
        [
            text(here.names.kpi(item.kpi)),
            verdict_cell(here, item),
            text(said.change(words, item) or "–"),
            text(said.change_interval(words, item) or "–"),
        ]
        for item in found
    ]
    with st.container(border=True, key="panel_guardrails"):
        markup.table(headers, rows, _("Guardrails"), stacks=True)


def _baseline(here: Here, objective: Objective, baseline: FrozenBaseline) -> None:
    words = here.words
    _ = words.gettext
    with st.container(border=True, key="panel_baseline"):
        shape = "lock" if baseline.state == "ex_ante" else "open"
        title = frozen_state_text(words, baseline.state)
        parts = [tag("p", mark(shape), " ", text(title[:1].upper() + title[1:]), css="oce-panel-title")]
        if baseline.state == "none":
            parts.append(
                tag("p", text(_("Freeze it, so that nobody can move the before figures any more.")), css="oce-note")
            )
        else:
            parts.append(
                tag(
                    "p",
                    text(
                        _(
                            "Frozen on {day} by {by}: {value}, {days}. Fingerprint {hash}.",
                            day=baseline.frozen_at.date() if baseline.frozen_at else None,
                            by=baseline.frozen_by,
                            value=quantity.value(words, baseline.value, _unit(here, objective)),
                            days=words.span(baseline.first, baseline.last),
                            hash=(baseline.hash or "")[:12],
                        )
                    ),
                    css="oce-note",
                )
            )
            if not baseline.intact:
                parts.append(tag("p", text(_("The frozen figures no longer match their fingerprint.")), css="oce-note"))
        markup.show(*parts)
        if baseline.state == "none":
            with st.popover(_("Freeze the baseline"), icon=":material/lock:", **here.lock(Right.DECIDE)):
                _freeze(here, objective)


def _unit(here: Here, objective: Objective) -> str:
    return next((kpi.unit for kpi in ask(list_kpis) if kpi.key == objective.kpi), "ratio")


def _freeze(here: Here, objective: Objective) -> None:
    """Ask once more, and who does it: what is frozen stays."""
    _ = here.words.gettext
    st.write(
        _(
            "The before figures of {objective} are kept as they are now and cannot be changed afterwards.",
            objective=markup.literal(here.words.label(objective)),
        )
    )
    by = st.text_input(_("Who freezes it"), value=objective.owner)
    if st.button(_("Freeze"), type="primary", disabled=not by.strip()):
        try:
            freeze(database(), objective.key, by.strip())
        except OcemError as error:
            st.error(here.words.error(error))
            return
        st.rerun()


def _why(here: Here, comparison: Comparison) -> None:
    words = here.words
    _ = words.gettext
    box = st.expander(_("Why this number?"), icon=":material/help:", on_change="rerun", key="why_this_number")
    if not box.open:
        return
    with box:
        found = ask(explain, comparison, here.view)
        why.definition(here, found.kpi, found.perimeter)
        headers = [(_("Window"), "name"), (_("Days"), ""), (_("Observations"), "num"), (_("Value"), "num")]
        rows = [[text(cell) for cell in row] for row in explained.window_rows(words, comparison)]
        markup.table(headers, rows, _("Windows"))
        told = [
            explained.method_text(words, comparison),
            explained.method_source(words, comparison),
            said.detectable(words, comparison),
            *explained.sensitivity_sentences(words, comparison),
        ]
        markup.show(*[tag("p", text(item)) for item in told if item])
        _other_method(here, comparison)
        why.freshness(here, found.sources, found.data_version)
        why.queries(here, found.sql, found.fact_sql)
