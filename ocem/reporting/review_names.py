"""The labels that a review's document carries."""

from collections.abc import Iterable

from ocem.domain.review import DecisionRecord, Named, ReviewDocument
from ocem.i18n import Words
from ocem.reporting.names import Names


def names_of(words: Words, document: ReviewDocument) -> Names:
    """Collect every label that the document carries."""
    members: dict[tuple[str, str], str] = {}
    kpis: dict[str, str] = {}
    objectives: dict[str, str] = {}

    def learn(labels: Iterable[Named]) -> None:
        for label in labels:
            for dimension in ("segment", "touchpoint", "phase"):
                members.setdefault((dimension, label.key), words.label(label))

    for item in document.items:
        kpis[item.kpi.key] = words.label(item.kpi)
        learn(item.cell_labels)
        learn(item.comparison_labels)
        learn(part.member for part in item.contributions)
        if item.objective:
            objectives[item.objective.key] = words.label(item.objective)
    for item in document.standing_out:
        kpis[item.kpi.key] = words.label(item.kpi)
    for shift in document.shifts:
        learn([shift.touchpoint])
    for link in document.links:
        for label in (link.leading, link.following):
            kpis[label.key] = words.label(label)
    for found in document.comparisons:
        kpis[found.kpi.key] = words.label(found.kpi)
        objectives[found.objective.key] = words.label(found.objective)
    for decision in both(document):
        kpis[decision.kpi.key] = words.label(decision.kpi)
        learn(decision.perimeter_labels)
    return Names(words, members, kpis, objectives)


def both(document: ReviewDocument) -> tuple[DecisionRecord, ...]:
    """Return the decisions that are due and those that were taken, each once."""
    known = {item.number: item for item in (*document.decisions_due, *document.decisions)}
    return tuple(known.values())
