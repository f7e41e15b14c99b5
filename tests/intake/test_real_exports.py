"""Real exports that nobody here wrote, when they lie beside the repository."""

from pathlib import Path

import pytest

from ocem.intake.importing import import_file
from ocem.store.database import Database

pytestmark = pytest.mark.slow  # many small ones that add up


@pytest.fixture
def real(shared: Path) -> Path:
    return shared / "real"


def test_leads_and_deals_join_by_the_lead(database: Database, real: Path) -> None:
    leads = import_file(database, real / "olist_marketing_qualified_leads_dataset.csv")
    deals = import_file(database, real / "olist_closed_deals_dataset.csv")
    assert (leads.accepted, leads.rejected, leads.needs_decision) == (8000, 0, ())
    assert (deals.accepted, deals.rejected, deals.needs_decision) == (842, 0, ())
    assert (str(leads.first_day), str(leads.last_day)) == ("2017-06-14", "2018-05-31")
    with database.cursor() as con:
        (joined,) = con.execute(
            "SELECT count(*) FROM sale WHERE customer IN (SELECT customer FROM interaction)"
        ).fetchall()
        (without,) = con.execute("SELECT count(*) FROM sale WHERE lead_day IS NULL").fetchall()
    # every deal's mql_id is among the leads (a set of the two columns, counted apart)
    assert (joined, without) == ((842,), (0,))


def test_tickets_lose_no_multi_line_record_and_keep_no_personal_data(database: Database, real: Path) -> None:
    receipt = import_file(database, real / "customer_support_tickets.csv")
    # pandas counts 8,469 records, 2,819 of them without a first response
    assert (receipt.rows_read, receipt.accepted, receipt.rejected) == (8469, 5650, 2819)
    assert {reject.code for reject in receipt.rejects} == {"missing_required"}
    with database.cursor() as con:
        texts = con.execute("SELECT DISTINCT kind, outcome, external_id FROM interaction").fetchall()
    assert not any("@" in (cell or "") for row in texts for cell in row)


def test_a_bank_file_without_dates_is_asked_about(database: Database, real: Path) -> None:
    receipt = import_file(database, real / "bank-additional-full.csv")
    assert [item.kind for item in receipt.needs_decision] == ["no_date"]
    assert receipt.batch is None


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("olist_marketing_qualified_leads_dataset.csv", {}),
        ("olist_closed_deals_dataset.csv", {}),
        ("bank-additional-full.csv", {"day.no_date": "2010-11-30"}),
    ],
)
def test_the_next_file_of_a_source_asks_nothing(
    database: Database, real: Path, tmp_path: Path, name: str, answers: dict[str, str]
) -> None:
    asked = import_file(database, real / name, dry_run=True).needs_decision
    assert len(asked) == len(answers)
    first = import_file(database, real / name, answers=answers)
    lines = (real / name).read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / name).write_text("".join([lines[0], *lines[-40:]]), encoding="utf-8")
    again = import_file(database, tmp_path / name)
    assert (again.needs_decision, again.rejected, again.source) == ((), 0, first.source)
    assert again.unchanged == 40
    # a day that was given once is not taken for the day of the next file without a word
    assert ("day_given" in {item.code for item in again.warnings}) == bool(answers)
