"""The same file, the same rows, the same records again: nothing doubles, everything can be undone."""

from pathlib import Path

from ocem.intake.importing import import_file
from ocem.store.batch import repeats_of, undo
from ocem.store.database import Database
from tests.intake.reading_of import adapter, read
from tests.intake.test_importing import GOOD, write
from tests.intake.test_importing import HEADER as ORDERS_HEADER
from tests.intake.test_importing import ORDERS as PROFILE

HEADER = "ID;Data;Cliente;Importo\n"


def rows(*numbers: int, amount: str = "") -> str:
    return "".join(f"E{n};{n:02d}/01/2026;Cliente {n};{amount or f'{n},00'}\n" for n in numbers)


def test_the_same_bytes_again_are_refused_until_undone(database: Database) -> None:
    first = read(database, HEADER + rows(1, 2))
    assert read(database, HEADER + rows(1, 2), name="copy (1).csv").refused == "duplicate_upload"
    adapter.undo(database, first.batch)
    assert list(read(database, HEADER + rows(1, 2)).accepted) == [2, 3]


def test_the_same_rows_in_other_bytes_change_nothing(database: Database) -> None:
    read(database, HEADER + rows(1, 2))
    seen = read(database, (HEADER + rows(1, 2)).replace("\n", "\r\n").replace(";Cliente 1;", ';"Cliente 1";'))
    assert seen.skipped == {2: "already_imported", 3: "already_imported"}
    assert adapter.state(database) == {"rows": 2, "amount_sum": "3.0000"}


def test_an_overlapping_export_updates_and_its_undo_restores(database: Database) -> None:
    read(database, HEADER + rows(1, 2, 3))
    second = read(database, HEADER + rows(2) + rows(3, amount="30,00") + rows(4))
    assert (list(second.accepted), second.updated) == ([3, 4], [3])
    assert adapter.state(database) == {"rows": 4, "amount_sum": "37.0000"}
    adapter.undo(database, second.batch)
    assert adapter.state(database) == {"rows": 3, "amount_sum": "6.0000"}


def test_doubles_inside_a_file_are_named(database: Database) -> None:
    seen = read(
        database,
        HEADER + rows(1, 1, 2) + rows(2, amount="99,00") + ";04/01/2026;X;1,00\n",
        required=("when", "record_id"),
    )
    assert list(seen.accepted) == [2, 4]
    assert seen.skipped == {3: "duplicate_row"}
    assert seen.rejected == {5: "duplicate_key", 6: "missing_required"}


def test_rows_without_a_key_are_separate_events(database: Database) -> None:
    seen = read(database, HEADER + rows(1, 1, 2), key=())
    assert list(seen.accepted) == [2, 3, 4]
    assert "identical_rows" in seen.warnings


def test_without_a_key_another_file_adds_only_the_surplus(database: Database) -> None:
    read(database, HEADER + rows(1, 1, 2), key=())
    seen = read(database, HEADER + rows(1, 1, 1, 2, 3), key=())
    assert len(seen.accepted) == 2
    assert adapter.state(database)["rows"] == 5


def test_a_row_without_its_optional_key_counts_as_an_event(database: Database) -> None:
    seen = read(database, HEADER + rows(1) + ";02/01/2026;X;5,00\n;02/01/2026;X;5,00\n")
    assert list(seen.accepted) == [2, 3, 4]


def test_equal_values_written_differently_are_the_same_row(database: Database) -> None:
    read(database, HEADER + "E1;01/01/2026;Rossi;1.234,50\n")
    assert read(database, HEADER + "E1;1/1/2026; Rossi ;€ 1234,5\n").skipped == {2: "already_imported"}


def test_a_file_without_news_is_named_when_the_upload_it_repeats_is_undone(database: Database, tmp_path: Path) -> None:
    first = import_file(database, write(tmp_path, ORDERS_HEADER + GOOD), profile=PROFILE)
    again = import_file(database, write(tmp_path, ORDERS_HEADER + GOOD + "\n", "again.csv"))
    assert (again.batch, again.unchanged, first.batch) == (None, 2, 1)
    with database.cursor() as con:
        assert [(item.file, item.n_rows) for item in repeats_of(con, 1)] == [("again.csv", 2)]


def test_rows_that_a_later_file_with_news_carries_too_stay_when_the_first_is_undone(
    database: Database, tmp_path: Path
) -> None:
    import_file(database, write(tmp_path, ORDERS_HEADER + GOOD), profile=PROFILE)
    more = GOOD.splitlines(keepends=True)[1] + "O3;14/01/2026;C3;Fax;3,00;N\n"
    import_file(database, write(tmp_path, ORDERS_HEADER + more, "later.csv"))
    found = undo(database, 1)
    assert (found.removed, found.kept) == (1, 1)
    assert adapter.state(database) == {"rows": 2, "amount_sum": "13.0000"}
