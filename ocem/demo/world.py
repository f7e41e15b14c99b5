"""What the demo company's customers do: expected values with and without the initiatives, day by day.

Everything that is persistent is drawn here once (market, touchpoint, segment and mood shocks, each AR(1) from day to
day); the rows of the exports are drawn later from these expectations. Because both worlds, with and without the
initiatives, are kept side by side, the true effects are differences of expected values, not nominal parameters.

Arrays end in (segment, day); `with_` and `without` are the two worlds.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocem.demo.calendar import N_DAYS, Calendar, build_calendar, day_index

Array = NDArray[np.float64]

COMPANY = "Fresalta S.p.A."
SEED = 12
PERSISTENCE = 0.6
"""Day-to-day correlation of every shock."""

WAVE_1 = date(2025, 9, 29)
WAVE_2 = date(2026, 2, 2)
QUOTE_FORM = date(2025, 9, 29)
SINGLE_CRM = date(2025, 10, 13)
TARGETED_NEWSLETTER = date(2026, 3, 30)


@dataclass(frozen=True)
class Segment:
    """A customer segment: weekly figures are means over the three years."""

    key: str
    code: str
    customers: int
    weekly_orders: float
    contacts_per_order: float
    reorder_share: float
    order_scale: float
    """Size of its orders, 1 = common."""
    margin_rate: float
    go_live: date | None = None
    """When the re-order portal opened for it; None means never."""


SEGMENTS = (
    Segment("officine", "OFF", 3800, 500, 6.5, 0.76, 0.8, 0.31, WAVE_1),
    Segment("pmi", "PMI", 2300, 440, 6.1, 0.72, 1.0, 0.29, WAVE_2),
    Segment("terzisti", "TER", 1400, 340, 6.0, 0.71, 1.1, 0.27),
    Segment("strategici", "STR", 140, 215, 7.0, 0.64, 2.4, 0.22),
    Segment("estero", "EST", 800, 235, 5.7, 0.74, 1.5, 0.25),
    Segment("prospect", "PRO", 5200, 24, 0.0, 0.0, 1.2, 0.26),
)
SEGMENT_KEYS = tuple(segment.key for segment in SEGMENTS)
TREATED = ("officine", "pmi")
UNTREATED = ("terzisti", "strategici", "estero")
N_SEGMENTS = len(SEGMENTS)

TOUCHPOINTS = (
    "contact_center", "email", "chat", "venditore", "assistenza_tecnica", "distributore", "portale_riordini",
    "sito_web", "fiera",
)  # fmt: skip

PHASE_OF_KIND = {
    "lead": "pre_acquisto",
    "quote": "pre_acquisto",
    "information": "pre_acquisto",
    "order": "acquisto",
    "order_status": "post_acquisto",
    "support": "post_acquisto",
    "complaint": "post_acquisto",
}

INBOUND: dict[str, tuple[float, dict[str, float]]] = {
    "contact_center": (
        0.48,
        {"order": 0.30, "order_status": 0.27, "quote": 0.10, "information": 0.14, "complaint": 0.06, "support": 0.13},
    ),
    "email": (
        0.27,
        {"order": 0.34, "order_status": 0.22, "quote": 0.16, "information": 0.14, "complaint": 0.06, "support": 0.08},
    ),
    "chat": (0.05, {"order": 0.10, "order_status": 0.35, "information": 0.35, "support": 0.20}),
    "venditore": (0.08, {"order": 0.45, "quote": 0.30, "information": 0.25}),
    "assistenza_tecnica": (0.10, {"support": 0.85, "complaint": 0.15}),
    "distributore": (0.02, {"order": 0.50, "information": 0.30, "quote": 0.20}),
}
"""Share of a segment's inbound contacts that a touchpoint takes, and what they are about."""


@dataclass(frozen=True)
class Stream:
    """Interactions of one kind at one touchpoint; `weekly` has one mean for each segment."""

    touchpoint: str
    kind: str
    direction: str
    phase: str
    weekly: tuple[float, ...]
    level: str = ""
    """Whose weekday profile it follows: empty = its touchpoint's, ``fair`` = only on fair days."""


def _per_order(factor: float) -> tuple[float, ...]:
    return tuple(0.0 if s.key == "prospect" else s.weekly_orders * factor for s in SEGMENTS)


def _only_prospects(weekly: float, others: float = 0.0) -> tuple[float, ...]:
    return tuple(weekly if s.key == "prospect" else others for s in SEGMENTS)


def _streams() -> tuple[Stream, ...]:
    found = []
    for touchpoint, (share, kinds) in INBOUND.items():
        for kind, part in kinds.items():
            weekly = tuple(s.weekly_orders * s.contacts_per_order * share * part for s in SEGMENTS)
            found.append(Stream(touchpoint, kind, "inbound", PHASE_OF_KIND[kind], weekly))
    found += [
        Stream("contact_center", "quote", "outbound", "pre_acquisto", _per_order(0.16)),
        Stream("contact_center", "order_status", "outbound", "post_acquisto", _per_order(0.12)),
        Stream("venditore", "visit", "outbound", "pre_acquisto", _per_order(0.20)),
        Stream("venditore", "visit", "outbound", "post_acquisto", _per_order(0.10)),
        Stream("venditore", "lead", "outbound", "pre_acquisto", _only_prospects(70)),
        Stream("contact_center", "information", "inbound", "pre_acquisto", _only_prospects(55)),
        Stream("sito_web", "lead", "inbound", "pre_acquisto", _only_prospects(60)),
        Stream("sito_web", "quote", "inbound", "pre_acquisto", _only_prospects(70, others=11)),
        Stream("fiera", "lead", "inbound", "pre_acquisto", _only_prospects(26, others=1.5), level="fair"),
        Stream("portale_riordini", "visit", "self", "acquisto", (0.0,) * N_SEGMENTS),
        Stream("sito_web", "visit", "self", "acquisto", (0.0,) * N_SEGMENTS),
    ]
    return tuple(found)


STREAMS = _streams()
VISITS_PER_PORTAL_ORDER = 8.0
VISITS_PER_WEB_ORDER = 3.2

AFTER_PORTAL: dict[str, dict[str, tuple[float, float]]] = {
    "contact_center": {
        "order": (0.08, -0.46),
        "order_status": (0.12, -0.42),
        "information": (0.40, -0.15),
        "support": (0.45, -0.04),
        "quote": (0.05, -0.10),
        "complaint": (0.10, 0.0),
    },
    "email": {"order": (-0.10, -0.30), "order_status": (-0.05, -0.20)},
    "venditore": {"order": (-0.10, -0.30)},
    "chat": {"order_status": (0.0, -0.10), "information": (0.15, 0.10)},
}
"""Change (logarithm) of inbound contacts in the first eight weeks after go-live, and from the ninth week on."""

REORDERS_AFTER_PORTAL = 0.04
LEAD_TIME_AFTER_PORTAL = -0.15
PORTAL_SHARE = {"officine": 0.185, "pmi": 0.170}
WEB_FORM_SHARE = {"officine": 0.105, "pmi": 0.095, "terzisti": 0.100, "strategici": 0.085, "estero": 0.120}
WEB_FORM_LOSS = 0.35
"""Part of the old web form's re-orders that move to the portal."""
SLOWER_EMAIL_PMI = 0.30
SATISFACTION_AFTER_PORTAL = 0.16
EASE_AFTER_PORTAL = 0.12
CLICKS_AFTER_TARGETING = 0.30

QUEUE_SPREAD = 0.16
"""Ups and downs of the waiting time on the phone (logarithm), the same for all segments."""
QUEUE_TO_EMAIL = 0.6
QUEUE_TO_EMAIL_DAYS = 7
"""Who cannot get through writes: a longer queue slows written answers a week later."""
BACKLOG_SPREAD = 0.10
BACKLOG_TO_COMPLAINTS = 0.7
BACKLOG_TO_COMPLAINTS_DAYS = 14
"""Slow written answers bring complaints two weeks later."""

EMAIL_MEDIAN_S = 3.6 * 3600
EMAIL_SPREAD = 0.95

ORDER_TYPES = ("reorder", "other")
LEAD_DAYS_MEDIAN = (5.5, 19.0)
LEAD_DAYS_SPREAD = (0.55, 0.60)

EASE_SPREAD = 1.5
"""Spread of the answers about perceived ease (1 to 7) around their mean."""
TOP2_CUT = -0.55
"""Satisfaction is 4 or 5 when the customer's mood is above this."""


@dataclass(frozen=True)
class Pair:
    """Expected values in the world with the initiatives and in the world without them."""

    with_: Array
    without: Array


@dataclass(frozen=True)
class World:
    """Expected values of everything the exports are drawn from."""

    calendar: Calendar
    contacts: Pair
    """Interactions: (stream, segment, day)."""
    orders: Pair
    """Orders by type: (2, segment, day)."""
    portal_share: Pair
    """Share of re-orders placed in the portal: (segment, day)."""
    web_share: Pair
    """Share of re-orders placed in the old web form: (segment, day)."""
    lead_time: Pair
    """Mean of the logarithm of days from request to order: (2, segment, day)."""
    email_wait: Pair
    """Mean of the logarithm of seconds to the first answer of an e-mail: (segment, day)."""
    queue: Array
    """Logarithm of the waiting time on the phone against its usual: (day,)."""
    cross_selling: Array
    """Share of orders with another product family; no initiative touches it: (segment, day)."""
    satisfaction: Pair
    """Mean mood of customers who answer after a contact: (segment, day)."""
    ease: Pair
    """Mean of perceived ease before rounding to 1..7: (segment, day)."""
    relation: dict[str, Array]
    """Mean mood behind each question of the relationship survey; no initiative touches them: (segment, day)."""
    relation_answers: Array
    """Expected answers of the relationship survey; their mix of segments moves: (segment, day)."""
    clicks: Pair
    """Newsletter click-through rate: (segment, day)."""


class Shocks:
    """Stationary AR(1) series from one stream of random numbers, always drawn in the same order."""

    def __init__(self, seed: int, block: int) -> None:
        self.rng = np.random.Generator(np.random.PCG64([seed, block]))

    def series(self, shape: tuple[int, ...], spread: float, persistence: float = PERSISTENCE) -> Array:
        """Draw series of N_DAYS along a new last axis, each with marginal spread `spread`."""
        noise = self.rng.standard_normal((*shape, N_DAYS))
        noise[..., 1:] *= np.sqrt(1 - persistence**2)
        for day in range(1, N_DAYS):
            noise[..., day] += persistence * noise[..., day - 1]
        return np.asarray(spread * noise)


def logistic(x: Array) -> Array:
    """Turn log-odds into shares."""
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def log_odds(share: Array | float) -> Array:
    """Turn shares into log-odds."""
    return np.asarray(np.log(share) - np.log1p(-np.asarray(share)))


def days_since(go_live: date | None) -> Array:
    """Return for each day how many days the go-live lies back, counting it as 1; 0 before it.

    >>> from datetime import timedelta
    >>> from ocem.demo.calendar import FIRST_DAY
    >>> days_since(FIRST_DAY + timedelta(days=2))[:5].tolist()
    [0.0, 0.0, 1.0, 2.0, 3.0]
    """
    if go_live is None:
        return np.zeros(N_DAYS)
    return np.asarray(np.maximum(np.arange(N_DAYS) - day_index(go_live) + 1.0, 0.0))


def ramp(since: Array, days: int) -> Array:
    """Grow from 0 to 1 over the first days after go-live."""
    return np.asarray(np.clip(since / days, 0.0, 1.0))


def build_world(seed: int = SEED) -> World:
    """Draw the company's three years of shocks and lay the expected values of both worlds over them."""
    calendar = build_calendar()
    market = Shocks(seed, 1).series((), 0.05)
    since = np.stack([days_since(segment.go_live) for segment in SEGMENTS])
    orders = _orders(calendar, Shocks(seed, 2), market, since)
    portal, web = _self_service(Shocks(seed, 3), since)
    contacts = _contacts(calendar, Shocks(seed, 4), market, since)
    _add_visits(contacts, orders, portal, web, Shocks(seed, 5))
    services = Shocks(seed, 6)
    lead_time = _lead_time(services, since)
    queue, backlog = _service_load(Shocks(seed, 10))
    _add_complaints(contacts, backlog)
    email_wait = _email_wait(services, since, backlog)
    cross_selling = logistic(log_odds(0.12) + services.series((), 0.05) + services.series((N_SEGMENTS,), 0.06))
    satisfaction, ease = _satisfaction(Shocks(seed, 7), since)
    relation, answers = _relation(calendar, Shocks(seed, 8))
    clicks = _clicks(Shocks(seed, 9))
    return World(
        calendar, contacts, orders, portal, web, lead_time, email_wait, queue, cross_selling, satisfaction, ease,
        relation, answers, clicks,
    )  # fmt: skip


def _growth(calendar: Calendar) -> Array:
    return np.asarray(0.05 * (calendar.years - 1.5))


def _orders(calendar: Calendar, shocks: Shocks, market: Array, since: Array) -> Pair:
    weekly = np.array([s.weekly_orders for s in SEGMENTS])
    reorder = np.array([s.reorder_share for s in SEGMENTS])
    base = np.stack([weekly * reorder, weekly * (1 - reorder)]) / 7
    common = _growth(calendar) + calendar.season + market + shocks.series((), 0.03)
    log_level = common + shocks.series((N_SEGMENTS,), 0.04)
    without = base[:, :, None] * calendar.level("order") * np.exp(log_level)
    effect = np.zeros_like(without)
    effect[0] = REORDERS_AFTER_PORTAL * ramp(since, 35)
    return Pair(without * np.exp(effect), without)


def _self_service(shocks: Shocks, since: Array) -> tuple[Pair, Pair]:
    noise = shocks.series((), 0.04) + shocks.series((N_SEGMENTS,), 0.06)
    web_base = np.array([WEB_FORM_SHARE.get(key, 0.0) for key in SEGMENT_KEYS])[:, None]
    portal_base = np.array([PORTAL_SHARE.get(key, 0.0) for key in SEGMENT_KEYS])[:, None]
    grown = ramp(since, 35)
    web = np.where(web_base > 0, logistic(log_odds(np.maximum(web_base, 1e-9)) + noise), 0.0)
    portal = np.where(portal_base > 0, logistic(log_odds(np.maximum(portal_base, 1e-9)) + noise), 0.0) * grown
    return Pair(portal, np.zeros_like(portal)), Pair(web * (1 - WEB_FORM_LOSS * grown), web)


def _contacts(calendar: Calendar, shocks: Shocks, market: Array, since: Array) -> Pair:
    at = {key: shocks.series((), 0.03) for key in TOUCHPOINTS}
    cell = {key: shocks.series((N_SEGMENTS,), 0.05) for key in TOUCHPOINTS}
    without = np.zeros((len(STREAMS), N_SEGMENTS, N_DAYS))
    effect = np.zeros_like(without)
    early = ramp(since, 7) * (1 - ramp(np.maximum(since - 49, 0), 14))
    late = ramp(np.maximum(since - 49, 0), 14)
    for i, stream in enumerate(STREAMS):
        touchpoint = stream.touchpoint
        if stream.level == "fair":
            level = calendar.fair / calendar.fair.mean()
        else:
            level = calendar.level(touchpoint, 0.8 if touchpoint == "sito_web" else 1.0)
        wave = calendar.season * (2.2 if touchpoint == "sito_web" else 1.0)
        extra = 0.22 * (calendar.years - 1.5) if touchpoint == "chat" else 0.0
        log_level = _growth(calendar) + extra + wave + market + at[touchpoint] + cell[touchpoint]
        without[i] = np.array(stream.weekly)[:, None] / 7 * level * np.exp(log_level)
        if stream.direction == "inbound":
            first, then = AFTER_PORTAL.get(touchpoint, {}).get(stream.kind, (0.0, 0.0))
            effect[i] = first * early + then * late
    return Pair(without * np.exp(effect), without)


def _add_visits(contacts: Pair, orders: Pair, portal: Pair, web: Pair, shocks: Shocks) -> None:
    """Visits follow the re-orders placed there; they are the last two streams."""
    noise = np.exp(shocks.series((2, N_SEGMENTS), 0.05))
    for world, reorders, portal_share, web_share in (
        (contacts.with_, orders.with_[0], portal.with_, web.with_),
        (contacts.without, orders.without[0], portal.without, web.without),
    ):
        world[-2] = VISITS_PER_PORTAL_ORDER * reorders * portal_share * noise[0]
        world[-1] = VISITS_PER_WEB_ORDER * reorders * web_share * noise[1]


def _lead_time(shocks: Shocks, since: Array) -> Pair:
    by_segment = np.array([0.0, 0.02, 0.05, 0.15, 0.10, 0.25])[:, None]
    noise = shocks.series((), 0.04) + shocks.series((N_SEGMENTS,), 0.05)
    without = np.log(np.array(LEAD_DAYS_MEDIAN))[:, None, None] + by_segment + noise
    return Pair(without + LEAD_TIME_AFTER_PORTAL * ramp(since, 28), without)


def later(series: Array, days: int) -> Array:
    """Return what a series was some days ago, 0 before it began."""
    moved = np.zeros_like(series)
    moved[..., days:] = series[..., :-days]
    return moved


def _service_load(shocks: Shocks) -> tuple[Array, Array]:
    """Draw the queue on the phone and the backlog of written contacts it leaves behind, alike in both worlds."""
    queue = shocks.series((), QUEUE_SPREAD)
    backlog = shocks.series((), BACKLOG_SPREAD) + QUEUE_TO_EMAIL * later(queue, QUEUE_TO_EMAIL_DAYS)
    return queue, backlog


def _add_complaints(contacts: Pair, backlog: Array) -> None:
    """Let complaints follow the backlog."""
    more = np.exp(BACKLOG_TO_COMPLAINTS * later(backlog, BACKLOG_TO_COMPLAINTS_DAYS))
    complaints = stream_index(kind=("complaint",))
    for world in (contacts.with_, contacts.without):
        world[complaints] *= more


def _email_wait(shocks: Shocks, since: Array, backlog: Array) -> Pair:
    by_segment = np.array([0.05, 0.0, 0.03, -0.25, 0.10, 0.15])[:, None]
    noise = shocks.series((), 0.08) + shocks.series((N_SEGMENTS,), 0.06)
    without = np.log(EMAIL_MEDIAN_S) + by_segment + noise + backlog
    slower = np.zeros((N_SEGMENTS, 1))
    slower[SEGMENT_KEYS.index("pmi")] = SLOWER_EMAIL_PMI
    return Pair(without + slower * ramp(since, 21), without)


def _satisfaction(shocks: Shocks, since: Array) -> tuple[Pair, Pair]:
    by_segment = np.array([0.0, 0.04, -0.02, 0.15, 0.02, -0.05])[:, None]
    mood = by_segment + shocks.series((), 0.07) + shocks.series((N_SEGMENTS,), 0.06)
    ease = 5.0 + 0.6 * mood + shocks.series((N_SEGMENTS,), 0.05)
    grown = ramp(since, 42)
    return (
        Pair(mood + SATISFACTION_AFTER_PORTAL * grown, mood),
        Pair(ease + EASE_AFTER_PORTAL * grown, ease),
    )


RELATION_LEVELS: dict[str, tuple[float, ...]] = {
    "coherence": (3.35, 3.45, 3.40, 4.25, 3.50, 3.30),
    "integration": (3.20, 3.30, 3.25, 4.00, 3.35, 3.20),
    "guidance": (3.50, 3.50, 3.45, 4.15, 3.40, 3.40),
    "nps": (7.4, 7.5, 7.4, 8.6, 7.6, 7.0),
}
RELATION_WEEKLY = (24.0, 22.0, 17.0, 6.0, 11.0, 0.0)
STRATEGIC_INVITED = 8.0
"""Answers of strategic customers grow this many times when their account managers begin to send the invitations."""


def _relation(calendar: Calendar, shocks: Shocks) -> tuple[dict[str, Array], Array]:
    mood = shocks.series((), 0.06) + shocks.series((N_SEGMENTS,), 0.05)
    levels = {
        question: np.array(level)[:, None] + (2.0 if question == "nps" else 1.0) * mood
        for question, level in RELATION_LEVELS.items()
    }
    growth = np.ones((N_SEGMENTS, N_DAYS))
    strategic = SEGMENT_KEYS.index("strategici")
    growth[strategic] += (STRATEGIC_INVITED - 1) * ramp(days_since(SINGLE_CRM), 14)
    answers = np.array(RELATION_WEEKLY)[:, None] / 7 * calendar.level("email") * growth
    return levels, answers


def _clicks(shocks: Shocks) -> Pair:
    base = np.array([0.030, 0.034, 0.031, 0.040, 0.028, 0.022])[:, None]
    odds = log_odds(base) + shocks.series((), 0.06) + shocks.series((N_SEGMENTS,), 0.06)
    reached = np.array([key in TREATED for key in SEGMENT_KEYS])[:, None] * ramp(days_since(TARGETED_NEWSLETTER), 14)
    return Pair(logistic(odds + CLICKS_AFTER_TARGETING * reached), logistic(odds))


def segment_index(keys: tuple[str, ...]) -> NDArray[np.int64]:
    """Return the positions of segments in SEGMENTS."""
    return np.array([SEGMENT_KEYS.index(key) for key in keys])


def stream_index(**wanted: Any) -> NDArray[np.int64]:
    """Return the positions of the streams whose attributes are among the wanted ones.

    >>> len(stream_index(touchpoint=("fiera",)))
    1
    """
    return np.array([i for i, s in enumerate(STREAMS) if all(getattr(s, k) in v for k, v in wanted.items())])
