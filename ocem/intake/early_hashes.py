"""The earlier hashes, MD5 of a text of each row: sources that have rows under them keep them.

So a file that overlaps the stored rows of such a source still finds each of them.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from ocem.intake.plan import quoted
from ocem.intake.reading import literal
from ocem.store.database import Cursor


def early_hashes(con: Cursor, source: str, rows: pa.Table, content: Sequence[str], keys: Sequence[str]) -> pa.Table:
    """Return records with ``row_hash`` of the columns `content` and ``key_hash`` of the columns `keys`."""
    texts = ", ".join(_canonical(name, rows.schema.field(name).type) for name in content)
    con.register("unhashed", rows)
    hashed = f"SELECT *, {_hash64(f'concat_ws(chr(31), {texts})')} AS row_hash FROM unhashed"
    key = keyless = _apart(source, "1")
    if keys:
        said = " || chr(31) || ".join([literal(source), *(f"{quoted(name)}::VARCHAR" for name in keys)])
        key = f"coalesce({_hash64(said)}, {keyless})"
    found = con.sql(f"SELECT *, {key} AS key_hash FROM ({hashed})").to_arrow_table()
    con.unregister("unhashed")
    return found


def early_apart(con: Cursor, source: str, content: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Return the keys of the second, third ... of identical rows that have none of their own."""
    con.register("same", pa.table({"row_hash": content, "number": number, "place": np.arange(len(content))}))
    found = con.sql(f"SELECT {_apart(source, 'number')} AS key FROM same ORDER BY place").to_arrow_table()
    con.unregister("same")
    keys: np.ndarray = found.column(0).combine_chunks().to_numpy(zero_copy_only=False)
    return keys


def _apart(source: str, number: str) -> str:
    return _hash64(f"{literal(source)} || chr(31) || row_hash || chr(31) || {number}")


def _hash64(text: str) -> str:
    return f"(md5_number({text}) >> 64)::UBIGINT"


def _canonical(name: str, type_: pa.DataType) -> str:
    """One text for equal values, whatever they looked like in the file."""
    column = quoted(name)
    text = column
    if pa.types.is_date(type_):
        text = f"({column} - DATE '1970-01-01')"
    elif pa.types.is_timestamp(type_):
        text = f"epoch_us({column})"
    elif pa.types.is_floating(type_) and name not in ("numerator", "denominator"):
        whole = f"{column} = floor({column}) AND abs({column}) < 1e15"
        text = f"CASE WHEN {whole} THEN {column}::BIGINT::VARCHAR ELSE {column}::VARCHAR END"
    return f"coalesce({text}::VARCHAR, '')"
