"""Organisational maturity: the score and how it came about, who disagrees, what the data know, history, the rubric."""

from datetime import date

import streamlit as st

from ocem.domain.access import Right
from ocem.domain.assessment import FUNCTIONS, RUBRIC, Assessment, Dimension
from ocem.errors import OcemError
from ocem.evaluation import assessment as use
from ocem.reporting import assessment as said
from ocem.ui import markup, state
from ocem.ui.database import ask, database
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text

PLOTLY = {"displayModeBar": False}
UNKNOWN = -1


def maturity_page(here: Here) -> None:
    """Draw the page."""
    words = here.words
    _ = words.gettext
    slot = st.container()
    with slot.skeleton(height=420):
        found = ask(use.maturity)
    with slot:
        now = found.editions[0] if found.editions else None
        markup.head(_("Maturity"), now.name if now else "")
        markup.show(tag("p", text(said.headline(words, found)), css="oce-headline"))
        if now:
            with st.container(border=True, key="panel_score"):
                markup.figures(said.figures(words, found))
                st.caption(
                    _(
                        "The Osservatorio's index has a method of its own: the two scores are not measured alike and "
                        "are shown for orientation."
                    )
                )
        _dimensions(here, found, now)
        if now:
            left, right = st.columns([2, 3], gap="small")
            with left:
                _involvement(here, now)
            with right:
                _history(here, found)
        _rate(here, found)
        _rubric(here)
        _why(here, found)


def _dimensions(here: Here, found: use.Maturity, now: use.Edition | None) -> None:
    words = here.words
    _ = words.gettext
    results = {item.dimension: item for item in now.dimensions} if now else {}
    evidence = {item.dimension: item for item in found.evidence}
    headers = [
        (_("Dimension"), "name"),
        (_("Level, 0 to 4"), "num"),
        (_("Raters"), ""),
        (_("What the data know"), ""),
        (_("Reference figures"), ""),
    ]
    rows = []
    for dimension in RUBRIC:
        result, known = results.get(dimension.key), evidence.get(dimension.key)
        rows.append(
            [
                text(words.gettext(dimension.label)) + tag("small", text(words.gettext(dimension.question))),
                _level(here, result, known),
                _raters(here, result),
                _known(here, dimension, known, result),
                "".join(
                    tag("small", text(said.reference_text(words, item))) for item in said.references_of(dimension.key)
                ),
            ]
        )
    with st.container(border=True, key="panel_dimensions"):
        markup.table(headers, rows, _("Dimensions of maturity"), stacks=True)
        st.caption(
            _(
                "Where the data know the answer, their level counts; elsewhere the raters' mean. Reference figures: "
                "Osservatorio Omnichannel Customer Experience, Politecnico di Milano, with the year of each."
            )
        )
        extra = " · ".join(said.reference_text(words, item) for item in said.references_of("index") if item.share)
        st.caption(_("Of all companies: {figures}.", figures=extra))


def _level(here: Here, result: use.DimensionResult | None, known: use.Evidence | None) -> str:
    words = here.words
    level = result.level if result else float(known.level) if known else None
    if level is None:
        return tag("span", text(words.gettext("not rated")), css="oce-veil")
    share = 100 * said.share_of_scale(level)
    bar = tag("div", tag("b", style=f"width:{share:.0f}%"), css="oce-meter", style="min-width:5rem")
    return text(words.number(level, 1 if level % 1 else 0)) + bar


def _raters(here: Here, result: use.DimensionResult | None) -> str:
    if result is None:
        return "–"
    mean, spread = said.mean_text(here.words, result)
    disagree = result.low is not None and result.high is not None and result.high - result.low >= said.FAR_APART
    below = tag("span", mark("alert"), " ", text(spread), css="oce-open verdict") if disagree else text(spread)
    return text(mean) + tag("small", below) + tag("small", text(said.ratings_text(here.words, result)))


def _known(here: Here, dimension: Dimension, known: use.Evidence | None, result: use.DimensionResult | None) -> str:
    words = here.words
    if known is None:
        said_so = words.gettext("no data yet") if dimension.is_known else words.gettext("only people can say")
        return tag("span", text(said_so), css="oce-note")
    now = words.gettext("level {level} today", level=known.level)
    parts = [text(said.evidence_text(words, known)), tag("small", text(now))]
    if result and result.evidence is not None and result.evidence != known.level:
        then = words.gettext("level {level} on the day of the assessment", level=result.evidence)
        parts.append(tag("small", text(then)))
    if result and result.mean is not None and abs(result.mean - known.level) >= said.FAR_APART:
        parts.append(tag("small", text(words.gettext("raters see it differently"))))
    return "".join(parts)


def _involvement(here: Here, now: use.Edition) -> None:
    words = here.words
    _ = words.gettext
    with st.container(border=True, key="panel_involvement", height="stretch"):
        markup.section(_("Marketing and sales"))
        markup.show(tag("p", text(said.involvement_sentence(words, now.involvement))))
        headers = [(_("Function"), "name"), (_("Involvement, 0 to 4"), "num")]
        rows = [
            [text(name), text(mean) + tag("small", text(spread))]
            for name, mean, spread in said.both_sides(words, now.involvement)
        ]
        markup.table(headers, rows, _("Involvement of functions"))
        for item in said.references_of("involvement"):
            st.caption(said.reference_text(words, item))


def _history(here: Here, found: use.Maturity) -> None:
    words = here.words
    _ = words.gettext
    with st.container(border=True, key="panel_editions", height="stretch"):
        markup.section(_("History"))
        st.plotly_chart(
            said.history_figure(words, found.editions),
            key="maturity_history",
            config=PLOTLY,
            alt=_("Score of maturity by edition"),
        )
        headers = [(_("Edition"), "name"), (_("Score"), "num"), (_("Raters alone"), "num"), (_("Raters"), "num")]
        rows = [
            [
                text(item.name) + tag("small", text(words.day(item.day))),
                text(said.score_text(words, item.score)),
                text(said.score_text(words, item.rated_score)),
                text(words.number(len(item.raters))),
            ]
            for item in found.editions
        ]
        markup.table(headers, rows, _("Editions"))


def _rate(here: Here, found: use.Maturity) -> None:
    words = here.words
    _ = words.gettext
    known = {item.dimension: item for item in found.evidence}
    box = st.expander(_("Rate the company"), icon=":material/edit_note:", expanded=state.own("edit") == "new")
    with box, st.form("assessment", border=False):
        first, second, third = st.columns(3)
        editions = [item.name for item in found.editions]
        edition = first.text_input(
            _("Edition"), value=editions[0] if editions else str(date.today().year), max_chars=40
        )
        rater = second.text_input(_("Who rates"), max_chars=80)
        function = third.text_input(_("Function"), max_chars=80)
        levels: dict[str, int] = {}
        for dimension in RUBRIC:
            options = [UNKNOWN, *range(5)]
            chosen = st.selectbox(
                f"{words.gettext(dimension.label)}: {words.gettext(dimension.question)}",
                options,
                format_func=lambda level, item=dimension: (
                    _("I do not know") if level == UNKNOWN else said.level_text(words, item, level)
                ),
                help=(
                    _("The data say: {what}.", what=said.evidence_text(words, known[dimension.key]))
                    if dimension.key in known
                    else None
                ),
                key=f"rate_{dimension.key}",
            )
            if chosen is not None and chosen != UNKNOWN:
                levels[dimension.key] = int(chosen)
        markup.section(_("How much is each function involved, 0 to 4?"))
        involvement: dict[str, int] = {}
        for column, name in zip(st.columns(len(FUNCTIONS)), FUNCTIONS, strict=True):
            value = column.number_input(said.function_word(words, name), 0, 4, value=None, key=f"involved_{name}")
            if value is not None:
                involvement[name] = int(value)
        note = st.text_input(_("Note"), max_chars=300)
        is_saved = st.form_submit_button(
            _("Save the rating"), type="primary", icon=":material/save:", **here.lock(Right.COMMENT)
        )
    if not is_saved:
        return
    item = Assessment(
        "", edition.strip(), rater.strip(), function.strip(), date.today(), levels, involvement, note.strip()
    )
    try:
        use.save_assessment(database(), item)
    except OcemError as error:
        st.error(words.error(error), icon=":material/block:")
        return
    st.rerun()


def _rubric(here: Here) -> None:
    words = here.words
    _ = words.gettext
    with st.expander(_("The rubric"), icon=":material/rule:"):
        st.caption(
            _(
                "Score = mean level of the dimensions that have one, divided by four, times ten. A dimension that "
                "nobody rated and the data do not know is left out."
            )
        )
        for dimension in RUBRIC:
            markup.section(words.gettext(dimension.label))
            items = [tag("li", text(said.level_text(words, dimension, level))) for level in range(5)]
            markup.show(
                tag("p", text(words.gettext(dimension.question)), css="oce-note"), tag("ul", *items, css="oce-rubric")
            )


def _why(here: Here, found: use.Maturity) -> None:
    words = here.words
    _ = words.gettext
    if not found.evidence:
        return
    box = st.expander(_("Why these numbers?"), icon=":material/help:", on_change="rerun", key="why_maturity")
    if not box.open:
        return
    with box:
        for item in found.evidence:
            st.caption(f"{said.dimension_word(words, item.dimension)}: {said.evidence_text(words, item)}")
            st.code(item.sql, language="sql", wrap_lines=True)
