"""Four voices: what each says, both sides of a dimension, evenness of touchpoints, rounds, comments."""

import streamlit as st

from ocem.domain.access import Right
from ocem.domain.feedback import QUESTIONS, SHARED, Voice
from ocem.domain.theme import Tag, Theme
from ocem.errors import OcemError
from ocem.evaluation import feedback as heard
from ocem.evaluation.objective import list_initiatives
from ocem.evaluation.small_cell import LEAST, MOST, set_thresholds, thresholds
from ocem.evaluation.theme import spoken as words_spoken
from ocem.evaluation.theme import tags, themes
from ocem.reporting import feedback as said
from ocem.reporting.names import dimension_word
from ocem.store.feedback import Comment
from ocem.ui import empty, feedback_round, markup, navigation, state, theme_tag
from ocem.ui.database import ask, database
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text
from ocem.ui.view_switch import view_switch

SHOWN_COMMENTS = 25
PLOTLY = {"displayModeBar": False}


def feedback_page(here: Here) -> None:
    """Draw the page."""
    _ = here.words.gettext
    heading = st.container()
    shown = _chosen(here)
    if shown == "rounds":
        feedback_round.show(here, heading)
        return
    slot = st.container()
    with slot.skeleton(height=420):
        found = ask(heard.voices, here.view)
    limits = here.names.limits(here.view.perimeter())
    days = here.words.span(found.first, found.last) if found.last and shown != "evenness" else ""
    with heading:
        markup.head(_("Four voices"), " · ".join(part for part in (days, limits) if part))
    with slot:
        if found.last is None or not any(item.asked for item in found.figures):
            empty.nothing_in_view(here)
            return
        {"voices": _voices, "sides": _sides, "evenness": _evenness, "comments": _comments}[shown](here, found)
        _protection(here, found)


def _chosen(here: Here) -> str:
    """Return which of the views is asked for; the URL keeps it, so that it can be sent."""
    _ = here.words.gettext
    names = {
        "voices": _("What they say"),
        "sides": _("Both sides"),
        "evenness": _("How evenly"),
        "rounds": _("Rounds"),
        "comments": _("Comments"),
    }
    return view_switch(here.words, names, "feedback_view")


def _voices(here: Here, found: heard.Voices) -> None:
    words = here.words
    _ = words.gettext
    markup.show(tag("p", text(said.headline(words, found)), css="oce-headline"))
    headers = [(_("Question"), "name")] + [(said.voice_word(words, voice), "num") for voice in Voice]
    rows = []
    for question in QUESTIONS:
        figures = [found.figure(voice, question) for voice in Voice]
        if not any(item and item.asked for item in figures):
            continue
        name = text(said.question_word(words, question)) + tag("small", text(said.scale_text(words, question)))
        rows.append([name, *[_voice_cell(here, item) for item in figures]])
    with st.container(border=True, key="panel_voices"):
        markup.table(headers, rows, _("What every voice says"), stacks=True)
        markup.show(
            tag(
                "p",
                text(
                    _(
                        "Below each figure: 95% interval over respondents, and answers. Hatched: nobody was asked, or "
                        "too few answered to be shown; never zero."
                    )
                ),
                css="oce-note",
            )
        )
    why(here, [found.sql])


def _voice_cell(here: Here, item: heard.VoiceFigure | None) -> str:
    words = here.words
    if item is None or item.level is None:
        return tag("span", text(said.state_text(words, item)), css="oce-veil")
    answers = words.ngettext("{n} answer", "{n} answers", item.answers or 0)
    interval = said.interval_text(words, item.level, item.question)
    below = tag("small", tag("span", text(interval)), " · ", tag("span", text(answers)), css="loose")
    return text(said.value_text(words, item.level, item.question)) + below


def _sides(here: Here, found: heard.Voices) -> None:
    words = here.words
    _ = words.gettext
    known = ask(heard.sides, here.view)
    if not known:
        st.info(
            _(
                "No dimension was asked of both sides yet. Ask the staff the customers' questions: how do you believe "
                "customers live it?"
            ),
            icon=":material/compare_arrows:",
        )
        return
    asked = state.own("side")
    other = st.segmented_control(
        _("Customers and"),
        known,
        default=asked if asked in known else known[0],
        format_func=lambda voice: said.voice_word(words, voice),
        required=True,
        key="feedback_side",
    )
    state.set_own("side", str(other) if other != known[0] else None)
    both = ask(heard.two_views, Voice(other or known[0]), here.view)
    markup.show(tag("p", text(said.gap_sentence(words, both)), css="oce-headline"))
    shown = [item for item in both.gaps if item.customers.level or item.others.level]
    with st.container(border=True, key="panel_sides"):
        if shown:
            st.plotly_chart(
                said.two_sides_figure(words, both),
                key="two_sides",
                config=PLOTLY,
                alt=_(
                    "The same dimensions as customers and {other} see them", other=said.voice_word(words, both.other)
                ),
            )
        headers = [
            (_("Dimension"), "name"),
            (_("Customers"), "num"),
            (said.voice_word(words, both.other), "num"),
            (_("Gap"), "num"),
            (_("95% interval"), "num"),
        ]
        rows = [
            [
                text(row["name"]),
                text(row["customers"]) + tag("small", text(row["customers_interval"])),
                text(row["others"]) + tag("small", text(row["others_interval"])),
                tag("b", text(row["gap"])) if row["clear"] else text(row["gap"]),
                text(row["gap_interval"]),
            ]
            for row in said.gap_rows(words, both.gaps)
        ]
        markup.table(headers, rows, _("Both sides of the same dimension"), stacks=True)
        missing = [said.question_word(words, key) for key in SHARED if key not in {item.question for item in both.gaps}]
        if missing:
            st.caption(_("Not asked of both: {dimensions}.", dimensions=words.listed(missing)))
        st.caption(_("Gap: the other side minus customers. Bold: the interval leaves zero out."))
    why(here, [both.sql])


def _evenness(here: Here, found: heard.Voices) -> None:
    words = here.words
    _ = words.gettext
    left, right = st.columns(2)
    questions = [
        question
        for question in heard.SPREAD_QUESTIONS
        if (figure := found.figure(Voice.CUSTOMER, question)) and figure.asked
    ]
    if not questions:
        st.info(_("Customers were not asked touchpoint by touchpoint yet."), icon=":material/hub:")
        return
    question = left.selectbox(_("Question"), questions, format_func=lambda key: said.question_word(words, key))
    initiatives = {item.key: item for item in ask(list_initiatives)}
    options = ["", *initiatives]
    asked = state.own("initiative")
    start = next((key for key, item in initiatives.items() if item.touchpoint), "")
    initiative = right.selectbox(
        _("Before and after"),
        options,
        index=options.index(asked if asked in initiatives else start),
        format_func=lambda key: words.label(initiatives[key]) if key else _("Last year and the year before"),
        key="feedback_initiative",
    )
    state.set_own("initiative", initiative or None)
    item = ask(heard.homogeneity, question, initiative or None, here.view)
    if item.before_days is None or item.after_days is None:
        empty.nothing_in_view(here)
        return
    markup.show(tag("p", text(said.homogeneity_sentence(words, item)), css="oce-headline"))
    before, after = said.spread_text(words, item.before, question), said.spread_text(words, item.after, question)
    figures = [
        (_("Before, {days}", days=words.span(*item.before_days)), *before),
        (_("After, {days}", days=words.span(*item.after_days)), *after),
    ]
    if item.change:
        figures.append((_("Change"), *said.spread_change_text(words, item.change, question)))
    if item.after_all and item.after and item.after_all.n_groups != item.after.n_groups:
        figures.append((_("After, with the new touchpoints"), *said.spread_text(words, item.after_all, question)))
    with st.container(border=True, key="panel_evenness"):
        markup.section(_("Spread between touchpoints"))
        markup.figures(figures)
        st.caption(
            _(
                "How far the touchpoints' true figures lie from one another (standard deviation, noise taken out), "
                "over the touchpoints that are in both periods. A lower figure is a more even experience."
            )
        )
        st.plotly_chart(
            said.touchpoints_figure(words, item, here.names),
            key="evenness",
            config=PLOTLY,
            alt=_("{question} by touchpoint, before and after", question=said.question_word(words, question)),
        )
        headers = [(dimension_word(words, "touchpoint"), "name"), (_("Before"), "num"), (_("After"), "num")]
        rows = [
            [
                text(here.names.member("touchpoint", level.touchpoint)),
                *[
                    text(value) + (tag("small", text(interval)) if interval else "")
                    for value, interval in said.level_cells(words, level, question)
                ],
            ]
            for level in item.touchpoints
        ]
        markup.table(headers, rows, _("Touchpoints before and after"), stacks=True)
    why(here, list(item.sql))


def _comments(here: Here, _found: heard.Voices) -> None:
    words = here.words
    _ = words.gettext
    by_key: dict[str, Theme | Tag] = {f"theme.{item.theme.key}": item.theme for item in ask(themes)}
    by_key |= {f"tag.{item.key}": item for item in ask(tags)}
    spoken = ask(words_spoken)
    limits = ask(thresholds)
    asked = state.own("theme")
    only = asked if asked in spoken else None
    item = ask(heard.comments, spoken, here.view, only)
    if not item.n:
        markup.show(tag("p", text(_("No comments in these weeks, or too few to be shown.")), css="oce-headline"))
        return
    count = words.ngettext("{n} comment in these weeks", "{n} comments in these weeks", item.n)
    free = said.few_text(words, item.in_no_theme, limits)
    sentence = _("{count}; {free} speak of no theme or tag yet.", count=count, free=free)
    markup.show(tag("p", text(sentence), css="oce-headline"))
    left, right = st.columns([2, 3], gap="small")
    with left, st.container(border=True, key="panel_by_theme", height="stretch"):
        for kind, title, nothing in (
            ("theme.", _("By theme"), _("No theme yet.")),
            ("tag.", _("By tag"), _("No tag yet.")),
        ):
            markup.section(title)
            rows = [
                tag(
                    "li",
                    tag("span", text(words.label(by_key[key]))),
                    tag("span", text(said.few_text(words, n, limits)), css="right"),
                )
                for key, n in item.by_theme
                if key.startswith(kind)
            ]
            markup.show(tag("ul", *rows, css="oce-list pairs") if rows else tag("p", text(nothing), css="oce-note"))
        theme_tag.show(here, item.frequent)
        st.page_link(
            navigation.page_of(words, "restitution"),
            label=_("Raise a theme"),
            icon=":material/add:",
            help="",
            query_params=state.link(edit="new"),
        )
    with right, st.container(border=True, key="panel_comments", height="stretch"):
        options = ["", *spoken]
        chosen = st.selectbox(
            _("Which comments"),
            options,
            index=options.index(only or ""),
            format_func=lambda key: words.label(by_key[key]) if key else _("All comments"),
            key="feedback_theme",
        )
        if (chosen or None) != only:
            state.set_own("theme", chosen or None)
            st.rerun()
        lines = [_comment(here, comment) for comment in item.shown[:SHOWN_COMMENTS]]
        markup.show(tag("ul", *lines, css="oce-quotes") if lines else tag("p", text(_("None.")), css="oce-note"))
        if len(item.shown) > len(lines):
            st.caption(_("The newest {n} are shown; the same words are shown once.", n=len(lines)))
    why(here, [item.sql])


def _comment(here: Here, comment: Comment) -> str:
    words = here.words
    about = [
        said.voice_word(words, comment.voice),
        here.names.member("touchpoint", comment.touchpoint) if comment.touchpoint else "",
        here.names.member("segment", comment.segment) if comment.segment else "",
        words.gettext("week of {day}", day=comment.week),
    ]
    if comment.n > 1:
        about = [
            about[0],
            words.ngettext("{n} time", "{n} times", comment.n),
            words.gettext("last in the {week}", week=about[3]),
        ]
    return tag(
        "li",
        tag(
            "span",
            text(f"“{comment.text}”"),
            tag("small", text(" · ".join(part for part in about if part)), css="oce-note"),
        ),
    )


def why(here: Here, queries: list[str]) -> None:
    """Offer the very queries that gave the figures above."""
    _ = here.words.gettext
    box = st.expander(_("Why these numbers?"), icon=":material/help:", on_change="rerun", key="why_these_numbers")
    if not box.open:
        return
    with box:
        st.caption(
            _(
                "The query behind the figures, over the answers that may be shown. A respondent with several answers "
                "counts once in the intervals."
            )
        )
        for query in dict.fromkeys(queries):
            st.code(query, language="sql", wrap_lines=True)
        st.caption(_("State of the data number {version}.", version=database().data_version()))


def _protection(here: Here, found: heard.Voices) -> None:
    """Say what protects those who answered, and let it be changed."""
    words = here.words
    _ = words.gettext
    limits = ask(thresholds)
    markup.show(
        tag("p", markup.mark("lock"), " ", text(said.protection_text(words, limits, found.held_back)), css="oce-note")
    )
    if not here.may(Right.ADMINISTER):
        return
    with st.popover(_("Change protection"), icon=":material/lock:"):
        fewest = st.number_input(_("Fewest respondents behind a figure"), LEAST, MOST, limits.fewest)
        staff = st.number_input(_("Fewest of the staff"), LEAST, MOST, limits.fewest_staff)
        if st.button(_("Save protection"), type="primary"):
            try:
                set_thresholds(database(), int(fewest), int(staff))
            except OcemError as error:
                st.error(words.error(error), icon=":material/block:")
                return
            st.rerun()
