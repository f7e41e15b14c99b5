"""The matrix and the roadmap as pictures: every cell once, blind ones hatched, labels in the reader's language."""

import numpy as np

from ocem.domain.comparison import Verdict
from ocem.domain.kpi import Direction
from ocem.domain.perimeter import Choice, Dimension, Member, ScopeRule, Trait
from ocem.evaluation.matrix import Axes, Matrix
from ocem.i18n import Words
from ocem.reporting.matrix import HATCHED, MatrixPicture, matrix_picture, matrix_summary
from ocem.reporting.perimeter import rule_text
from tests.reporting.findings import kpi as findings_kpi

ONLINE = findings_kpi("orders_online", "share", Direction.UP, "Ordini in rete", "Orders online")


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


def _named(picture: MatrixPicture) -> np.ndarray:
    return np.array([look.name for look in picture.looks])[picture.kinds]


def test_every_cell_is_drawn_once_and_blind_ones_are_hatched():
    picture = matrix_picture(Words("en"), _matrix((3, 2, 4)))
    named = _named(picture)
    assert named.shape == (3, 2, 4)
    # First touchpoint, second phase, four segments: in scope, and no KPI has data there.
    assert [tuple(place) for place in np.argwhere(named == "in scope, measured by nobody")] == [
        (0, 1, s) for s in range(4)
    ]
    assert [look.name for look in picture.looks if look.pattern == HATCHED] == ["in scope, measured by nobody"]
    assert [look.name for look in picture.seen][-1] == "outside the perimeter"


def test_columns_grouped_by_segment_are_the_same_cells_in_another_order():
    found = _matrix((3, 2, 4))
    by_phase, by_segment = (matrix_picture(Words("it"), found, group=group) for group in ("phase", "segment"))
    assert (np.swapaxes(by_phase.kinds, 1, 2) == by_segment.kinds).all()
    assert [item.key for item in by_segment.outer] == [item.key for item in by_phase.inner]


def test_verdicts_colour_the_cells_of_their_objective_and_say_their_name():
    picture = matrix_picture(Words("it"), _matrix((2, 2, 2)), show="verdict", verdicts={"ziel": Verdict.WORSENED})
    worse = _named(picture) == "Peggiora"
    assert [tuple(place) for place in np.argwhere(worse)] == [(0, 0, 0), (0, 0, 1)]
    assert [look.glyph for look in picture.looks if look.name == "Peggiora"] == ["▼"]


def test_the_summary_counts_what_is_blind_and_what_nobody_aims_at():
    text = matrix_summary(Words("en"), _matrix((3, 2, 4)))
    assert text == "8 of 24 cells in scope; measured by nobody: 4; without an objective: 4."


def test_a_rule_is_said_as_one_would_say_it_aloud():
    rule = ScopeRule(True, segments=Choice(None, (Trait.STRATEGIC,)))
    assert rule_text(Words("it"), rule, {}) == "Segmenti: strategico · tutti i touchpoint · tutte le fasi"
    named = ScopeRule(False, Choice(("a", "b")), Choice(("x",)))
    labels = {("touchpoint", "a"): "Portale", ("touchpoint", "b"): "Chat", ("phase", "x"): "Acquisto"}
    assert rule_text(Words("it"), named, labels) == "tutti i segmenti · Portale e Chat · Acquisto"


def test_a_kpi_with_few_values_has_one_colour_for_each_and_no_ranges():
    found = _matrix((1, 1, 4))
    found.value[0, 0] = [0.0, 1.0, 1.0, np.nan]
    picture = matrix_picture(Words("en"), found, show="kpi", kpi=ONLINE)
    assert _named(picture)[0, 0].tolist() == ["0%", "100%", "100%", "in scope, no value"]
    assert picture.values == ("0%", "100%", "100%", "")
