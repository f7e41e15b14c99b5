"""The flow of journeys drawn: from the first touchpoint to the order and what follows it."""

from dataclasses import replace

from ocem.evaluation.journey_flow import Flow, FlowLink
from ocem.i18n import Words
from ocem.reporting import palette
from ocem.reporting.figure import Figure, canvas
from ocem.reporting.journey import touchpoint_name
from ocem.reporting.names import Names

FLOW_HEIGHT = 460
LAST_STAGE = 6
LONGEST_LABEL = 17
STAGE_PLACES = {1: 0.001, 2: 0.17, 3: 0.34, 4: 0.51, 5: 0.67, 6: 0.999}
"""Where each stage stands from left (0) to right (1)."""
GAP = 0.025
THINNEST = 0.005
"""Bands of a smaller share of the journeys are not drawn: they would be hairlines over everything else."""


def stage_names(words: Words) -> dict[int, str]:
    """Name the stages of the flow."""
    _ = words.gettext
    return {1: _("1st"), 2: _("2nd"), 3: _("3rd"), 4: "", 5: _("outcome"), 6: _("after the order")}


def _code_names(words: Words) -> dict[str, str]:
    _ = words.gettext
    return {
        "ordered": _("Order"),
        "stopped": _("No order"),
        "more": _("Further contacts"),
        "silent": _("No contact after"),
        "untraced": _("No known contact"),
        "others": _("Other touchpoints"),
    }


_CODE_COLOURS = {
    "ordered": "#2E9B72",
    "stopped": "#D0594B",
    "more": palette.INK,
    "silent": "#B9C3C9",
    "untraced": "#B9C3C9",
    "others": palette.INK,
}
_TOUCHPOINT_COLOURS = (
    "#0E8AA0", "#B97A1E", "#8A7BC8", "#5B8DC9", "#A0785A", "#C06C9E", "#7F8C2F", "#4E6E8E", "#C98A5B", "#6FA8A0",
    "#9A6FB0", "#B5A03A",
)  # fmt: skip
"""Neither the green of an order nor the red of none."""


def drawn_links(found: Flow) -> tuple[FlowLink, ...]:
    """Return the links that are drawn: those of half a percent of the journeys or more."""
    return tuple(link for link in found.links if link.journeys >= THINNEST * found.journeys)


def flow(words: Words, found: Flow, names: Names) -> Figure:
    """The flow from the first touchpoint to what follows the order, one band a link; the thinnest are left out."""
    found = replace(found, links=drawn_links(found))
    nodes = sorted({node for link in found.links for node in (link.source, link.target)})
    index = {node: i for i, node in enumerate(nodes)}
    heights = {
        node: max(
            sum(link.journeys for link in found.links if link.source == node),
            sum(link.journeys for link in found.links if link.target == node),
        )
        for node in nodes
    }
    colours = _node_colours(nodes, names)
    codes = _code_names(words)
    labels = [codes.get(node[1]) or touchpoint_name(words, names, node[1]) for node in nodes]
    places = _places(nodes, heights)
    trace = {
        "type": "sankey",
        "arrangement": "fixed",
        "node": {
            "label": [
                _short(label) if node[0] < LAST_STAGE else label for node, label in zip(nodes, labels, strict=True)
            ],
            "color": [colours[node] for node in nodes],
            "x": [STAGE_PLACES[node[0]] for node in nodes],
            "y": [places[node] for node in nodes],
            "pad": 10,
            "thickness": 14,
            "line": {"width": 0},
            "customdata": [
                f"{label}: {words.number(heights[node])}" for node, label in zip(nodes, labels, strict=True)
            ],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
        "link": {
            "source": [index[link.source] for link in found.links],
            "target": [index[link.target] for link in found.links],
            "value": [link.journeys for link in found.links],
            "color": [_washed(colours[link.source]) for link in found.links],
            "customdata": [_link_text(words, labels, index, link, found) for link in found.links],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    }
    layout = canvas(words, top=28) | {
        "height": FLOW_HEIGHT,
        "margin": {"l": 4, "r": 4, "t": 28, "b": 8},
        "annotations": _stage_labels(words, {node[0] for node in nodes}),
    }
    return {"data": [trace], "layout": layout}


def _short(label: str) -> str:
    """Cut a name that would run into the next stage; the whole one shows when pointed at."""
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1].rstrip() + "…"


def _link_text(words: Words, labels: list[str], index: dict[tuple[int, str], int], link: FlowLink, found: Flow) -> str:
    return words.gettext(
        "{source} → {target}: {journeys} journeys, {share}",
        source=labels[index[link.source]],
        target=labels[index[link.target]],
        journeys=words.number(link.journeys),
        share=words.percent(link.journeys / found.journeys),
    )


def _washed(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.28)"


def _node_colours(nodes: list[tuple[int, str]], names: Names) -> dict[tuple[int, str], str]:
    """Give each touchpoint one colour wherever it stands, the same in both windows: by its place in the perimeter."""
    known = [key for dimension, key in names.members if dimension == "touchpoint"]
    order = [*known, *sorted({node[1] for node in nodes} - set(known) - set(_CODE_COLOURS))]
    chosen = {key: _TOUCHPOINT_COLOURS[i % len(_TOUCHPOINT_COLOURS)] for i, key in enumerate(order)}
    return {node: _CODE_COLOURS.get(node[1]) or chosen[node[1]] for node in nodes}


_LAST_CODES = ("others", "untraced", "stopped", "silent")


def _places(nodes: list[tuple[int, str]], heights: dict[tuple[int, str], int]) -> dict[tuple[int, str], float]:
    """Stack the nodes of a stage from the top, most used touchpoints first, in proportion to the fullest stage."""
    passed: dict[str, int] = {}
    for node in nodes:
        passed[node[1]] = passed.get(node[1], 0) + heights[node]
    stages = {stage: [node for node in nodes if node[0] == stage] for stage in {node[0] for node in nodes}}
    room = min((1 - GAP * (len(members) - 1)) / sum(heights[n] for n in members) for members in stages.values())
    found = {}
    for members in stages.values():
        at = 0.0
        for node in sorted(members, key=lambda n: (n[1] in _LAST_CODES, -passed[n[1]], n[1])):
            height = heights[node] * room
            found[node] = min(max(at + height / 2, 0.001), 0.999)
            at += height + GAP
    return found


def _stage_labels(words: Words, present: set[int]) -> list[Figure]:
    stages = stage_names(words)
    return [
        {
            "xref": "paper",
            "yref": "paper",
            "x": place,
            "y": 1.0,
            "yshift": 22,
            "text": stages[stage],
            "showarrow": False,
            "xanchor": "left" if stage == 1 else "right" if stage == LAST_STAGE else "center",
            "font": {"color": palette.INK, "size": 12},
        }
        for stage, place in STAGE_PLACES.items()
        if stage in present and stages[stage]
    ]
