"""The weekly values of all KPIs, on the scales on which links are tested, and what is known of each week."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Note
from ocem.domain.fact import FactKind
from ocem.domain.kpi import Kpi, KpiKind, Measure
from ocem.evaluation.view import View
from ocem.stats import link as stats
from ocem.stats.closure import find_closures
from ocem.store import kpi as kpi_store
from ocem.store import link as store
from ocem.store import objective as objective_store
from ocem.store.database import Cursor
from ocem.store.freshness import last_finished_day, source_reaches
from ocem.store.series import data_span

Floats = NDArray[np.float64]

LONGEST_HISTORY = 156
"""Weeks at most that a test looks back on."""
THIN_WEEK = 5
"""Rows behind a week's value below which it does not count."""
SETTLED_WEEKS = 8
"""Weeks that must lie on both sides of a go-live for its step to be taken out."""
OPEN_SHARE = 0.5
"""A day under this share of its weekday's usual activity was not an ordinary day."""
TOTALS = (KpiKind.COUNT, KpiKind.SUM)


@dataclass(frozen=True)
class Weeks:
    """The weekly values of all KPIs on their scales, (n_kpis, T) and by segment, and when they are."""

    kpis: tuple[Kpi, ...]
    values: Floats
    shown: Floats
    """The same in the KPIs' units."""
    by_segment: Floats
    segment_rows: Floats
    """Median rows a week behind each KPI and segment."""
    segments: tuple[str, ...]
    weeks: NDArray[np.datetime64]
    timeline: stats.Timeline

    def at(self, key: str) -> int | None:
        """Return the place of a KPI, None when it has no data."""
        return next((i for i, kpi in enumerate(self.kpis) if kpi.key == key), None)


def _on_scale(kpi: Kpi, sums: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Return weekly values on the scale of the analysis and in the KPI's unit; NaN where a week has too few rows.

    Logarithms for counts, sums, ratios and durations (means of logarithms); counts that touch zero by their square
    root; shares, scores and means as they are.
    """
    n, above, below = sums["n"], sums["numerator"], sums["denominator"]
    blank = np.full(above.shape, np.nan)
    if kpi.kind in TOTALS:
        active = np.cumsum(np.abs(above), axis=-1) > 0
        shown = np.where(active, above, np.nan)
        lowest = np.nanmin(np.where(active, above, np.inf), axis=-1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = np.where(lowest > 0, np.log(shown), np.where(lowest == 0, np.sqrt(shown + 0.375), shown))
        return scaled, shown
    base = n if kpi.kind is KpiKind.DURATION else below
    enough = (base >= THIN_WEEK) & (below > 0)
    shown = np.divide(above, below, out=blank.copy(), where=enough)
    if kpi.kind is KpiKind.DURATION:
        return np.divide(sums["numerator_log"], n, out=blank, where=enough & (n > 0)), shown
    if kpi.kind is KpiKind.RATIO:
        return np.log(shown, out=blank, where=enough & (np.nan_to_num(shown) > 0)), shown
    return shown, shown


def finished_weeks(con: Cursor) -> tuple[date, date, int] | None:
    """Return the first day, the last finished day and the number of whole weeks that a test looks at; None without."""
    finished = last_finished_day(source_reaches(con))
    first, _ = data_span(con)
    if finished is None or first is None or first > finished:
        return None
    first = max(first + timedelta(days=-first.weekday() % 7), finished - timedelta(days=7 * LONGEST_HISTORY - 1))
    return first, finished, ((finished - first).days + 1) // 7


def read_weeks(con: Cursor, view: View) -> Weeks | Note:
    """Read the weeks of all KPIs in view, or say why there is nothing to read."""
    span = finished_weeks(con)
    if span is None:
        return Note("nothing_imported", {})
    first, finished, n_weeks = span
    if n_weeks < stats.FEWEST:
        return Note("too_few_weeks", {"weeks": n_weeks, "needed": stats.FEWEST})
    perimeter = view.perimeter()
    found = store.weekly_sums(con, perimeter, first, finished, replace(perimeter, touchpoints=None, phases=None))
    activity = store.daily_activity(con, first, finished)
    go_lives = {item.day for initiative in objective_store.list_initiatives(con) for item in initiative.go_lives}
    numbered = dict(kpi_store.numbered_kpis(con))
    places = [i for i, number in enumerate(found.kpi_ids.tolist()) if number in numbered]
    if not places:
        return Note("nothing_imported", {})
    kpis = tuple(numbered[int(found.kpi_ids[i])] for i in places)
    closed = find_closures(activity[: 7 * n_weeks].reshape(1, n_weeks, 7).sum(axis=2), n_weeks)[0]
    parts = []
    for i, kpi in zip(places, kpis, strict=True):
        sums = {name: values[i] for name, values in found.sums.items()}
        if kpi.per_sale:
            sums["denominator"] = sums["denominator_below"]
        whole = {name: values.sum(axis=0) for name, values in sums.items()}
        scaled, shown = _on_scale(kpi, whole)
        own, _shown = _on_scale(kpi, sums)
        rows = np.median(sums["n"] if kpi.kind in TOTALS else np.maximum(sums["denominator"], 0), axis=1)
        parts.append((scaled, shown, own, rows))
    scaled, shown, own, rows = (np.stack(column) for column in zip(*parts, strict=True))
    calendar = _calendar(activity, found.weeks, go_lives)
    timeline = stats.Timeline((found.weeks - np.datetime64("1970-01-05", "D")).astype(float), 7, calendar)
    return Weeks(
        kpis,
        np.where(closed, np.nan, scaled),
        shown,
        np.where(closed, np.nan, own),
        rows,
        found.segments,
        found.weeks,
        timeline,
    )


def _calendar(activity: Floats, weeks: NDArray[np.datetime64], go_lives: set[date]) -> Floats:
    """Return what is known of each week: how much of it was open (logarithm), and a step for each settled go-live."""
    n = len(weeks)
    by_day = activity[: 7 * n].reshape(n, 7)
    span = min(9, n)
    windows = np.lib.stride_tricks.sliding_window_view(by_day, span, axis=0)
    start = np.clip(np.arange(n) - span // 2, 0, n - span)
    usual = np.median(windows, axis=2)[start]
    is_open = by_day >= OPEN_SHARE * usual
    total = np.maximum(usual.sum(axis=1), 1e-9)
    share = np.clip((is_open * usual).sum(axis=1) / total, 0.05, 1.0)
    columns = [np.log(share)]
    for day in sorted(go_lives):
        after = (weeks + 6 >= np.datetime64(day, "D")).astype(float)
        if SETTLED_WEEKS <= after.sum() <= n - SETTLED_WEEKS:
            columns.append(after)
    return np.column_stack(columns)


def counts_same_rows(one: Kpi, two: Kpi) -> bool:
    """Say whether two KPIs are made of the same rows, so that they move together in the same week by arithmetic.

    Answers to surveys always are: whoever answers one question answers the others.
    """
    mine = [item for item in (one.numerator, one.denominator) if item]
    theirs = [item for item in (two.numerator, two.denominator) if item]
    return any(_overlap(a, b) for a in mine for b in theirs)


def _overlap(one: Measure, two: Measure) -> bool:
    if one.fact is not two.fact:
        return False
    if one.fact is FactKind.RESPONSE:
        return True
    wanted = {item.column: set(item.values) for item in one.where if item.values is not None}
    return not any(
        item.column in wanted and item.values is not None and not wanted[item.column] & set(item.values)
        for item in two.where
    )
