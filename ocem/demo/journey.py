"""Which prospect stands behind each request for a quote on the website, and who then takes the phone.

Only the numbers of customers are decided here, as for leads and first orders: how many requests and calls there are,
when and where, is drawn before. Since `WITHOUT_PRICES` quotes from the website state no price, so that more of those
who asked for one call: the truth behind the page of journeys.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ocem.demo.calendar import N_DAYS, day_index
from ocem.demo.draw import Interactions, Ints, generator
from ocem.demo.world import SEGMENT_KEYS, stream_index

WITHOUT_PRICES = date(2026, 1, 12)
CALLS_AFTER_QUOTE = (0.15, 0.40)
"""Share of prospects who call within `DAYS_TO_CALL` days after a quote from the website, before and since that day."""
DAYS_TO_QUOTE = 14
DAYS_TO_CALL = 7
_PROSPECT = SEGMENT_KEYS.index("prospect")


def _rows(drawn: Interactions, touchpoint: tuple[str, ...], kind: str, direction: tuple[str, ...]) -> Ints:
    streams = stream_index(touchpoint=touchpoint, kind=(kind,), direction=direction)
    return np.flatnonzero((drawn.segment == _PROSPECT) & np.isin(drawn.stream, streams))


def name_quotes(contacts: Interactions) -> Interactions:
    """Give requests for a quote on the website to prospects who became leads in the two weeks before, once each."""
    leads = np.flatnonzero((contacts.segment == _PROSPECT) & np.isin(contacts.stream, stream_index(kind=("lead",))))
    quotes = _rows(contacts, ("sito_web",), "quote", ("inbound",))
    _first, new = np.unique(contacts.customer[leads], return_index=True)
    new = leads[np.sort(new)]
    return _named(contacts, quotes, contacts.customer[new], contacts.day[new], DAYS_TO_QUOTE, generator(43))


def name_callers(calls: Interactions, contacts: Interactions) -> Interactions:
    """Give calls for information to prospects who had asked for a quote on the website in the week before."""
    rng = generator(44)
    asked, day = _asked(contacts)
    since = day >= day_index(WITHOUT_PRICES)
    eager = rng.random(len(day)) < np.where(since, CALLS_AFTER_QUOTE[1], CALLS_AFTER_QUOTE[0])
    rows = _rows(calls, ("contact_center",), "information", ("inbound",))
    return _named(calls, rows, asked[eager], day[eager], DAYS_TO_CALL, rng)


def _asked(contacts: Interactions) -> tuple[Ints, Ints]:
    """Return the prospects who asked for a quote after they became leads, and the days of their requests."""
    leads = np.flatnonzero((contacts.segment == _PROSPECT) & np.isin(contacts.stream, stream_index(kind=("lead",))))
    quotes = _rows(contacts, ("sito_web",), "quote", ("inbound",))
    known = quotes[np.isin(contacts.customer[quotes], contacts.customer[leads])]
    return contacts.customer[known], contacts.day[known]


def _named(
    contacts: Interactions, rows: Ints, waiting: Ints, since: Ints, days: int, rng: np.random.Generator
) -> Interactions:
    """Give rows, in order of time, to whoever waits since one of the days before; who waits too long drops out."""
    chosen = contacts.customer.copy()
    by_day = np.split(rows, np.searchsorted(contacts.day[rows], np.arange(1, N_DAYS)))
    arriving = np.argsort(since, kind="stable")
    arrived_until = np.searchsorted(since[arriving], np.arange(N_DAYS + 1))
    queue: list[int] = []
    for today in range(1, N_DAYS):
        queue += arriving[arrived_until[today - 1] : arrived_until[today]].tolist()
        queue = [item for item in queue if since[item] >= today - days]
        taken = by_day[today][: len(queue)]
        picked: NDArray[np.int64] = rng.permutation(len(queue))[: len(taken)]
        chosen[taken] = waiting[[queue[i] for i in picked.tolist()]] if len(taken) else chosen[taken]
        gone = set(picked.tolist())
        queue = [item for i, item in enumerate(queue) if i not in gone]
    return replace(contacts, customer=chosen)


@dataclass(frozen=True)
class PlantedPath:
    """Calls a week to be expected of prospects who asked for a quote on the website, before and since a day."""

    segment: str
    source: str
    target: str
    since: date
    share_before: float
    share_since: float
    weekly_before: float
    weekly_since: float


def planted_path(contacts: Interactions) -> PlantedPath:
    """Return how many calls a week follow quotes from the website, by the shares that were put in."""
    _customers, day = _asked(contacts)
    change = day_index(WITHOUT_PRICES)
    before, since = 7 * (day < change).sum() / change, 7 * (day >= change).sum() / (N_DAYS - change)
    return PlantedPath(
        "prospect", "sito_web", "contact_center", WITHOUT_PRICES, *CALLS_AFTER_QUOTE,
        float(CALLS_AFTER_QUOTE[0] * before), float(CALLS_AFTER_QUOTE[1] * since),
    )  # fmt: skip
