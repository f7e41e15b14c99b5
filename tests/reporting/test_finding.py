"""What a review finds beside its signals, said once for the page, the deck and the mail."""

from dataclasses import replace
from datetime import UTC, date, datetime

from ocem.domain.comparison import Comparison, Note, Verdict, WindowFigure
from ocem.domain.link import Link, LinkStatus
from ocem.domain.perimeter import Cell, Perimeter
from ocem.domain.review import (
    ChartCount,
    LinkFinding,
    Named,
    ObjectiveFinding,
    ReviewDocument,
    ReviewItem,
    SourceAsOf,
)
from ocem.i18n import Words
from ocem.reporting import agenda, finding
from ocem.reporting.deck_content import build

IT, EN = Words("it"), Words("en")
MONDAY = date(2026, 11, 9)
SUNDAY = date(2026, 11, 15)


def source(key: str, finished: date) -> SourceAsOf:
    return SourceAsOf(
        Named(key, key.title(), key.title()), "sale", finished, finished, datetime(2026, 11, 16, tzinfo=UTC)
    )


def item(rank: int, key: str, signals: tuple[str, ...]) -> ReviewItem:
    return ReviewItem(
        rank, Named(key, key, key), 1, Cell(), (), Perimeter(), "count", "count", "up", signals,
        True if signals else None, 3.4, 120.0, 100.0, 85.0, 115.0, "raw", "xmr", "locked", None, None, 20, 0.0,
        None, previous=101.0, strength=2.4,
    )  # fmt: skip


def objective(**changes: object) -> ObjectiveFinding:
    window = WindowFigure(MONDAY, SUNDAY, 7, 100.0, 0.3)
    compared = Comparison(
        "portal", "share", Cell(), "share", "share", "up", window, window, Verdict.INCONCLUSIVE, **changes
    )  # type: ignore[arg-type]
    return ObjectiveFinding(Named("portal", "Portale", "Portal"), Named("share", "Quota", "Share"), "Sara", compared)


def document(**changes: object) -> ReviewDocument:
    made = ReviewDocument(
        "2026-W46", MONDAY, SUNDAY, 1, "open", True, (source("erp", SUNDAY),), 1, 1.7, ChartCount(65), (), (), (), (),
        (),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def said(made: ReviewDocument, words: Words) -> str:
    """Return all that a deck says on its slides of tables."""
    parts = []
    for slide in build(made, words).slides:
        parts += [slide.title, slide.lead, *(f"{name} {value}" for name, value in slide.facts)]
        parts += [line for _title, lines in slide.lists for line in lines]
        parts += [cell.text for table in slide.tables for row in table.rows for cell in row]
    return "\n".join(parts)


def test_limits_that_no_longer_fit_are_named_by_their_charts() -> None:
    labels = [{"key": "sale_days/fast", "it": "Durata della vendita", "en": "Sale duration"}]
    outdated = Note("limits_outdated", {"charts": ["sale_days/fast"], "labels": labels, "count": 1, "weeks": 26})
    made = document(findings=(outdated,))
    assert "Durata della vendita" in finding.warnings(IT, made)[0].text
    assert "Sale duration" in said(made, EN)


def test_a_document_from_before_labels_names_charts_by_key() -> None:
    outdated = Note("limits_outdated", {"charts": ["sale_days"], "count": 1, "weeks": 26})
    assert "sale_days" in finding.warnings(EN, document(findings=(outdated,)))[0].text


def test_links_are_said_on_the_agenda_in_words_of_their_own() -> None:
    link = Link("waiting", "complaints", LinkStatus.SUPPORTED, lag=2, r=0.5)
    found = LinkFinding(Named("waiting", "Attesa", "Waiting"), Named("complaints", "Reclami", "Complaints"), link)
    made = document(links=(found,))
    assert "When “Waiting” rises, “Complaints” rises 2 weeks later." in said(made, EN)
    again = ReviewDocument.from_json(made.to_json())
    assert again == made


def test_a_figure_to_watch_is_no_signal_and_has_no_slide() -> None:
    made = document(
        items=(item(2, "orders", ("outside",)),), standing_out=(item(1, "visits", ()),), expected_standing_out=2.3
    )
    assert [one.rank for one in made.ranked] == [1, 2]
    assert "1 new signal" in agenda.headline(EN, made)
    assert "1 figure to watch" in agenda.standing_out_text(EN, made) and "2.3" in agenda.standing_out_text(EN, made)
    text = said(made, EN)
    assert "visits at 120 after 101 the week before, usually 100" in text and "inside its limits" in text
    assert [slide.item for slide in build(made, EN).slides if slide.kind == "item"] == ["orders"]


def test_an_objective_never_frozen_before_its_go_live_says_so() -> None:
    missing = objective(warnings=(Note("no_ex_ante_benchmark"),))
    late = objective(warnings=(Note("frozen_after_go_live"),))
    assert finding.benchmark_text(EN, missing.comparison) == "no ex ante baseline"
    assert "after the go-live" in finding.benchmark_text(EN, late.comparison)
    assert finding.benchmark_text(EN, objective().comparison) == ""
    assert "no ex ante baseline" in said(document(comparisons=(missing,)), EN)


def test_an_open_evaluation_says_when_it_is_decided() -> None:
    running = objective(provisional=True, evaluation_ends=date(2026, 12, 27))
    assert finding.interim_text(EN, running.comparison) == "decided after 27 Dec 2026"
    assert "si decide dopo il 27 dic 2026" in said(document(comparisons=(running,)), IT)


def test_one_slow_source_does_not_date_all_the_others() -> None:
    made = document(as_of=(source("erp", SUNDAY), source("survey", date(2026, 9, 20))))
    text = said(made, EN)
    assert "every source finished to 15 Nov 2026, except Survey (20 Sept 2026)" in text
    assert "data to 15 Nov 2026" in build(made, EN).footer
    unfinished = replace(made, finished=False)
    assert "data to 20 Sept 2026" in build(unfinished, EN).footer
