"""Row-level rights in one place: every cursor of a person with a narrower grant sees only granted rows.

Temporary views of the cursor bear the names of the stored tables, so that every statement of every page, export and
command is narrowed without knowing it. A table that has no cell of its own and is not listed as open is empty.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from duckdb import DuckDBPyConnection

from ocem.domain.access import LOCAL, Grant, Person, Right
from ocem.errors import N_, Forbidden

SYSTEM = Person("system", LOCAL.roles)
"""The program itself: warm-up, inbox, verdicts that rest on a comparison group outside a person's grant."""

OPEN = frozenset(
    {
        "schema_version", "member", "member_version", "scope", "source", "early_source", "source_profile",
        "kpi", "initiative", "event", "link_hypothesis", "rebase", "feedback_round", "bucket_sum", "batch_day",
    }
)  # fmt: skip
"""Tables without customers' or cells' figures, which everybody may read whole."""

_NO_COUNTS = ", ".join(
    f"CAST(0 AS BIGINT) AS {name}" for name in ("rows_read", "accepted", "updated", "unchanged", "rejected", "skipped")
)
PARTLY = {
    "meta": ("*", "key NOT LIKE 'keys\\_of\\_%' ESCAPE '\\'"),
    "import_batch": (
        "* REPLACE (json_object('detected', receipt->'detected', 'skips', json_array(), 'warnings', json_array(), "
        f"'proposed_members', json_array(), 'inherit', receipt->'inherit') AS receipt, source AS file, {_NO_COUNTS})",
        "true",
    ),
    "engine_run": ("* REPLACE (CAST(NULL AS BIGINT) AS n_rows)", "status = 'done'"),
    "engine_day": ("* REPLACE (CAST(n_rows > 0 AS BIGINT) AS n_rows, CAST(NULL AS BIGINT) AS n_sums)", "true"),
}
"""Columns and rows of what everybody may read in part: how far the data have come, but neither how many rows there were
nor what a file was called and said."""
CELL_COLUMNS = {"segment_id": "segment", "touchpoint_id": "touchpoint"}
PATHS = {"journey": ("path", "after_path"), "journey_path": ("path",)}
"""Columns that list touchpoints: a row is seen by who may see every one of them."""
OBJECTIVE_TABLE, OBJECTIVE_COLUMN = "objective", "objective"
"""An objective, and what hangs on it by name, is seen by who may see its whole perimeter."""

Conditions = tuple[str, ...]
"""One SQL condition a cell column, empty where everything may be seen; the last is the one on objectives."""

_acting: ContextVar[Person | None] = ContextVar("acting", default=None)
_signed_in_only: list[bool] = [False]


def require_sign_in(required: bool) -> None:
    """Say whether this process serves signed-in people only: then nobody known means nothing may be done."""
    _signed_in_only[0] = required


def person() -> Person:
    """Return who acts now.

    Raises
    ------
    Forbidden
        If this process serves signed-in people only and nobody is known.
    """
    found = _acting.get()
    if found is None and _signed_in_only[0]:
        raise Forbidden(N_("Sign in first."))
    return found or LOCAL


def begin(who: Person) -> None:
    """Let a person act in this thread or task from now on."""
    _acting.set(who)


@contextmanager
def acting(who: Person) -> Iterator[None]:
    """Let a person act for the length of a block."""
    token = _acting.set(who)
    try:
        yield
    finally:
        _acting.reset(token)


def require(right: Right) -> Person:
    """Return who acts if they may do this.

    Raises
    ------
    Forbidden
        If they may not.
    """
    who = person()
    if not who.may(right):
        raise Forbidden(
            N_("{person} may not do this ({right}). Ask an administrator for the role."),
            person=who.name,
            right=right.value,
        )
    return who


def cell_tables(con: DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """Return every stored table with the columns by which its rows are narrowed, open tables left out."""
    rows = con.execute(
        "SELECT t.table_name, list(c.column_name) FILTER (list_contains(?, c.column_name)) "
        "FROM duckdb_tables() t JOIN duckdb_columns() c USING (database_name, schema_name, table_name) "
        "WHERE NOT t.temporary AND NOT t.internal GROUP BY ALL ORDER BY ALL",
        [[*CELL_COLUMNS, OBJECTIVE_COLUMN]],
    ).fetchall()
    return {name: tuple(columns or ()) for name, columns in rows if name not in OPEN}


def conditions_of(con: DuckDBPyConnection, grant: Grant) -> Conditions:
    """Return the condition on each cell column that a grant means, by the members' numbers; none where it is whole."""
    cells = [_condition(con, column, grant) for column in CELL_COLUMNS]
    return (*cells, _objectives(con, grant))


def narrow(con: DuckDBPyConnection, conditions: Conditions, tables: dict[str, tuple[str, ...]]) -> None:
    """Let a cursor see only the rows that meet the conditions."""
    catalog = _quoted(str(con.execute("SELECT current_database()").fetchall()[0][0]))
    of = dict(zip((*CELL_COLUMNS, OBJECTIVE_COLUMN), conditions, strict=True))
    for name, columns in tables.items():
        tests = [of[column] for column in columns if of[column]] if _is_narrowed(of, columns) else ["false"]
        if name in PATHS:
            without_order = " OR touchpoint_id = 0"
            tests = [
                f"({of[column]}{without_order if column == 'touchpoint_id' else ''})"
                for column in columns
                if of[column]
            ]
            tests += _along(of["touchpoint_id"], PATHS[name])
        picked, some = PARTLY.get(name, ("*", ""))
        if some:
            tests = [some]
        if name == OBJECTIVE_TABLE:
            tests = [of[OBJECTIVE_COLUMN].replace(OBJECTIVE_COLUMN, "key", 1)]
        where = " AND ".join(tests) or "true"
        con.execute(
            f"CREATE TEMP VIEW {_quoted(name)} AS SELECT {picked} FROM {catalog}.main.{_quoted(name)} WHERE {where}"
        )


def _is_narrowed(of: dict[str, str], columns: tuple[str, ...]) -> bool:
    """Say whether a table's columns tell of each row whether it is granted: a sum over what is hidden does not."""
    return OBJECTIVE_COLUMN in columns or (
        bool(columns) and all(column in columns for column in CELL_COLUMNS if of[column])
    )


def _along(condition: str, columns: tuple[str, ...]) -> list[str]:
    """Return the conditions on lists of touchpoints that a condition on one touchpoint means."""
    if not condition:
        return []
    numbers = "[" + condition.partition("(")[2].rstrip(")") + "]"
    return [f"list_has_all(CAST({numbers} AS USMALLINT[]), {column})" for column in columns]


def _condition(con: DuckDBPyConnection, column: str, grant: Grant) -> str:
    granted = grant.segments if column == "segment_id" else grant.touchpoints
    if granted is None:
        return ""
    rows = con.execute(
        "SELECT id FROM member WHERE dimension = ? AND list_contains(?, key)", [CELL_COLUMNS[column], sorted(granted)]
    ).fetchall()
    return f"{column} IN ({', '.join(str(int(row[0])) for row in rows)})" if rows else "false"


def _objectives(con: DuckDBPyConnection, grant: Grant) -> str:
    rows = con.execute(
        "SELECT key, definition->'perimeter' FROM objective "
        "QUALIFY row_number() OVER (PARTITION BY key ORDER BY version DESC) = 1"
    ).fetchall()
    seen = []
    for key, text in rows:
        perimeter = json.loads(text or "{}")
        if grant.holds(tuple(perimeter.get("segment") or ()), tuple(perimeter.get("touchpoint") or ())):
            seen.append("'" + str(key).replace("'", "''") + "'")
    return f"{OBJECTIVE_COLUMN} IN ({', '.join(sorted(seen))})" if seen else "false"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
