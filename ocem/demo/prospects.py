"""Which prospect stands behind each lead and each first order: nobody buys for the first time without having asked.

Only the numbers of customers are decided here; how many leads and orders there are, when and where, is drawn before.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ocem.demo.calendar import N_DAYS
from ocem.demo.draw import Interactions, Ints, Orders, customer_offsets, generator
from ocem.demo.world import SEGMENT_KEYS, stream_index

PROSPECT = SEGMENT_KEYS.index("prospect")
ASKS_AGAIN = 0.42
"""Mean share of leads that come from somebody who asked before; it grows with the leads of the last days."""
DAYS_BETWEEN = 30
"""Somebody who asks again does so within these days."""


def prospect_codes(scale: float) -> int:
    """Return how many customer numbers are kept for prospects; not all of them are used."""
    return 200 + round(30_000 * scale)


def name_prospects(contacts: Interactions, orders: Orders, scale: float) -> tuple[Interactions, Orders]:
    """Give leads and first orders their prospects.

    A first order belongs to the prospect whose last lead came on the day of its request, or as shortly before as there
    is one; where the request lies before the first lead, to somebody who has none. Nobody has two first orders.
    """
    rng = generator(42)
    leads = np.flatnonzero((contacts.segment == PROSPECT) & np.isin(contacts.stream, stream_index(kind=("lead",))))
    at_fair = np.isin(contacts.stream[leads], stream_index(touchpoint=("fiera",)))
    bought = np.flatnonzero(orders.segment == PROSPECT)
    prospect = _who_asks(rng, contacts.day[leads], at_fair)
    buyer = _who_buys(rng, contacts.day[leads], at_fair, prospect, _request_days(rng, orders, bought))
    number = customer_offsets(scale)[PROSPECT] + rng.permutation(prospect_codes(scale))
    return (
        replace(contacts, customer=_with(contacts.customer, leads, number[prospect])),
        replace(orders, customer=_with(orders.customer, bought, number[buyer])),
    )


def _with(values: Ints, rows: Ints, new: Ints) -> Ints:
    changed = values.copy()
    changed[rows] = new
    return changed


def _request_days(rng: np.random.Generator, orders: Orders, rows: Ints) -> Ints:
    """Return the day of request; where the export does not say, one as far back as that of some other order."""
    lead = orders.lead_days[rows]
    known = lead[lead >= 0]
    return orders.day[rows] - np.where(lead >= 0, lead, rng.choice(known, len(lead)) if len(known) else 1)


def _who_asks(rng: np.random.Generator, day: Ints, at_fair: NDArray[np.bool_]) -> Ints:
    """Return the prospect of each lead (in order of time), numbered by first lead; at a fair everybody is new."""
    recent = np.searchsorted(day, day) - np.searchsorted(day, day - DAYS_BETWEEN)
    usual = DAYS_BETWEEN * len(day) / N_DAYS
    again = ~at_fair & (rng.random(len(day)) * usual < ASKS_AGAIN * recent)
    prospect = np.cumsum(~again) - 1
    known = np.searchsorted(day[~again], day[again])
    forgotten = np.minimum(np.searchsorted(day[~again], day[again] - DAYS_BETWEEN), known - 1)
    prospect[again] = forgotten + (rng.random(len(known)) * (known - forgotten)).astype(np.int64)
    return prospect


def _who_buys(rng: np.random.Generator, day: Ints, at_fair: NDArray[np.bool_], prospect: Ints, request: Ints) -> Ints:
    """Return the prospect of each order; of those who asked on a day, those met at a fair before buy first."""
    n = int(prospect.max(initial=-1)) + 1
    first, last = (np.full(n, -1), np.full(n, -1))
    last[prospect] = np.arange(len(day))
    first[prospect[::-1]] = np.arange(len(day))[::-1]
    came_back = at_fair[first] & (last > first)
    waiting = np.lexsort((rng.random(n) + came_back, day[last]))
    asking = np.argsort(request, kind="stable")
    asked_until = np.searchsorted(day[last[waiting]], np.arange(N_DAYS + 1))
    bought_until = np.searchsorted(request[asking], np.arange(N_DAYS + 1))
    buyer = np.full(len(request), -1)
    still: list[int] = []
    for today in range(N_DAYS):
        still += waiting[asked_until[today] : asked_until[today + 1]].tolist()
        orders = asking[bought_until[today] : bought_until[today + 1]][: len(still)]
        cut = len(still) - len(orders)
        buyer[orders] = still[cut:]
        del still[cut:]
    unknown = buyer < 0
    buyer[unknown] = n + np.arange(int(unknown.sum()))
    return buyer
