"""Which answers may be shown: every figure is a sum of blocks of answers, and no block has too few respondents.

All pages, filters, exports and command lines read answers through these blocks. Whatever two views a person subtracts
from one another, the difference is again made of whole blocks, so it never says what fewer people answered.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa
from duckdb import DuckDBPyConnection

COMMENT = "_comment"
"""Stands for free text where a question is named."""
STAFF = "staff"
LONGEST_WEEKS = 26
"""Weeks for which answers wait for more of their own cell before they join a wider one."""

Cell = tuple[int, int, int]
"""Numbers of touchpoint, phase and segment; 0 = not said."""
Place = tuple[date, Cell]


@dataclass(frozen=True)
class CellWeek:
    """Answers to one question in one cell and week: how many respondents; who, where they are fewer than needed.

    Tokens stand for respondents. People who are not known by a key have tokens that recur from wave to wave, as if the
    same few had answered each time.
    """

    week: date
    cell: Cell
    n: int
    tokens: frozenset[str] = frozenset()


@dataclass
class _Waiting:
    since: date
    places: list[Place] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)


def assign_blocks(rows: Iterable[CellWeek], fewest: int) -> dict[Place, Place | None]:
    """Say for every week and cell under which week and cell its answers are shown, or None while they are held back.

    A block closes in the first week in which at least `fewest` respondents have come together. Answers that wait for
    longer than half a year give up their segment, then their phase, then their touchpoint. Later answers never change
    a block that is closed, so new data reveal no old ones either.

    Parameters
    ----------
    rows : iterable of CellWeek
        One question asked of one voice, in any order.
    fewest : int
        Respondents that a block needs.

    Examples
    --------
    >>> from datetime import timedelta
    >>> weeks = [date(2026, 1, 5) + timedelta(days=7 * i) for i in range(3)]
    >>> some = [CellWeek(weeks[0], (1, 0, 2), 9), CellWeek(weeks[1], (1, 0, 2), 2, frozenset("ab"))]
    >>> more = CellWeek(weeks[2], (1, 0, 2), 3, frozenset("bcd"))
    >>> [shown[0].day if shown else None for shown in assign_blocks([*some, more], 4).values()]
    [5, 19, 19]
    >>> [shown[0].day if shown else None for shown in assign_blocks([*some, more], 5).values()]
    [5, None, None]
    """
    shown: dict[Place, Place | None] = {}
    waiting: dict[Cell, _Waiting] = {}
    by_week: dict[date, list[CellWeek]] = {}
    for row in rows:
        by_week.setdefault(row.week, []).append(row)
    for week in sorted(by_week):
        for row in sorted(by_week[week], key=lambda item: item.cell):
            shown[week, row.cell] = None
            if row.n >= fewest and row.cell not in waiting:
                shown[week, row.cell] = (week, row.cell)
                continue
            pool = waiting.setdefault(row.cell, _Waiting(week))
            pool.places.append((week, row.cell))
            pool.tokens |= row.tokens
            if row.n >= fewest or len(pool.tokens) >= fewest:
                _close(shown, waiting, row.cell, week)
        _widen(shown, waiting, week, fewest)
    return shown


def _close(shown: dict[Place, Place | None], waiting: dict[Cell, _Waiting], cell: Cell, week: date) -> None:
    for place in waiting.pop(cell).places:
        shown[place] = (week, cell)


def _widen(shown: dict[Place, Place | None], waiting: dict[Cell, _Waiting], week: date, fewest: int) -> None:
    """Let answers that have waited too long join the next wider cell."""
    for cell in sorted(waiting, key=lambda item: sum(part > 0 for part in item), reverse=True):
        if cell not in waiting or (week - waiting[cell].since).days < 7 * LONGEST_WEEKS:
            continue
        wider = _wider(cell)
        if wider == cell:
            continue
        moved = waiting.pop(cell)
        pool = waiting.setdefault(wider, _Waiting(week))
        pool.places += moved.places
        pool.tokens |= moved.tokens
        if len(pool.tokens) >= fewest:
            _close(shown, waiting, wider, week)


def _wider(cell: Cell) -> Cell:
    touchpoint, phase, segment = cell
    if segment:
        return touchpoint, phase, 0
    return (touchpoint, 0, 0) if phase else (0, 0, 0)


def thresholds(con: DuckDBPyConnection) -> tuple[int, int]:
    """Return the fewest respondents behind anything shown, and behind anything shown of the staff."""
    found = dict(con.execute("SELECT key, value FROM meta WHERE key LIKE 'fewest_respondents%'").fetchall())
    fewest = int(found.get("fewest_respondents", 5))
    return fewest, max(fewest, int(found.get("fewest_respondents_staff", 10)))


def save_thresholds(con: DuckDBPyConnection, fewest: int, fewest_staff: int) -> None:
    """Store both thresholds; `refresh_answer_cells` and the daily sums must follow."""
    for key, value in (("fewest_respondents", fewest), ("fewest_respondents_staff", fewest_staff)):
        con.execute("UPDATE meta SET value = ? WHERE key = ?", [str(value), key])


# One row a voice, question, week and cell: respondents, and their tokens where they are fewer than $most.
# A respondent is a customer key; without one, the n-th questionnaire of its cell in a wave (round and month).
_CELL_WEEKS = f"""
WITH answer AS (
    SELECT coalesce(voice, '') AS voice, question, CAST(date_trunc('week', day) AS DATE) AS week,
           touchpoint_id, phase_id, segment_id, customer,
           concat_ws('.', round, strftime(day, '%Y-%m')) AS wave,
           source_id || '.' || coalesce(external_id, batch_id || '.' || line) AS sheet,
           trim(coalesce(comment, '')) <> '' AS has_comment, score IS NOT NULL AS has_score
    FROM response WHERE superseded_by IS NULL),
known AS (
    SELECT voice, question, week, touchpoint_id, phase_id, segment_id, has_comment, has_score,
           CASE WHEN customer IS NOT NULL THEN 'c' || customer
                ELSE concat_ws('.', 'a', touchpoint_id, phase_id, segment_id, dense_rank() OVER (
                    PARTITION BY voice, wave, touchpoint_id, phase_id, segment_id, customer IS NULL ORDER BY sheet))
           END AS token
    FROM answer),
said AS (
    SELECT DISTINCT voice, question, week, touchpoint_id, phase_id, segment_id, token FROM known WHERE has_score
    UNION
    SELECT DISTINCT voice, '{COMMENT}', week, touchpoint_id, phase_id, segment_id, token FROM known WHERE has_comment)
SELECT voice, question, week, touchpoint_id, phase_id, segment_id, count(*) AS n,
       CASE WHEN count(*) < $most THEN list(token ORDER BY token) ELSE [] END AS tokens
FROM said WHERE question IS NOT NULL GROUP BY ALL ORDER BY voice, question, week
"""


def refresh_answer_cells(con: DuckDBPyConnection) -> None:
    """Work out anew which answers may be shown where, from the live answers and the thresholds."""
    fewest, fewest_staff = thresholds(con)
    found: dict[tuple[str, str], list[CellWeek]] = {}
    rows = con.execute(_CELL_WEEKS, {"most": fewest_staff}).fetchall()
    begun = con.execute("SELECT min(day) FROM response WHERE superseded_by IS NULL").fetchone()
    first = begun[0] if begun and begun[0] else date.min
    for voice, question, week, touchpoint, phase, segment, n, tokens in rows:
        item = CellWeek(week, (touchpoint, phase, segment), n, frozenset(tokens))
        found.setdefault((voice, question), []).append(item)
    con.execute("DELETE FROM answer_cell")
    lines = [
        line
        for (voice, question), items in found.items()
        for line in _lines(voice, question, first, assign_blocks(items, fewest_staff if voice == STAFF else fewest))
    ]
    if not lines:
        return
    names = [row[0] for row in con.execute("DESCRIBE answer_cell").fetchall()]
    con.register("answer_cell_new", pa.table([list(column) for column in zip(*lines, strict=True)], names=names))
    con.execute("INSERT INTO answer_cell SELECT * FROM answer_cell_new")
    con.unregister("answer_cell_new")


def _lines(voice: str, question: str, first: date, shown: Mapping[Place, Place | None]) -> Iterable[tuple[object, ...]]:
    """Write a question's blocks as rows, each on the Monday of its week and on no day before the first answer."""
    since: dict[Place, date] = {}
    for (week, _), place in shown.items():
        if place is not None:
            since[place] = min(week, since.get(place, week))
    for (week, cell), place in shown.items():
        if place is None:
            yield (voice, question, week, *cell, None, None, None, None, None, None)
        else:
            yield (voice, question, week, *cell, place[0], *place[1], max(place[0], first), max(since[place], first))
