"""What is true in the demo company: the effect behind each objective, from expected values and not from rows.

`PLANTED` says what was put in; `objective_truth` says how large it is over the objective's windows, given the shocks of
that world. An honest comparison finds the effect inside its 95% interval in 95 cases of 100, and calls neither the
null nor the two apparent successes improvements.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from ocem.demo.calendar import day_index
from ocem.demo.draw import (
    ANSWER_TOUCHPOINTS,
    EASE_ASKED,
    TOUCHPOINT_MOOD,
    expected_answers,
    n_customers,
)
from ocem.demo.world import (
    EASE_SPREAD,
    EMAIL_SPREAD,
    LEAD_DAYS_SPREAD,
    N_SEGMENTS,
    SEGMENT_KEYS,
    TOP2_CUT,
    TREATED,
    UNTREATED,
    WAVE_1,
    Array,
    Pair,
    World,
    segment_index,
    stream_index,
)

Window = tuple[date, date]

BASELINE: Window = (date(2024, 9, 23), date(2025, 9, 21))
EVALUATION: Window = (date(2026, 3, 9), date(2026, 11, 15))
EVALUATION_AFTER_RISE: Window = (date(2026, 4, 6), date(2026, 11, 15))
"""Begins when the extra calls of the first eight weeks are over, in the second segment too."""
FIRST_GO_LIVE = WAVE_1
"""Baselines are frozen with the data of the days before this one."""

LOG_RATIO = "log_ratio"
DIFFERENCE = "difference"


@dataclass(frozen=True)
class Planted:
    """What was put into the world for one objective."""

    objective: str
    kpi: str
    nature: str
    """``effect``, ``null``, ``mix_only``, ``season_only`` or ``thin`` (there, but too few answers to show it)."""
    scale: str
    """``log_ratio`` or ``difference`` of the KPI."""
    verdicts: tuple[str, ...]
    """What an honest comparison may conclude."""
    segments: tuple[str, ...] = TREATED
    comparison: tuple[str, ...] = UNTREATED
    baseline: Window = BASELINE
    evaluation: Window = EVALUATION
    frozen: bool = True
    judged_until: date | None = None
    """Last day of an evaluation that goes on after the data end: provisional until then."""


_NOT_A_SUCCESS = ("no_relevant_change", "inconclusive", "changed_cause_unknown", "not_enough_data", "not_comparable")
_UNTIMELY = ("improved", "inconclusive", "changed_cause_unknown", "not_comparable")
ALL_CUSTOMERS = (*TREATED, *UNTREATED)

PLANTED = (
    Planted("riordini_self_service", "self_service_reorder_share", "effect", DIFFERENCE, ("improved",)),
    Planted(
        "contatti_per_ordine", "contacts_per_order", "effect", LOG_RATIO, ("improved",),
        evaluation=EVALUATION_AFTER_RISE,
    ),
    Planted("durata_vendita", "sale_duration", "effect", LOG_RATIO, ("improved",)),
    Planted("telefonate", "phone_contacts", "effect", LOG_RATIO, ("improved",), evaluation=EVALUATION_AFTER_RISE),
    Planted("tempo_risposta_pmi", "response_time", "effect", LOG_RATIO, ("worsened",), segments=("pmi",)),
    Planted("cross_selling", "cross_selling_share", "null", DIFFERENCE, ("no_relevant_change", "inconclusive")),
    Planted(
        "facilita_percepita", "ces", "thin", DIFFERENCE, ("inconclusive", "not_enough_data"),
        judged_until=date(2026, 12, 27),
    ),
    Planted(
        "esperienza_omogenea", "coherence", "mix_only", DIFFERENCE, _NOT_A_SUCCESS,
        segments=ALL_CUSTOMERS, comparison=(), evaluation=(date(2025, 11, 10), date(2026, 11, 15)),
    ),
    Planted(
        "preventivi_dal_sito", "quote_requests", "season_only", LOG_RATIO, _NOT_A_SUCCESS,
        segments=SEGMENT_KEYS, comparison=(), baseline=(date(2025, 6, 30), date(2025, 8, 31)),
        evaluation=(date(2025, 10, 6), date(2025, 11, 30)),
    ),
    Planted(
        "clic_newsletter", "newsletter_click_rate", "effect", DIFFERENCE, _UNTIMELY,
        evaluation=(date(2026, 4, 27), date(2026, 11, 15)), frozen=False,
    ),
)  # fmt: skip

GUARDRAILS = (
    Planted("riordini_self_service", "csat_top2", "effect", DIFFERENCE, ("improved", "inconclusive")),
    Planted("contatti_per_ordine", "complaints_share", "effect", DIFFERENCE, (), evaluation=EVALUATION_AFTER_RISE),
)
"""KPIs watched beside an objective. Complaints stay as they were, so that their share of fewer contacts rises."""


@dataclass(frozen=True)
class PlantedLink:
    """One KPI that moves before another by so many weeks; `rises` says which way the second one goes."""

    leading: str
    following: str
    lag: int
    rises: bool = True


LINKS = (
    PlantedLink("phone_waiting_time", "response_time", 1),
    PlantedLink("response_time", "complaints_share", 2),
    PlantedLink("response_time", "complaints", 2),
    PlantedLink("phone_waiting_time", "complaints_share", 3),
    PlantedLink("phone_waiting_time", "complaints", 3),
    PlantedLink("service_level", "response_time", 1, rises=False),
    PlantedLink("service_level", "complaints_share", 3, rises=False),
    PlantedLink("service_level", "complaints", 3, rises=False),
)
"""The queue on the phone slows written answers a week later, slow answers bring complaints two weeks later.

The share answered within a minute is the queue read from the other side.
"""
UNLINKED = (
    ("newsletter_click_rate", "reorders"),
    ("newsletter_open_rate", "new_customers"),
    ("website_sessions", "csat_top2"),
    ("phone_waiting_time", "cross_selling_share"),
    ("reviews", "margin_per_order"),
    ("heatmap_activity", "order_value"),
)
"""Pairs that share growth, season or closures at most: whoever calls one a link is fooled."""


@dataclass(frozen=True)
class Sums:
    """Expected numerator and denominator by segment and day; a count has no denominator."""

    numerator: Pair
    denominator: Pair | None = None
    log_numerator: Pair | None = None
    """For durations: the sum of logarithms."""


def objective_truth(world: World, planted: Planted) -> dict[str, Any]:
    """Return the true effect of one objective over its evaluation window, and what a plain before/after would see.

    Returns
    -------
    dict
        ``effect`` compares the whole window with and without the initiative; ``effect_weekly_mean`` averages the
        weeks; ``effect_geometric`` (durations) compares means of logarithms. `apparent_change` is the expected
        difference between evaluation and baseline window, of the perimeter alone.
    """
    sums = expected_sums(world, planted.kpi)
    inside = segment_index(planted.segments)
    is_real = planted.nature in ("effect", "thin")
    found: dict[str, Any] = {
        "kpi": planted.kpi,
        "nature": planted.nature,
        "scale": planted.scale,
        "segments": list(planted.segments),
        "baseline": [day.isoformat() for day in planted.baseline],
        "evaluation": [day.isoformat() for day in planted.evaluation],
        "frozen": planted.frozen,
        "verdicts": list(planted.verdicts),
        "effect": _effect(sums, planted, inside) if is_real else 0.0,
        "effect_weekly_mean": _weekly_mean(sums, planted, inside) if is_real else 0.0,
        "by_segment": {
            SEGMENT_KEYS[i]: _effect(sums, planted, np.array([i])) if is_real else 0.0 for i in inside.tolist()
        },
        "apparent_change": _apparent_change(sums, planted, inside),
        "expected_value": _value(sums, "with_", planted.evaluation, inside),
        "expected_without": _value(sums, "without", planted.evaluation, inside),
    }
    if sums.log_numerator is not None:
        found["effect_geometric"] = _log_mean(sums, "with_", planted, inside) - _log_mean(
            sums, "without", planted, inside
        )
    return found


def _slice(window: Window) -> slice:
    return slice(day_index(window[0]), day_index(window[1]) + 1)


def _value(sums: Sums, which: str, window: Window, inside: np.ndarray) -> float:
    """Return the KPI of a window: sum over sum, or the count a week."""
    days = _slice(window)
    numerator = getattr(sums.numerator, which)[inside, days].sum()
    if sums.denominator is None:
        return float(numerator * 7 / (days.stop - days.start))
    return float(numerator / getattr(sums.denominator, which)[inside, days].sum())


def _on_scale(scale: str, first: float, second: float) -> float:
    return float(np.log(second / first)) if scale == LOG_RATIO else second - first


def _effect(sums: Sums, planted: Planted, inside: np.ndarray) -> float:
    without, with_ = (_value(sums, which, planted.evaluation, inside) for which in ("without", "with_"))
    return _on_scale(planted.scale, without, with_)


def _weekly_mean(sums: Sums, planted: Planted, inside: np.ndarray) -> float:
    days = _slice(planted.evaluation)
    weekly: dict[str, Array] = {}
    for which in ("with_", "without"):
        value = getattr(sums.numerator, which)[inside, days].sum(axis=0).reshape(-1, 7).sum(axis=1)
        if sums.denominator is not None:
            base = getattr(sums.denominator, which)[inside, days].sum(axis=0).reshape(-1, 7).sum(axis=1)
            value = value[base > 0] / base[base > 0]
        weekly[which] = np.log(value) if planted.scale == LOG_RATIO else value
    return float((weekly["with_"] - weekly["without"]).mean())


def _apparent_change(sums: Sums, planted: Planted, inside: np.ndarray) -> float:
    before, after = (_value(sums, "with_", window, inside) for window in (planted.baseline, planted.evaluation))
    return _on_scale(planted.scale, before, after)


def _log_mean(sums: Sums, which: str, planted: Planted, inside: np.ndarray) -> float:
    days = _slice(planted.evaluation)
    assert sums.log_numerator is not None and sums.denominator is not None
    total = getattr(sums.log_numerator, which)[inside, days].sum()
    return float(total / getattr(sums.denominator, which)[inside, days].sum())


def expected_sums(world: World, kpi: str) -> Sums:
    """Return the expected sums of a KPI that an objective or guardrail uses."""
    return _EXPECTED[kpi](world)


def _both(make: Any) -> Pair:
    return Pair(make("with_"), make("without"))


def _contacts(world: World, which: str, **streams: Any) -> Array:
    return np.asarray(getattr(world.contacts, which)[stream_index(**streams)].sum(axis=0))


def _all_orders(world: World, which: str) -> Array:
    return np.asarray(getattr(world.orders, which).sum(axis=0))


def _self_service_share(world: World) -> Sums:
    def served(which: str) -> Array:
        share = getattr(world.portal_share, which) + getattr(world.web_share, which)
        return np.asarray(getattr(world.orders, which)[0] * share)

    return Sums(_both(served), _both(lambda which: getattr(world.orders, which)[0]))


def _contacts_per_order(world: World) -> Sums:
    return Sums(
        _both(lambda which: _contacts(world, which, direction=("inbound",))),
        _both(lambda which: _all_orders(world, which)),
    )


def _phone_contacts(world: World) -> Sums:
    wanted = {"touchpoint": ("contact_center",), "direction": ("inbound",)}
    return Sums(_both(lambda which: _contacts(world, which, **wanted)))


def _complaints_share(world: World) -> Sums:
    return Sums(
        _both(lambda which: _contacts(world, which, direction=("inbound",), kind=("complaint",))),
        _both(lambda which: _contacts(world, which, direction=("inbound",))),
    )


def _quote_requests(world: World) -> Sums:
    return Sums(_both(lambda which: _contacts(world, which, touchpoint=("sito_web",), kind=("quote",))))


def _response_time(world: World) -> Sums:
    def mails(which: str) -> Array:
        return _contacts(world, which, touchpoint=("email",), direction=("inbound",))

    def seconds(which: str) -> Array:
        return np.asarray(mails(which) * np.exp(getattr(world.email_wait, which) + EMAIL_SPREAD**2 / 2))

    def logs(which: str) -> Array:
        return np.asarray(mails(which) * getattr(world.email_wait, which))

    return Sums(_both(seconds), _both(mails), _both(logs))


def _sale_duration(world: World) -> Sums:
    def total(which: str, power: int) -> Array:
        location, orders = getattr(world.lead_time, which), getattr(world.orders, which)
        means = [_whole_days(location[kind], LEAD_DAYS_SPREAD[kind])[power] for kind in (0, 1)]
        return np.asarray(sum(orders[kind] * means[kind] for kind in (0, 1)))

    return Sums(
        _both(lambda which: total(which, 0)),
        _both(lambda which: _all_orders(world, which)),
        _both(lambda which: total(which, 1)),
    )


def _whole_days(location: Array, spread: float) -> tuple[Array, Array]:
    """Return the means of a log-normal rounded to whole days (at least one) and of its logarithm."""
    from scipy.special import ndtr

    grid = np.linspace(location.min(), location.max(), 400)
    day = np.arange(1, 601)
    up_to = ndtr((np.log(day + 0.5) - grid[:, None]) / spread)
    chance = np.diff(up_to, axis=1, prepend=0.0)
    mean, log_mean = (chance * day).sum(axis=1), (chance * np.log(day)).sum(axis=1)
    return np.interp(location, grid, mean), np.interp(location, grid, log_mean)


def _cross_selling(world: World) -> Sums:
    return Sums(
        _both(lambda which: _all_orders(world, which) * world.cross_selling),
        _both(lambda which: _all_orders(world, which)),
    )


def _satisfied(world: World) -> Sums:
    from scipy.special import ndtr

    def answers(which: str) -> Array:
        return np.asarray(expected_answers(world, which == "without").sum(axis=0))

    def top2(which: str) -> Array:
        mood = getattr(world.satisfaction, which)[None] + np.array(TOUCHPOINT_MOOD)[:, None, None]
        return np.asarray((expected_answers(world, which == "without") * ndtr(mood - TOP2_CUT)).sum(axis=0))

    assert len(TOUCHPOINT_MOOD) == len(ANSWER_TOUCHPOINTS)
    return Sums(_both(top2), _both(answers))


def _ease(world: World) -> Sums:
    from scipy.special import ndtr

    def answers(which: str) -> Array:
        return np.asarray(EASE_ASKED * expected_answers(world, which == "without").sum(axis=0))

    def mean(which: str) -> Array:
        steps = np.arange(1.5, 7)[:, None, None]
        return np.asarray(1 + ndtr((getattr(world.ease, which)[None] - steps) / EASE_SPREAD).sum(axis=0))

    return Sums(_both(lambda which: answers(which) * mean(which)), _both(answers))


def _coherence(world: World) -> Sums:
    from scipy.special import ndtr

    steps = np.arange(1.5, 5)[:, None, None]
    mean = 1 + ndtr((world.relation["coherence"][None] - steps) / 0.95).sum(axis=0)
    answers = world.relation_answers
    return Sums(Pair(answers * mean, answers * mean), Pair(answers, answers))


def _newsletter(world: World) -> Sums:
    sizes = np.array([n_customers(i, 1.0) for i in range(N_SEGMENTS)], dtype=float)[:, None]
    weekly = np.zeros_like(world.clicks.with_)
    weekly[:, 1::7] = sizes * (world.calendar.openness[1::7] > 0.3)
    clicks = world.clicks
    return Sums(_both(lambda which: weekly * getattr(clicks, which)), Pair(weekly, weekly))


_EXPECTED = {
    "self_service_reorder_share": _self_service_share,
    "contacts_per_order": _contacts_per_order,
    "phone_contacts": _phone_contacts,
    "complaints_share": _complaints_share,
    "quote_requests": _quote_requests,
    "response_time": _response_time,
    "sale_duration": _sale_duration,
    "cross_selling_share": _cross_selling,
    "csat_top2": _satisfied,
    "ces": _ease,
    "coherence": _coherence,
    "newsletter_click_rate": _newsletter,
}
