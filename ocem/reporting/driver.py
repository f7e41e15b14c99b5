"""What goes with satisfaction or with a result, in words and as a figure."""

from typing import Any

from ocem.domain.driver import Drivers, DriverShare
from ocem.i18n import Words
from ocem.reporting import chart, note
from ocem.reporting.names import Names


def question_word(words: Words, question: str) -> str:
    """Name a question of a survey."""
    _ = words.gettext
    known = {
        "csat": _("Satisfaction"),
        "nps": _("Recommendation"),
        "ces": _("Perceived ease"),
        "simplicity": _("Simplicity"),
        "speed": _("Speed of answer"),
        "integration": _("Integration"),
        "guidance": _("Guidance"),
        "coherence": _("Coherence"),
        "information": _("Information"),
    }
    return known.get(question, question)


def outcome_name(words: Words, found: Drivers, names: Names) -> str:
    """Name what is explained: a question of a survey, or a KPI."""
    return names.kpi(found.outcome) if found.by_week else question_word(words, found.outcome)


def driver_name(words: Words, found: Drivers, item: DriverShare, names: Names) -> str:
    """Name a driver; a KPI with how long before."""
    if not found.by_week:
        return question_word(words, item.driver)
    name = names.kpi(item.driver)
    if not item.lag:
        return name
    return words.ngettext("{name}, a week before", "{name}, {n} weeks before", item.lag, name=name)


def headline(words: Words, found: Drivers, names: Names) -> str:
    """Say in a sentence what goes most with an outcome, or why nothing is said."""
    outcome = outcome_name(words, found, names)
    if found.refused is not None:
        return f"{outcome}: {note.sentence(words, found.refused, 'share', names)}"
    first = found.shares[0]
    values = {
        "driver": driver_name(words, found, first, names),
        "outcome": outcome,
        "share": words.percent(first.share, 0),
        "second": driver_name(words, found, found.shares[1], names) if len(found.shares) > 1 else "",
    }
    if found.by_week and first.rank_high == 1:
        return words.gettext("{outcome} goes most with {driver}: {share} of what the links explain.", **values)
    if found.by_week:
        return words.gettext(
            "{outcome} goes most with {driver} ({share} of what the links explain), though {second} may come first.",
            **values,
        )
    if first.rank_high == 1:
        return words.gettext("{outcome} goes most with {driver}: {share} of what the questions explain.", **values)
    return words.gettext(
        "{outcome} goes most with {driver} ({share} of what the questions explain), though {second} may come first.",
        **values,
    )


def figure(words: Words, found: Drivers, names: Names) -> dict[str, Any]:
    """Draw the drivers' shares with their intervals."""
    labels = [driver_name(words, found, item, names) for item in found.shares]
    texts = [
        words.gettext(
            "{driver}: {share} ({low} to {high})",
            driver=label,
            share=words.percent(item.share, 0),
            low=words.percent(item.low, 0),
            high=words.percent(item.high, 0),
        )
        for label, item in zip(labels, found.shares, strict=True)
    ]
    values = [(item.share, item.low, item.high) for item in found.shares]
    return chart.shares(words, labels, values, texts, words.gettext("share explained"))


def made_of(words: Words) -> list[tuple[str, str]]:
    """Say how each figure about drivers is made."""
    _ = words.gettext
    return [
        (
            _("Share of a driver"),
            _(
                "How much of what all drivers explain falls to it, as the mean over all orders in which they can be "
                "added (LMG, the same as Shapley); the shares sum to 100%."
            ),
        ),
        (
            _("Explained together"),
            _(
                "Part of the differences between answers, or of the ups and downs of weeks, that all drivers carry "
                "(R²)."
            ),
        ),
        (
            _("95% interval"),
            _(
                "Customers, or for results blocks of eight weeks, drawn again 400 times; 95 of 100 draws lie between "
                "its ends."
            ),
        ),
    ]


def caption(words: Words, found: Drivers) -> str:
    """Say how much is explained, from how many answers or weeks, and what it is not."""
    r2 = words.percent(found.r2 or 0.0, 0)
    if found.by_week:
        return words.gettext(
            "{n} weeks without trend, season and closures; the links together explain {r2} of the ups and downs. "
            "Shares are split evenly where drivers go together (Shapley); 95% intervals, blocks of eight weeks "
            "resampled. They say what moves before the result, not what would raise it.",
            n=found.n,
            r2=r2,
        )
    return words.gettext(
        "{n} questionnaires of {people} customers; the questions together explain {r2} of the differences. Shares are "
        "split evenly where answers go together (Shapley); 95% intervals. They say what goes with satisfaction, not "
        "what would raise it.",
        n=found.n,
        people=found.n_respondents,
        r2=r2,
    )
