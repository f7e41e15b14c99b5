"""From first contact to sale, by the touchpoint where it began."""

from dataclasses import dataclass

from ocem.evaluation.view import EVERYTHING, View
from ocem.stats.share import wilson
from ocem.store.cells import conversion, names_customers
from ocem.store.database import Database

FEWEST_LEADS = 10


@dataclass(frozen=True)
class TouchpointConversion:
    """Leads of one touchpoint, the share that bought with its 95% interval, and the median days to the sale.

    `share`, `low` and `high` are None under 10 leads.
    """

    touchpoint: str
    label_it: str
    label_en: str
    leads: int
    won: int
    share: float | None
    low: float | None
    high: float | None
    median_days: float | None


def may_convert(database: Database) -> bool:
    """Say whether both contacts and sales name customers; following them takes a look at every row."""
    with database.cursor() as con:
        return names_customers(con)


def conversion_by_touchpoint(database: Database, view: View = EVERYTHING) -> list[TouchpointConversion]:
    """Return conversion by touchpoint of first contact; empty when no customer links leads and sales."""
    with database.cursor() as con:
        rows = conversion(con, view.perimeter(), view.first, view.last)
    if not any(row.won for row in rows):
        return []
    found = []
    for row in rows:
        interval = wilson(row.won, row.leads) if row.leads >= FEWEST_LEADS else None
        found.append(
            TouchpointConversion(
                row.touchpoint,
                row.label_it,
                row.label_en,
                row.leads,
                row.won,
                row.won / row.leads if interval else None,
                interval.low if interval else None,
                interval.high if interval else None,
                row.median_days,
            )
        )
    return found
