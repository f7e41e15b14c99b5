"""Attribution for a file of paths, without a store: how a statistician checks the program against published cases."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ocem.cli import documents
from ocem.cli.outcome import Outcome
from ocem.errors import N_, StatsInputError, WrongUse
from ocem.evaluation.attribution import FileAttribution, attribute_file
from ocem.i18n import Words
from ocem.reporting import note
from ocem.reporting.names import Names
from ocem.stats.attribution import MODELS, Attribution, model_named

EVERY_MODEL = "all"


def add(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add this command to the parser."""
    item = command("attribute", attribute, "Share the conversions of a CSV file of paths among touchpoints.")
    item.add_argument("file", type=Path)
    item.add_argument("--path", required=True, help="column with the touchpoints in order, e.g. site > phone > visit")
    item.add_argument("--converted", required=True, help="column with conversions: counts, 0 and 1, or yes and no")
    item.add_argument("--lost", help="column with journeys that did not convert (default: nulls, lost, ... if there)")
    item.add_argument("--separator", help="what stands between touchpoints (default: found in the file)")
    item.add_argument(
        "--model", default="markov", help=f"{', '.join(MODELS)} or {EVERY_MODEL} (default: markov, removal effects)"
    )


def attribute(options: argparse.Namespace, words: Words) -> Outcome:
    """Share the conversions of a file among touchpoints."""
    if options.separator == "":
        raise WrongUse(N_("--separator needs a text."))
    models = MODELS if options.model.strip().lower() == EVERY_MODEL else (_model(options.model),)
    found = attribute_file(
        options.file, options.path, options.converted, models, lost=options.lost, separator=options.separator
    )
    answers = [_document(item) for item in found.models]
    document = _about(found) | (
        answers[0]
        if len(models) == 1
        else {"model": EVERY_MODEL, "models": {str(answer["model"]): answer["touchpoints"] for answer in answers}}
    )
    lines = [line for item in found.models for line in _lines(words, item)]
    return Outcome(document, [*lines, *note.sentences(words, found.warnings, "count", Names(words))])


def _model(name: str) -> str:
    try:
        return model_named(name)
    except StatsInputError as unknown:
        raise WrongUse(unknown.template, **unknown.values) from unknown


def _about(found: FileAttribution) -> dict[str, Any]:
    first = found.models[0]
    return {
        "model": first.model,
        "file": found.file,
        "rows": found.rows,
        "separator": found.separator,
        "lost_column": found.lost_column,
        "converted": documents.number(first.converted),
        "lost": documents.number(first.lost),
        "p_convert": first.p_convert,
        "confidence": found.confidence,
        "draws": first.draws,
        "warnings": [documents.note(item) for item in found.warnings],
    }


def _document(found: Attribution) -> dict[str, Any]:
    touchpoints: dict[str, dict[str, Any]] = {}
    for name, credit in sorted(found.credits.items(), key=lambda item: (-item[1].share, item[0])):
        touchpoints[name] = {
            "share": credit.share,
            "low": credit.low,
            "high": credit.high,
            "conversions": credit.value,
        }
        if credit.removal is not None:
            touchpoints[name]["removal"] = credit.removal
    return {"model": found.model, "touchpoints": touchpoints}


def _lines(words: Words, found: Attribution) -> list[str]:
    lines = [f"{found.model}: {words.number(found.converted)} / {words.number(found.converted + found.lost)}"]
    for name, credit in sorted(found.credits.items(), key=lambda item: (-item[1].share, item[0])):
        interval = f"{words.percent(credit.low)} - {words.percent(credit.high)}"
        lines.append(f"  {name:<32} {words.percent(credit.share):>8}  {interval}")
    return lines
