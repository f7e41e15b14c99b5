"""The matrix of cells as a picture, and what is declared about perimeter and members, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ocem.domain.comparison import Verdict
from ocem.domain.kpi import Kpi, KpiKind
from ocem.domain.perimeter import Choice, Control, Medium, Member, ScopeRule, Trait
from ocem.evaluation.perimeter import COVERAGE_WEEKS, Matrix
from ocem.i18n import Words, formats
from ocem.reporting import palette, quantity
from ocem.reporting.comparison import verdict_look
from ocem.reporting.figure import Figure, canvas
from ocem.reporting.names import dimension_word

GROUPS = ("phase", "segment")
FEW_COLUMNS = 48
"""Up to this many columns each bears its own label; more are labelled by group."""
GROUP_LETTERS = 90
"""Letters of all group names together that fit above the columns."""
LEVEL_GROUPS = 8
"""Up to this many group names are written level, above columns that bear no names of their own."""
GAP = 0.12
GROUP_GAP = 0.7
OUTSIDE = "rgba(122, 135, 145, 0.09)"
HATCH_GROUND = "rgba(185, 122, 30, 0.08)"
OUTSIDE_SEEN = "rgba(122, 135, 145, 0.30)"
SCALE = ("#BFDDE3", "#8CC3CE", "#57A6B5", "#27889B", "#0B6477")
"""Five steps of a KPI's value, low to high: order, not judgement."""
SEVERITY = (
    Verdict.WORSENED,
    Verdict.IMPROVED,
    Verdict.CHANGED_CAUSE_UNKNOWN,
    Verdict.INCONCLUSIVE,
    Verdict.NO_RELEVANT_CHANGE,
    Verdict.NOT_ENOUGH_DATA,
    Verdict.NOT_COMPARABLE,
)
"""Where several objectives speak of a cell, the first of these that any of them has is shown."""
GLYPHS = {
    Verdict.WORSENED: "▼",
    Verdict.IMPROVED: "▲",
    Verdict.CHANGED_CAUSE_UNKNOWN: "?",
    Verdict.INCONCLUSIVE: "…",
    Verdict.NO_RELEVANT_CHANGE: "=",
}
REGULAR = 0.7
"""Share of weeks with data from which a cell counts as measured regularly."""


@dataclass(frozen=True)
class Look:
    """How cells of one kind are drawn and called; `pattern` is a Plotly pattern, empty for none."""

    name: str
    colour: str
    pattern: str = ""
    glyph: str = ""


def matrix_figure(
    words: Words,
    found: Matrix,
    *,
    show: str = "coverage",
    group: str = "phase",
    verdicts: Mapping[str, Verdict] | None = None,
    kpi: Kpi | None = None,
    chosen: tuple[str, str, str] | None = None,
) -> Figure:
    """Draw every cell in view.

    Parameters
    ----------
    show : {"coverage", "verdict", "kpi"}
        What the colour of a cell says; hatching always says that nobody measures it.
    group : {"phase", "segment"}
        Which dimension the columns are grouped by.
    verdicts : mapping, optional
        Verdict by objective key, for ``show="verdict"``.
    """
    looks, kind = _kinds(words, found, show, verdicts or {}, kpi)
    columns = _columns(found, group)
    n_columns = len(columns.at)
    texts = _hover_texts(words, found, verdicts or {}, kpi)
    few = n_columns <= FEW_COLUMNS
    traces = []
    for index, look in enumerate(looks):
        cells = np.argwhere(kind == index)
        if len(cells):
            traces.append(_trace(found, look, cells, columns, texts, few))
            if look.pattern:
                traces.append(_hatching(look, cells, columns, few))
    n_rows = len(found.axes.touchpoints)
    row_height = 30 if n_rows <= 14 else 21
    layout = canvas(words) | {
        "barmode": "overlay",
        "height": row_height * n_rows + (160 if few else 130),
        "margin": {"l": 8, "r": 8, "t": 34, "b": 8},
        "hovermode": "closest",
        "clickmode": "event+select",
        "showlegend": False,
        **({"uniformtext": {"mode": "hide", "minsize": 9}} if few else {}),
        "bargap": 0,
    }
    layout["yaxis"] = {
        "tickvals": list(range(n_rows)),
        "ticktext": [words.label(item) for item in found.axes.touchpoints],
        "range": [n_rows - 0.45, -0.55],
        "automargin": True,
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
    }
    layout["xaxis"] = _x_axis(words, found, group, columns, few)
    layout["annotations"] = _group_labels(words, found, group, columns) if few else []
    layout["shapes"] = _frame(found, columns, chosen)
    return {"data": traces, "layout": layout}


@dataclass(frozen=True)
class _Columns:
    """Where each column stands: by (phase place, segment place); group centres and widths by group place."""

    at: dict[tuple[int, int], float]
    centres: tuple[float, ...]


def _columns(found: Matrix, group: str) -> _Columns:
    _t, n_phases, n_segments = found.axes.shape
    outer, inner = (n_phases, n_segments) if group == "phase" else (n_segments, n_phases)
    at: dict[tuple[int, int], float] = {}
    centres = []
    for i in range(outer):
        start = i * (inner + GROUP_GAP)
        centres.append(start + (inner - 1) / 2)
        for j in range(inner):
            at[(i, j) if group == "phase" else (j, i)] = start + j
    return _Columns(at, tuple(centres))


def _x_axis(words: Words, found: Matrix, group: str, columns: _Columns, few: bool) -> Figure:
    groups = found.axes.phases if group == "phase" else found.axes.segments
    if few:
        inner = found.axes.segments if group == "phase" else found.axes.phases
        pairs = sorted((x, place[1] if group == "phase" else place[0]) for place, x in columns.at.items())
        values, labels = [x for x, _i in pairs], [words.label(inner[i]) for _x, i in pairs]
    else:
        values, labels = list(columns.centres), [words.label(item) for item in groups]
    last = max(columns.at.values(), default=0.0)
    return {
        "tickvals": values,
        "ticktext": [_short(label) for label in labels],
        "tickangle": -90 if few else 0 if len(groups) <= LEVEL_GROUPS else -45,
        "tickfont": {"size": 11},
        "range": [-0.6, last + 0.6],
        "side": "bottom" if few else "top",
        "automargin": True,
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
    }


def _short(label: str, length: int = 22) -> str:
    return label if len(label) <= length else label[: length - 1].rstrip() + "…"


def _group_labels(words: Words, found: Matrix, group: str, columns: _Columns) -> list[Figure]:
    groups = found.axes.phases if group == "phase" else found.axes.segments
    width = GROUP_LETTERS // max(len(groups), 1)
    return [
        {
            "x": x,
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "showarrow": False,
            "text": _short(words.label(item), max(width, 8)),
            "font": {"size": 12},
        }
        for x, item in zip(columns.centres, groups, strict=True)
    ]


def _frame(found: Matrix, columns: _Columns, chosen: tuple[str, str, str] | None) -> list[Figure]:
    place = found.place(*chosen) if chosen else None
    if place is None:
        return []
    x, y = columns.at[place[1], place[2]], place[0]
    line = {"color": palette.EXPECTED, "width": 2.5}
    return [{"type": "rect", "x0": x - 0.5, "x1": x + 0.5, "y0": y - 0.5, "y1": y + 0.5, "line": line}]


def _hatching(look: Look, cells: Any, columns: _Columns, few: bool) -> Figure:
    """Draw all strokes of one kind of cell as one line: a Plotly pattern is made anew for every single bar."""
    offsets = (-0.66, -0.33, 0.0, 0.33, 0.66) if few else (0.0,)
    half = (1 - GAP) / 2
    centre_x = np.array([columns.at[int(p), int(s)] for _t, p, s in cells])
    centre_y = cells[:, 0].astype(float)
    parts = []
    for shift in offsets:
        left, right = max(-1.0, -1.0 + 2 * shift), min(1.0, 1.0 + 2 * shift)
        low, high = left - 2 * shift, right - 2 * shift
        gap = np.full(len(cells), np.nan)
        parts.append(
            (
                np.stack([centre_x + half * left, centre_x + half * right, gap], axis=1),
                np.stack([centre_y - half * low, centre_y - half * high, gap], axis=1),
            )
        )
    return {
        "type": "scatter",
        "mode": "lines",
        "name": look.name,
        "x": np.concatenate([x.ravel() for x, _y in parts]),
        "y": np.concatenate([y.ravel() for _x, y in parts]),
        "line": {"color": look.colour, "width": 1.4 if few else 1, "simplify": False},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _trace(
    found: Matrix, look: Look, cells: Any, columns: _Columns, texts: dict[tuple[int, int, int], str], few: bool
) -> Figure:
    keys = found.axes.keys()
    places = [(int(t), int(p), int(s)) for t, p, s in cells]
    marker: Figure = {"color": HATCH_GROUND if look.pattern else look.colour, "line": {"width": 0}}
    glyph: Figure = {
        "text": look.glyph,
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textfont": {"color": "#ffffff"},
    }
    return {
        "type": "bar",
        "name": look.name,
        "meta": {"colour": look.colour, "hatched": bool(look.pattern)},
        "x": [columns.at[p, s] for _t, p, s in places],
        "y": [1 - GAP] * len(places),
        "base": [t - (1 - GAP) / 2 for t, _p, _s in places],
        "width": 1 - GAP,
        "marker": marker,
        **(glyph if few else {}),
        "customdata": [f"{keys['touchpoint'][t]}.{keys['phase'][p]}.{keys['segment'][s]}" for t, p, s in places],
        "hovertext": [texts[place] for place in places],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
    }


def _kinds(
    words: Words, found: Matrix, show: str, verdicts: Mapping[str, Verdict], kpi: Kpi | None
) -> tuple[list[Look], Any]:
    """Return the kinds of cell in the order of the legend, and for every cell which kind it is."""
    _ = words.gettext
    outside = Look(_("outside the perimeter"), OUTSIDE)
    seen = Look(_("outside, but with data"), OUTSIDE_SEEN)
    blind = Look(_("in scope, measured by nobody"), palette.EXPECTED, "/")
    measured = found.n_kpis > 0
    if show == "kpi" and kpi is not None:
        measured = np.isfinite(found.value)
        blind = Look(_("in scope, no value"), palette.EXPECTED, "/")
        looks, kind = _value_kinds(words, found, kpi)
    elif show == "verdict":
        looks, kind = _verdict_kinds(words, found, verdicts)
    else:
        looks = [
            Look(_("in scope, measured"), palette.AFTER),
            Look(_("in scope, in some weeks only"), "rgba(14, 138, 160, 0.45)"),
        ]
        kind = np.where(found.coverage >= REGULAR, 0, 1)
    looks = [*looks, blind, seen, outside]
    kind = np.where(measured, kind, len(looks) - 3)
    if show != "kpi":
        kind = np.where(found.in_scope, kind, np.where(measured, len(looks) - 2, len(looks) - 1))
    else:
        kind = np.where(~found.in_scope & ~measured, len(looks) - 1, kind)
    return looks, kind


def _verdict_kinds(words: Words, found: Matrix, verdicts: Mapping[str, Verdict]) -> tuple[list[Look], Any]:
    looks = [
        Look(
            verdict_look(words, verdict).word,
            palette.VERDICT_COLOURS[verdict],
            "" if verdict in GLYPHS else ".",
            GLYPHS.get(verdict, ""),
        )
        for verdict in SEVERITY
    ]
    looks.append(Look(words.gettext("in scope, no objective"), "rgba(122, 135, 145, 0.5)"))
    kind = np.full(found.axes.shape, len(looks) - 1)
    for index in reversed(range(len(SEVERITY))):
        for key, mask in found.objectives:
            if verdicts.get(key) is SEVERITY[index]:
                kind = np.where(mask, index, kind)
    return looks, kind


def _value_kinds(words: Words, found: Matrix, kpi: Kpi) -> tuple[list[Look], Any]:
    values = found.value[np.isfinite(found.value)]
    if not len(values):
        return [Look("", SCALE[0])], np.zeros(found.axes.shape, dtype=int)
    edges = np.unique(np.quantile(values, [0.2, 0.4, 0.6, 0.8]))
    kind = np.searchsorted(edges, np.nan_to_num(found.value, nan=edges[0]), side="left")
    bounds = [float(values.min()), *[float(edge) for edge in edges], float(values.max())]
    looks = [
        Look(
            f"{quantity.value(words, low, kpi.unit)} {formats.NOTHING} {quantity.value(words, high, kpi.unit)}",
            SCALE[min(index, len(SCALE) - 1)],
        )
        for index, (low, high) in enumerate(pairwise(bounds))
    ]
    return looks, kind


def _hover_texts(
    words: Words, found: Matrix, verdicts: Mapping[str, Verdict], kpi: Kpi | None
) -> dict[tuple[int, int, int], str]:
    """Return what hovering over each cell says."""
    _ = words.gettext
    t_names, p_names, s_names = ([words.label(item) for item in side] for side in found.axes.members())
    n_objectives, n_unfrozen = np.zeros(found.axes.shape, dtype=int), np.zeros(found.axes.shape, dtype=int)
    for key, mask in found.objectives:
        n_objectives += mask
        n_unfrozen += mask & (key in found.unfrozen)
    inside, outside = _("in scope"), _("outside the perimeter")
    nobody = _("measured by nobody")
    weeks = np.rint(found.coverage * COVERAGE_WEEKS).astype(int)
    said: dict[tuple[int, int, int], str] = {}
    facts: dict[tuple[int, int, int, int], str] = {}
    for place in np.ndindex(found.axes.shape):
        t, p, s = place
        about = (int(n_objectives[place]), int(found.n_kpis[place]), int(weeks[place]), int(n_unfrozen[place]))
        if about not in facts:
            counted = _("objectives: {objectives}", objectives=about[0])
            _n, kpis, with_data, unfrozen = about
            if unfrozen:
                counted += " (" + _("no ex ante baseline for {n}", n=unfrozen) + ")"
            measured = _(
                "KPIs: {kpis}, weeks with data: {weeks} of {of}", kpis=kpis, weeks=with_data, of=COVERAGE_WEEKS
            )
            facts[about] = f"{counted} · {measured if kpis else nobody}"
        value = ""
        if kpi is not None and np.isfinite(found.value[place]):
            value = f"<br><b>{quantity.value(words, float(found.value[place]), kpi.unit)}</b>"
        scope = inside if found.in_scope[place] else outside
        said[t, p, s] = f"{t_names[t]} · {p_names[p]} · {s_names[s]}<br>{scope} · {facts[about]}{value}"
    return said


def matrix_summary(words: Words, found: Matrix) -> str:
    """Say in one sentence how much is in scope, measured and aimed at."""
    total, blind, bare = found.n_in_scope, found.n_blind, found.n_without_objective
    if not total:
        return words.gettext("No cell is in scope yet.")
    return words.gettext(
        "{scope} of {total} cells in scope; measured by nobody: {blind}; without an objective: {bare}.",
        scope=total,
        total=int(np.prod(found.axes.shape)),
        blind=blind,
        bare=bare,
    )


def trait_word(words: Words, trait: Trait) -> str:
    """Name a property of touchpoints or segments."""
    _ = words.gettext
    return {
        Trait.ONLINE: _("online"),
        Trait.OFFLINE: _("offline"),
        Trait.OWNED: _("controlled"),
        Trait.PARTNER: _("run by partners"),
        Trait.UNCONTROLLED: _("not controlled"),
        Trait.SELF_SERVICE: _("self-service"),
        Trait.HUMAN: _("served by people"),
        Trait.STRATEGIC: _("strategic"),
        Trait.CURRENT: _("current customers"),
        Trait.PROSPECT: _("prospects"),
    }[trait]


def medium_word(words: Words, medium: Medium) -> str:
    """Name where a touchpoint lives."""
    return trait_word(words, Trait(medium.value))


def control_word(words: Words, control: Control) -> str:
    """Name who runs a touchpoint."""
    return trait_word(words, Trait(control.value))


def choice_text(words: Words, dimension: str, choice: Choice, labels: Mapping[str, str]) -> str:
    """Say which members of a dimension a rule speaks of."""
    _ = words.gettext
    if choice.keys is not None:
        named = words.listed(labels.get(key, key) for key in choice.keys)
        return named if choice.keys else _("none")
    if choice.traits:
        traits = words.listed(trait_word(words, trait) for trait in choice.traits)
        return f"{dimension_word(words, dimension, plural=True)}: {traits}"
    return {
        "touchpoint": _("all touchpoints"),
        "phase": _("all phases"),
        "segment": _("all segments"),
    }[dimension]


def rule_text(words: Words, rule: ScopeRule, labels: Mapping[tuple[str, str], str]) -> str:
    """Say a rule in one line, as one would say it aloud."""
    parts = [
        choice_text(words, name, rule.choice(name), {key: label for (of, key), label in labels.items() if of == name})
        for name in ("segment", "touchpoint", "phase")
    ]
    return " · ".join(parts)


def attributes_text(words: Words, member: Member, labels: Mapping[tuple[str, str], str]) -> str:
    """Say what is known about a member."""
    _ = words.gettext
    parts: list[str] = []
    if member.medium:
        parts.append(medium_word(words, member.medium))
    if member.control:
        parts.append(control_word(words, member.control))
    if member.self_service is not None:
        parts.append(trait_word(words, Trait.SELF_SERVICE if member.self_service else Trait.HUMAN))
    if member.relationship:
        parts.append(trait_word(words, Trait(member.relationship)))
    if member.strategic:
        parts.append(trait_word(words, Trait.STRATEGIC))
    if member.parent:
        parts.append(_("in {parent}", parent=labels.get((str(member.dimension), member.parent), member.parent)))
    if member.owner_function:
        parts.append(member.owner_function)
    return " · ".join(parts)


def use_word(words: Words, noun: str) -> str:
    """Name what may use a member."""
    _ = words.gettext
    return {
        "objective": _("objective"),
        "initiative": _("initiative"),
        "kpi": _("KPI"),
        "profile": _("source profile"),
        "scope": _("strategic perimeter"),
        "segment": _("segment"),
        "touchpoint": _("touchpoint"),
        "phase": _("phase"),
        "dmu_role": _("role"),
    }.get(noun, noun)


def is_weekly(kpi: Kpi) -> bool:
    """Say whether a KPI's figure is a week's total."""
    return kpi.kind in (KpiKind.COUNT, KpiKind.SUM)
