"""The matrix and the roadmap as pictures: every cell once, blind ones hatched, labels in the reader's language."""

import numpy as np

from ocem.domain.comparison import Verdict
from ocem.domain.perimeter import Choice, Dimension, Member, ScopeRule, Trait
from ocem.evaluation.perimeter import Axes, Matrix
from ocem.i18n import Words
from ocem.reporting.perimeter import matrix_figure, matrix_summary, rule_text


def _members(dimension: Dimension, n: int) -> tuple[Member, ...]:
    return tuple(Member(dimension, f"{dimension}{i}", f"{dimension} {i} it", f"{dimension} {i} en") for i in range(n))


def _matrix(shape: tuple[int, int, int]) -> Matrix:
    segments = _members(Dimension.SEGMENT, shape[2])
    axes = Axes(_members(Dimension.TOUCHPOINT, shape[0]), _members(Dimension.PHASE, shape[1]), segments, segments)
    in_scope = np.zeros(shape, dtype=bool)
    in_scope[0] = True
    n_kpis = np.zeros(shape, dtype=np.int64)
    n_kpis[:, 0] = 3
    mask = np.zeros(shape, dtype=bool)
    mask[0, 0] = True
    return Matrix(
        axes, in_scope, True, 1, (("ziel", mask),), n_kpis / 3.0, n_kpis, np.full(shape, np.nan), None, None, None
    )


def _bars(figure: dict, name: str) -> list[dict]:
    return [trace for trace in figure["data"] if trace["type"] == "bar" and trace["name"] == name]


def test_every_cell_is_drawn_once_and_blind_ones_are_hatched():
    found = _matrix((3, 2, 4))
    figure = matrix_figure(Words("en"), found)
    codes = [code for trace in figure["data"] if trace["type"] == "bar" for code in trace["customdata"]]
    assert len(codes) == len(set(codes)) == 24
    [blind] = _bars(figure, "in scope, measured by nobody")
    assert len(blind["x"]) == 4 and blind["meta"]["hatched"]  # first touchpoint, second phase, four segments
    strokes = [trace for trace in figure["data"] if trace["type"] == "scatter"]
    assert len(strokes) == 1 and strokes[0]["hoverinfo"] == "skip"


def test_many_columns_are_labelled_by_group_and_few_by_member():
    few = matrix_figure(Words("it"), _matrix((2, 2, 3)))
    many = matrix_figure(Words("it"), _matrix((30, 6, 20)))
    assert len(few["layout"]["xaxis"]["ticktext"]) == 6
    assert many["layout"]["xaxis"]["ticktext"] == [f"phase {i} it" for i in range(6)]
    by_segment = matrix_figure(Words("it"), _matrix((30, 6, 20)), group="segment")
    assert len(by_segment["layout"]["xaxis"]["ticktext"]) == 20


def test_verdicts_colour_the_cells_of_their_objective_and_say_their_name():
    figure = matrix_figure(Words("it"), _matrix((2, 2, 2)), show="verdict", verdicts={"ziel": Verdict.WORSENED})
    [worse] = _bars(figure, "Peggiora")
    assert len(worse["x"]) == 2 and worse["text"] == "▼"


def test_the_summary_counts_what_is_blind_and_what_nobody_aims_at():
    text = matrix_summary(Words("en"), _matrix((3, 2, 4)))
    assert text == "8 of 24 cells in scope; measured by nobody: 4; without an objective: 4."


def test_a_rule_is_said_as_one_would_say_it_aloud():
    rule = ScopeRule(True, segments=Choice(None, (Trait.STRATEGIC,)))
    assert rule_text(Words("it"), rule, {}) == "Segmenti: strategico · tutti i touchpoint · tutte le fasi"
    named = ScopeRule(False, Choice(("a", "b")), Choice(("x",)))
    labels = {("touchpoint", "a"): "Portale", ("touchpoint", "b"): "Chat", ("phase", "x"): "Acquisto"}
    assert rule_text(Words("it"), named, labels) == "tutti i segmenti · Portale e Chat · Acquisto"
