"""Comments keep what they say and lose the people in them: shapes, cues, and names of the customer file."""

import pytest

from ocem.domain.access import Person, Role
from ocem.errors import Forbidden
from ocem.store import access, batch, pseudonym, screening
from ocem.store.batch import Staged
from ocem.store.database import Database
from ocem.store.screening import MARKS, Screen
from tests.store.staging import stage


def answers(database: Database, comments: list[str], name: str = "survey", first: int = 0) -> Staged:
    listed = ", ".join("'" + text.replace("'", "''") + "'" for text in comments)
    return stage(
        database,
        f"""SELECT CAST(i AS INTEGER) AS line, DATE '2026-01-05' AS day,
        TIMESTAMPTZ '2026-01-05 10:00:00+01' AS answered_at,
        'customer' AS voice, 'nps' AS question, 9.0 AS score, CAST(i AS UBIGINT) AS customer,
        [{listed}][i + 1] AS comment, CAST(i + {first} AS UBIGINT) AS key_hash, CAST(i + {first} AS UBIGINT) AS row_hash
        FROM range({len(comments)}) t(i)""",
        name,
        "response",
        "survey",
    )


def stored(database: Database) -> list[str]:
    with database.cursor() as con:
        return [row[0] for row in con.execute("SELECT comment FROM response ORDER BY line").fetchall()]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("scrivere a mario.rossi@example.com grazie", "scrivere a [e-mail] grazie"),
        ("write to J.Smith+b2b@sub.example.co.uk.", "write to [e-mail]."),
        ("mail: info (at) example.it", "mail: [e-mail]"),
        ("info chiocciola example.it", "[e-mail]"),
        ("chiamatemi al 333 1234567", "chiamatemi al [tel.]"),
        ("chiamatemi al +39 02 1234 5678", "chiamatemi al [tel.]"),
        ("numero 0521/123456", "numero [tel.]"),
        ("Call me on +44 20 7946 0018 please", "Call me on [tel.] please"),
        ("phone 555-0134-22", "phone [tel.]"),
        ("Il Sig. Bianchi è sparito", "Il Sig. [nome] è sparito"),
        ("la dott.ssa Maria De Luca risponde", "la dott.ssa [nome] risponde"),
        ("parlato con Giulia Ferri, bene", "parlato con [nome], bene"),
        ("Mr Smith never called back", "Mr [nome] never called back"),
        ("My name is John Carter", "My name is [nome]"),
        ("ha risposto Rossi Mario", "ha risposto [nome]"),
        ("RSSMRA80A01F205X è il mio codice", "[codice] è il mio codice"),
        ("IBAN IT60X0542811101000000123456", "IBAN [codice]"),
    ],
)
def test_people_are_taken_out(said: str, kept: str) -> None:
    assert Screen().clean(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "Consegna in ritardo di 12 giorni, ordine 4500123 del 12/03/2026",
        "Prezzo 1.250,00 euro, sconto 15%",
        "Il Portale Riordini è comodo, il Contact Center no",
        "Ottimo",
        "Great service, will buy again in 2027",
        "Sono soddisfatto. Ma i tempi sono lunghi",
        "Frese da 12x80x2.5 mm non disponibili",
        "",
    ],
)
def test_what_is_no_person_stays(said: str) -> None:
    assert Screen().clean(said) == said


@pytest.mark.parametrize("said", ["a@b.it 333 1234567 Sig. Rossi", "Mario Rossi, m.r@x.it"])
def test_a_screened_comment_is_screened_the_same_again(said: str) -> None:
    once = Screen().clean(said)
    assert Screen().clean(once) == once and any(mark in once for mark in MARKS)


def test_a_comment_enters_the_store_without_people_and_the_file_stays_the_same_file(database: Database) -> None:
    said = ["Scrivere a m.rossi@example.com", "tutto bene"]
    batch.commit(database, answers(database, said))
    assert stored(database) == ["Scrivere a [e-mail]", "tutto bene"]
    again = answers(database, said, "survey-again")
    assert batch.classify(database, again).unchanged == 2


def test_names_of_the_customer_file_are_found_in_what_is_stored_and_in_what_comes(database: Database) -> None:
    batch.commit(
        database, answers(database, ["Noi di Zampetti aspettiamo", "la Officine  Verdolini insiste", "zampetti"])
    )
    pseudonym.load_ring(database.folder, data_exist=False)
    done = screening.set_names(database, ["Zampetti S.r.l.", "Officine Verdolini Spa", "Io"])
    assert (done.names, done.comments) == (3, 2)
    assert stored(database) == ["Noi di [nome] aspettiamo", "la [nome] insiste", "zampetti"]
    batch.commit(database, answers(database, ["Verdolini Officine ok"], "later", first=10))
    assert "[nome] ok" in stored(database)
    with database.cursor() as con:
        assert con.execute("SELECT typeof(name) FROM screened_name LIMIT 1").fetchone() == ("UBIGINT",)


def test_names_are_still_found_after_a_change_of_key(database: Database) -> None:
    pseudonym.load_ring(database.folder, data_exist=False)
    screening.set_names(database, ["Zampetti S.r.l."])
    pseudonym.rotate(database)
    assert screening.screen(database).clean("Noi di Zampetti") == "Noi di [nome]"


def test_only_an_administrator_hands_over_names(database: Database) -> None:
    with access.acting(Person("a", frozenset({Role.ANALYST}))), pytest.raises(Forbidden):
        screening.set_names(database, ["Zampetti"])
