"""Touchpoint ROI: cost, attributed margin, return and payback, with the feedback beside them."""

import streamlit as st

from ocem.evaluation import roi as use
from ocem.reporting import attribution as models
from ocem.reporting import roi as said
from ocem.reporting.names import dimension_word
from ocem.stats.attribution import MODELS
from ocem.ui import empty, markup, navigation, state
from ocem.ui.database import ask
from ocem.ui.feedback import why
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text

PLOTLY = {"displayModeBar": False}


def roi_page(here: Here) -> None:
    """Draw the page."""
    words = here.words
    _ = words.gettext
    heading = st.container()
    asked = state.own("model")
    model = st.selectbox(
        _("How margin is attributed"),
        MODELS,
        index=MODELS.index(asked) if asked in MODELS else 0,
        format_func=lambda key: models.model_name(words, key),
        key="roi_model",
    )
    state.set_own("model", model if model != MODELS[0] else None)
    st.caption(_("Method: {meaning}.", meaning=words.gettext(models.MODEL_MEANINGS[model])))
    slot = st.container()
    with slot.skeleton(height=420):
        found = ask(use.returns, model, here.view)
    with slot:
        aside = [words.span(found.first, found.last) if found.first else "", here.names.limits(here.view.perimeter())]
        with heading:
            markup.head(_("Touchpoint ROI"), " · ".join(part for part in aside if part))
        if not found.rows:
            empty.nothing_in_view(here)
            return
        markup.show(tag("p", text(said.headline(words, found, here.names)), css="oce-headline"))
        _table(here, found)
        _caveats(here)
        why(here, list(found.sql))


def _table(here: Here, found: use.Returns) -> None:
    words = here.words
    _ = words.gettext
    with st.container(border=True, key="panel_roi"):
        if any(row.per_euro for row in found.rows):
            st.plotly_chart(
                said.per_euro_figure(words, found, here.names),
                key="per_euro",
                config=PLOTLY,
                alt=_("Attributed margin for each euro of cost, by touchpoint, with 95% interval"),
            )
        headers = [
            (dimension_word(words, "touchpoint"), "name"),
            (_("Fixed cost"), "num"),
            (_("Cost per interaction"), "num"),
            (_("Total cost"), "num"),
            (_("Attributed margin"), "num"),
            ("ROI", "num"),
            (_("Payback"), "num"),
            (_("What customers say"), ""),
            (_("Themes"), ""),
        ]
        markup.table(headers, [_row(here, row) for row in found.rows], _("Touchpoint ROI"), stacks=True)
        st.page_link(
            navigation.page_of(words, "restitution"),
            label=_("Discuss: raise a theme"),
            icon=":material/forum:",
            help="",
            query_params=state.link(edit="new"),
        )


def _row(here: Here, row: use.TouchpointReturn) -> list[str]:
    words = here.words
    _ = words.gettext
    uses = words.ngettext("{n} interaction", "{n} interactions", row.interactions)
    margin, margin_interval = said.margin_text(words, row.margin)
    roi, roi_interval = said.roi_text(words, row.roi)
    payback, payback_interval = said.payback_text(words, row)
    placed = _("orders placed there: {amount}", amount=said.euros(words, row.placed_margin_eur))
    source = _("from interactions") if row.is_from_interactions else ""
    answers = "".join(
        tag("small", text(f"{name}: {value} ({interval})"))
        for name, value, interval in said.answers_text(words, row)[:3]
    )
    told = _("{open} open of {all}", open=row.themes_open, all=row.themes_all) if row.themes_all else "–"
    return [
        text(here.names.member("touchpoint", row.touchpoint)) + tag("small", text(uses)),
        text(said.euros(words, row.fixed_eur) if row.fixed_eur else "–"),
        text(said.small_euros(words, row.per_interaction_eur)),
        (text(said.euros(words, row.cost_eur)) if row.cost_eur else _unknown(here)) + tag("small", text(source)),
        text(margin)
        + tag("small", text(margin_interval))
        + (tag("small", text(placed)) if row.placed_margin_eur else ""),
        tag("b", text(roi)) + tag("small", text(roi_interval)),
        text(payback) + tag("small", text(payback_interval)),
        answers or _unheard(here),
        text(told),
    ]


def _unknown(here: Here) -> str:
    return tag("span", text(here.words.gettext("not known")), css="oce-veil")


def _unheard(here: Here) -> str:
    return tag("span", text(here.words.gettext("not asked")), css="oce-veil")


def _caveats(here: Here) -> None:
    _ = here.words.gettext
    st.caption(
        _(
            "ROI = (attributed margin - cost) / cost. Payback: weeks of attributed margin that pay for the cost of "
            "these weeks. Intervals carry the uncertainty of the attribution; costs are taken as known."
        )
    )
    st.caption(
        _(
            "Attribution shares out the margin there was. It does not say what would be lost without a touchpoint: "
            "customers would order elsewhere. The margin also pays for all that is not a touchpoint."
        )
    )
