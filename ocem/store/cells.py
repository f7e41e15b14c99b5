"""Which cells have data, and a few numbers straight from the facts that no sum can give."""

from dataclasses import dataclass
from datetime import date

from ocem.domain.perimeter import Perimeter
from ocem.store.database import Cursor
from ocem.store.member import member_ids


def living_cells(con: Cursor, first: date, last: date) -> list[tuple[str, str, str]]:
    """Return (touchpoint, phase, segment) keys of the cells with any row between inclusive days."""
    return con.execute(
        """WITH cell AS (
            SELECT DISTINCT touchpoint_id, phase_id, segment_id FROM daily WHERE day BETWEEN ? AND ?)
        SELECT t.key, p.key, s.key FROM cell c
        JOIN member t ON t.dimension = 'touchpoint' AND t.id = c.touchpoint_id
        JOIN member p ON p.dimension = 'phase' AND p.id = c.phase_id
        JOIN member s ON s.dimension = 'segment' AND s.id = c.segment_id""",
        [first, last],
    ).fetchall()


@dataclass(frozen=True)
class ConversionRow:
    """Customers whose first contact was at a touchpoint, those who bought later, days in between."""

    touchpoint: str
    label_it: str
    label_en: str
    leads: int
    won: int
    median_days: float | None


_CONVERSION = """
WITH lead AS (
    SELECT customer, arg_min(touchpoint_id, occurred_at) AS touchpoint_id, min(day) AS day
    FROM interaction
    WHERE superseded_by IS NULL AND customer IS NOT NULL AND ($any_kind OR kind = 'lead')
      AND ($first IS NULL OR day >= $first) AND ($last IS NULL OR day <= $last)
      AND (len($segments) = 0 OR list_contains($segments, segment_id))
      AND (len($phases) = 0 OR list_contains($phases, phase_id))
    GROUP BY customer),
won AS (
    SELECT lead.customer, min(sale.day) AS day
    FROM lead JOIN sale ON sale.customer = lead.customer AND sale.superseded_by IS NULL AND sale.day >= lead.day
    GROUP BY lead.customer)
SELECT t.key, t.label_it, t.label_en, count(*) AS leads, count(won.day) AS n_won,
       median(date_diff('day', lead.day, won.day)) AS median_days
FROM lead LEFT JOIN won USING (customer)
JOIN member t ON t.dimension = 'touchpoint' AND t.id = lead.touchpoint_id
WHERE len($touchpoints) = 0 OR list_contains($touchpoints, lead.touchpoint_id)
GROUP BY ALL ORDER BY leads DESC
"""


def has_leads(con: Cursor) -> bool:
    """Say whether any interaction is marked as a first request (kind ``lead``)."""
    row = con.execute("SELECT 1 FROM interaction WHERE kind = 'lead' AND superseded_by IS NULL LIMIT 1").fetchone()
    return row is not None


def names_customers(con: Cursor) -> bool:
    """Say whether customers are named by interactions and by sales."""
    return all(
        con.execute(f"SELECT 1 FROM {fact} WHERE customer IS NOT NULL LIMIT 1").fetchone() is not None
        for fact in ("interaction", "sale")
    )


def conversion(con: Cursor, perimeter: Perimeter, first: date | None, last: date | None) -> list[ConversionRow]:
    """Follow customers from their first contact to a sale, by the touchpoint of that contact.

    Where some interactions are marked ``lead``, only those count as first contacts.
    """
    rows = con.execute(
        _CONVERSION,
        {
            "any_kind": not has_leads(con),
            "first": first,
            "last": last,
            "segments": member_ids(con, "segment", perimeter.segments or ()),
            "phases": member_ids(con, "phase", perimeter.phases or ()),
            "touchpoints": member_ids(con, "touchpoint", perimeter.touchpoints or ()),
        },
    ).fetchall()
    return [ConversionRow(row[0], row[1], row[2], int(row[3]), int(row[4]), row[5]) for row in rows]
