"""One column read: the levels of its type, the reason why a cell is refused, its warnings."""

from ocem.intake.date_reading import day_or_moment
from ocem.intake.number_reading import amount, duration, rate, score
from ocem.intake.reading import (
    NO_VALUE_MARK,
    UNDECIDED,
    Column,
    Reading,
    flag,
    literal,
    numbered,
    plain_text,
    text_steps,
)


def read_column(column: Column, number: int) -> Reading:
    """Return the levels and warnings that read one column from ``cells``."""
    makers = {
        "date": day_or_moment,
        "datetime": day_or_moment,
        "amount": amount,
        "int": amount,
        "score": score,
        "rate": rate,
        "duration": duration,
        "flag": flag,
    }
    rest = makers.get(column.type, plain_text)(column)
    marked = _code(column, rest)
    levels = (*text_steps(column, number), *(numbered(level, number) for level in (*rest.levels, marked)))
    warnings = {"cell_error": "e_{n}", **rest.warnings}
    if column.assumed:
        warnings[UNDECIDED] = "u_{n}.a <> ''" if column.type.startswith("date") else "regexp_matches(b_{n}, '[.,]')"
    currency = rest.currency.replace("{n}", str(number)) if rest.currency else None
    return Reading(levels, {code: text.replace("{n}", str(number)) for code, text in warnings.items()}, currency)


def _code(column: Column, reading: Reading) -> dict[str, str]:
    """The last level: why the cell is refused, or NULL."""
    bad = {"date": "bad_date", "datetime": "bad_date", "duration": "bad_duration", "flag": "unknown_value"}
    code = bad.get(column.type, "bad_number")
    cases = [f"WHEN starts_with(t_{{n}}, {literal(NO_VALUE_MARK)}) THEN 'formula_no_value'"]
    if column.required:
        cases.append("WHEN t_{n} IS NULL THEN 'missing_required'")
    if "k_{n}" in {key for level in reading.levels for key in level}:
        cases.append("WHEN k_{n} IS NOT NULL THEN k_{n}")
    cases.append(f"WHEN t_{{n}} IS NOT NULL AND x_{{n}} IS NULL THEN '{code}'")
    return {"c_{n}": f"CASE {' '.join(cases)} END"}
