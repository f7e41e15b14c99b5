"""Four voices in words: who said what, with which interval, and what is held back."""

from collections.abc import Sequence
from typing import Any

from ocem.domain.feedback import QUESTIONS, WANTED, AskedBy, Form, Voice
from ocem.evaluation.feedback import Gap, Homogeneity, RoundResult, TouchpointLevel, TwoViews, VoiceFigure, Voices
from ocem.evaluation.small_cell import Thresholds
from ocem.i18n import Words, formats
from ocem.reporting import chart, palette, quantity
from ocem.reporting.figure import Figure, rows_axis, value_axis
from ocem.reporting.names import Names
from ocem.stats.gap import Level
from ocem.stats.interval import Contrast
from ocem.stats.spread import Spread, SpreadChange


def voice_word(words: Words, voice: str) -> str:
    """Name a voice, in the plural."""
    _ = words.gettext
    return {
        Voice.CUSTOMER: _("Customers"),
        Voice.STAFF: _("Staff"),
        Voice.PARTNER: _("Partners"),
        Voice.DISTRIBUTOR: _("Distributors"),
    }[Voice(voice)]


def question_word(words: Words, question: str) -> str:
    """Name a question."""
    _ = words.gettext
    return {
        "nps": _("Would recommend us (NPS)"),
        "csat": _("Satisfied (CSAT)"),
        "ces": _("Perceived ease (CES)"),
        "simplicity": _("Simplicity"),
        "speed": _("Speed of answer"),
        "integration": _("Integration"),
        "guidance": _("Guidance"),
        "coherence": _("Coherence"),
        "information": _("Shared information"),
    }.get(question, question)


def scale_text(words: Words, question: str) -> str:
    """Say how a question's figure is made."""
    _, found = words.gettext, QUESTIONS[question]
    if found.form is Form.NPS:
        return _("promoters minus detractors, -100 to 100")
    if found.form is Form.TOP2:
        return _("answers of 4 or 5 out of 5")
    return _("mean, {low} to {high}", low=found.low, high=found.high)


def asked_by_word(words: Words, asked_by: str) -> str:
    """Name a way of asking or telling."""
    _ = words.gettext
    return {
        AskedBy.EMAIL: _("E-mail"),
        AskedBy.PHONE: _("Phone"),
        AskedBy.WEB: _("Web page"),
        AskedBy.NEWSLETTER: _("Newsletter"),
        AskedBy.MEETING: _("Meeting"),
        AskedBy.VISIT: _("Visit"),
        AskedBy.PAPER: _("Paper"),
        AskedBy.OTHER: _("Otherwise"),
    }[AskedBy(asked_by)]


def unit_of(question: str) -> str:
    """Return the unit of a question's figure."""
    found = QUESTIONS.get(question)
    return {Form.NPS: "points", Form.TOP2: "share"}.get(found.form, "score") if found else "score"


def value_text(words: Words, level: Level | None, question: str) -> str:
    """Write a figure."""
    if level is None:
        return formats.NOTHING
    unit = unit_of(question)
    return quantity.value(words, level.value, unit, 0 if unit != "score" else 2)


def interval_text(words: Words, level: Level | None, question: str) -> str:
    """Write the 95% interval of a figure."""
    if level is None:
        return ""
    unit = unit_of(question)
    digits = 0 if unit != "score" else 2
    low, high = (quantity.value(words, end, unit, digits) for end in (level.low, level.high))
    return f"{low} {formats.NOTHING} {high}"


def state_text(words: Words, figure: VoiceFigure | None) -> str:
    """Say why there is no figure: nobody asked, no answers in these days, or too few to be shown."""
    _ = words.gettext
    if figure is None or not figure.asked:
        return _("not asked")
    return _("none, or too few to show")


def difference_text(words: Words, found: Contrast | None, question: str) -> str:
    """Write a gap or a change."""
    if found is None:
        return formats.NOTHING
    unit = unit_of(question)
    return quantity.difference(words, found.estimate, unit, 0 if unit != "score" else 2)


def difference_interval(words: Words, found: Contrast | None, question: str) -> str:
    """Write the interval of a gap or a change."""
    if found is None:
        return ""
    unit = unit_of(question)
    digits = 0 if unit != "score" else 2
    low, high = (quantity.bare(words, end, unit, digits) for end in (found.low, found.high))
    return words.gettext("{low} to {high}", low=low, high=high)


def is_clear(found: Contrast | None) -> bool:
    """Say whether an interval leaves zero out."""
    return found is not None and (found.low > 0 or found.high < 0)


def headline(words: Words, found: Voices) -> str:
    """Say in a sentence who was heard."""
    _ = words.gettext
    heard = [voice for voice in Voice if any(item.voice is voice and item.level for item in found.figures)]
    silent = [voice for voice in Voice if voice not in heard]
    if not heard:
        return _("No voice has enough answers in these weeks to be shown.")
    said = words.ngettext("One voice of four was heard", "{n} voices of four were heard", len(heard))
    if not silent:
        every = _("All four voices were heard.")
        return f"{every} {_wanted_text(words, found)}".strip()
    missing = words.listed(voice_word(words, voice).lower() for voice in silent)
    return _("{said}; missing: {missing}.", said=said, missing=missing)


def _wanted_text(words: Words, found: Voices) -> str:
    """Say which of the things that customers want they find least."""
    figures = [found.figure(Voice.CUSTOMER, question) for question in WANTED]
    known = [item for item in figures if item and item.level]
    if len(known) < 2:
        return ""
    least = min(known, key=lambda item: item.level.value if item.level else 0.0)
    return words.gettext(
        "Of what customers want, they find {what} least: {value} out of 5.",
        what=question_word(words, least.question).lower(),
        value=value_text(words, least.level, least.question),
    )


def protection_text(words: Words, limits: Thresholds, held_back: bool) -> str:
    """Say what protects those who answered."""
    _ = words.gettext
    text = _(
        "Nothing is shown of fewer than {fewest} respondents, of the staff fewer than {staff}: such answers wait for "
        "others or join a wider group.",
        fewest=limits.fewest,
        staff=limits.fewest_staff,
    )
    held = _("In these weeks some answers are held back.")
    return f"{text} {held}" if held_back else text


def gap_sentence(words: Words, found: TwoViews) -> str:
    """Say where the two sides differ most."""
    _ = words.gettext
    clear = [item for item in found.gaps if item.difference and is_clear(item.difference)]
    other = voice_word(words, found.other)
    if not found.gaps:
        return _("No dimension was asked of both sides yet.")
    if not clear:
        return _("Within the uncertainty, customers and {other} see the same.", other=other.lower())
    worst = max(clear, key=lambda item: abs(item.difference.estimate) if item.difference else 0.0)
    assert worst.difference is not None
    what = question_word(words, worst.question).lower()
    size = difference_text(words, worst.difference, worst.question)
    if worst.difference.estimate > 0:
        return _(
            "{other} believe that customers live it better than they say they do, most of all in {what}: {size}.",
            other=other,
            what=what,
            size=size,
        )
    return _(
        "{other} see it more sternly than customers themselves, most of all in {what}: {size}.",
        other=other,
        what=what,
        size=size,
    )


def two_sides_figure(words: Words, found: TwoViews) -> Figure:
    """Both sides of every dimension as dots with intervals on one line."""
    rows = [question_word(words, item.question) for item in found.gaps]
    traces = [
        _dots(words, voice_word(words, Voice.CUSTOMER), rows, [item.customers for item in found.gaps], "circle", 0),
        _dots(words, voice_word(words, found.other), rows, [item.others for item in found.gaps], "diamond", 1),
    ]
    layout = chart.titled(words)
    layout["yaxis"] = rows_axis(rows)
    title = words.gettext("mean from 1 to 5, with 95% interval")
    layout["xaxis"] = value_axis("score") | {"title": {"text": title}}
    layout["scattermode"] = "group"
    layout["legend"] = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}
    return {"data": traces, "layout": layout | {"height": 130 + 52 * max(len(rows), 1)}}


def _dots(
    words: Words, name: str, rows: Sequence[str], figures: Sequence[VoiceFigure], symbol: str, number: int
) -> Figure:
    shown = [(row, item, item.level) for row, item in zip(rows, figures, strict=True) if item.level]
    return _trace(
        name,
        [row for row, _item, _level in shown],
        [level for _row, _item, level in shown],
        [
            f"{row}: {value_text(words, level, item.question)} ({interval_text(words, level, item.question)})"
            for row, item, level in shown
        ],
        symbol,
        (palette.AFTER, palette.EXPECTED)[number],
        1.0,
    )


def _trace(
    name: str, rows: list[str], levels: list[Level], texts: list[str], symbol: str, colour: str, times: float
) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [level.value * times for level in levels],
        "y": rows,
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [(level.high - level.value) * times for level in levels],
            "arrayminus": [(level.value - level.low) * times for level in levels],
            "thickness": 2,
            "width": 0,
            "color": colour,
        },
        "marker": {"size": 11, "color": colour, "symbol": symbol},
        "customdata": texts,
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def touchpoints_figure(words: Words, found: Homogeneity, names: Names) -> Figure:
    """Every touchpoint before and after as dots with intervals on one line."""
    times = float(quantity.axis(unit_of(found.question))["times"])
    rows = [names.member("touchpoint", item.touchpoint) for item in found.touchpoints]

    def side(name: str, of: str, symbol: str, colour: str) -> Figure:
        pairs = [(row, getattr(item, of)) for row, item in zip(rows, found.touchpoints, strict=True)]
        shown = [(row, level) for row, level in pairs if level]
        texts = [
            f"{row}, {name.lower()}: {value_text(words, level, found.question)} "
            f"({interval_text(words, level, found.question)})"
            for row, level in shown
        ]
        return _trace(
            name, [row for row, _level in shown], [level for _row, level in shown], texts, symbol, colour, times
        )

    traces = [
        side(words.gettext("Before"), "before", "circle-open", palette.BEFORE),
        side(words.gettext("After"), "after", "circle", palette.AFTER),
    ]
    layout = chart.titled(words)
    layout["yaxis"] = rows_axis(rows)
    title = f"{question_word(words, found.question)}: {scale_text(words, found.question)}"
    layout["xaxis"] = value_axis(unit_of(found.question)) | {"title": {"text": title}}
    layout["scattermode"] = "group"
    layout["legend"] = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}
    return {"data": traces, "layout": layout | {"height": 130 + 46 * max(len(rows), 1)}}


def spread_text(words: Words, found: Spread | None, question: str) -> tuple[str, str]:
    """Write a spread and its interval."""
    if found is None:
        return formats.NOTHING, words.gettext("fewer than three touchpoints")
    unit = unit_of(question)
    value, low, high = (
        quantity.difference(words, end, unit, 1 if unit != "score" else 2).removeprefix("+")
        for end in (found.value, found.low, found.high)
    )
    return value, f"{low} {formats.NOTHING} {high}"


def spread_change_text(words: Words, found: SpreadChange, question: str) -> tuple[str, str]:
    """Write the change of a spread and its interval."""
    unit = unit_of(question)
    digits = 1 if unit != "score" else 2
    low, high = (quantity.bare(words, end, unit, digits) for end in (found.low, found.high))
    interval = words.gettext("{low} to {high}", low=low, high=high)
    return quantity.difference(words, found.value, unit, digits), interval


def homogeneity_sentence(words: Words, found: Homogeneity) -> str:
    """Say whether touchpoints are lived more evenly than before."""
    _ = words.gettext
    if found.change is None:
        return _("Too few touchpoints have answers in both periods to say how evenly they are lived.")
    if found.change.high < 0:
        return _("Touchpoints are lived more evenly than before.")
    if found.change.low > 0:
        return _("Touchpoints are lived less evenly than before.")
    return _("Nobody can say yet whether touchpoints are lived more evenly than before: the interval holds both.")


def level_cells(words: Words, item: TouchpointLevel, question: str) -> list[tuple[str, str]]:
    """Write a touchpoint's figures before and after."""
    return [
        (value_text(words, level, question), interval_text(words, level, question))
        for level in (item.before, item.after)
    ]


def rate_text(words: Words, result: RoundResult) -> tuple[str, str]:
    """Write a response rate and its interval."""
    _ = words.gettext
    if result.rate is None:
        return formats.NOTHING, _("not counted") if not result.round.invited else ""
    low, high = words.percent(result.rate.low, 0), words.percent(result.rate.high, 0)
    return words.percent(result.rate.estimate, 0), f"{low} {formats.NOTHING} {high}"


def respondents_text(words: Words, result: RoundResult) -> str:
    """Write how many answered, to the nearest five."""
    if result.respondents is None:
        return words.gettext("fewer than {n}", n=result.fewest)
    return words.gettext("about {n}", n=result.respondents) if result.respondents else words.gettext("nobody yet")


def few_text(words: Words, n: int, limits: Thresholds) -> str:
    """Write a count of comments; a few are not counted out."""
    if 0 < n < limits.fewest:
        return words.gettext("fewer than {n}", n=limits.fewest)
    return words.number(n)


def gap_rows(words: Words, gaps: Sequence[Gap]) -> list[dict[str, Any]]:
    """Return both sides and the gap of every dimension as texts."""
    return [
        {
            "name": question_word(words, item.question),
            "customers": value_text(words, item.customers.level, item.question),
            "customers_interval": interval_text(words, item.customers.level, item.question),
            "others": value_text(words, item.others.level, item.question),
            "others_interval": interval_text(words, item.others.level, item.question),
            "gap": difference_text(words, item.difference, item.question),
            "gap_interval": difference_interval(words, item.difference, item.question),
            "clear": is_clear(item.difference),
        }
        for item in gaps
    ]
