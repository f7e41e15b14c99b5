"""Words for yes and no."""

from ocem.store.database import Database
from tests.intake.reading_of import one_column, read


def test_yes_and_no_are_known_in_four_languages(database: Database) -> None:
    texts = ["Ja", "NEIN", "oui", "Non", "sì", "no", "V", "vielleicht"]
    data, fields = one_column("Neu", texts, "flag")
    seen = read(database, data, fields)
    assert list(seen.column("value").values()) == ["True", "False", "True", "False", "True", "False", "True"]
    assert seen.rejected == {9: "unknown_value"}
