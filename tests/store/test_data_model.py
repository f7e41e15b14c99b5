"""The page about the data model and the schema of a store say the same."""

import re
from pathlib import Path

from ocem.store.database import Database

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data-model.md"


def test_every_table_and_view_of_a_store_is_explained(database: Database) -> None:
    with database.cursor() as con:
        names = {row[0] for row in con.execute("SELECT table_name FROM information_schema.tables").fetchall()}
    assert len(names) > 40
    assert names - set(re.findall(r"`(\w+)`", PAGE.read_text(encoding="utf-8"))) == set()
