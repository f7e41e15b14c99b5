"""What lies behind one link: both series, every delay, the segments, earlier tests, and what backs it."""

from dataclasses import replace
from datetime import timedelta

import numpy as np

from ocem.domain.comparison import Note
from ocem.domain.link import Evidence, Link, LinkHypothesis, LinkStatus, Movement, SegmentLink
from ocem.errors import StatsInputError
from ocem.evaluation.calendar import day_of
from ocem.evaluation.link_backing import backing_of
from ocem.evaluation.link_pairs import links_among, refusal_of, series_of, with_dates
from ocem.evaluation.link_weeks import Weeks, read_weeks
from ocem.evaluation.view import EVERYTHING, View
from ocem.stats import link as stats
from ocem.stats.driver import effect_with_memory
from ocem.stats.interval import Contrast
from ocem.stats.shrinkage import shrink
from ocem.store import kpi as kpi_store
from ocem.store import link as store
from ocem.store.database import Database

THIN_SEGMENT = 30.0
"""Rows a week, at the median, below which a segment is not judged."""


def evidence(database: Database, leading: str, following: str, view: View = EVERYTHING) -> Evidence | Note:
    """Return what lies behind one link: both series, the lag profile, the segments, earlier tests, what backs it.

    A pair that is not in the ledger is tested by itself, with the q-value it has among everything looked at. A note
    says why there is nothing to show.
    """
    with database.cursor() as con:
        weeks = read_weeks(con, view)
        hypotheses = [item for item in store.list_hypotheses(con) if not item.is_withdrawn]
        recorded = store.list_tests(con, leading, following) if view == EVERYTHING else []
        for key in (leading, following):
            kpi_store.find_kpi(con, key)
    if isinstance(weeks, Note):
        return weeks
    i, j = weeks.at(leading), weeks.at(following)
    if leading == following:
        return Note("linked_to_itself", {"kpi": leading})
    if i is None or j is None:
        return Note("kpi_without_data", {"kpi": following if i is not None else leading})
    own = next((h for h in hypotheses if (h.leading, h.following) == (leading, following)), None)
    asked = own or LinkHypothesis("", leading, following, Movement.RISES)
    cleaned = stats.clean(weeks.values, weeks.timeline)
    reason = refusal_of(weeks, cleaned, asked)
    if reason is not None:
        return reason
    others = [h for h in hypotheses if h is not own]
    found, _ = links_among(weeks, [*others, asked], recorded)
    link = next(item for item in found if (item.leading, item.following) == (leading, following))
    if own is None:
        status = LinkStatus.SUPPORTED if link.status is LinkStatus.CONTRADICTED else link.status
        link = replace(link, hypothesis=None, status=status)
    link = with_dates(link, recorded, day_of(weeks.weeks[-1]) + timedelta(days=6))
    if view == EVERYTHING:
        link = replace(
            link, backing=backing_of(database, replace(link, hypothesis=asked if own else _signed(asked, link)))
        )
    segments = _segments(weeks, i, j, link)
    judged = [(item.r, item.n) for item in segments if item.r is not None]
    both = [_drawn(weeks, cleaned, place) for place in (i, j)]
    days = tuple(day_of(week) for week in weeks.weeks)
    if len(judged) < 2:
        pooled = None
    else:
        z = [float(np.arctanh(np.clip(r, -0.999, 0.999))) for r, _n in judged]
        pooled = shrink(z, [1 / np.sqrt(max(n - 3, 1)) for _r, n in judged], method="dersimonian_laird")
        drawn = iter(np.tanh(pooled.effect).tolist())
        segments = tuple(replace(item, pooled=next(drawn)) if item.r is not None else item for item in segments)
    effect = _effect(series_of(cleaned, [i]), series_of(cleaned, [j]), link.lag or 0)
    return Evidence(
        link, days, both[0][0], both[1][0], both[0][1], both[1][1], segments,
        pooled=float(np.tanh(pooled.centre)) if pooled else None,
        pooled_low=float(np.tanh(pooled.centre - 1.96 * pooled.centre_error)) if pooled else None,
        pooled_high=float(np.tanh(pooled.centre + 1.96 * pooled.centre_error)) if pooled else None,
        spread=pooled.between if pooled else None,
        effect=effect.estimate if effect else None,
        effect_low=effect.low if effect else None,
        effect_high=effect.high if effect else None,
        history=tuple(recorded),
    )  # fmt: skip


def _effect(one: stats.Cleaned, two: stats.Cleaned, lag: int) -> Contrast | None:
    """Return how much the second moves for one unit of the first, at the delay; None where the weeks do not say."""
    n = one.values.shape[1] - lag
    used = one.used[0, :n] & two.used[0, lag:]
    try:
        return effect_with_memory(one.values[0, :n] * one.scale[0], two.values[0, lag:] * two.scale[0], used)
    except StatsInputError:
        return None


def _signed(asked: LinkHypothesis, link: Link) -> LinkHypothesis:
    """Let a pair nobody declared expect what was seen."""
    return replace(asked, expected=Movement.RISES if (link.r or 0.0) >= 0 else Movement.FALLS)


def _drawn(
    weeks: Weeks, cleaned: stats.Cleaned, place: int
) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """Return one series as it is compared (in standard deviations) and in its unit."""
    compared = tuple(
        float(value) if used else None for value, used in zip(cleaned.values[place], cleaned.used[place], strict=True)
    )
    return compared, tuple(float(value) if np.isfinite(value) else None for value in weeks.shown[place])


def _segments(weeks: Weeks, i: int, j: int, link: Link) -> tuple[SegmentLink, ...]:
    """Look at the same lag in each segment; a segment with too few rows is refused."""
    from scipy.special import ndtri

    found = []
    lag = link.lag or 0
    for s, key in enumerate(weeks.segments):
        rows = float(min(weeks.segment_rows[i, s], weeks.segment_rows[j, s]))
        if not key or not max(weeks.segment_rows[i, s], weeks.segment_rows[j, s]) > 0:
            continue
        if rows < THIN_SEGMENT:
            found.append(SegmentLink(key, refused=Note("thin_segment", {"rows": rows, "needed": THIN_SEGMENT})))
            continue
        own = stats.clean(weeks.by_segment[[i, j], s], weeks.timeline)
        if not own.usable.all():
            code = next(str(reason) for reason in own.reason if reason)
            found.append(
                SegmentLink(key, refused=Note(code, {"needed": stats.FEWEST, "weeks": int(own.used.sum(axis=1).min())}))
            )
            continue
        profile = stats.profiles(series_of(own, [0]), series_of(own, [1]), max(abs(lag), 1))
        at = int(np.flatnonzero(profile.lags == lag)[0])
        r, n = float(profile.r[0, 0, at]), float(profile.n[0, 0, at])
        half = float(ndtri(0.975)) / np.sqrt(max(n - 3.0, 1.0))
        z = float(np.arctanh(np.clip(r, -0.999, 0.999)))
        found.append(SegmentLink(key, r, float(np.tanh(z - half)), float(np.tanh(z + half)), None, int(n)))
    return tuple(found)
