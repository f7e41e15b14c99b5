"""How far orders can be followed back, and how many contacts can be tied to a customer."""

from dataclasses import dataclass
from typing import Any

from duckdb import DuckDBPyConnection

from ocem.store.journey_filter import JourneyFilter, condition
from ocem.store.member import member_ids


@dataclass(frozen=True)
class OrderTracing:
    """Orders of a window by what is known of the way to them.

    `anonymous` bear no customer; `untraced` no contact before them; `digital` were preceded by online contacts only,
    `mixed` by online and others, `offline` by no online contact.
    """

    orders: int
    anonymous: int
    untraced: int
    digital: int
    mixed: int
    offline: int


def trace_orders(con: DuckDBPyConnection, chosen: JourneyFilter) -> OrderTracing:
    """Say how far the orders of a window can be traced back; orders of one customer on one day count once."""
    where, values = condition(con, chosen)
    row = con.execute(
        f"""WITH online AS (SELECT list(id) AS ids FROM member WHERE dimension = 'touchpoint' AND medium = 'online'),
        known AS (SELECT id, n_steps AS n, len(list_filter(path, lambda t: list_contains(ids, t))) AS n_online
                  FROM journey_path, online),
        j AS (SELECT path_id, count(*) AS orders FROM journey WHERE {where} AND won GROUP BY path_id)
        SELECT coalesce(sum(orders), 0), coalesce(sum(orders) FILTER (n = 0), 0),
               coalesce(sum(orders) FILTER (n > 0 AND n_online = n), 0),
               coalesce(sum(orders) FILTER (n_online > 0 AND n_online < n), 0),
               coalesce(sum(orders) FILTER (n > 0 AND n_online = 0), 0)
        FROM j JOIN known ON known.id = j.path_id""",
        values,
    ).fetchone()
    names = {"segment": chosen.segments, "touchpoint": chosen.touchpoints, "phase": chosen.phases}
    members = [item for item in names.items() if item[1]]
    chosen_members = " ".join(f"AND list_contains(?, {name}_id)" for name, _ in members)
    anonymous = con.execute(
        "SELECT count(*) FROM sale WHERE superseded_by IS NULL AND customer IS NULL "
        f"AND day BETWEEN ? AND ? {chosen_members}",
        [chosen.first, chosen.last, *(member_ids(con, name, keys) for name, keys in members)],
    ).fetchone()
    assert row is not None and anonymous is not None
    known = [int(value) for value in row]
    return OrderTracing(known[0] + int(anonymous[0]), int(anonymous[0]), *known[1:])


@dataclass(frozen=True)
class ContactTracing:
    """Contacts of a touchpoint in a window, and how many bear a customer."""

    touchpoint: str
    medium: str | None
    contacts: int
    with_customer: int


def trace_contacts(con: DuckDBPyConnection, chosen: JourneyFilter) -> list[ContactTracing]:
    """Say for each touchpoint how many of its contacts can be tied to a customer, touchpoints without data included."""
    parts, values = "", [chosen.first, chosen.last]
    extra: list[Any] = []
    for name, keys in (("segment", chosen.segments), ("phase", chosen.phases)):
        if keys:
            parts += f" AND list_contains(?, {name}_id)"
            extra.append(member_ids(con, name, keys))
    rows = con.execute(
        f"""WITH seen AS (
            SELECT touchpoint_id, count(*) AS n, count(customer) AS n_known FROM interaction
            WHERE superseded_by IS NULL AND day BETWEEN ? AND ?{parts} GROUP BY touchpoint_id)
        SELECT m.key, m.medium, coalesce(s.n, 0), coalesce(s.n_known, 0)
        FROM member m LEFT JOIN seen s ON s.touchpoint_id = m.id
        WHERE m.dimension = 'touchpoint' AND (m.id > 0 OR s.n > 0) AND (len(?) = 0 OR list_contains(?, m.key))
        ORDER BY 3 DESC, m.position""",
        [*values, *extra, list(chosen.touchpoints), list(chosen.touchpoints)],
    ).fetchall()
    return [ContactTracing(str(r[0]), r[1], int(r[2]), int(r[3])) for r in rows]
