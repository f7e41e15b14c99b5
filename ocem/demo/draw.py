"""From expected values to rows: who called when, who ordered what, who answered which question.

Everything is drawn with vectors; each kind of row has its own stream of random numbers, so that a change in one file
leaves the bytes of the others as they are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocem.demo.calendar import N_DAYS
from ocem.demo.world import (
    EASE_SPREAD,
    EMAIL_SPREAD,
    LEAD_DAYS_SPREAD,
    N_SEGMENTS,
    SEED,
    SEGMENTS,
    STREAMS,
    TOP2_CUT,
    World,
    stream_index,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

DISPERSION = 80.0
"""Counts are negative binomial: variance = mean + mean^2 / DISPERSION."""
SATISFACTION_CUTS = (TOP2_CUT - 1.5, TOP2_CUT - 0.75, TOP2_CUT, TOP2_CUT + 1.15)
RELATION_CUTS = (1.5, 2.5, 3.5, 4.5)


@dataclass(frozen=True)
class Interactions:
    """One row an interaction, in order of time; `resolved` is 1, 0 or -1 for unknown, `wait_s` -1 for none."""

    stream: Ints
    segment: Ints
    day: Ints
    minute: Ints
    customer: Ints
    duration_s: Ints
    wait_s: Ints
    resolved: Ints
    role: Ints


@dataclass(frozen=True)
class Orders:
    """One row an order, in order of day; money in cents, `lead_days` -1 for unknown."""

    segment: Ints
    day: Ints
    minute: Ints
    customer: Ints
    touchpoint: Ints
    """Position in ORDER_TOUCHPOINTS."""
    is_reorder: NDArray[np.bool_]
    is_cross_sell: NDArray[np.bool_]
    is_up_sell: NDArray[np.bool_]
    lead_days: Ints
    n_lines: Ints
    amount_cents: Ints
    margin_cents: Ints


ORDER_TOUCHPOINTS = ("portale_riordini", "sito_web", "venditore", "contact_center", "email", "distributore")
ASSISTED_SPLIT = {"reorder": (0.25, 0.33, 0.32, 0.10), "other": (0.55, 0.15, 0.20, 0.10)}
"""How orders that need a person fall on sales representative, phone, e-mail and distributor."""


@dataclass(frozen=True)
class Answers:
    """One row an answer to a survey: a score for each question, 0 = not asked (NPS: -1)."""

    segment: Ints
    day: Ints
    minute: Ints
    customer: Ints
    touchpoint: Ints
    scores: dict[str, Ints]


def generator(block: int) -> np.random.Generator:
    """Return the random numbers of one block of columns."""
    return np.random.Generator(np.random.PCG64([SEED, 100 + block]))


def draw_counts(rng: np.random.Generator, mean: Floats, scale: float) -> Ints:
    """Over-dispersed counts around their means; `scale` shrinks the company."""
    level = rng.gamma(DISPERSION, mean * scale / DISPERSION)
    return np.asarray(rng.poisson(level), dtype=np.int64)


def n_customers(segment: int, scale: float) -> int:
    """Return how many customers a segment has at this scale."""
    return max(8, round(SEGMENTS[segment].customers * scale))


def customer_offsets(scale: float) -> Ints:
    """Return the first customer number of each segment; numbers run from 1."""
    sizes = [n_customers(i, scale) for i in range(N_SEGMENTS)]
    return np.cumsum([1, *sizes])[:-1]


def draw_customers(rng: np.random.Generator, segment: Ints, scale: float) -> Ints:
    """Pick a customer for each row: a few are very active, most are not."""
    activity = np.random.Generator(np.random.PCG64([SEED, 99]))
    offsets = customer_offsets(scale)
    chosen = np.zeros(len(segment), dtype=np.int64)
    ticket = rng.random(len(segment))
    for i in range(N_SEGMENTS):
        weight = np.cumsum(activity.lognormal(0.0, 1.2, n_customers(i, scale)))
        rows = np.flatnonzero(segment == i)
        chosen[rows] = offsets[i] + np.searchsorted(weight, ticket[rows] * weight[-1])
    return chosen


def _hours(opens: int, closes: int, lunch: float, evening: float) -> Floats:
    """Weight of each minute of a day, with a lunch break and a tail after hours."""
    minute = np.arange(1440)
    hour = minute / 60
    weight = np.where((hour >= opens) & (hour < closes), 1.0, 0.0)
    weight += np.where((hour >= 6) & (hour < 23), evening, 0.0)
    weight *= np.where((hour >= 12.5) & (hour < 14), lunch, 1.0)
    weight *= 1 + 0.35 * np.exp(-(((hour - 10) / 1.6) ** 2))
    return np.asarray(np.cumsum(weight) / weight.sum())


OFFICE_HOURS = _hours(8, 18, 0.45, 0.004)
WEB_HOURS = _hours(8, 19, 0.8, 0.12)


def draw_minutes(rng: np.random.Generator, n: int, hours: Floats) -> Ints:
    """Pick the minute of the day of each row."""
    return np.minimum(np.searchsorted(hours, rng.random(n)), 1439)


def _spread_over_cells(counts: Ints) -> tuple[Ints, Ints, Ints]:
    """Turn counts (cell, segment, day) into one cell, segment and day a row."""
    flat = np.repeat(np.arange(counts.size), counts.ravel())
    cell, rest = np.divmod(flat, N_SEGMENTS * N_DAYS)
    segment, day = np.divmod(rest, N_DAYS)
    return cell, segment, day


DURATION_MEDIAN_S = {
    "contact_center": 250, "email": 230, "chat": 420, "assistenza_tecnica": 900, "venditore": 1500,
    "portale_riordini": 260, "sito_web": 190, "fiera": 900, "distributore": 600,
}  # fmt: skip
KIND_DURATION = {"complaint": 1.7, "support": 1.4, "quote": 1.2, "order_status": 0.7}
WAIT_MEDIAN_S = {"contact_center": 34, "chat": 75, "assistenza_tecnica": 95}
RESOLVED = {"order": 0.88, "order_status": 0.82, "information": 0.78, "quote": 0.55, "support": 0.60, "complaint": 0.38}
SEGMENT_RESOLVED = (-0.03, 0.0, 0.0, 0.06, -0.04, -0.02)


def draw_interactions(world: World, touchpoints: tuple[str, ...], block: int, scale: float) -> Interactions:
    """Draw the interactions at some touchpoints, ordered by time."""
    rng = generator(block)
    streams = stream_index(touchpoint=touchpoints)
    counts = draw_counts(rng, world.contacts.with_[streams], scale)
    cell, segment, day = _spread_over_cells(counts)
    online = bool({"portale_riordini", "sito_web"} & set(touchpoints))
    minute = draw_minutes(rng, len(cell), WEB_HOURS if online else OFFICE_HOURS)
    order = np.argsort(day * 1440 + minute, kind="stable")
    stream, segment, day, minute = streams[cell][order], segment[order], day[order], minute[order]
    n = len(stream)
    return Interactions(
        stream=stream,
        segment=segment,
        day=day,
        minute=minute,
        customer=draw_customers(rng, segment, scale),
        duration_s=_durations(rng, stream, n),
        wait_s=_waits(rng, world, stream, segment, day),
        resolved=_resolutions(rng, stream, segment),
        role=rng.choice(5, n, p=[0.42, 0.18, 0.16, 0.16, 0.08]),
    )


def _durations(rng: np.random.Generator, stream: Ints, n: int) -> Ints:
    median = np.array([DURATION_MEDIAN_S[s.touchpoint] * KIND_DURATION.get(s.kind, 1.0) for s in STREAMS])
    drawn = median[stream] * np.exp(0.55 * rng.standard_normal(n))
    return np.asarray(np.maximum(np.rint(drawn), 5), dtype=np.int64)


def _waits(rng: np.random.Generator, world: World, stream: Ints, segment: Ints, day: Ints) -> Ints:
    noise = rng.standard_normal(len(stream))
    wait = np.full(len(stream), -1, dtype=np.int64)
    inbound = np.array([s.direction == "inbound" for s in STREAMS])[stream]
    for touchpoint, median in WAIT_MEDIAN_S.items():
        rows = np.flatnonzero(inbound & np.isin(stream, stream_index(touchpoint=(touchpoint,))))
        queue = world.queue[day[rows]] if touchpoint == "contact_center" else 0.0
        wait[rows] = np.maximum(np.rint(median * np.exp(queue + 0.8 * noise[rows])), 1)
    rows = np.flatnonzero(inbound & np.isin(stream, stream_index(touchpoint=("email",))))
    location = world.email_wait.with_[segment[rows], day[rows]]
    wait[rows] = np.maximum(np.rint(np.exp(location + EMAIL_SPREAD * noise[rows])), 60)
    return wait


def _resolutions(rng: np.random.Generator, stream: Ints, segment: Ints) -> Ints:
    by_kind = np.array([RESOLVED.get(s.kind, -1.0) if s.direction == "inbound" else -1.0 for s in STREAMS])
    share = by_kind[stream]
    known = (share > 0) & (rng.random(len(stream)) < 0.96)
    solved = rng.random(len(stream)) < share + np.array(SEGMENT_RESOLVED)[segment]
    return np.where(known, solved.astype(np.int64), -1)


def draw_orders(world: World, scale: float) -> Orders:
    """Draw all orders of all touchpoints, in order of time."""
    rng = generator(10)
    counts = draw_counts(rng, world.orders.with_, scale)
    kind, segment, day = _spread_over_cells(counts)
    n = len(kind)
    minute = draw_minutes(rng, n, OFFICE_HOURS)
    order = np.argsort(day * 1440 + minute, kind="stable")
    kind, segment, day, minute = kind[order], segment[order], day[order], minute[order]
    size = np.array([s.order_scale for s in SEGMENTS])[segment]
    amount = size * np.where(kind == 0, 310.0, 1250.0) * np.exp(0.85 * rng.standard_normal(n))
    rate = np.array([s.margin_rate for s in SEGMENTS])[segment] + 0.05 * rng.standard_normal(n)
    amount_cents = np.maximum(np.rint(amount * 100), 900).astype(np.int64)
    return Orders(
        segment=segment,
        day=day,
        minute=minute,
        customer=draw_customers(rng, segment, scale),
        touchpoint=_order_touchpoints(rng, world, kind, segment, day),
        is_reorder=kind == 0,
        is_cross_sell=rng.random(n) < world.cross_selling[segment, day],
        is_up_sell=rng.random(n) < 0.06,
        lead_days=_lead_days(rng, world, kind, segment, day),
        n_lines=1 + rng.poisson(np.where(kind == 0, 2.4, 4.1)),
        amount_cents=amount_cents,
        margin_cents=np.rint(amount_cents * np.clip(rate, 0.02, 0.7)).astype(np.int64),
    )


def _order_touchpoints(rng: np.random.Generator, world: World, kind: Ints, segment: Ints, day: Ints) -> Ints:
    ticket = rng.random(len(kind))
    portal = np.where(kind == 0, world.portal_share.with_[segment, day], 0.0)
    online = portal + np.where(kind == 0, world.web_share.with_[segment, day], 0.0)
    split = np.cumsum([ASSISTED_SPLIT["reorder"], ASSISTED_SPLIT["other"]], axis=1)[kind]
    assisted = 2 + (rng.random(len(kind))[:, None] > split[:, :-1]).sum(axis=1)
    return np.where(ticket < portal, 0, np.where(ticket < online, 1, assisted))


def _lead_days(rng: np.random.Generator, world: World, kind: Ints, segment: Ints, day: Ints) -> Ints:
    location = world.lead_time.with_[kind, segment, day]
    drawn = np.exp(location + np.array(LEAD_DAYS_SPREAD)[kind] * rng.standard_normal(len(kind)))
    return np.where(rng.random(len(kind)) < 0.06, -1, np.maximum(np.rint(drawn), 1)).astype(np.int64)


ANSWER_TOUCHPOINTS = ("contact_center", "email", "venditore", "assistenza_tecnica", "portale_riordini")
ANSWER_RATES = (0.040, 0.034, 0.060, 0.050, 0.035)
EASE_ASKED = 0.08
"""Share of answers that are also asked how easy it was: too few to decide anything."""


def expected_answers(world: World, without: bool = False) -> Floats:
    """Return the expected answers after a contact: (touchpoint of ANSWER_TOUCHPOINTS, segment, day)."""
    contacts = world.contacts.without if without else world.contacts.with_
    parts = []
    for touchpoint, rate in zip(ANSWER_TOUCHPOINTS, ANSWER_RATES, strict=True):
        streams = stream_index(touchpoint=(touchpoint,), direction=("inbound", "self"))
        parts.append(rate * contacts[streams].sum(axis=0))
    return np.stack(parts)


TOUCHPOINT_MOOD = (0.0, -0.08, 0.18, 0.05, 0.10)


def draw_contact_answers(world: World, scale: float) -> Answers:
    """Draw the short survey that follows a contact."""
    rng = generator(20)
    touchpoint, segment, day = _spread_over_cells(draw_counts(rng, expected_answers(world), scale))
    touchpoint, segment, day, minute = _in_time(rng, touchpoint, segment, day)
    n = len(day)
    person = rng.standard_normal(n)
    mood = world.satisfaction.with_[segment, day] + np.array(TOUCHPOINT_MOOD)[touchpoint]
    slower = (world.email_wait.with_ - world.email_wait.without)[segment, day] * (touchpoint == 1)
    ease = np.rint(world.ease.with_[segment, day] + EASE_SPREAD * rng.standard_normal(n))
    scores = {
        "csat": 1 + _cut(mood + person, SATISFACTION_CUTS),
        "speed": 1 + _cut(mood - 1.2 * slower + _kin(rng, person), SATISFACTION_CUTS),
        "simplicity": 1 + _cut(mood + 0.1 + _kin(rng, person), SATISFACTION_CUTS),
        "ces": np.where(rng.random(n) < EASE_ASKED, np.clip(ease, 1, 7), 0).astype(np.int64),
    }
    for question in ("speed", "simplicity"):
        scores[question] = np.where(rng.random(n) < 0.5, scores[question], 0)
    return Answers(segment, day, minute, draw_customers(rng, segment, scale), touchpoint, scores)


def draw_relation_answers(world: World, scale: float) -> Answers:
    """Draw the relationship survey: one touchpoint for all, since it asks about the whole."""
    rng = generator(21)
    touchpoint, segment, day = _spread_over_cells(draw_counts(rng, world.relation_answers[None], scale))
    touchpoint, segment, day, minute = _in_time(rng, touchpoint, segment, day)
    person = rng.standard_normal(len(day))
    scores = {
        question: 1 + _cut(world.relation[question][segment, day] + 0.95 * _kin(rng, person), RELATION_CUTS)
        for question in ("coherence", "integration", "guidance")
    }
    recommend = np.rint(world.relation["nps"][segment, day] + 1.9 * _kin(rng, person))
    scores["nps"] = np.clip(recommend, 0, 10).astype(np.int64)
    return Answers(segment, day, minute, draw_customers(rng, segment, scale), touchpoint, scores)


def _in_time(rng: np.random.Generator, cell: Ints, segment: Ints, day: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    minute = draw_minutes(rng, len(day), WEB_HOURS)
    order = np.argsort(day * 1440 + minute, kind="stable")
    return cell[order], segment[order], day[order], minute[order]


def _kin(rng: np.random.Generator, person: Floats) -> Floats:
    """Return another mood of the same people: alike, not equal."""
    return np.asarray(0.7 * person + np.sqrt(1 - 0.49) * rng.standard_normal(len(person)))


def _cut(value: Floats, cuts: tuple[float, ...]) -> Ints:
    """Count the cuts that lie below each value."""
    return np.searchsorted(np.array(cuts), value).astype(np.int64)


@dataclass(frozen=True)
class Mailing:
    """One row a newsletter sent to one segment."""

    segment: Ints
    day: Ints
    delivered: Ints
    opened: Ints
    clicked: Ints


def draw_mailings(world: World, scale: float) -> Mailing:
    """Draw the weekly newsletter (Tuesdays, none in the closures), one list a segment."""
    rng = generator(30)
    tuesdays = np.arange(1, N_DAYS, 7)
    sent = tuesdays[world.calendar.openness[tuesdays] > 0.3]
    segment, day = np.repeat(np.arange(N_SEGMENTS), len(sent)), np.tile(sent, N_SEGMENTS)
    lists = np.array([max(n_customers(i, scale), 8) * 0.9 for i in range(N_SEGMENTS)])
    delivered = rng.poisson(lists[segment] * (1 + 0.04 * world.calendar.years[day]))
    opened = rng.binomial(delivered, np.clip(0.31 + 0.02 * rng.standard_normal(len(day)), 0.05, 0.9))
    clicked = rng.binomial(delivered, world.clicks.with_[segment, day])
    order = np.lexsort((segment, day))
    return Mailing(segment[order], day[order], delivered[order], np.maximum(opened, clicked)[order], clicked[order])
