"""Whoever sees some rows gets the same answers whatever lies outside them, to every question that a page can ask."""

import os
import random
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from ocem.domain.access import Grant, Person, Role
from ocem.evaluation import journey
from ocem.store import access, exchange
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from tests.evaluation import grant_files, grant_world
from tests.evaluation.grant_world import ANNA, SEGMENTS, TOUCHPOINTS

TRIES = int(os.environ.get("OCEM_GRANT_TRIES", "400"))  # 10,000 by tests/reference/outside_a_grant.py
PATHS = re.compile(r"/tmp/\S+")


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Database]]:
    """Two stores that differ outside Anna's rows only."""
    found = []
    for outside in (1, 3):
        database = Database.open(tmp_path_factory.mktemp(f"outside-{outside}") / "ocem.duckdb")
        ensure_starter(database)
        grant_world.build(database, outside)
        journey.journeys(database)
        found.append(database)
    yield found[0], found[1]
    for database in found:
        database.close()


def test_every_question_of_a_page_is_asked_here() -> None:
    """A use case that a page begins to ask must be tried too: say in `arguments` how it is asked."""
    rng = random.Random(1)
    nobody = object()
    missing = []
    for name in sorted(grant_world.asked_by_pages()):
        short = name.removeprefix("ocem.evaluation.")
        if short.endswith("propose_groups"):
            continue
        if next(iter(grant_world.arguments(name, rng, _Nobody())), nobody) is nobody:  # type: ignore[arg-type]
            missing.append(name)
    assert missing == []


class _Nobody:
    """A store that is not asked: only how a use case is asked matters."""


@pytest.fixture(autouse=True)
def _without_initiative(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "companies" not in request.fixturenames:
        monkeypatch.setattr(grant_world, "_initiative", lambda _database: None)
        monkeypatch.setattr(grant_world, "_comparisons", lambda _database: [None])


def test_the_two_companies_differ_to_who_sees_all(companies: tuple[Database, Database]) -> None:
    whole = Person("carla@example.com", frozenset(Role))
    one, other = (grant_world.answer(item, "ocem.evaluation.scorecard.scorecards", 1, whole) for item in companies)
    assert one != other


@pytest.mark.slow
def test_nothing_from_outside_a_grant_enters_an_answer(companies: tuple[Database, Database]) -> None:
    names = sorted(grant_world.asked_by_pages())
    differing = {}
    for name in names:
        one, other = (without_stamps(grant_world.answer(item, name, 1)) for item in companies)
        if one != other:
            at = next((i for i, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0)
            differing[name] = (one[max(at - 80, 0) : at + 60], other[max(at - 80, 0) : at + 60])
    assert differing == {}


def without_stamps(text: str) -> str:
    """Leave out moments of saving, places of files and how many writes there were, which differ for other reasons."""
    text = PATHS.sub("", text)
    text = re.sub(r"(data_)?version=\d+", "", grant_files.same(text))
    return re.sub(r"datetime\.datetime\([^)]*\)[^,)]*\)?", "", text)


def random_grant(rng: random.Random) -> Grant:
    def some(keys: tuple[str, ...]) -> frozenset[str] | None:
        return None if rng.random() < 0.3 else frozenset(rng.sample([*keys, "nessuno"], rng.randint(0, 3)))

    return Grant(some(SEGMENTS), some(TOUCHPOINTS))


def outside(database: Database, tries: int, seed: int = 1) -> list[str]:
    """Count rows in every table and view as random people, and return each count that is not that of granted rows."""
    rng, found = random.Random(seed), []
    with database.cursor() as con:
        ids = {
            dimension: dict(
                con.execute("SELECT key, id FROM member WHERE dimension = ? AND id > 0", [dimension]).fetchall()
            )
            for dimension in ("segment", "touchpoint")
        }
        tables = con.execute(
            "SELECT table_name, list(column_name) FROM duckdb_columns() WHERE NOT internal AND schema_name = 'main' "
            "AND database_name = current_database() GROUP BY ALL "
            "HAVING bool_or(column_name IN ('segment_id', 'touchpoint_id')) "
            "ORDER BY 1"
        ).fetchall()
    for attempt in range(tries):
        grant = random_grant(rng)
        table, columns = rng.choice(tables)
        allowed = []
        for dimension, keys in (("segment", grant.segments), ("touchpoint", grant.touchpoints)):
            if keys is not None and f"{dimension}_id" in columns:
                numbers = [str(ids[dimension][key]) for key in keys if key in ids[dimension]]
                also = " OR touchpoint_id = 0" if (table, dimension) == ("journey", "touchpoint") else ""
                allowed.append(f"({dimension}_id IN ({', '.join(numbers) or 'NULL'}){also})")
            elif keys is not None:
                allowed.append("false")  # a sum over what is hidden
        column = rng.choice([name for name in columns if name.endswith("_id") or name in ("day", "n", "kind", "week")])
        value = rng.randrange(5)
        where = rng.choice(["true", f"hash({column}) % 5 = {value}", f"{column} IS NOT NULL"])
        within = " AND ".join(allowed) or "true"
        with access.acting(Person("x", ANNA.roles, grant)), database.cursor() as con:
            seen = con.execute(f'SELECT * FROM "{table}" WHERE {where}').fetchall()
            stray = con.execute(
                f'SELECT count(*) FROM "{table}" WHERE ({where}) AND NOT coalesce({within}, false)'
            ).fetchall()[0][0]
        with database.cursor() as con:
            granted = con.execute(f'SELECT count(*) FROM "{table}" WHERE ({where}) AND {within}').fetchall()[0][0]
        fits = len(seen) <= granted if table == "journey" else len(seen) == granted
        if stray or not fits:
            found.append(f"try {attempt}: {table} {where} {grant}: {stray} from outside, {len(seen)} for {granted}")
    return found


@pytest.mark.slow
def test_random_people_see_the_rows_of_their_grant_in_every_table_and_no_other(
    companies: tuple[Database, Database],
) -> None:
    assert outside(companies[0], TRIES) == []


def test_an_export_holds_the_rows_of_a_grant_only(companies: tuple[Database, Database], tmp_path: Path) -> None:
    with access.acting(ANNA):
        exchange.write(companies[0], tmp_path / "export")
    for fact in ("interaction", "sale"):
        rows = duckdb.sql(
            f"SELECT DISTINCT segment, touchpoint FROM '{tmp_path}/export/facts/{fact}/**/*.parquet'"
        ).fetchall()
        assert rows == [("dentro", "qui")]
    document = (tmp_path / "export" / "exchange.json").read_text()
    assert '"response"' in document, "Anna administers here: answers of the granted cell are hers to see"


OUTSIDE = re.compile(r"\b(?:bianchi|verdi|(?:fuori|altro|la|oltre)-q)\b", re.IGNORECASE)
"""Who wrote about rows outside, and members outside as they are labelled."""
DECLARED = {exchange.DEFINITIONS}
"""Names every member, as every filter does."""


@pytest.mark.slow
def test_no_file_or_message_holds_a_row_or_a_name_from_outside_a_grant(
    companies: tuple[Database, Database], tmp_path: Path
) -> None:
    whole = Person("carla@example.com", frozenset(Role))
    one, other = (_taken_out(item, whole, tmp_path / "whole") for item in companies)
    differing = {name for name in one if one[name] != other[name]}
    assert {"2026-W12-it.pptx", "2026-W12-it.pdf", "2026-W13-en.xlsx", "digest-it", "rejects-1.csv"} <= differing
    one, other = (_taken_out(item, ANNA, tmp_path / "anna") for item in companies)
    assert len(one) > 40
    assert {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)} == set()
    named = {name: set(OUTSIDE.findall(text)) for name, text in one.items() if name not in DECLARED}
    assert {name: words for name, words in named.items() if words} == {}


def _taken_out(database: Database, who: Person, folder: Path) -> dict[str, str]:
    with access.acting(who):
        return {name: grant_files.same(text) for name, text in grant_files.taken_out(database, folder)}
