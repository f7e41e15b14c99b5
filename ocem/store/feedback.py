"""Feedback rounds, and sums over the answers that may be shown."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from ocem.domain.feedback import AskedBy, FeedbackRound, Voice
from ocem.domain.perimeter import Perimeter
from ocem.errors import N_, NotFound
from ocem.store import versions
from ocem.store.aggregate import Expression
from ocem.store.database import Cursor
from ocem.store.small_cell import STAFF, thresholds
from ocem.store.sql_text import written
from ocem.store.versions import Version

COUNTED_TO = 5
"""Respondents of a round are told to the nearest of these, so that no difference tells of a few."""


def _round(version: Version) -> FeedbackRound:
    given = dict(version.document)
    given["voice"], given["asked_by"] = Voice(given["voice"]), AskedBy(given["asked_by"])
    given["first"], given["last"] = date.fromisoformat(given["first"]), date.fromisoformat(given["last"])
    given["asks"] = tuple(given["asks"])
    return FeedbackRound(key=version.key, version=version.version, **given)


def list_rounds(con: Cursor) -> list[FeedbackRound]:
    """Return the rounds in force, newest first."""
    found = [_round(item) for item in versions.newest(con, "feedback_round")]
    return sorted(found, key=lambda item: (item.first, item.key), reverse=True)


def find_round(con: Cursor, key: str) -> FeedbackRound:
    """Return one round.

    Raises
    ------
    NotFound
        If none bears this key.
    """
    for item in versions.newest(con, "feedback_round", key):
        return _round(item)
    raise NotFound(N_("No feedback round is called {key}."), key=key)


def save_round(con: Cursor, item: FeedbackRound, at: datetime | None = None) -> FeedbackRound:
    """Store a round; a change makes a new version."""
    return replace(item, version=versions.save(con, "feedback_round", item.key, item, at))


EVERYWHERE = Perimeter()
_WHO = "coalesce('c' || customer, source_id || '.' || coalesce(external_id, batch_id || '.' || line))"
"""A respondent: a customer key or, without one, a questionnaire."""


@dataclass(frozen=True)
class Which:
    """Which answers: inclusive days of whole weeks, some voices, questions and cells; empty means all."""

    first: date | None = None
    last: date | None = None
    voices: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    perimeter: Perimeter = EVERYWHERE


def _where(which: Which, week: str = "shown_week") -> Expression:
    parts: list[str] = ["TRUE"]
    values: list[object] = []
    if which.first:
        parts.append(f"{week} >= ?")
        values.append(which.first)
    if which.last:
        parts.append(f"{week} + 6 <= ?")
        values.append(which.last)
    for column, keys in (
        ("voice", which.voices or None),
        ("question", which.questions or None),
        ("touchpoint", which.perimeter.touchpoints),
        ("phase", which.perimeter.phases),
        ("segment", which.perimeter.segments),
    ):
        if keys is not None:
            parts.append(f"{column} IN ({', '.join('?' for _ in keys)})")
            values.extend(keys)
    return Expression(" AND ".join(parts), list(values))


BY = ("touchpoint", "phase", "segment", "shown_week")


@dataclass(frozen=True)
class AnswerSums:
    """Sums over the answers of one group, by respondent: x = weight of the answers, y = sum of their weighted values.

    A value is the score itself; 1, 0 or -1 for the recommendation; 1 or 0 for satisfaction (4 and 5 are 1). An answer
    weighs what the part of its block's weeks weighs that lies in the days asked for: 1 for nearly all. `n` counts
    respondents and `answers` the answers of all blocks that reach into these days. `member` is the key of the
    dimension asked for, empty without one.
    """

    voice: str
    question: str
    member: str
    n: float
    x: float
    y: float
    xx: float
    yy: float
    xy: float
    answers: int


def _sums(which: Which, by: str | None) -> Expression:
    assert by is None or by in BY
    where = _where(which)
    member = f"{by}" if by else "''"
    return Expression(
        "WITH answer AS (\n"
        f"    SELECT voice, question, {member} AS member,\n"
        f"           {_WHO} AS who,\n"
        "           CASE question WHEN 'nps' THEN CAST(score >= 9 AS INTEGER) - CAST(score <= 6 AS INTEGER)\n"
        "                         WHEN 'csat' THEN CAST(score >= 4 AS INTEGER) ELSE score END AS said,\n"
        "           batch_id, line, sum(weight) AS weight\n"
        f"    FROM response_spread WHERE score IS NOT NULL AND {where.sql}\n"
        "    GROUP BY ALL),\n"
        "respondent AS (\n"
        "    SELECT voice, question, member, who, count(*) AS answers, sum(weight) AS x, sum(weight * said) AS y\n"
        "    FROM answer GROUP BY ALL)\n"
        "SELECT voice, question, CAST(member AS VARCHAR) AS member, CAST(count(*) AS DOUBLE) AS respondents,\n"
        "       sum(x) AS weight, sum(y) AS total, sum(x * x) AS xx, sum(y * y) AS yy, sum(x * y) AS xy,\n"
        "       CAST(sum(answers) AS BIGINT) AS answers, sum(y) / sum(x) AS value\n"
        "FROM respondent GROUP BY ALL ORDER BY voice, question, member",
        where.values,
    )


def answer_sums(con: Cursor, which: Which, by: str | None = None) -> list[AnswerSums]:
    """Return sums by voice, question and, when asked, by ``touchpoint``, ``phase``, ``segment`` or ``shown_week``."""
    query = _sums(which, by)
    return [AnswerSums(*row[:10]) for row in con.execute(query.sql, query.values).fetchall()]


def sums_query(which: Which, by: str | None = None) -> str:
    """Return the same question as text."""
    return written(_sums(which, by))


def asked(con: Cursor) -> set[tuple[str, str]]:
    """Return which voices were ever asked which questions."""
    return set(con.execute("SELECT DISTINCT voice, question FROM answer_cell WHERE question <> '_comment'").fetchall())


def is_held_back(con: Cursor, which: Which) -> bool:
    """Say whether answers of these weeks and cells are held back."""
    where = _where(which, "from_week")
    row = con.execute(
        "SELECT 1 FROM (SELECT c.voice, c.question, c.from_week, c.shown_week, t.key AS touchpoint, p.key AS phase, "
        "s.key AS segment FROM answer_cell c "
        "JOIN member t ON t.dimension = 'touchpoint' AND t.id = c.from_touchpoint_id "
        "JOIN member p ON p.dimension = 'phase' AND p.id = c.from_phase_id "
        "JOIN member s ON s.dimension = 'segment' AND s.id = c.from_segment_id) "
        f"WHERE shown_week IS NULL AND question <> '_comment' AND {where.sql} LIMIT 1",
        where.values,
    ).fetchone()
    return row is not None


def _respondents(item: FeedbackRound, fewest: int) -> Expression:
    values: list[object] = [fewest, item.voice.value, item.first, item.last, list(item.asks)]
    source = ""
    if item.source:
        source = "\n      AND source_id = (SELECT id FROM source WHERE key = ?)"
        values.append(item.source)
    return Expression(
        "SELECT CASE WHEN n = 0 THEN 0\n"
        f"            WHEN n >= ? THEN CAST({COUNTED_TO} * round(n / {COUNTED_TO}.0) AS INTEGER) END AS respondents\n"
        f"FROM (\n    SELECT count(DISTINCT {_WHO}) AS n\n"
        f"    FROM response_live\n    WHERE voice = ? AND day BETWEEN ? AND ? AND list_contains(?, question){source})",
        values,
    )


def round_respondents(con: Cursor, item: FeedbackRound) -> int | None:
    """Return how many people answered in a round, to the nearest five; None when fewer than may be shown."""
    query = _respondents(item, fewest_of(con, item.voice))
    row = con.execute(query.sql, query.values).fetchone()
    return int(row[0]) if row and row[0] is not None else None


def respondents_query(con: Cursor, item: FeedbackRound) -> str:
    """Return the same question as text."""
    return written(_respondents(item, fewest_of(con, item.voice)))


def fewest_of(con: Cursor, voice: str) -> int:
    """Return how many respondents of a voice must stand behind anything that is shown."""
    fewest, fewest_staff = thresholds(con)
    return fewest_staff if voice == STAFF else fewest


@dataclass(frozen=True)
class Comment:
    """A comment as it may be shown: when its block closed, about which cell; `n` people wrote the same words."""

    voice: str
    week: date
    touchpoint: str
    segment: str
    text: str
    n: int = 1


def comments(con: Cursor, which: Which, words: tuple[str, ...] = (), limit: int = 200) -> list[Comment]:
    """Return comments that may be shown, newest first; with `words`, those that hold any of them."""
    where = _where(replace(which, questions=()))
    found = con.execute(
        "SELECT voice, max(shown_week) AS week, any_value(touchpoint), any_value(segment), comment, count(*) AS n "
        f"FROM comment_shown WHERE {where.sql} "
        "AND (len(?) = 0 OR list_bool_or(list_transform(?, lambda w: contains(lower(comment), w)))) "
        "GROUP BY voice, comment ORDER BY week DESC, n DESC, comment LIMIT ?",
        [*where.values, list(words), list(words), limit],
    ).fetchall()
    return [Comment(*row) for row in found]


def _counts(which: Which, themes: Mapping[str, tuple[str, ...]], fewest_staff: int) -> Expression:
    where = _where(replace(which, questions=()))
    pieces: list[str] = []
    values: list[object] = []
    for number, words in enumerate(themes.values()):
        tests = " OR ".join("contains(lower(comment), ?)" for _ in words) or "FALSE"
        pieces.append(f"{_counted(tests, fewest_staff)} AS theme_{number + 1}")
        values.extend([word.casefold() for word in words] * 3)
    every = [word.casefold() for words in themes.values() for word in words]
    none = " OR ".join("contains(lower(comment), ?)" for _ in every) or "FALSE"
    pieces.append(f"{_counted(f'NOT ({none})', fewest_staff)} AS in_no_theme")
    select = ",\n       ".join(["CAST(count(*) AS INTEGER) AS comments", *pieces])
    return Expression(f"SELECT {select}\nFROM comment_shown WHERE {where.sql}", [*values, *every * 3, *where.values])


def _counted(test: str, fewest_staff: int) -> str:
    """Count comments that meet a test; those of the staff, which nobody reads one by one, to the nearest five."""
    staff = f"count(*) FILTER (WHERE voice = '{STAFF}' AND ({test}))"
    rounded = f"CASE WHEN {staff} >= {fewest_staff} THEN {COUNTED_TO} * round({staff} / {COUNTED_TO}.0) ELSE 0 END"
    return f"CAST(count(*) FILTER (WHERE voice <> '{STAFF}' AND ({test})) + {rounded} AS INTEGER)"


def comment_counts(con: Cursor, which: Which, themes: Mapping[str, tuple[str, ...]]) -> tuple[int, dict[str, int], int]:
    """Return comments in all, those that speak of each theme, those that speak of none."""
    query = _counts(which, themes, fewest_of(con, STAFF))
    row = con.execute(query.sql, query.values).fetchone()
    assert row is not None
    return int(row[0]), dict(zip(themes, (int(n) for n in row[1:-1]), strict=True)), int(row[-1])


def counts_query(con: Cursor, which: Which, themes: Mapping[str, tuple[str, ...]]) -> str:
    """Return the same question as text."""
    return written(_counts(which, themes, fewest_of(con, STAFF)))


def frequent_words(con: Cursor, which: Which, known: tuple[str, ...], limit: int = 12) -> list[tuple[str, int]]:
    """Return words that recur in comments which no theme covers yet, each in as many as may be shown."""
    where = _where(replace(which, questions=()))
    return [
        (row[0], int(row[1]))
        for row in con.execute(
            f"""WITH free AS (
                SELECT lower(comment) AS comment, list_filter(
                    string_split_regex(lower(comment), '[^[:alnum:]àèéìòù]+'), lambda w: length(w) > 3) AS words
                FROM comment_shown WHERE {where.sql}
                  AND NOT coalesce(list_bool_or(list_transform(?, lambda w: contains(lower(comment), w))), false)),
            counted AS (
                SELECT unnest(list_distinct(words)) AS word FROM free)
            SELECT word, count(*) AS n FROM counted GROUP BY word
            HAVING count(*) >= (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'fewest_respondents')
            ORDER BY n DESC, word LIMIT ?""",
            [*where.values, list(known), limit],
        ).fetchall()
    ]
