from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ocem.domain.comparison import Note
from ocem.domain.document import digest, from_json, to_json
from ocem.domain.perimeter import Perimeter


@dataclass(frozen=True)
class Paper:
    name: str
    day: date
    part: Perimeter = field(default_factory=Perimeter)
    notes: tuple[Note, ...] = ()
    size: float = 0.0
    free: dict[str, Any] = field(default_factory=dict)
    more: int | None = None


PAPER = Paper("a", date(2026, 11, 16), Perimeter(None, None, ("pmi",)), (Note("x", {"day": date(2026, 1, 1)}),), 0.1)


def test_a_document_comes_back_as_it_was():
    assert from_json(Paper, to_json(PAPER)) == PAPER


def test_equal_documents_have_equal_bytes():
    again = from_json(Paper, to_json(PAPER))
    assert to_json(again) == to_json(PAPER)
    assert digest(to_json(again)) == digest(to_json(PAPER))


def test_days_inside_free_values_stay_days():
    assert from_json(Paper, to_json(PAPER)).notes[0].values["day"] == date(2026, 1, 1)


def test_a_field_that_an_old_document_lacks_takes_its_default():
    assert from_json(Paper, '{"name":"a","day":"2026-11-16","unknown":3}') == Paper("a", date(2026, 11, 16))


def test_what_is_no_number_is_nothing():
    assert '"size":null' in to_json(Paper("a", date(2026, 1, 1), size=float("nan")))
