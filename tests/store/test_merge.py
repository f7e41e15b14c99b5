"""Proposed members: merged into a confirmed one with rows, sums and profile, and split again exactly."""

import pytest

from ocem.domain.batch import FieldMapping, SourceProfile
from ocem.domain.fact import FactKind
from ocem.domain.perimeter import Dimension
from ocem.errors import NotFound, Refused
from ocem.store import batch, member
from ocem.store.check import check
from ocem.store.database import Database
from ocem.store.merge import list_merges, merge_member, split_member
from ocem.store.profile import find_profile, save_profile
from tests.store.staging import contacts, sales
from tests.store.test_batch import _daily

TOUCHPOINT = Dimension.TOUCHPOINT


def _profile() -> SourceProfile:
    mapping = FieldMapping("member", "Canale", values={"Telefono": "contact_center"})
    return SourceProfile("leads", FactKind.INTERACTION, {"touchpoint": mapping})


def _rows(database: Database) -> dict[str, int]:
    with database.cursor() as con:
        return member.count_rows(con, TOUCHPOINT)


def test_a_proposed_member_is_merged_with_its_rows_sums_and_profile_and_split_again(database: Database) -> None:
    save_profile(database, _profile())
    batch.commit(database, contacts(database))  # 100 contacts, 50 of them at a touchpoint nobody knows
    rows, sums = _rows(database), _daily(database)
    assert rows == {"contact_center": 50, "nuovo_canale": 50}

    merged = merge_member(database, TOUCHPOINT, "nuovo_canale", "contact_center")
    assert (merged.n_rows, merged.profiles) == (50, ("leads",))
    assert _rows(database) == {"contact_center": 100}
    assert check(database) == []
    with database.cursor() as con:
        assert "nuovo_canale" not in [item.key for item in member.list_members(con, TOUCHPOINT)]
        profile = find_profile(con, "leads")
    assert profile is not None
    assert profile.fields["touchpoint"].values == {"Telefono": "contact_center", "Nuovo canale": "contact_center"}

    split = split_member(database, merged.id)
    assert split.split_at is not None
    assert _rows(database) == rows
    assert _daily(database) == sums
    assert check(database) == []
    with database.cursor() as con:
        profile = find_profile(con, "leads")
        [back] = [item for item in member.list_members(con, TOUCHPOINT) if item.key == "nuovo_canale"]
    assert profile is not None and profile.fields["touchpoint"].values == {"Telefono": "contact_center"}
    assert back.status == "proposed"


def test_the_name_of_a_merged_member_leads_to_the_other_in_the_next_file(database: Database) -> None:
    batch.commit(database, contacts(database, n=10))
    merge_member(database, TOUCHPOINT, "nuovo_canale", "contact_center")
    done = batch.commit(database, contacts(database, "next", n=30))
    assert done.counts.proposed == ()
    assert _rows(database) == {"contact_center": 30}


def test_a_merge_is_not_split_when_rows_came_in_since(database: Database) -> None:
    batch.commit(database, contacts(database, n=10))
    merged = merge_member(database, TOUCHPOINT, "nuovo_canale", "contact_center")
    later = batch.commit(database, contacts(database, "next", n=30))
    with pytest.raises(Refused, match=f"Batch {later.batch} was imported after"):
        split_member(database, merged.id)
    batch.undo(database, later.batch)
    split_member(database, merged.id)
    assert _rows(database) == {"contact_center": 5, "nuovo_canale": 5}


def test_a_batch_of_another_source_does_not_stand_in_the_way_of_a_split(database: Database) -> None:
    batch.commit(database, contacts(database, n=10))
    merged = merge_member(database, TOUCHPOINT, "nuovo_canale", "contact_center")
    batch.commit(database, sales(database, "orders", 0, 20))
    split_member(database, merged.id)
    assert _rows(database)["nuovo_canale"] == 5


def test_a_merge_is_not_split_when_its_batch_is_gone(database: Database) -> None:
    done = batch.commit(database, contacts(database, n=10))
    merged = merge_member(database, TOUCHPOINT, "nuovo_canale", "contact_center")
    batch.undo(database, done.batch)
    with pytest.raises(Refused, match=f"Batch {done.batch} was undone"):
        split_member(database, merged.id)


def test_only_a_proposed_member_is_merged_and_only_once(database: Database) -> None:
    batch.commit(database, contacts(database, n=10))
    with pytest.raises(Refused):
        merge_member(database, TOUCHPOINT, "email", "contact_center")
    merged = merge_member(database, TOUCHPOINT, "nuovo_canale", "contact_center")
    with pytest.raises(NotFound):
        merge_member(database, TOUCHPOINT, "nuovo_canale", "email")
    split_member(database, merged.id)
    with pytest.raises(NotFound):
        split_member(database, merged.id)
    with database.cursor() as con:
        assert [item.target for item in list_merges(con, TOUCHPOINT)] == ["contact_center"]
