"""Sums from shared storage: equal to the store's own, counted once, and left alone whenever something is wrong."""

import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ocem.domain.access import Person, Role
from ocem.domain.fact import FactKind
from ocem.errors import EngineFailed, Forbidden, Refused, WrongUse
from ocem.i18n import Words
from ocem.reporting import engine as said
from ocem.store import access, audit
from ocem.store.batch import commit, list_batches, undo
from ocem.store.check import check
from ocem.store.definitions import load_documents
from ocem.store.engine import brought, owned, run, settings
from ocem.store.engine.settings import Engine
from ocem.store.engine.source import manifest_rows
from ocem.store.freshness import source_reaches
from ocem.store.rebuild import rebuild
from tests.engine.conftest import World
from tests.store.staging import sales

SALE = (FactKind.SALE,)
TWO = (FactKind.INTERACTION, FactKind.SALE)
JANUARY = (date(2026, 1, 1), date(2026, 1, 30))  # tests.store.staging.sales lie in these 30 days


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A door that opens: the stand-in needs no more of the network."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def engine(world: World, port: int, fault: str = "", limit_s: float = 60.0) -> Engine:
    script = str(Path(__file__).with_name("stand_in.py"))
    return settings.settings(
        f"sc://127.0.0.1:{port}", str(world.folder), limit_s, worker=(sys.executable, script, fault)
    )


def findings(world: World) -> list[str]:
    return [item.code for item in check(world.database)]


def test_sums_from_shared_storage_equal_those_from_the_same_facts_here(world: World, port: int) -> None:
    before = world.sums()
    done = run.run(world.database, engine(world, port), TWO)
    assert done.rows == {"sale": 300, "interaction": 200} and done.has_manifest
    assert world.sums() == before
    assert findings(world) == []


@pytest.mark.slow
def test_a_day_counts_from_one_side_only(world: World, port: int) -> None:
    run.run(world.database, engine(world, port), SALE)
    before = world.sums("sale")
    commit(world.database, sales(world.database, "more", 300, 600))  # 300 more orders on the same days
    assert world.sums("sale") == before  # shared storage does not have them yet
    rebuild(world.database)
    assert world.sums("sale") == before and findings(world) == []
    assert run.give_back(world.database, SALE, JANUARY) == {"sale": 30}
    orders = sum(row[6] for row in world.sums("sale"))
    assert orders == 2 * sum(row[6] for row in before) and findings(world) == []


@pytest.mark.slow
def test_days_that_were_not_asked_for_stay_with_the_store(world: World, port: int) -> None:
    half = (JANUARY[0], JANUARY[0] + timedelta(days=14))
    run.run(world.database, engine(world, port), SALE, days=half)
    before = world.sums("sale")
    commit(world.database, sales(world.database, "more", 300, 600))
    after = world.sums("sale")
    assert [row for row in after if row[2] <= half[1]] == [row for row in before if row[2] <= half[1]]
    assert sum(row[6] for row in after if row[2] > half[1]) == 2 * sum(row[6] for row in before if row[2] > half[1])


@pytest.mark.slow
def test_history_that_was_never_imported_shows_from_shared_storage_alone(world: World, port: int) -> None:
    before = world.sums()
    with world.database.cursor() as con:
        batches = [item.id for item in list_batches(con)]
    for batch in batches:
        undo(world.database, batch)
    assert world.sums() == []
    run.run(world.database, engine(world, port), TWO)
    assert world.sums() == before
    with world.database.cursor() as con:
        reaches = {reach.fact: reach.last_day for reach in source_reaches(con)}
    assert reaches == {FactKind.INTERACTION: date(2025, 12, 20), FactKind.SALE: JANUARY[1]}


FAULTS = {
    "partial": "partial", "other day": "days", "twice": "cells", "nan": "numbers", "column missing": "columns",
    "texts": "columns", "no day": "columns", "dies": "client", "version": "version", "refuses": "query",
}  # fmt: skip


@pytest.mark.slow
def test_an_answer_that_is_not_whole_changes_no_sum(world: World, port: int) -> None:
    run.run(world.database, engine(world, port), SALE)
    before, owned_before = world.sums(), _state(world).owned
    for fault, code in FAULTS.items():
        with pytest.raises(EngineFailed) as told:
            run.run(world.database, engine(world, port, fault), SALE)
        assert told.value.code == code
        state = _state(world)
        assert world.sums() == before and state.owned == owned_before and state.failed is not None, fault
        for lang in ("it", "en"):
            (warning,) = said.warnings(Words(lang), state)
            assert Words(lang).error(told.value) in warning
    assert findings(world) == []


def _state(world: World) -> owned.State:
    with world.database.cursor() as con:
        return owned.state(con)


def test_an_engine_that_takes_too_long_is_given_up(world: World, port: int) -> None:
    with pytest.raises(EngineFailed) as told:
        run.run(world.database, engine(world, port, "slow", limit_s=0.5), SALE)
    assert told.value.code == "slow" and _state(world).owned == ()


def test_an_engine_that_is_gone_is_named(world: World, port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    with pytest.raises(EngineFailed, match=f"sc://127.0.0.1:{free} does not answer"):
        run.run(world.database, replace(engine(world, port), port=free), SALE)


@pytest.mark.slow
def test_shared_storage_that_lost_rows_leaves_the_sums_of_the_last_run(world: World, port: int) -> None:
    run.run(world.database, engine(world, port), TWO)
    before, owned_before = world.sums(), _state(world).owned
    manifest = world.folder / "exchange.json"
    told = manifest.read_text()
    assert manifest_rows(told, FactKind.INTERACTION) == {"2025-12": 200}
    month = next(world.folder.glob("facts/interaction/*/month=2025-12.parquet"))
    content = month.read_bytes()

    def refused(code: str) -> None:
        with pytest.raises(EngineFailed) as error:
            run.run(world.database, engine(world, port), TWO)
        state = _state(world)
        assert error.value.code == code and state.failed is not None
        assert world.sums() == before and state.owned == owned_before and findings(world) == []

    manifest.write_text(told.replace('"rows": 200', '"rows": 199'))
    refused("manifest")
    manifest.write_text(told)
    _halve(month)
    refused("manifest")
    manifest.unlink()
    refused("fewer")
    month.write_bytes(content)
    assert not run.run(world.database, engine(world, port), TWO).has_manifest
    assert world.sums() == before


def test_rows_that_the_manifest_names_of_a_fact_that_is_gone_are_missed() -> None:
    for told in (None, {}, {"2026-01": 0}):
        brought.check_nothing_promised(FactKind.SALE, told)
    with pytest.raises(EngineFailed) as error:
        brought.check_nothing_promised(FactKind.SALE, {"2026-02": 7, "2026-01": 5})
    assert error.value.code == "manifest" and error.value.values["month"] == "2026-01"


def _halve(file: Path) -> None:
    rows = pq.read_table(file)
    pq.write_table(rows.slice(0, rows.num_rows // 2), file)


@pytest.mark.slow
def test_fewer_rows_than_the_store_itself_holds_need_a_word(world: World, port: int) -> None:
    commit(world.database, sales(world.database, "more", 300, 310))  # ten orders that are not on shared storage
    with pytest.raises(EngineFailed) as told:
        run.run(world.database, engine(world, port), SALE)
    assert told.value.code == "fewer" and told.value.values["n"] == 10
    assert run.run(world.database, engine(world, port), SALE, may_be_fewer=True).rows == {"sale": 300}


@pytest.mark.slow
def test_a_definition_that_changed_since_is_told_until_the_engine_runs_again(world: World, port: int) -> None:
    run.run(world.database, engine(world, port), SALE)
    new = {
        "kind": "count", "unit": "count", "direction": "up", "level": "outcome", "owner": "x", "label_it": "Prova",
        "label_en": "Trial", "description_it": "Prova", "description_en": "Trial",
        "numerator": {"fact": "sale", "aggregate": "count"},
    }  # fmt: skip
    load_documents(world.database, {"kpi": {"trial": new}})
    assert _state(world).owned[0].kpis_since == ("trial",)
    assert "engine_must_run_again" in findings(world)
    run.run(world.database, engine(world, port), SALE)
    assert _state(world).owned[0].kpis_since == () and findings(world) == []


@pytest.mark.slow
def test_stored_sums_that_went_wrong_are_found_without_the_engine(world: World, port: int) -> None:
    run.run(world.database, engine(world, port), SALE)
    with world.database.write() as con:
        con.execute("DELETE FROM daily WHERE fact = 'sale' AND day = DATE '2026-01-07'")
    assert findings(world) == ["engine_sums_differ"]


def test_running_it_needs_the_right_to_import_and_leaves_a_line_in_the_log(world: World, port: int) -> None:
    with access.acting(Person("reader", frozenset({Role.DIRECTOR}))), pytest.raises(Forbidden):
        run.run(world.database, engine(world, port), SALE)
    run.run(world.database, engine(world, port), SALE)
    with world.database.cursor() as con:
        entry = audit.entries(con)[0]
    assert (entry.action, entry.details["rows"]) == ("engine", {"sale": 300})


def test_a_token_comes_from_the_environment_and_is_kept_nowhere(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WrongUse):
        settings.settings("sc://host:15002/;token=geheim", "/lake", worker=("x",))
    monkeypatch.setenv(settings.TOKEN, "geheim")
    asked = engine(world, port)
    assert asked.connection().endswith("/;token=geheim") and "geheim" not in repr(asked)
    run.run(world.database, asked, SALE)
    world.database.close()
    assert b"geheim" not in world.database.path.read_bytes()


@pytest.mark.parametrize("address", ["", "http://host:1", "sc://", "sc://host:port", "sc://ho st:1"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(WrongUse):
        settings.settings(address, "/lake", worker=("x",))


def test_answers_stay_in_the_store(world: World, port: int) -> None:
    with pytest.raises(WrongUse, match="response"):
        run.run(world.database, engine(world, port), (FactKind.RESPONSE,))


@pytest.mark.slow
def test_members_merged_while_the_engine_works_make_its_answer_useless(
    world: World, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = world.sums()

    def meanwhile(share: float, step: str) -> None:
        if step == "store":
            with world.database.write() as con:
                con.execute("UPDATE member SET self_service = NOT coalesce(self_service, false) WHERE id = 1")

    with pytest.raises(Refused, match="changed while the engine worked"):
        run.run(world.database, engine(world, port), SALE, progress=meanwhile)
    assert world.sums() == before and _state(world).owned == ()
