"""Displacement on a small company whose portal took half its visits from orders by phone and mail."""

import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from math import isfinite
from pathlib import Path

import pytest

from ocem.domain.displacement import ShiftVerdict
from ocem.errors import NotFound
from ocem.evaluation.displacement import displacements, highlights
from ocem.evaluation.view import View
from ocem.store.database import Database
from ocem.store.definitions import load_documents
from tests.evaluation.link_world import DEFINITIONS, declare, import_contacts
from tests.evaluation.test_link import numbers


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, starter_file: Path) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("contacts") / "ocem.duckdb"
    shutil.copyfile(starter_file, path)
    opened = Database.open(path)
    declare(opened)
    import_contacts(opened)
    yield opened
    opened.close()


def test_the_portal_replaces_contacts_and_the_interval_holds_the_truth(company: Database) -> None:
    """Half of the visits would have been contacts: 80 of 160 a week and segment."""
    found = displacements(company)[0]
    assert found.verdict is ShiftVerdict.REPLACES
    assert found.ratio is not None and found.ratio.low <= 0.5 <= found.ratio.high
    assert found.here_is_new and found.here is not None and found.here.value == pytest.approx(320, rel=0.03)
    assert found.net is not None and found.net.low <= 160 <= found.net.high
    assert found.comparison == ("strategici", "esteri")
    assert all(isfinite(n) for n in numbers(asdict(found)))


def test_parts_by_touchpoint_and_by_reason_add_up_to_the_whole(company: Database) -> None:
    found = displacements(company, "portale_riordini")[0]
    assert found.elsewhere is not None
    for parts in (found.touchpoints, found.reasons_of_contact):
        assert sum(part.change.value for part in parts if part.change) == pytest.approx(found.elsewhere.value)


def test_the_verdict_is_the_same_without_what_stands_beside_it(company: Database) -> None:
    whole, verdict = displacements(company)[0], displacements(company, in_full=False)[0]
    beside = ("cost", "per_order", "per_order_level", "per_customer", "per_customer_level", "handling", "repeat")
    assert whole.repeat is not None and whole.per_customer_level is not None
    assert verdict == replace(whole, **dict.fromkeys(beside))


def test_orders_left_and_complaints_stayed(company: Database) -> None:
    """What the portal settles is gone, what it cannot settle is not."""
    by_reason = {part.key: part.change for part in displacements(company)[0].reasons_of_contact}
    order, complaint = by_reason["order"], by_reason["complaint"]
    assert order is not None and order.high < 0
    assert complaint is not None and complaint.low < 0 < complaint.high
    assert "harder_ones_remain" in [note.code for note in displacements(company)[0].warnings]


def test_contacts_that_follow_visits_are_counted_beside_those_before(company: Database) -> None:
    """Customers are drawn at random, so a week after a visit is like a week before it."""
    repeat = displacements(company)[0].repeat
    assert repeat is not None and repeat.n_visits > 1000
    assert repeat.after == pytest.approx(repeat.before, abs=0.05)


def test_more_contacts_elsewhere_are_called_so(database: Database) -> None:
    declare(database)
    import_contacts(database, substitution=-0.3)
    found = displacements(database)[0]
    assert found.verdict is ShiftVerdict.GENERATES_CONTACTS
    assert highlights(database)[0].touchpoint == "portale_riordini"


def test_without_a_segment_left_to_compare_with_nothing_is_said(database: Database) -> None:
    declare(database)
    import_contacts(database)
    everyone = {"portale": DEFINITIONS["initiative"]["portale"] | {"go_live": [{"day": "2025-12-29"}]}}
    load_documents(database, {"initiative": everyone})
    found = displacements(database)[0]
    assert found.verdict is ShiftVerdict.NOT_IDENTIFIED
    assert [note.code for note in found.reasons] == ["everyone_went_live"]
    assert found.ratio is None and found.here is None
    assert highlights(database) == []


def test_a_view_without_treated_segments_and_an_unknown_touchpoint_are_said(company: Database) -> None:
    found = displacements(company, view=View(segments=("strategici",)))[0]
    assert [note.code for note in found.reasons] == ["no_segment_in_view"]
    with pytest.raises(NotFound):
        displacements(company, "nothing")


def test_an_empty_store_has_no_displacement(database: Database) -> None:
    assert displacements(database) == []
