"""The columns of a stored record: typed as its fact has them, with the hashes of its key and of its content."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from ocem.domain.fact import DAY_FIELD, FACT_FIELDS, FactKind, FieldType
from ocem.intake.early_hashes import early_apart, early_hashes
from ocem.intake.fingerprint import apart, content_hashes, key_hashes
from ocem.intake.plan import Plan, quoted
from ocem.intake.reading import literal
from ocem.store.database import Cursor

GROUP_ROWS = 122_880


def record_sql(plan: Plan) -> str:
    """SELECT that turns the right rows of ``typed`` into the columns of the fact, one row a record or a survey answer.

    Customers are looked up in ``names``.
    """
    outputs: dict[str, str] = {}
    joins = ""
    for i, column in enumerate(plan.columns):
        expression = f"x_{i}"
        if column.type == "customer":
            joins += f" LEFT JOIN names n_{i} ON n_{i}.text = t.x_{i}"
            expression = f"n_{i}.pseudonym"
        outputs[column.field] = _cast(plan.fact, column.field, expression)
    for name, value in plan.constants.items():
        outputs.setdefault(name, _cast(plan.fact, name, literal(value)))
    outputs.pop("day", None)  # of facts that call their day so; it stands in front
    source = f"(SELECT * FROM typed WHERE ok) t{joins}"
    listed = "".join(f", {text} AS {quoted(name)}" for name, text in outputs.items())
    if plan.questions:
        return _answers_sql(plan, listed, source)
    return f"SELECT t.line, t.day{listed} FROM {source}"


def _answers_sql(plan: Plan, listed: str, source: str) -> str:
    answers = ", ".join(
        f"{{'question': {literal(column.field)}, 'score': x_{i}}}"
        for i, column in zip(plan.asked, plan.questions, strict=True)
    )
    inner = f"SELECT t.line, t.day{listed}, unnest([{answers}]) AS answer FROM {source}"
    return (
        "SELECT * EXCLUDE (answer), answer.question AS question, answer.score::DOUBLE AS score "
        f"FROM ({inner}) WHERE answer.score IS NOT NULL"
    )


def constants(con: Cursor, plan: Plan) -> dict[str, pa.Scalar]:
    """Return the values that a profile gives to every record, as the fact's columns have them."""
    names = list(plan.constants)
    if not names:
        return {}
    values = ", ".join(_cast(plan.fact, name, literal(plan.constants[name])) for name in names)
    found = con.sql(f"SELECT {values}").to_arrow_table()
    return {name: found.column(i)[0] for i, name in enumerate(names)}


def stored_types(plan: Plan) -> dict[str, pa.DataType]:
    """Return the types that the fact's columns have as Arrow."""
    names = [item.name for item in FACT_FIELDS[plan.fact]]
    return {name: _ARROW.get(_kind(plan.fact, name) or "", pa.string()) for name in names}


def with_hashes(con: Cursor, plan: Plan, rows: pa.Table) -> pa.Table:
    """Return records with ``row_hash`` of their content and ``key_hash`` of their key."""
    day_counts = DAY_FIELD[plan.fact] == "day"
    content = sorted(name for name in rows.column_names if name != "line" and (name != "day" or day_counts))
    keys = [name for name in plan.key_fields if name in content]
    if keys and plan.questions:
        keys = [*keys, "question"]
    if plan.hashed_early:
        return early_hashes(con, plan.source, rows, content, keys)
    found = content_hashes(rows, content)
    known = key_hashes(rows, keys, plan.source, found)
    return rows.append_column("row_hash", pa.array(found)).append_column("key_hash", pa.array(known))


def keys_apart(con: Cursor, plan: Plan, content: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Return the keys of the second, third ... of identical rows that have none of their own."""
    if plan.hashed_early:
        return early_apart(con, plan.source, content, number)
    return apart(plan.source, content, number)


def write_records(rows: pa.Table, path: Path) -> None:
    """Write records as Parquet; texts that come again and again are written as a list and numbers.

    The file is read once and removed: packing it would cost more than it saves.
    """
    listed = [item.name for item in rows.schema if pa.types.is_dictionary(item.type)]
    parquet.write_table(
        rows,
        path,
        row_group_size=GROUP_ROWS,
        compression="none",
        use_dictionary=listed,
        write_statistics=["day"],
        store_decimal_as_integer=True,
    )


_KINDS = {
    FieldType.DATE: "DATE",
    FieldType.DATETIME: "TIMESTAMP WITH TIME ZONE",
    FieldType.INT: "BIGINT",
    FieldType.AMOUNT: "DECIMAL(18,4)",
    FieldType.SCORE: "DOUBLE",
    FieldType.DURATION: "DOUBLE",
    FieldType.RATE: "DOUBLE",
    FieldType.FLAG: "BOOLEAN",
    FieldType.CUSTOMER: "UBIGINT",
}
_ARROW = {
    "DATE": pa.date32(),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", "UTC"),
    "BIGINT": pa.int64(),
    "DECIMAL(18,4)": pa.decimal128(18, 4),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "UBIGINT": pa.uint64(),
}


def _kind(fact: FactKind, name: str) -> str | None:
    """Return the SQL type of a fact's column, None for a field that the fact does not know."""
    known = next((item.type for item in FACT_FIELDS[fact] if item.name == name), None)
    if known is FieldType.AMOUNT and fact is FactKind.MEASURE and name in ("numerator", "denominator"):
        return "DOUBLE"
    return _KINDS.get(known, "VARCHAR") if known is not None else None


def _cast(fact: FactKind, name: str, expression: str) -> str:
    """Give a value the type the fact's column has; fields that the fact does not know stay as they are."""
    kind = _kind(fact, name)
    return f"{expression}::{kind}" if kind else expression
