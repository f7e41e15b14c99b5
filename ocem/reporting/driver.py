"""What goes with satisfaction, in words and as a figure."""

from typing import Any

from ocem.domain.driver import Drivers
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


def headline(words: Words, found: Drivers, names: Names) -> str:
    """Say in a sentence what goes most with an outcome, or why nothing is said."""
    outcome = question_word(words, found.outcome)
    if found.refused is not None:
        return f"{outcome}: {note.sentence(words, found.refused, 'share', names)}"
    first = found.shares[0]
    values = {
        "driver": question_word(words, first.question),
        "outcome": outcome,
        "share": words.percent(first.share, 0),
    }
    if first.rank_high == 1:
        return words.gettext("{outcome} goes most with {driver}: {share} of what the questions explain.", **values)
    return words.gettext(
        "{outcome} goes with {driver} ({share} of what the questions explain), but the next one may be ahead.", **values
    )


def figure(words: Words, found: Drivers) -> dict[str, Any]:
    """Draw the drivers' shares with their intervals."""
    labels = [question_word(words, item.question) for item in found.shares]
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
    return chart.shares(words, labels, values, texts, words.gettext("share of what the questions explain together"))


def caption(words: Words, found: Drivers) -> str:
    """Say how much is explained, from how many answers, and what it is not."""
    return words.gettext(
        "{n} questionnaires of {people} customers; the questions together explain {r2} of the differences. Shares are "
        "split evenly where answers go together (Shapley); 95% intervals. They say what goes with satisfaction, not "
        "what would raise it.",
        n=found.n,
        people=found.n_respondents,
        r2=words.percent(found.r2 or 0.0, 0),
    )
