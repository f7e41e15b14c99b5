"""All decisions and actions, how often predictions came true, and what the decisions are honestly worth together."""

from datetime import date

import streamlit as st

from ocem.domain.access import LOCAL, Right
from ocem.domain.comparison import Comparison
from ocem.domain.decision import Decision
from ocem.domain.review import DecisionRecord
from ocem.errors import OcemError
from ocem.evaluation.calibration import Calibration, calibration
from ocem.evaluation.decision import withdraw
from ocem.evaluation.review import action_records, decision_records
from ocem.reporting import agenda
from ocem.reporting import decision as drawn
from ocem.reporting import review as said
from ocem.ui import markup, navigation, review, review_follow, state
from ocem.ui.database import database
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text
from ocem.ui.review_write import author

PLOTLY = {"displayModeBar": False}


def show(here: Here) -> None:
    """Draw the page."""
    _ = here.words.gettext
    today = date.today()
    version = review.version_of_figures()

    def judge(decision: Decision, until: date) -> Comparison:
        return review.judge(version, decision, until)

    slot = st.container()
    with slot.skeleton(height=420):
        records = decision_records(database(), today, judge)
        found = calibration(database(), today, judge)
        actions = action_records(database(), today)
    with slot:
        count = here.words.ngettext("{n} decision", "{n} decisions", len(records))
        markup.head(_("Decisions"), count)
        st.page_link(
            navigation.page_of(here.words, "review"),
            label=_("To the weekly review"),
            icon=":material/arrow_back:",
            help="",
            query_params=state.link(),
        )
        _calibration(here, found)
        _list(here, records)
        with st.container(border=True, key="panel_all_actions"):
            review_follow.actions(here, actions, True, "")


def _calibration(here: Here, found: Calibration) -> None:
    words = here.words
    _ = words.gettext
    markup.show(tag("p", text(said.calibration_text(words, found)), css="oce-headline"))
    with st.container(border=True, key="panel_calibration"):
        markup.section(_("What we predicted and what came out"))
        if not any(item.effect is not None for item in found.outcomes):
            markup.show(tag("p", text(_("Nothing has come out yet.")), css="oce-note"))
            return
        markup.show(tag("p", text(_("Effect, % of what was expected; right is good.")), css="oce-note"))
        with st.container(key="typed_calibration"):
            st.plotly_chart(
                drawn.predictions(words, found),
                key="calibration",
                config=PLOTLY,
                alt=_("Predicted effect beside the interval of what came out, decision by decision"),
            )
        _totals(here, found)
        st.caption(
            _(
                "The sum of what came out is too large when the lucky ones are remembered. With chance taken out, each "
                "effect is drawn towards none by the share of it that is noise (empirical Bayes); their sum is what "
                "the decisions are honestly worth together. Percent of different figures are added: read it as a "
                "sign, not as money."
            )
        )


def _totals(here: Here, found: Calibration) -> None:
    words = here.words
    _ = words.gettext
    if found.honest_total is None:
        return

    def share(value: float | None) -> str:
        return "–" if value is None else words.percent(value, 1, signed=True)

    interval = _("{low} to {high}", low=share(found.honest_low), high=share(found.honest_high))
    items = [
        (_("Inside the interval"), f"{found.n_inside}/{found.n_predicted}", ""),
        (_("Predicted together"), share(found.predicted_total), ""),
        (_("Came out together"), share(found.seen_total), ""),
        (_("With chance taken out"), share(found.honest_total), interval),
    ]
    if found.optimism is not None:
        items.append((_("Predicted against honest"), _("{times} times", times=words.number(found.optimism, 1)), ""))
    markup.figures(items)


def _list(here: Here, records: tuple[DecisionRecord, ...]) -> None:
    words = here.words
    _ = words.gettext
    with st.container(border=True, key="panel_all_decisions"):
        markup.section(_("All decisions"))
        if not records:
            markup.show(
                tag("p", text(_("No decision has been taken yet. Decisions are written in the weekly review.")))
            )
            return
        headers = [
            (_("Decision"), "name"),
            (_("State"), ""),
            (_("Predicted"), ""),
            (_("Came out"), ""),
        ]
        markup.table(headers, [_row(here, item) for item in records], _("All decisions"), stacks=True)
        open_ = [item for item in records if item.state in ("waiting", "due")]
        if open_:
            lock = here.lock(Right.DECIDE)
            with st.popover(_("Withdraw one"), icon=":material/undo:", key="open_withdraw", **lock):
                _withdraw(here, open_)


def _row(here: Here, item: DecisionRecord) -> list[str]:
    words = here.words
    where = words.listed(words.label(label) for label in item.perimeter_labels)
    aside = " · ".join(
        part
        for part in (
            words.label(item.kpi),
            where,
            words.gettext("from {starts}, look on {look}", starts=item.starts, look=item.look_by),
        )
        if part
    )
    shape, tone = said.inside_look(item)
    inside = said.inside_text(words, item)
    told = tag("span", mark(shape), " ", text(inside), css=f"oce-{tone} oce-toned") if inside else ""
    return [
        text(f"{item.number} \u00b7 ") + tag("span", text(item.text), css="oce-typed") + tag("small", text(aside)),
        text(said.decision_state_word(words, item.state)),
        text(agenda.expected_text(words, item)),
        text(said.outcome_text(words, item)) + (tag("small", told) if told else ""),
    ]


def _withdraw(here: Here, records: list[DecisionRecord]) -> None:
    words = here.words
    _ = words.gettext
    names = {item.number: f"{item.number} · {item.text}" for item in records}
    number = st.selectbox(_("Decision"), list(names), format_func=names.__getitem__, key="withdraw_number")
    reason = st.text_input(_("Why"), key="withdraw_reason")
    if st.button(_("Withdraw"), key="withdraw_confirm") and number is not None:
        try:
            withdraw(database(), number, reason or "", author(here) or LOCAL.name)
        except OcemError as error:
            st.error(words.error(error), icon=":material/block:")
            return
        st.rerun()
