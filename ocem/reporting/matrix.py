"""The matrix of cells as a picture: what each cell is, what its colour is called, and what it says when one points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ocem.domain.comparison import Verdict
from ocem.domain.kpi import Kpi
from ocem.domain.perimeter import Member
from ocem.evaluation.matrix import COVERAGE_WEEKS, Matrix
from ocem.i18n import Words, formats
from ocem.reporting import palette, quantity
from ocem.reporting.comparison import verdict_look

GROUPS = ("phase", "segment")
OUTSIDE = "rgba(122, 135, 145, 0.09)"
OUTSIDE_SEEN = "rgba(122, 135, 145, 0.30)"
HATCHED, DOTTED = "hatched", "dotted"
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
    """How cells of one kind are drawn and called; `pattern` is ``hatched``, ``dotted`` or empty."""

    name: str
    colour: str
    pattern: str = ""
    glyph: str = ""


@dataclass(frozen=True)
class MatrixPicture:
    """Every cell in view once: rows are touchpoints, columns stand in groups of phases or of segments.

    `kinds`, `facts` and `values` have the shape (touchpoints, outer, inner) of the drawing: places in `looks`, in
    `sentences`, and what the chosen KPI comes to, empty where it has no value.
    """

    rows: tuple[Member, ...]
    outer: tuple[Member, ...]
    inner: tuple[Member, ...]
    by_phase: bool
    looks: tuple[Look, ...]
    kinds: Any
    sentences: tuple[str, ...]
    facts: Any
    values: tuple[str, ...]

    @property
    def seen(self) -> list[Look]:
        """The kinds of cell that are there, in the order of the legend."""
        return [look for index, look in enumerate(self.looks) if (self.kinds == index).any()]


def matrix_picture(
    words: Words,
    found: Matrix,
    *,
    show: str = "coverage",
    group: str = "phase",
    verdicts: Mapping[str, Verdict] | None = None,
    kpi: Kpi | None = None,
) -> MatrixPicture:
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
    looks, kinds = _kinds(words, found, show, verdicts or {}, kpi)
    sentences, facts = _sentences(words, found)
    by_phase = group == "phase"
    sides = (found.axes.phases, found.axes.segments)

    def drawn(cells: Any) -> Any:
        return cells if by_phase else np.swapaxes(cells, 1, 2)

    return MatrixPicture(
        found.axes.touchpoints,
        sides[0] if by_phase else sides[1],
        sides[1] if by_phase else sides[0],
        by_phase,
        tuple(looks),
        drawn(kinds),
        tuple(sentences),
        drawn(facts),
        _value_texts(words, drawn(found.value), kpi),
    )


def _kinds(
    words: Words, found: Matrix, show: str, verdicts: Mapping[str, Verdict], kpi: Kpi | None
) -> tuple[list[Look], Any]:
    """Return the kinds of cell in the order of the legend, and for every cell which kind it is."""
    _ = words.gettext
    outside = Look(_("outside the perimeter"), OUTSIDE)
    seen = Look(_("outside, but with data"), OUTSIDE_SEEN)
    blind = Look(_("in scope, measured by nobody"), palette.EXPECTED, HATCHED)
    measured = found.n_kpis > 0
    if show == "kpi" and kpi is not None:
        measured = np.isfinite(found.value)
        blind = Look(_("in scope, no value"), palette.EXPECTED, HATCHED)
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
            "" if verdict in GLYPHS else DOTTED,
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
    distinct = np.unique(values)
    if len(distinct) <= len(SCALE):
        steps = np.linspace(0, len(SCALE) - 1, len(distinct)).round().astype(int)
        looks = [
            Look(quantity.value(words, float(one), kpi.unit), SCALE[step])
            for one, step in zip(distinct, steps, strict=True)
        ]
        return looks, np.searchsorted(distinct, np.nan_to_num(found.value, nan=distinct[0]))
    edges = np.unique(np.quantile(values, [0.2, 0.4, 0.6, 0.8]))
    kind = np.searchsorted(edges, np.nan_to_num(found.value, nan=edges[0]), side="left")
    bounds = [float(values.min()), *[float(edge) for edge in edges], float(values.max())]
    looks = [
        Look(_between(words, kpi, low, high), SCALE[min(index, len(SCALE) - 1)])
        for index, (low, high) in enumerate(pairwise(bounds))
    ]
    return looks, kind


def _between(words: Words, kpi: Kpi, low: float, high: float) -> str:
    ends = [quantity.value(words, end, kpi.unit) for end in (low, high)]
    return ends[0] if ends[0] == ends[1] else f" {formats.NOTHING} ".join(ends)


def _sentences(words: Words, found: Matrix) -> tuple[list[str], Any]:
    """Return what cells say of themselves, each sentence once, and for every cell which one is its own."""
    n_objectives, n_unfrozen = np.zeros(found.axes.shape, dtype=int), np.zeros(found.axes.shape, dtype=int)
    for key, mask in found.objectives:
        n_objectives += mask
        n_unfrozen += mask & (key in found.unfrozen)
    weeks = np.rint(found.coverage * COVERAGE_WEEKS).astype(int)
    about = np.stack([part.ravel() for part in (found.in_scope, n_objectives, n_unfrozen, found.n_kpis, weeks)], axis=1)
    distinct, place = np.unique(about.astype(int), axis=0, return_inverse=True)
    return [_sentence(words, [int(part) for part in row]) for row in distinct], place.reshape(found.axes.shape)


def _sentence(words: Words, about: Sequence[int]) -> str:
    _ = words.gettext
    in_scope, objectives, unfrozen, kpis, weeks = about
    counted = _("objectives: {objectives}", objectives=objectives)
    if unfrozen:
        counted += " (" + _("no ex ante baseline for {n}", n=unfrozen) + ")"
    measured = _("measured by nobody")
    if kpis:
        measured = _("KPIs: {kpis}, weeks with data: {weeks} of {of}", kpis=kpis, weeks=weeks, of=COVERAGE_WEEKS)
    return " · ".join([_("in scope") if in_scope else _("outside the perimeter"), counted, measured])


def _value_texts(words: Words, values: Any, kpi: Kpi | None) -> tuple[str, ...]:
    if kpi is None:
        return ()
    return tuple(quantity.value(words, float(one), kpi.unit) if np.isfinite(one) else "" for one in values.ravel())


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
