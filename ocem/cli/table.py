"""Commands that answer about any table in a file, without a store."""

import argparse
import re
from collections.abc import Callable
from math import isfinite
from pathlib import Path

from ocem.cli import documents
from ocem.cli.outcome import Outcome
from ocem.domain.kpi import Direction
from ocem.errors import N_, WrongUse
from ocem.evaluation import analyse as analysis
from ocem.evaluation import file_table, many
from ocem.i18n import Words

_PERIOD = re.compile(
    r"\d{4}([-/]\d{1,2}([-/]\d{1,2})?)?|\d{1,2}[/.]\d{1,2}[/.]\d{4}|\d{4}-?[QMW]\d{1,2}|Q[1-4]-?\d{4}|-?\d+(\.\d+)?",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"(\.\.|:|\s+to\s+|,)")


def add(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add these commands to the parser."""
    _add_analyse(command)
    item = command("adjust", adjust, "Adjust p-values for having looked at many.")
    item.add_argument("file", type=Path)
    item.add_argument("--value", required=True, help="column of p-values")
    item.add_argument("--alpha", type=float, default=0.05)
    item = command("pool", pool, "Draw many effects together and add them up (empirical Bayes).")
    item.add_argument("file", type=Path)
    item.add_argument("--value", required=True, help="column of effects")
    item.add_argument("--error", help="column of standard errors")
    item.add_argument("--variance", help="column of variances, in place of standard errors")
    item.add_argument("--method", choices=("paule_mandel", "dersimonian_laird"), default="paule_mandel")
    item.add_argument("--centre", type=float, help="where the true effects lie on average; default: estimated")
    item = command("power", power, "How many observations a difference needs, or how often so many would show it.")
    item.add_argument("--kind", choices=("mean", "share"), default="mean")
    item.add_argument("--delta", type=float, help="difference of means")
    item.add_argument("--sd", type=float, default=1.0)
    item.add_argument("--from", type=float, dest="first", help="share before")
    item.add_argument("--to", type=float, dest="second", help="share after")
    item.add_argument("--power", type=float)
    item.add_argument("--n", type=float, help="observations in each group")
    item.add_argument("--alpha", type=float, default=0.05)


def _add_analyse(command: Callable[..., argparse.ArgumentParser]) -> None:
    item = command("analyse", analyse, "Before/after for a table in a CSV file.")
    item.formatter_class = argparse.RawDescriptionHelpFormatter
    item.epilog = "methods:\n" + "\n".join(f"  {name:24s} {text}" for name, text in analysis.method_names().items())
    item.add_argument("file", type=Path)
    item.add_argument("--when", help="column of days, months, quarters, years or numbers; or YEAR,MONTH")
    item.add_argument("--value", required=True, help="column; two or three side by side with commas, treated first")
    item.add_argument("--weight", help="what the value is divided by, or counted against")
    item.add_argument("--kind", default="mean")
    item.add_argument("--go-live")
    item.add_argument("--baseline", metavar="A..B")
    item.add_argument("--evaluation", metavar="A..B")
    item.add_argument("--group")
    item.add_argument("--treated")
    item.add_argument("--threshold", type=float)
    item.add_argument("--direction", choices=("up", "down"), type=_direction, default="up")
    item.add_argument("--method", default="auto", help="auto, or a name of the list below")
    item.add_argument("--confidence", type=float, default=0.95)
    item.add_argument("--every", choices=("day", "week", "month", "quarter", "year", "period"))
    item.add_argument("--where", action="append", default=[], metavar="COLUMN=VALUE", help="keep these rows only")
    item.add_argument("--squares", help="columns of sums of squares, beside sums in --value and rows in --weight")
    item.add_argument("--unit", help="column of stores, firms, states; a second one after a comma")
    item.add_argument("--cohort", help="column with the period in which the row's unit goes live; empty or 0: never")
    item.add_argument("--dose", help="column whose coefficient is asked for, in place of before and after")
    item.add_argument(
        "--with", dest="beside", action="append", default=[], help="a further column beside it; log(X) too"
    )
    item.add_argument("--others", action="append", default=[], help="a column to compare with, in a wide table")
    item.add_argument("--leave-out", action="append", default=[], help="a column that is not to be compared with")
    item.add_argument("--mix", action="append", default=[], metavar="COLUMN=WEIGHT", help="a given weight of a column")
    item.add_argument("--log", action="store_true", help="take logarithms of the value")
    item.add_argument(
        "--errors",
        default="",
        type=str.lower,
        help="classical, white, hc0 to hc3, hac, cluster, cluster0, placebo or ma:LAGS",
    )
    item.add_argument("--lags", help="lags of Newey-West errors; auto (the default): by the length of the series")
    item.add_argument("--kernel", default="bartlett", help="bartlett, parzen, truncated or quadratic_spectral")
    item.add_argument("--small", action="store_true", help="small-sample factor n / (n - p) for Newey-West errors")
    item.add_argument("--draws", type=int, default=200, help="random placebos behind --errors placebo")
    item.add_argument("--seed", type=int, default=12345, help="set.seed of R for these draws")
    item.add_argument("--season", type=int, default=12, help="periods in a year, for seasonal methods")
    item.add_argument("--population", type=float, help="units in the whole population, for ratios of a sample")


def analyse(options: argparse.Namespace, words: Words) -> Outcome:
    """Compare before and after for a table in a file."""
    _finite(options, "confidence")
    _above_zero(options, "threshold", "season", "draws", "population")
    try:
        kind = file_table.kind_named(options.kind)
    except ValueError as error:
        raise WrongUse(N_("There is no kind {kind}."), kind=options.kind) from error
    if options.treated is not None and not options.group:
        raise WrongUse(N_("--group and --treated go together."))
    table = file_table.Table(
        options.file,
        options.value,
        kind,
        Direction(options.direction),
        when=options.when,
        go_live=_period(options.go_live),
        weight=options.weight,
        group=options.group,
        treated=options.treated,
        baseline=_span(options.baseline),
        evaluation=_span(options.evaluation),
        threshold=options.threshold,
        method=options.method,
        every=options.every,
        where=tuple(_pair(text) for text in options.where),
        squares=options.squares,
        unit=options.unit,
        dose=options.dose,
        beside=tuple(options.beside),
        cohort=options.cohort,
        others=tuple(options.others),
        leave_out=tuple(options.leave_out),
        mix=tuple((name, _number(text)) for name, text in map(_pair, options.mix)),
        log=options.log,
        errors=options.errors,
        lags=_lags(options.lags),
        kernel=options.kernel.lower().replace("-", "_"),
        small=options.small,
        draws=options.draws,
        seed=options.seed,
        season=options.season,
        population=options.population,
        confidence=options.confidence,
    )
    document = documents.comparison(analysis.analyse(table))
    return Outcome(document, [f"{key}: {value}" for key, value in document.items() if key != "sensitivities"])


def adjust(options: argparse.Namespace, words: Words) -> Outcome:
    """Adjust the p-values of a column."""
    _share(options, "alpha")
    found = many.adjusted(options.file, options.value, options.alpha)
    document = {
        "n": len(found.adjusted),
        "bonferroni_rejections": found.bonferroni,
        "bh_rejections": found.benjamini_hochberg,
        "adjusted": [documents.number(value) for value in found.adjusted],
    }
    return Outcome(document, [f"{key}: {value}" for key, value in document.items()])


def pool(options: argparse.Namespace, words: Words) -> Outcome:
    """Draw the effects of a column together."""
    _finite(options, "centre")
    if bool(options.error) == bool(options.variance):
        raise WrongUse(N_("Give either --error or --variance."))
    column = options.error or options.variance
    found = many.pooled(options.file, options.value, column, bool(options.variance), options.method, options.centre)
    document = {
        "centre": documents.number(found.centre),
        "centre_error": documents.number(found.centre_error),
        "between_variance": documents.number(found.between**2),
        "effects": [
            {"effect": documents.number(e), "low": documents.number(low), "high": documents.number(high)}
            for e, low, high in zip(found.effect, found.low, found.high, strict=True)
        ],
        "total": {name: documents.number(getattr(found, name)) for name in ("total", "total_low", "total_high")},
    }
    return Outcome(document, [f"{key}: {value}" for key, value in document.items()])


def power(options: argparse.Namespace, words: Words) -> Outcome:
    """Answer with the missing one of power and number of observations."""
    _finite(options, "delta", "first", "second")
    _above_zero(options, "sd", "n")
    _share(options, "alpha", "power")
    if (options.power is None) == (options.n is None):
        raise WrongUse(N_("Give either --power or --n; the other is the answer."))
    size = (options.delta, options.sd) if options.kind == "mean" else (options.first, options.second)
    if any(value is None for value in size):
        raise WrongUse(N_("This method needs --{option}."), option="delta" if options.kind == "mean" else "from, --to")
    found = many.planned(options.kind, size, options.power, options.n, options.alpha)
    document = {"n": documents.number(found.n), "power": documents.number(found.power)}
    return Outcome(document, [f"{key}: {value}" for key, value in document.items()])


def _finite(options: argparse.Namespace, *names: str) -> None:
    """Refuse options that are given and no number."""
    for name in names:
        value = getattr(options, name)
        if value is not None and not isfinite(value):
            raise WrongUse(N_("{value} is not a number."), value=str(value))


def _above_zero(options: argparse.Namespace, *names: str) -> None:
    """Refuse options that are given and not above 0."""
    _finite(options, *names)
    for name in names:
        value = getattr(options, name)
        if value is not None and not value > 0:
            raise WrongUse(N_("--{option} must be above 0; found {value}."), option=name, value=value)


def _share(options: argparse.Namespace, *names: str) -> None:
    """Refuse options that are given and do not lie between 0 and 1."""
    for name in names:
        value = getattr(options, name)
        if value is not None and not 0 < value < 1:
            raise WrongUse(N_("--{option} lies between 0 and 1; found {value}."), option=name, value=str(value))


def _direction(text: str) -> str:
    """Understand other words for up and down; argparse refuses the rest."""
    words = {
        "increase": "up",
        "higher": "up",
        "positive": "up",
        "decrease": "down",
        "lower": "down",
        "negative": "down",
    }
    return words.get(text.lower(), text.lower())


def _period(text: str | None) -> str | None:
    if text is None or _PERIOD.fullmatch(text):
        return text
    raise WrongUse(N_("{value} is not a day; write it as 2026-11-16."), value=text)


def _span(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    first, dots, last = _BETWEEN.split(text, maxsplit=1) if _BETWEEN.search(text) else (text, "", "")
    if not dots:
        raise WrongUse(N_("{value} is not a window; write it as 2026-01-05..2026-06-28."), value=text)
    return _period(first) or "", _period(last) or ""


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=")
    if not equals or not name:
        raise WrongUse(N_("{value} is not COLUMN=VALUE."), value=text)
    return name, value


def _lags(text: str | None) -> int | None:
    if text is None or text == "auto":
        return None
    if not text.isdigit():
        raise WrongUse(N_("{value} is not a number."), value=text)
    return int(text)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise WrongUse(N_("{value} is not a number."), value=text) from error
    if not isfinite(value):
        raise WrongUse(N_("{value} is not a number."), value=text)
    return value
