"""Paths of touchpoints in a CSV file, one line a path, read as flat arrays."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ocem.errors import N_, FileRefused, Refused, WrongUse

SEPARATORS = ("→", "»", "=>", "->", ">", "|", ";", ",")
"""What may stand between touchpoints, the first that any path holds is taken."""
_NOWHERE = "\x00"
DELIMITERS = (",", ";", "\t", "|")
LOST_NAMES = (
    "nulls", "null", "total_null", "total_nulls", "null_conversions", "lost", "total_lost", "not_converted",
    "non_converted", "non_converting", "unconverted", "no_conversion", "no_conversions", "non_conversions", "persi",
    "non_convertiti",
)  # fmt: skip
"""Names under which files count the journeys that did not convert."""
_FLAGS = {
    "1": ("true", "t", "yes", "y", "si", "sì", "s", "vero", "converted", "won", "x"),
    "0": ("false", "f", "no", "n", "falso", "not converted", "lost", "null"),
}


@dataclass(frozen=True)
class PathTable:
    """Distinct paths of a file: path i is ``names[codes[starts[i]:starts[i + 1]]]``.

    `lost_column` is the column that counts journeys without a conversion, None when they are taken from the converted
    column: a line with 0 is then one such journey. `counted` says that some line stands for several conversions.
    `rows_without_path` are left out; `first_without_path` is the line of the first.
    """

    names: tuple[str, ...]
    codes: NDArray[np.int64]
    starts: NDArray[np.int64]
    converted: NDArray[np.float64]
    lost: NDArray[np.float64]
    rows: int
    separator: str | None
    lost_column: str | None
    counted: bool
    rows_without_path: int
    first_without_path: int | None


def read_paths(
    file: Path, path: str, converted: str, lost: str | None = None, separator: str | None = None
) -> PathTable:
    """Read paths and how often each converted.

    Parameters
    ----------
    path, converted : str
        Columns: touchpoints in order, and conversions as counts, 0 and 1, or yes and no.
    lost : str, optional
        Column with the journeys that did not convert; without it a column with a usual name is taken.
    separator : str, optional
        What stands between touchpoints; without it the first of the usual ones that occurs.

    Raises
    ------
    FileRefused
        If the file is missing, or a cell is not what its column must hold, naming line and value.
    WrongUse
        If a column is not there.
    Refused
        If no line has a path.
    """
    header, delimiter, encoding = _header(file, (path, converted))
    for name in (path, converted, *([lost] if lost else [])):
        if name not in header:
            raise WrongUse(
                N_("{file} has no column {column}. Columns there: {known}."),
                file=file.name, column=name, known=", ".join(header),
            )  # fmt: skip
    if lost == converted:
        raise WrongUse(N_("Column {column} cannot count both: journeys with and without a conversion."), column=lost)
    lost = lost or next((name for name in header if name.strip().lower() in LOST_NAMES and name != converted), None)
    con = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    try:
        try:
            _load(con, file, (path, converted, lost), delimiter, encoding)
        except FileRefused as refused:
            if "unicode" not in str(refused.__cause__).lower():
                raise
            _load(con, file, (path, converted, lost), delimiter, "latin-1")
        _refuse_bad_cells(con, file, converted, lost)
        return _table(con, file, path, lost, separator)
    finally:
        con.close()


def _header(file: Path, wanted: tuple[str, ...]) -> tuple[list[str], str, str]:
    """Return the columns of the first line, and the delimiter and encoding with which they are found."""
    if not file.is_file():
        raise FileRefused("not_found", N_("There is no file {file}."), file=str(file))
    with file.open("rb") as stream:
        line = stream.readline(1_000_000)
        while line and not line.strip():
            line = stream.readline(1_000_000)
    encoding = "utf-8"
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        encoding, text = "latin-1", line.decode("latin-1")
    if not text.strip() or "\0" in text:
        raise FileRefused(
            "not_text", N_("{file} cannot be read as a table: {detail}"), file=file.name,
            detail="empty" if not text.strip() else "not text",
        )  # fmt: skip
    found = [(next(csv.reader([text], delimiter=mark)), mark) for mark in DELIMITERS]
    best = max(found, key=lambda item: (sum(name in item[0] for name in wanted), len(item[0])))
    return [name.strip() for name in best[0]], best[1], encoding


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _number(column: str) -> str:
    """Return the SQL that reads a count, 0 and 1, or yes and no; NULL where a cell is none of them."""
    yes, no = (", ".join(f"'{text}'" for text in _FLAGS[flag]) for flag in ("1", "0"))
    words = f"CASE WHEN lower(trim({column})) IN ({yes}) THEN 1 WHEN lower(trim({column})) IN ({no}) THEN 0 END"
    return f"coalesce(TRY_CAST({column} AS DOUBLE), {words})"


def _load(con: Any, file: Path, columns: tuple[str, str, str | None], delimiter: str, encoding: str) -> None:
    path, converted, lost = columns
    try:
        con.execute(
            f"""CREATE TABLE line AS
            SELECT row_number() OVER () + 1 AS number, trim({_quoted(path)}) AS path,
                   {_quoted(converted)} AS converted_text,
                   {_number(_quoted(converted))} AS converted,
                   {_quoted(lost) if lost else "NULL"} AS lost_text,
                   {_number(_quoted(lost)) if lost else "NULL"} AS lost
            FROM read_csv(?, header = true, all_varchar = true, delim = ?, quote = '"', encoding = ?, nullstr = '',
                          max_line_size = 10000000)""",
            [str(file), delimiter, encoding],
        )
    except duckdb.Error as error:
        raise FileRefused(
            "not_text", N_("{file} cannot be read as a table: {detail}"), file=file.name,
            detail=str(error).splitlines()[0],
        ) from error  # fmt: skip


def _refuse_bad_cells(con: Any, file: Path, converted: str, lost: str | None) -> None:
    checks = [(converted, "converted", True), (lost, "lost", False)]
    for name, column, needed in checks:
        if name is None:
            continue
        bad = con.execute(
            f"SELECT number, {column}_text FROM line WHERE ({column} IS NULL AND (? OR {column}_text IS NOT NULL)) "
            f"OR NOT isfinite({column}) OR {column} < 0 ORDER BY number LIMIT 1",
            [needed],
        ).fetchone()
        if bad:
            raise FileRefused(
                "bad_number",
                N_("{file}, line {line}, column {column}: {value} is not a count of at least 0, nor yes or no."),
                file=file.name, line=bad[0], column=name, value=bad[1] if bad[1] is not None else "-",
            )  # fmt: skip


def _table(con: Any, file: Path, path: str, lost: str | None, separator: str | None) -> PathTable:
    rows, empty, first_empty, most = con.execute(
        "SELECT count(*), count(*) FILTER (coalesce(path, '') = ''), min(number) FILTER (coalesce(path, '') = ''), "
        "coalesce(max(converted), 0) FROM line"
    ).fetchone()
    counted = most > 1
    missing = "coalesce(lost, 0)" if lost else "CASE WHEN converted = 0 THEN 1 ELSE greatest(1 - converted, 0) END"
    con.complete()
    table = con.sql(
        f"SELECT path, sum(converted) AS converted, sum({missing}) AS lost, count(*) AS n, min(line.number) AS number "
        "FROM line WHERE coalesce(path, '') <> '' GROUP BY path ORDER BY min(line.number)"
    ).to_arrow_table()
    texts = table["path"].combine_chunks()
    if separator is None:
        separator = next((mark for mark in SEPARATORS if pc.any(pc.match_substring(texts, mark)).as_py()), None)
    steps = pc.split_pattern(texts, separator or _NOWHERE)
    owner = pc.list_parent_indices(steps).to_numpy()
    words = pc.utf8_trim_whitespace(steps.flatten())
    kept = pc.not_equal(words, "").to_numpy(zero_copy_only=False)
    coded = words.filter(pa.array(kept)).dictionary_encode()
    lengths = np.bincount(owner[kept], minlength=len(texts))
    if not lengths.any():
        raise Refused(N_("{file}: no line has a path in column {column}."), file=file.name, column=path)
    walked = lengths > 0
    unwalked = table["number"].to_numpy()[~walked]
    return PathTable(
        tuple(coded.dictionary.to_pylist()),
        coded.indices.to_numpy().astype(np.int64),
        np.concatenate([[0], np.cumsum(lengths[walked])]).astype(np.int64),
        table["converted"].to_numpy().astype(float)[walked],
        table["lost"].to_numpy().astype(float)[walked],
        int(rows),
        separator,
        lost,
        bool(counted),
        int(empty) + int(table["n"].to_numpy()[~walked].sum()),
        min([int(number) for number in (first_empty, *unwalked) if number is not None], default=None),
    )
