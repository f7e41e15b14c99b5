"""Maturity in words: score, disagreement, evidence, the reference figures with their years."""

from collections.abc import Sequence

from ocem.domain.assessment import FUNCTIONS, HIGHEST, REFERENCES, RUBRIC, Dimension, Reference
from ocem.evaluation.assessment import DimensionResult, Edition, Evidence, Involvement, Maturity
from ocem.i18n import Words, formats
from ocem.reporting import chart, palette
from ocem.reporting.figure import Figure, value_axis

FAR_APART = 2
"""Levels between raters from which they are said to disagree."""
DIMENSIONS = {item.key: item for item in RUBRIC}


def dimension_word(words: Words, key: str) -> str:
    """Name a dimension."""
    return words.gettext(DIMENSIONS[key].label)


def function_word(words: Words, function: str) -> str:
    """Name a function of the company."""
    _ = words.gettext
    return {
        "marketing": _("Marketing"),
        "sales": _("Sales"),
        "service": _("Customer service"),
        "it": _("Information technology"),
        "management": _("Top management"),
    }[function]


def level_text(words: Words, dimension: Dimension, level: int) -> str:
    """Write a level of the rubric with its number."""
    return f"{level}. {words.gettext(dimension.levels[level])}"


def score_text(words: Words, score: float | None) -> str:
    """Write a score out of ten."""
    return formats.NOTHING if score is None else words.number(score, 1)


def headline(words: Words, found: Maturity) -> str:
    """Say where the company stands and whence it comes."""
    _ = words.gettext
    if not found.editions:
        return _("Nobody has rated the company yet. Half of the answer is known from the data already.")
    now = found.editions[0]
    raters = words.ngettext("one rater", "{n} raters", len(now.raters))
    text = _(
        "{score} out of 10 in {edition}, by {raters}.",
        score=score_text(words, now.score),
        edition=now.name,
        raters=raters,
    )
    if len(found.editions) > 1 and found.editions[1].score is not None:
        before = found.editions[1]
        text += " " + _("It was {score} in {edition}.", score=score_text(words, before.score), edition=before.name)
    weakest = min((item for item in now.dimensions if item.level is not None), key=lambda item: item.level or 0.0)
    weak = _("Weakest: {dimension}.", dimension=dimension_word(words, weakest.dimension).lower())
    return f"{text} {weak}"


def figures(words: Words, found: Maturity) -> list[tuple[str, str, str]]:
    """Return the score, what raters alone would give, and the published index."""
    _ = words.gettext
    now = found.editions[0]
    shown = [
        (_("Score, out of 10"), score_text(words, now.score), _("data where they know, raters elsewhere")),
        (_("Raters alone"), score_text(words, now.rated_score), _("mean of {n}", n=len(now.raters))),
    ]
    for item in REFERENCES:
        if item.index is not None:
            shown.append(
                (
                    _("Osservatorio, {year}", year=str(item.year)),
                    words.number(item.index, 1),
                    _("its own index, 0 to 10"),
                )
            )
    return shown


def mean_text(words: Words, item: DimensionResult) -> tuple[str, str]:
    """Write what raters say on average, and how far apart they are."""
    _ = words.gettext
    if item.mean is None or item.low is None or item.high is None:
        return formats.NOTHING, _("nobody rated it")
    if len(item.ratings) == 1:
        return words.number(item.mean, 1), _("one rater only")
    spread = _("{low} to {high}", low=item.low, high=item.high)
    if item.high - item.low >= FAR_APART:
        spread = _("{spread}: raters disagree", spread=spread)
    return words.number(item.mean, 1), spread


def ratings_text(words: Words, item: DimensionResult) -> str:
    """Write what every rater said."""
    return " · ".join(f"{rater} {level}" for rater, level in item.ratings)


def evidence_text(words: Words, item: Evidence) -> str:
    """Say what the data know of a dimension."""
    _ = words.gettext
    part, of = words.number(item.row.part), words.number(item.row.of)
    match item.name:
        case "frozen_share":
            return _("{part} objectives of {of} with a before frozen before the go-live", part=part, of=of)
        case "data_kinds":
            return _("{part} systems of {of} joined on the same customers", part=part, of=of)
        case "journey_reach":
            share = words.percent(item.row.part / item.row.of, 0) if item.row.of else formats.NOTHING
            return _("{share} of {of} customers traced on digital and physical touchpoints", share=share, of=of)
        case "touchpoints_share":
            return _("{part} touchpoints of {of} with data", part=part, of=of)
    voices = words.number(item.row.extra)
    return _("{part} themes of {of} given back; voices asked: {voices} of 4", part=part, of=of, voices=voices)


def reference_text(words: Words, item: Reference) -> str:
    """Write a published figure with its year."""
    value = words.percent(item.share, 0) if item.share is not None else words.number(item.index or 0.0, 1)
    return f"{value} {words.gettext(item.text)} ({item.year})"


def references_of(key: str) -> tuple[Reference, ...]:
    """Return the published figures about a dimension, those of the whole index under ``index``."""
    return tuple(item for item in REFERENCES if item.dimension == key)


def both_sides(words: Words, involvement: Sequence[Involvement]) -> list[tuple[str, str, str]]:
    """Write how much each function is involved, with how far raters are apart, marketing and sales first."""
    by = {item.function: item for item in involvement}
    rows = []
    for function in FUNCTIONS:
        item = by.get(function)
        if item is None:
            continue
        spread = words.gettext("{low} to {high}", low=item.low, high=item.high)
        rows.append((function_word(words, function), words.number(item.mean, 1), spread))
    return rows


def involvement_sentence(words: Words, involvement: Sequence[Involvement]) -> str:
    """Say whether marketing and sales are equally involved."""
    _ = words.gettext
    by = {item.function: item for item in involvement}
    if "marketing" not in by or "sales" not in by:
        return _("Marketing and sales have not both been rated.")
    gap = by["marketing"].mean - by["sales"].mean
    if abs(gap) < 0.5:
        return _("Marketing and sales are about equally involved.")
    if gap > 0:
        return _("Marketing is more involved than sales, by {gap} levels of 4.", gap=words.number(gap, 1))
    return _("Sales are more involved than marketing, by {gap} levels of 4.", gap=words.number(-gap, 1))


def history_figure(words: Words, editions: Sequence[Edition]) -> Figure:
    """Score by edition, with and without the data's own knowledge, and the published index."""
    _ = words.gettext
    ordered = sorted(editions, key=lambda item: item.day)

    def line(name: str, values: list[float | None], colour: str, dash: str) -> Figure:
        return {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": [item.day.isoformat() for item in ordered],
            "y": values,
            "line": {"color": colour, "width": 2.4, "dash": dash},
            "marker": {"size": 9},
            "customdata": [score_text(words, value) for value in values],
            "hovertemplate": f"{name}: %{{customdata}}<extra></extra>",
        }

    traces = [
        line(_("Score"), [item.score for item in ordered], palette.AFTER, "solid"),
        line(_("Raters alone"), [item.rated_score for item in ordered], palette.BEFORE, "dot"),
    ]
    published = [item for item in REFERENCES if item.index is not None]
    traces.append(
        {
            "type": "scatter",
            "mode": "markers+text",
            "text": [f"{item.year}: {words.number(item.index or 0.0, 1)}" for item in published],
            "textposition": "bottom center",
            "cliponaxis": False,
            "name": _("Osservatorio's index"),
            "x": [f"{item.year}-12-31" for item in published],
            "y": [item.index for item in published],
            "marker": {"size": 11, "symbol": "diamond", "color": palette.EXPECTED},
            "customdata": [f"{item.year}: {words.number(item.index or 0.0, 1)}" for item in published],
            "hovertemplate": "%{customdata}<extra></extra>",
        }
    )
    layout = chart.titled(words)
    days = [item.day for item in ordered]
    layout["xaxis"] = {
        "type": "date",
        "fixedrange": True,
        "showgrid": False,
        "tickvals": [day.isoformat() for day in days],
        "ticktext": [item.name for item in ordered],
    }
    layout["yaxis"] = value_axis("ratio") | {"range": [0, 10.4], "dtick": 2}
    return {"data": traces, "layout": layout | {"height": 260}}


def share_of_scale(level: float | None) -> float:
    """Return a level as a share of the scale, for a bar."""
    return 0.0 if level is None else level / HIGHEST
