"""Tags, themes and the messages that give them back, versioned; coverage and delays of giving back."""

from dataclasses import replace
from datetime import date, datetime

from ocem.domain.feedback import AskedBy, Voice
from ocem.domain.theme import Decision, Restitution, Tag, Theme
from ocem.errors import N_, NotFound
from ocem.store import versions
from ocem.store.database import Cursor
from ocem.store.versions import Version


def _theme(version: Version) -> Theme:
    given = dict(version.document)
    for name in ("words", "rounds", "tags"):
        given[name] = tuple(given.get(name, ()))
    given["voices"] = tuple(Voice(voice) for voice in given["voices"])
    given["decision"] = Decision(given["decision"]) if given["decision"] else None
    given["raised_on"] = date.fromisoformat(given["raised_on"])
    for name in ("decided_on", "closed_on"):
        given[name] = versions.day(given[name])
    return Theme(key=version.key, version=version.version, **given)


def list_themes(con: Cursor) -> list[Theme]:
    """Return the themes in force, newest first."""
    found = [_theme(item) for item in versions.newest(con, "theme")]
    return sorted(found, key=lambda item: (item.raised_on, item.key), reverse=True)


def find_theme(con: Cursor, key: str) -> Theme:
    """Return one theme.

    Raises
    ------
    NotFound
        If none bears this key.
    """
    for item in versions.newest(con, "theme", key):
        return _theme(item)
    raise NotFound(N_("No theme is called {key}."), key=key)


def save_theme(con: Cursor, item: Theme, at: datetime | None = None) -> Theme:
    """Store a theme; a change makes a new version."""
    return replace(item, version=versions.save(con, "theme", item.key, item, at))


def list_tags(con: Cursor) -> list[Tag]:
    """Return the vocabulary, retired tags last, by name."""
    found = [
        Tag(key=item.key, version=item.version, **(item.document | {"words": tuple(item.document["words"])}))
        for item in versions.newest(con, "theme_tag")
    ]
    return sorted(found, key=lambda item: (item.retired, item.label_it.casefold()))


def save_tag(con: Cursor, item: Tag) -> Tag:
    """Store a tag; a change makes a new version."""
    return replace(item, version=versions.save(con, "theme_tag", item.key, item))


def _restitution(version: Version) -> Restitution:
    given = dict(version.document)
    for name in ("segments", "touchpoints", "rounds"):
        given[name] = tuple(given[name])
    given["audience"], given["told_by"] = Voice(given["audience"]), AskedBy(given["told_by"])
    given["day"] = date.fromisoformat(given["day"])
    return Restitution(key=version.key, version=version.version, **given)


def list_restitutions(con: Cursor) -> list[Restitution]:
    """Return the messages in force, newest first."""
    found = [_restitution(item) for item in versions.newest(con, "restitution")]
    return sorted(found, key=lambda item: (item.day, item.key), reverse=True)


def save_restitution(con: Cursor, item: Restitution, at: datetime | None = None) -> Restitution:
    """Store a message; a change makes a new version."""
    return replace(item, version=versions.save(con, "restitution", item.key, item, at))


def next_key(con: Cursor, table: str, prefix: str) -> str:
    """Return a key that nothing of this kind bears yet."""
    row = con.execute(f"SELECT count(DISTINCT key) + 1 FROM {table}").fetchone()
    number = int(row[0]) if row else 1
    known = {item.key for item in versions.newest(con, table)}
    while f"{prefix}{number}" in known:
        number += 1
    return f"{prefix}{number}"


COVERAGE = """
WITH message AS (
    SELECT key, json_extract_string(definition, '$.theme') AS theme,
           CAST(json_extract_string(definition, '$.day') AS DATE) AS day,
           CAST(json_extract(definition, '$.rounds') AS VARCHAR[]) AS rounds
    FROM restitution QUALIFY row_number() OVER (PARTITION BY key ORDER BY version DESC) = 1),
current_theme AS (
    SELECT key, json_extract_string(definition, '$.silence') <> '' AS is_silent
    FROM theme QUALIFY row_number() OVER (PARTITION BY key ORDER BY version DESC) = 1),
current_round AS (
    SELECT key, json_extract_string(definition, '$.voice') AS voice,
           CAST(json_extract_string(definition, '$.first') AS DATE) AS first_day,
           CAST(json_extract_string(definition, '$.last') AS DATE) AS last_day,
           CAST(json_extract(definition, '$.asks') AS VARCHAR[]) AS asks
    FROM feedback_round QUALIFY row_number() OVER (PARTITION BY key ORDER BY version DESC) = 1),
told AS (
    SELECT r.key, r.voice, r.first_day, r.last_day, r.asks, min(m.day) AS day
    FROM current_round r JOIN message m ON list_contains(m.rounds, r.key) AND m.day >= r.first_day
    WHERE m.day <= $today GROUP BY ALL),
waited AS (
    SELECT date_diff('day', a.shown_week + 6, t.day) AS days, sum(a.weight) AS weight
    FROM told t JOIN response_spread a ON a.voice = t.voice AND list_contains(t.asks, a.question)
        AND a.shown_week + 6 BETWEEN t.first_day AND t.last_day AND a.shown_week + 6 <= t.day
    GROUP BY ALL)
SELECT (SELECT count(*) FROM current_round WHERE last_day <= $today) AS rounds,
       (SELECT count(*) FROM told WHERE last_day <= $today) AS rounds_told,
       (SELECT count(*) FROM current_theme) AS themes,
       (SELECT count(*) FROM current_theme c WHERE EXISTS (
           FROM message m WHERE m.theme = c.key AND m.day <= $today)) AS themes_told,
       (SELECT count(*) FROM current_theme c WHERE c.is_silent AND NOT EXISTS (
           FROM message m WHERE m.theme = c.key AND m.day <= $today)) AS themes_silent,
       (SELECT min(days) FROM (SELECT days, sum(weight) OVER (ORDER BY days) AS up_to, sum(weight) OVER () AS of
                               FROM waited) WHERE up_to >= of / 2 - 1e-9) AS median_days
"""
"""One row: rounds that have ended, those given back, themes, those told, those with a recorded silence, median days
from an answer (the Sunday of its week) to the first message that gives its round back, half of the weight of the
answers having waited no longer. Parameter: $today."""


def coverage_row(con: Cursor, today: date) -> tuple[int, int, int, int, int, float | None]:
    """Return the figures of `COVERAGE`."""
    row = con.execute(COVERAGE, {"today": today}).fetchone()
    assert row is not None
    return row[0], row[1], row[2], row[3], row[4], row[5]


def coverage_query(today: date) -> str:
    """Return the same question as text."""
    return COVERAGE.strip().replace("$today", f"DATE '{today.isoformat()}'")
