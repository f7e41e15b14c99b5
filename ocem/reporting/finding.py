"""What a review found beside its signals, in words: displacements, links, late sources, limits that no longer fit."""

from collections.abc import Iterable
from dataclasses import dataclass

from ocem.domain.comparison import Comparison, Note
from ocem.domain.review import Named, ReviewDocument
from ocem.i18n import Words
from ocem.reporting import displacement, link
from ocem.reporting.review_names import names_of


@dataclass(frozen=True)
class Said:
    """One sentence with the mark and tone that show its kind."""

    text: str
    mark: str
    tone: str


def movements(words: Words, document: ReviewDocument) -> list[Said]:
    """Say the displacements and links that the room saw."""
    names = names_of(words, document)
    told = []
    for shift in document.shifts:
        look = displacement.verdict_look(words, shift.shift.verdict)
        told.append(Said(displacement.brief(words, shift.shift, names), look.mark, look.tone))
    for found in document.links:
        look = link.status_look(words, found.link.status)
        text = f"{link.sentence(words, found.link, names)} {link.expectation(words, found.link)}"
        told.append(Said(text, look.mark, look.tone))
    return told


def warnings(words: Words, document: ReviewDocument) -> list[Said]:
    """Say what is to be minded about the data and the charts."""
    sources = {item.source.key: words.label(item.source) for item in document.as_of}
    told = (_warning(words, item, sources) for item in document.findings)
    return [Said(text, "gap", "silent") for text in told if text]


def _warning(words: Words, item: Note, sources: dict[str, str]) -> str:
    match item.code:
        case "sources_behind":
            return words.gettext(
                "These sources have not reached the end of the week: {sources}. Their KPIs bring no signal yet.",
                sources=words.listed(sources.get(key, key) for key in item.values["sources"]),
            )
        case "limits_outdated":
            return words.ngettext(
                "{n} chart has lain on one side of its centre for half a year: its limits no longer fit. Set them anew "
                "if the change is wanted and its cause known: {charts}.",
                "{n} charts have lain on one side of their centre for half a year: their limits no longer fit. Set "
                "them anew if the change is wanted and its cause known: {charts}.",
                int(item.values["count"]),
                charts=words.listed(_labels(words, item)),
            )
    return ""


def _labels(words: Words, item: Note) -> Iterable[str]:
    """Name the charts of a note; a document without their labels names them by key."""
    named = item.values.get("labels")
    if not named:
        return list(item.values["charts"])
    return [words.label(Named(str(one["key"]), str(one["it"]), str(one["en"]))) for one in named]


def benchmark_text(words: Words, comparison: Comparison) -> str:
    """Say that the before figures of an objective were not frozen before its go-live; empty where they were."""
    codes = {item.code for item in (*comparison.warnings, *comparison.reasons)}
    if "no_ex_ante_benchmark" in codes:
        return words.gettext("no ex ante baseline")
    if "frozen_after_go_live" in codes:
        return words.gettext("no ex ante baseline: frozen after the go-live")
    return ""


def interim_text(words: Words, comparison: Comparison) -> str:
    """Say until when an evaluation goes on whose verdict is still open; empty where it is over."""
    if not comparison.provisional or comparison.evaluation_ends is None:
        return ""
    return words.gettext("decided after {day}", day=comparison.evaluation_ends)
