"""Maturity assessments, versioned, and what the data say of maturity by themselves."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from ocem.domain.assessment import Assessment
from ocem.store import versions
from ocem.store.database import Cursor
from ocem.store.versions import Version


def _assessment(version: Version) -> Assessment:
    given = dict(version.document)
    given["day"] = date.fromisoformat(given["day"])
    return Assessment(key=version.key, version=version.version, **given)


def list_assessments(con: Cursor) -> list[Assessment]:
    """Return the assessments in force, oldest first."""
    found = [_assessment(item) for item in versions.newest(con, "assessment")]
    return sorted(found, key=lambda item: (item.day, item.key))


def save_assessment(con: Cursor, item: Assessment, at: datetime | None = None) -> Assessment:
    """Store an assessment; a change makes a new version."""
    return replace(item, version=versions.save(con, "assessment", item.key, item, at))


@dataclass(frozen=True)
class EvidenceRow:
    """One figure that the data give: what it counts, of how many."""

    part: float
    of: float
    extra: float = 0.0


QUERIES = {
    "frozen_share": """
-- Objectives whose baseline was frozen before the first go-live, of all objectives.
WITH objective_now AS (
    SELECT key, json_extract_string(definition, '$.initiative') AS initiative FROM objective
    QUALIFY row_number() OVER (PARTITION BY key ORDER BY version DESC) = 1),
initiative_now AS (
    SELECT key, CAST(json_extract_string(definition, '$.go_live[*].day') AS DATE[]) AS days FROM initiative
    QUALIFY row_number() OVER (PARTITION BY key ORDER BY version DESC) = 1),
first_frozen AS (SELECT objective, CAST(min(frozen_at) AS DATE) AS day FROM baseline GROUP BY objective)
SELECT CAST(count(*) FILTER (WHERE f.day < list_min(i.days)) AS DOUBLE) AS part, CAST(count(*) AS DOUBLE) AS of, 0.0
FROM objective_now o LEFT JOIN initiative_now i ON i.key = o.initiative LEFT JOIN first_frozen f ON f.objective = o.key
""",
    "data_kinds": """
-- Systems whose customers recur in another system's data, of the systems whose data bear customers.
WITH system AS (
    SELECT s.id, coalesce(any_value(json_extract_string(p.definition, '$.system')), any_value(s.key)) AS name
    FROM source s LEFT JOIN source_profile p ON p.key = s.key GROUP BY s.id),
seen AS (
    SELECT DISTINCT source_id, customer FROM interaction_live WHERE customer IS NOT NULL AND day > $last - 364
    UNION SELECT DISTINCT source_id, customer FROM sale_live WHERE customer IS NOT NULL AND day > $last - 364
    UNION SELECT DISTINCT source_id, customer FROM response_live WHERE customer IS NOT NULL AND day > $last - 364),
named AS (SELECT DISTINCT system.name, seen.customer FROM seen JOIN system ON system.id = seen.source_id),
shared AS (SELECT customer FROM named GROUP BY customer HAVING count(*) > 1)
SELECT CAST(count(DISTINCT name) FILTER (WHERE customer IN (SELECT customer FROM shared)) AS DOUBLE) AS part,
       CAST(count(DISTINCT name) AS DOUBLE) AS of, 0.0
FROM named
""",
    "journey_reach": """
-- Customers traced on digital and physical touchpoints in a year, of those with two contacts or more; third, those with
-- contacts on one side only but at two touchpoints.
WITH contact AS (
    SELECT customer, touchpoint, medium FROM interaction_live
    WHERE customer IS NOT NULL AND touchpoint <> '' AND day > $last - 364
    UNION ALL SELECT customer, touchpoint, medium FROM sale_live
    WHERE customer IS NOT NULL AND touchpoint <> '' AND day > $last - 364),
traced AS (
    SELECT customer, count(DISTINCT medium) AS media, count(DISTINCT touchpoint) AS touchpoints FROM contact
    GROUP BY customer HAVING count(*) > 1)
SELECT CAST(count(*) FILTER (WHERE media > 1) AS DOUBLE) AS part, CAST(count(*) AS DOUBLE) AS of,
       CAST(count(*) FILTER (WHERE media = 1 AND touchpoints > 1) AS DOUBLE) AS one_side
FROM traced
""",
    "touchpoints_share": """
-- Confirmed touchpoints with data in the last 13 weeks, of all confirmed touchpoints.
WITH fed AS (
    SELECT touchpoint_id FROM interaction_live WHERE day > $last - 91
    UNION SELECT touchpoint_id FROM sale_live WHERE day > $last - 91
    UNION SELECT touchpoint_id FROM response_live WHERE day > $last - 91
    UNION SELECT touchpoint_id FROM measure_live WHERE day > $last - 91)
SELECT CAST(count(*) FILTER (WHERE id IN (SELECT touchpoint_id FROM fed)) AS DOUBLE) AS part,
       CAST(count(*) AS DOUBLE) AS of, 0.0
FROM member WHERE dimension = 'touchpoint' AND id > 0 AND status = 'confirmed'
""",
    "giving_back_level": """
-- Themes given back, of all themes; third, voices that were asked in the last year.
WITH told AS (
    SELECT DISTINCT json_extract_string(definition, '$.theme') AS theme FROM restitution
    QUALIFY row_number() OVER (PARTITION BY key ORDER BY version DESC) = 1)
SELECT CAST(count(DISTINCT key) FILTER (WHERE key IN (SELECT theme FROM told)) AS DOUBLE) AS part,
       CAST(count(DISTINCT key) AS DOUBLE) AS of,
       CAST((SELECT count(DISTINCT voice) FROM response_live WHERE day > $last - 364) AS DOUBLE) AS voices
FROM theme
""",
}
"""One row each: part, of, and a third figure where the level needs it. Parameter: $last, the last finished day."""


def evidence_row(con: Cursor, name: str, last: date) -> EvidenceRow:
    """Return one figure that the data give."""
    query = QUERIES[name]
    row = con.execute(query, {"last": last} if "$last" in query else None).fetchone()
    assert row is not None
    return EvidenceRow(float(row[0] or 0), float(row[1] or 0), float(row[2] or 0))


def evidence_query(name: str, last: date) -> str:
    """Return the same question as text."""
    return QUERIES[name].strip().replace("$last", f"DATE '{last.isoformat()}'")
