"""Any table in a CSV file as plain columns, for analyses outside the store."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from ocem.errors import N_, FileRefused, WrongUse


def read_header(path: Path) -> list[str]:
    """Return the names of a CSV file's columns."""
    if not path.is_file():
        raise FileRefused("not_found", N_("There is no file {file}."), file=str(path))
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return next(csv.reader(lines), [])


def read_columns(path: Path, wanted: dict[str, str]) -> dict[str, np.ndarray]:
    """Read some columns of a CSV file with a header.

    Parameters
    ----------
    wanted : dict
        Column name to what it must hold: ``day``, ``number`` or ``text``.

    Returns
    -------
    dict of arrays
        ``datetime64[D]``, float (NaN where empty) or str, in the order of the file.

    Raises
    ------
    FileRefused
        When the file is missing or a cell is not what its column must hold, naming line and value.
    WrongUse
        When a column is not there.
    """
    if not path.is_file():
        raise FileRefused("not_found", N_("There is no file {file}."), file=str(path))
    con = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    try:
        con.execute(
            "CREATE TABLE t AS SELECT row_number() OVER () + 1 AS line_number, * FROM "
            "read_csv(?, header = true, all_varchar = true, nullstr = ['', 'NA'])",
            [str(path)],
        )
    except duckdb.Error as error:
        raise FileRefused(
            "not_text",
            N_("{file} cannot be read as a table: {detail}"),
            file=path.name,
            detail=str(error).splitlines()[0],
        ) from error
    header = [row[0] for row in con.execute("DESCRIBE t").fetchall()][1:]
    found: dict[str, np.ndarray] = {}
    for name, kind in wanted.items():
        if name not in header:
            raise WrongUse(
                N_("{file} has no column {column}. Columns there: {known}."),
                file=path.name,
                column=name,
                known=", ".join(header),
            )
        found[name] = _column(con, path, name, kind)
    return found


_CAST = {"day": "TRY_CAST({c} AS DATE)", "number": "TRY_CAST({c} AS DOUBLE)", "text": "{c}"}


def _column(con: Any, path: Path, name: str, kind: str) -> np.ndarray:
    quoted = '"' + name.replace('"', '""') + '"'
    cast = _CAST[kind].format(c=quoted)
    if kind == "day":
        cast = (
            f"coalesce({cast}, TRY_CAST(TRY_CAST({quoted} AS TIMESTAMP) AS DATE), TRY_CAST({quoted} || '-01' AS DATE))"
        )
    bad = con.execute(
        f"SELECT line_number, {quoted} FROM t WHERE {quoted} IS NOT NULL AND {cast} IS NULL LIMIT 1"
    ).fetchone()
    if bad:
        raise FileRefused(
            "bad_date" if kind == "day" else "bad_number",
            N_("{file}, line {line}, column {column}: {value} cannot be read as a {kind}."),
            file=path.name,
            line=bad[0],
            column=name,
            value=bad[1],
            kind=kind,
        )
    values = con.execute(f"SELECT {cast} FROM t ORDER BY line_number").fetchall()
    if kind == "number":
        return np.array([np.nan if row[0] is None else row[0] for row in values], dtype=float)
    if kind == "day":
        return np.array([row[0] if isinstance(row[0], date) else None for row in values], dtype="datetime64[D]")
    return np.array(["" if row[0] is None else str(row[0]) for row in values], dtype=str)
