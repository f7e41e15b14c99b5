"""The same file, the same rows, the same records again: nothing doubles, everything can be undone."""

from ocem.store.database import Database
from tests.intake.reading_of import adapter, read

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
