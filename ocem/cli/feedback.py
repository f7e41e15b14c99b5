"""Four voices, giving back and maturity on the command line."""

import argparse
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from ocem.cli import documents
from ocem.cli.commands import opened
from ocem.cli.outcome import Outcome
from ocem.domain.feedback import Voice
from ocem.domain.perimeter import Dimension
from ocem.errors import N_, WrongUse
from ocem.evaluation import assessment, feedback, restitution, roi
from ocem.evaluation.member import members
from ocem.evaluation.people import note_export
from ocem.evaluation.small_cell import thresholds
from ocem.evaluation.view import View
from ocem.i18n import Words
from ocem.reporting import assessment as maturity_words
from ocem.reporting import feedback as said
from ocem.reporting import restitution as given_words
from ocem.reporting import roi as roi_words
from ocem.reporting.names import Names
from ocem.reporting.restitution_pdf import as_pdf


def add(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add these commands to the parser."""
    item = command("voices", voices, "What customers, staff, partners and distributors say.")
    item.add_argument("--segment", action="append", default=[], help="only these segments")
    item.add_argument("--touchpoint", action="append", default=[], help="only these touchpoints")
    item = command("restitution", give_back, "How much was given back; with --audience the page that goes out.")
    item.add_argument("--audience", choices=[voice.value for voice in Voice])
    item.add_argument("--out", type=Path, help="where the page is written: .html or .pdf")
    item = command("roi", returns, "Cost, attributed margin and return of each touchpoint.")
    item.add_argument("--model", default=roi.DEFAULT_MODEL, help="how margin is attributed")
    command("maturity", maturity, "Self-assessments, what the data know, and the score.")


def voices(options: argparse.Namespace, words: Words) -> Outcome:
    """Print every figure that may be shown."""
    view = View(segments=tuple(options.segment), touchpoints=tuple(options.touchpoint))
    with opened(options) as database:
        found = feedback.voices(database, view)
        limits = thresholds(database)
    figures = [
        {
            "voice": item.voice.value,
            "question": item.question,
            "answers": item.answers,
            "value": item.level.value if item.level else None,
            "low": item.level.low if item.level else None,
            "high": item.level.high if item.level else None,
        }
        for item in found.figures
        if item.asked
    ]
    document = {
        "first": documents.day(found.first),
        "last": documents.day(found.last),
        "fewest_respondents": limits.fewest,
        "fewest_respondents_staff": limits.fewest_staff,
        "held_back": found.held_back,
        "figures": figures,
    }
    lines = [
        f"{item.voice.value:<12} {item.question:<12} {said.value_text(words, item.level, item.question):>8}  "
        f"{said.interval_text(words, item.level, item.question)}"
        for item in found.figures
        if item.level
    ]
    return Outcome(document, [said.headline(words, found), *lines])


def give_back(options: argparse.Namespace, words: Words) -> Outcome:
    """Print how much was given back, or write the page for one audience."""
    today = date.today()
    with opened(options) as database:
        if options.audience is None:
            found = restitution.coverage(database, today)
            document = documents.plain({key: value for key, value in asdict(found).items() if key != "sql"})
            return Outcome(document, [given_words.headline(words, found)])
        answered = restitution.you_said(database, Voice(options.audience), today)
        known = [member for dimension in Dimension for member in members(database, dimension)]
        if options.out is not None:
            suffix = _suffix(options.out)
            note_export(database, "restitution", audience=options.audience, language=words.lang, kind=suffix[1:])
    sheet = given_words.sheet(words, Voice(options.audience), answered, today, Names.of(words, known))
    if options.out is None:
        lines = [f"{line.said} -> {line.message}" for line in sheet.lines]
        return Outcome(documents.plain(asdict(sheet)), lines)
    content = as_pdf(sheet) if suffix == ".pdf" else given_words.as_html(sheet).encode()
    options.out.write_bytes(content)
    return Outcome({"file": str(options.out)}, [words.gettext("Written to {file}.", file=str(options.out))])


def _suffix(path: Path) -> str:
    suffix = path.suffix.casefold()
    if suffix not in (".html", ".pdf"):
        raise WrongUse(N_("The page is written as .html or .pdf, not as {suffix}."), suffix=suffix or "–")
    return suffix


def returns(options: argparse.Namespace, words: Words) -> Outcome:
    """Print cost, margin and return of each touchpoint."""
    with opened(options) as database:
        found = roi.returns(database, options.model)
        known = members(database, "touchpoint")
    names = Names.of(words, known)
    rows = [
        {
            "touchpoint": row.touchpoint,
            "fixed_eur": row.fixed_eur,
            "variable_eur": row.variable_eur,
            "per_interaction_eur": row.per_interaction_eur,
            "cost_eur": row.cost_eur,
            "interactions": row.interactions,
            "margin": _figure(row.margin),
            "roi": _figure(row.roi),
            "payback_weeks": row.payback_weeks.value if row.payback_weeks else None,
            "answers": {key: level.value for key, level in row.answers},
        }
        for row in found.rows
    ]
    document = {
        "first": documents.day(found.first),
        "last": documents.day(found.last),
        "model": found.model,
        "refusal": found.refusal,
        "touchpoints": rows,
    }
    lines = [f"{row.touchpoint:<20} {roi_words.roi_text(words, row.roi)[0]}" for row in found.rows]
    return Outcome(document, [roi_words.headline(words, found, names), *lines])


def _figure(item: roi.Figure | None) -> dict[str, float] | None:
    return asdict(item) if item else None


def maturity(options: argparse.Namespace, words: Words) -> Outcome:
    """Print editions, dimensions and evidence."""
    with opened(options) as database:
        found = assessment.maturity(database)
    document: dict[str, Any] = {
        "editions": [
            {
                "edition": item.name,
                "day": documents.day(item.day),
                "raters": [rater.rater for rater in item.raters],
                "score": item.score,
                "rated_score": item.rated_score,
                "dimensions": [documents.plain(asdict(dimension)) for dimension in item.dimensions],
                "involvement": [asdict(function) for function in item.involvement],
            }
            for item in found.editions
        ],
        "evidence": [
            {"dimension": item.dimension, "level": item.level, "part": item.row.part, "of": item.row.of}
            for item in found.evidence
        ],
    }
    lines = [f"{item.dimension}: {maturity_words.evidence_text(words, item)}" for item in found.evidence]
    return Outcome(document, [maturity_words.headline(words, found), *lines])
