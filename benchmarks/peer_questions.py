"""The two questions that every contender is asked, and each KPI as SQL over one plain table of contacts.

`q1`: five KPIs by touchpoint in one segment, 28 days before and after a day. `q2`: twelve KPIs by week over two years.
Imported by contenders that live in environments of their own: nothing but the standard library here.
"""

SEGMENT = "pmi"
BEFORE, CUT, AFTER = "2026-02-02", "2026-03-02", "2026-03-30"
FIRST, END = "2024-09-23", "2026-09-21"
"""Mondays: 104 whole weeks from the first to the day before the end."""

KPIS = {
    "contacts": "count(*)",
    "first_contact_resolution": "1.0 * count(CASE WHEN resolved THEN 1 END) / count(*)",
    "handling_time": "avg(duration_s)",
    "waiting_time": "avg(wait_s)",
    "contact_cost": "avg(cost_eur)",
    "total_cost": "sum(cost_eur)",
    "complaint_share": "1.0 * count(CASE WHEN kind = 'reclamo' THEN 1 END) / count(*)",
    "abandoned_share": "1.0 * count(CASE WHEN outcome = 'abbandonato' THEN 1 END) / count(*)",
    "self_service_share": "1.0 * count(CASE WHEN self_service THEN 1 END) / count(*)",
    "contacts_per_order": "1.0 * count(*) / nullif(count(CASE WHEN kind IN ('ordine', 'riordino') THEN 1 END), 0)",
    "cost_per_order": "sum(cost_eur) / nullif(count(CASE WHEN kind IN ('ordine', 'riordino') THEN 1 END), 0)",
    "reorder_share": "1.0 * count(CASE WHEN kind = 'riordino' THEN 1 END) "
    "/ nullif(count(CASE WHEN kind IN ('ordine', 'riordino') THEN 1 END), 0)",
}
FIVE = ("first_contact_resolution", "handling_time", "contact_cost", "complaint_share", "contacts_per_order")

PERIOD = f"CASE WHEN ts >= TIMESTAMP '{CUT}' THEN 'after' ELSE 'before' END"
WEEK = "date_trunc('week', ts)"
AROUND_CUT = f"ts >= TIMESTAMP '{BEFORE}' AND ts < TIMESTAMP '{AFTER}'"
TWO_YEARS = f"ts >= TIMESTAMP '{FIRST}' AND ts < TIMESTAMP '{END}'"

SQL = {
    "q1": f"SELECT touchpoint, {PERIOD} AS period, {', '.join(KPIS[name] for name in FIVE)} FROM contact "
    f"WHERE segment = '{SEGMENT}' AND {AROUND_CUT} GROUP BY 1, 2",
    "q2": f"SELECT {WEEK} AS week, {', '.join(KPIS.values())} FROM contact WHERE {TWO_YEARS} GROUP BY 1",
}

Answer = dict[str, list[float]]
"""Values in the order of the KPIs, by ``touchpoint|period`` or by the week's Monday."""


def named(question: str, rows: list) -> Answer:
    """Bring rows of a question to one form, whoever gave them."""
    if question == "q1":
        return {f"{row[0]}|{row[1]}": [float(value) for value in row[2:]] for row in rows}
    return {str(row[0])[:10]: [float(value) for value in row[1:]] for row in rows}


def apart(one: Answer, two: Answer) -> float:
    """Return the largest relative difference between two answers; infinite where a group or a value is missing."""
    if set(one) != set(two) or any(len(one[key]) != len(two[key]) for key in one):
        return float("inf")
    pairs = ((a, b) for key in one for a, b in zip(one[key], two[key], strict=True))
    return max((abs(a - b) / max(abs(a), abs(b), 1e-300) for a, b in pairs), default=float("inf"))
