"""Orders and margin shared among the touchpoints on the journeys that led to them."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from ocem.domain.comparison import Note
from ocem.evaluation.view import EVERYTHING, View
from ocem.stats.attribution import MODELS, Attribution, attribute_with_intervals
from ocem.stats.path import Paths
from ocem.store.attribution import PathTable, read_paths
from ocem.store.attribution_query import removal_query, rules_query
from ocem.store.database import Cursor, Database
from ocem.store.freshness import last_finished_day, source_reaches
from ocem.store.journey import bring_up_to_date
from ocem.store.journey_count import keys_of
from ocem.store.journey_filter import JourneyFilter
from ocem.store.journey_walked import WalkedPaths, walked_paths

WEEKS = 52
"""Weeks looked back on where the view names no days."""
FEWEST_ORDERS = 30
"""Journeys with an order under which nothing is attributed: the shares would be those of a handful of customers."""


@dataclass(frozen=True)
class TouchpointCredit:
    """What one model gives one touchpoint: a share of orders and euros of margin, each with its 95% interval."""

    touchpoint: str
    share: float
    low: float
    high: float
    margin_eur: float
    margin_low: float
    margin_high: float


@dataclass(frozen=True)
class AttributionTable:
    """Every model's answer for the same journeys, side by side.

    `credits` holds, by model, one line a touchpoint, largest first; empty when `refusal` says why: ``no_orders``,
    ``few_orders`` (values: `journeys_won`) or ``one_touchpoint``.
    """

    first: date | None
    last: date | None
    journeys: int
    journeys_won: int
    margin_eur: float
    credits: dict[str, tuple[TouchpointCredit, ...]]
    refusal: str | None = None


def days_of(con: Cursor, view: View) -> tuple[date, date] | None:
    """Return the days in view, by default the last 52 finished weeks; None without data."""
    finished = last_finished_day(source_reaches(con))
    if finished is None:
        return None
    last = min(view.last, finished) if view.last else finished
    return view.first or last - timedelta(days=7 * WEEKS - 1), last


def filter_of(view: View, first: date, last: date) -> JourneyFilter:
    """Return the journeys in view that were decided between inclusive days."""
    return JourneyFilter(first, last, view.segments, view.phases, view.touchpoints)


def _as_paths(walked: WalkedPaths, keys: dict[int, str]) -> Paths:
    """Name the touchpoints of the paths, those that occur only."""
    present, codes = np.unique(walked.codes, return_inverse=True)
    names = tuple(keys.get(int(number), "") for number in present)
    return Paths(names, codes.astype(np.int64), walked.starts, walked.won, walked.journeys - walked.won)


def _credits(found: Attribution) -> tuple[TouchpointCredit, ...]:
    lines = [
        TouchpointCredit(name, c.share, c.low, c.high, c.value, c.value_low, c.value_high)
        for name, c in found.credits.items()
    ]
    return tuple(sorted(lines, key=lambda line: (-line.share, line.touchpoint)))


def attribution(database: Database, view: View = EVERYTHING, models: tuple[str, ...] = MODELS) -> AttributionTable:
    """Attribute the orders and the margin in view to touchpoints by each model.

    Intervals resample customers, in 64 groups; they know nothing of the season or of what customers would do instead.
    """
    bring_up_to_date(database)
    with database.cursor() as con:
        days = days_of(con, view)
        if days is None:
            return AttributionTable(None, None, 0, 0, 0.0, {}, "no_orders")
        walked = walked_paths(con, filter_of(view, *days))
        keys = keys_of(con, "touchpoint")
    won = int(walked.won.sum())
    margin = float(walked.margin_eur.sum())
    table = AttributionTable(*days, int(walked.journeys.sum()), won, margin, {}, _refusal(walked, won))
    if table.refusal:
        return table
    paths = _as_paths(walked, keys)
    _, group = np.unique(walked.bucket, return_inverse=True)
    for model in models:
        found = attribute_with_intervals(paths, model, value=walked.margin_eur, group=group.astype(np.int64))
        table.credits[model] = _credits(found)
    return table


@dataclass(frozen=True)
class AttributionQueries:
    """Statements that give the figures of an `AttributionTable`, to be read and run on the store."""

    rules: str
    removal: str


def attribution_queries(database: Database, view: View = EVERYTHING) -> AttributionQueries | None:
    """Return the queries behind an attribution of the same view; None without data."""
    with database.cursor() as con:
        days = days_of(con, view)
        if days is None:
            return None
        chosen = filter_of(view, *days)
        return AttributionQueries(rules_query(con, chosen), removal_query(con, chosen))


def _refusal(walked: WalkedPaths, won: int) -> str | None:
    if won == 0:
        return "no_orders"
    if won < FEWEST_ORDERS:
        return "few_orders"
    return "one_touchpoint" if len(np.unique(walked.codes)) < 2 else None


def margin_by_touchpoint(
    database: Database, view: View = EVERYTHING, model: str = "markov"
) -> dict[str, tuple[float, float, float]]:
    """Return the margin in euros that a model attributes to each touchpoint in view, with its 95% interval.

    Default days: the last 52 finished weeks. Empty where too few journeys ended with an order to attribute anything.
    """
    lines = attribution(database, view, (model,)).credits.get(model, ())
    return {line.touchpoint: (line.margin_eur, line.margin_low, line.margin_high) for line in lines if line.touchpoint}


FEW_CONVERSIONS = 30
"""Conversions under which an interval is more a warning than a figure."""


@dataclass(frozen=True)
class FileAttribution:
    """One or several models' answers for the paths of a file; `separator` is None where every path is one step."""

    file: str
    rows: int
    separator: str | None
    lost_column: str | None
    models: tuple[Attribution, ...]
    warnings: tuple[Note, ...]
    confidence: float = 0.95


def attribute_file(
    file: Path,
    path: str,
    converted: str,
    models: tuple[str, ...] = ("markov",),
    lost: str | None = None,
    separator: str | None = None,
) -> FileAttribution:
    """Share the conversions of a CSV file of paths among touchpoints, with intervals by resampling journeys."""
    table = read_paths(file, path, converted, lost, separator)
    paths = Paths(table.names, table.codes, table.starts, table.converted, table.lost)
    found = tuple(attribute_with_intervals(paths, model) for model in models)
    return FileAttribution(file.name, table.rows, table.separator, table.lost_column, found, _file_warnings(table))


def _file_warnings(table: PathTable) -> tuple[Note, ...]:
    found = []
    if table.rows_without_path:
        values = {"rows": table.rows_without_path, "line": table.first_without_path}
        found.append(Note("rows_without_path", values))
    if table.lost_column is None and table.counted:
        found.append(Note("no_lost_column", {"lost": float(table.lost.sum())}))
    if len(table.names) == 1:
        found.append(Note("one_touchpoint", {}))
    if not table.lost.sum() > 0:
        found.append(Note("nothing_lost", {}))
    if table.converted.sum() < FEW_CONVERSIONS:
        found.append(Note("few_conversions", {"converted": float(table.converted.sum())}))
    return tuple(found)
