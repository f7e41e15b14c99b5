"""The columns of a stored record: typed as its fact has them, with the hashes of its key and of its content."""

from ocem.domain.fact import FACT_FIELDS, FactKind, FieldType
from ocem.intake.plan import Plan, quoted
from ocem.intake.reading import literal


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
    source = f"(SELECT * FROM typed WHERE ok) t{joins}"
    listed = ", ".join(f"{text} AS {quoted(name)}" for name, text in outputs.items())
    sql = f"SELECT t.line, t.day, {listed} FROM {source}"
    if plan.questions:
        sql = _answers_sql(plan, listed, source)
        outputs = {**outputs, "question": "", "score": ""}
    own = {column.field: column.type for column in plan.columns}
    content = ", ".join(_canonical(name, _type_of(plan.fact, name), own.get(name, "text")) for name in sorted(outputs))
    hashed = f"SELECT *, {hash64(f'concat_ws(chr(31), {content})')} AS row_hash FROM ({sql})"
    return f"SELECT *, {_key_sql(plan, outputs)} AS key_hash FROM ({hashed})"


def _answers_sql(plan: Plan, listed: str, source: str) -> str:
    answers = ", ".join(
        f"{{'question': {literal(column.field)}, 'score': x_{i}}}"
        for i, column in zip(plan.asked, plan.questions, strict=True)
    )
    inner = f"SELECT t.line, t.day, {listed}, unnest([{answers}]) AS answer FROM {source}"
    return (
        "SELECT * EXCLUDE (answer), answer.question AS question, answer.score::DOUBLE AS score "
        f"FROM ({inner}) WHERE answer.score IS NOT NULL"
    )


def _key_sql(plan: Plan, outputs: dict[str, str]) -> str:
    source = literal(plan.source)
    keyless = hash64(f"{source} || chr(31) || row_hash || chr(31) || 1")
    keys = [name for name in plan.key_fields if name in outputs]
    if not keys:
        return keyless
    if plan.questions:
        keys = [*keys, "question"]
    text = " || chr(31) || ".join([source, *(f"{quoted(name)}::VARCHAR" for name in keys)])
    return f"coalesce({hash64(text)}, {keyless})"


def hash64(text: str) -> str:
    """SQL of the 64 bits by which texts are compared; the same in every version of the engine."""
    return f"(md5_number({text}) >> 64)::UBIGINT"


def _type_of(fact: FactKind, name: str) -> FieldType | None:
    return next((item.type for item in FACT_FIELDS[fact] if item.name == name), None)


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


def _cast(fact: FactKind, name: str, expression: str) -> str:
    """Give a value the type the fact's column has; fields that the fact does not know stay as they are."""
    known = _type_of(fact, name)
    if known is None:
        return expression
    if known is FieldType.AMOUNT and fact is FactKind.MEASURE and name in ("numerator", "denominator"):
        return f"{expression}::DOUBLE"
    return f"{expression}::{_KINDS.get(known, 'VARCHAR')}"


def _canonical(name: str, kind: FieldType | None, own: str) -> str:
    """One text for equal values, whatever they looked like in the file."""
    column = quoted(name)
    if kind is FieldType.DATE or (kind is None and own == "date"):
        text = f"({column} - DATE '1970-01-01')"
    elif kind is FieldType.DATETIME or (kind is None and own == "datetime"):
        text = f"epoch_us({column})"
    elif kind in (FieldType.SCORE, FieldType.DURATION, FieldType.RATE):
        whole = f"{column} = floor({column}) AND abs({column}) < 1e15"
        text = f"CASE WHEN {whole} THEN {column}::BIGINT::VARCHAR ELSE {column}::VARCHAR END"
    else:
        text = column
    return f"coalesce({text}::VARCHAR, '')"
