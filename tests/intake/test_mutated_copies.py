"""Damaged copies of known files, for a few seconds; `tests/reference/mutated_imports.py` goes on for longer."""

from pathlib import Path

import pytest

from tests.reference.mutated_imports import run, second_reading


@pytest.mark.slow
def test_damage_crashes_nothing_and_changes_no_accepted_cell(shared: Path) -> None:
    tally, wrong = run(shared / "csv_cases" / "open", 8)
    assert wrong == []
    assert tally["rows accepted"] > 0


def test_the_second_reading_knows_what_it_cannot_say() -> None:
    assert second_reading("1.234", "amount", {}) == [1234, second_reading("1.234", "amount", {"decimal": "."})[0]]  # type: ignore[index]
    assert second_reading("03/04/2026", "date", {}) == ["2026-04-03", "2026-03-04"]
    assert second_reading("n.d.", "amount", {}) == [None]
    assert second_reading("(5)", "amount", {}) is None
