"""Groups to compare with: only segments nobody touched, judged by the weeks before."""

from ocem.domain.perimeter import Perimeter
from ocem.evaluation.comparison_group import propose_groups
from ocem.evaluation.objective import list_initiatives
from ocem.store.database import Database
from tests.evaluation.world import build


def test_only_segments_without_a_go_live_are_proposed(database: Database) -> None:
    build(database)
    (initiative,) = list_initiatives(database)
    found = propose_groups(database, "self_service_reorder_share", Perimeter(segments=("pmi",)), initiative)
    assert [item.segments for item in found] == [("strategici",)]
    assert found[0].is_parallel and 0 < found[0].smallest < 0.2
    assert found[0].n_weeks >= 80


def test_where_everyone_is_reached_nothing_is_proposed(database: Database) -> None:
    build(database)
    (initiative,) = list_initiatives(database)
    everyone = Perimeter(segments=("pmi", "officine", "strategici"))
    assert propose_groups(database, "self_service_reorder_share", everyone, initiative) == ()
