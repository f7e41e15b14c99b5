"""The flow of journeys: bands from the first touchpoint to the order and after, rare touchpoints together."""

from dataclasses import dataclass

from ocem.domain.journey import FEWEST_CUSTOMERS
from ocem.store import journey_count as store

NODES_SHOWN = 6
"""Touchpoints drawn by name at each stage; the rest flow together."""


OTHERS = -6
"""Node of the touchpoints that are not drawn by name."""


@dataclass(frozen=True)
class FlowLink:
    """One band of the flow: nodes are (stage, touchpoint key or a code such as ``ordered``)."""

    source: tuple[int, str]
    target: tuple[int, str]
    journeys: int


@dataclass(frozen=True)
class Flow:
    """The bands from the first touchpoint to what follows the order; `hidden` journeys stand on links too small."""

    links: tuple[FlowLink, ...]
    journeys: int
    hidden: int


def most_used(links: list[store.Link]) -> set[int]:
    """Return the touchpoints that are drawn by name: those that most journeys passed at any stage."""
    passed: dict[int, int] = {}
    for link in links:
        for number in (link.source, link.target if link.source == store.ORDERED else 0):
            if number > 0:
                passed[number] = passed.get(number, 0) + link.journeys
    ranked = sorted(passed, key=lambda number: (-passed[number], number))
    return set(ranked) if len(ranked) <= NODES_SHOWN + 1 else set(ranked[:NODES_SHOWN])


_CODES = {
    store.ORDERED: "ordered", store.STOPPED: "stopped", store.MORE: "more", store.SILENT: "silent",
    store.UNTRACED: "untraced", OTHERS: "others",
}  # fmt: skip


_STAGE_OF_CODE = {"ordered": 5, "stopped": 5, "more": 4}


def flow_of(links: list[store.Link], named: set[int], keys: dict[int, str]) -> Flow:
    """Pool touchpoints that are not drawn by name, then leave out links of too few customers."""
    pooled: dict[tuple[tuple[int, str], tuple[int, str]], tuple[int, int]] = {}
    for link in links:
        source, target = _node(link.source, link.stage, named, keys), _node(link.target, link.stage + 1, named, keys)
        journeys, customers = pooled.get((source, target), (0, 0))
        pooled[source, target] = journeys + link.journeys, max(customers, link.customers)
    shown = {pair: counts for pair, counts in pooled.items() if counts[1] >= FEWEST_CUSTOMERS}
    whole = sum(link.journeys for link in links if link.stage == 1)
    hidden = sum(counts[0] for pair, counts in pooled.items() if pair not in shown)
    return Flow(tuple(FlowLink(pair[0], pair[1], counts[0]) for pair, counts in sorted(shown.items())), whole, hidden)


def _node(number: int, stage: int, named: set[int], keys: dict[int, str]) -> tuple[int, str]:
    if number in _CODES:
        code = _CODES[number]
        return _STAGE_OF_CODE.get(code, stage), code
    return (stage, keys.get(number, "")) if number in named else (stage, _CODES[OTHERS])
