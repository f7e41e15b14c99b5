"""How a cell's text becomes a value: SQL expressions, one way of reading for every path.

A column is read in levels; each level is one nested SELECT that adds columns named ``<step>_<n>`` (n is the column's
number in the plan). The last level gives ``x_n`` (the value or NULL), ``c_n`` (the reject code or NULL) and one
``w_<code>_n`` per possible warning. The same expressions read CSV cells, workbook cells and cells of HTML tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as field_of

from ocem.intake.text import BAD_BYTE_MARK, CUT_MARK, NUL_MARK

NUMBER_MARK = "\ufdd3"
"""Before a number that a workbook stores as a number: a point is its decimal sign whatever the column's format."""
NO_VALUE_MARK = "\ufdd4"
"""A workbook formula without a stored value."""
ERROR_MARK = "\ufdd5"
"""Before a spreadsheet error such as #N/A that a workbook stores as an error."""

BLANKS = " \t\r\n\u00a0\u200b\u202f\u2009\ufeff"
CELL_ERRORS = (
    "#n/d", "#n/a", "#rif!", "#ref!", "#div/0!", "#valore!", "#value!", "#nome?", "#name?", "#num!", "#nullo!",
    "#null!",
)  # fmt: skip
NULL_WORDS = ("n.d.", "n.d", "nd", "-", "--", "n/a", "n/d", "null", "nan", *CELL_ERRORS)
PLACEHOLDER_DAYS = ("1900-01-01", "1970-01-01", "1980-01-01")
FIRST_YEAR, LAST_YEAR = 1900, 2100
WIDEST_OFFSET = 14 * 60
"""Minutes from UTC: no clock on earth is farther ahead than 14 hours."""

UNDECIDED = "undecided"
"""A value that reads differently under formats between which nothing has decided yet."""

TRUE_WORDS = ("true", "t", "vero", "yes", "y", "si", "sì", "s", "1", "x")
FALSE_WORDS = ("false", "f", "falso", "no", "n", "0")


@dataclass(frozen=True)
class Column:
    """One mapped column: which cell, which type, and the formats that were decided for it."""

    field: str
    type: str
    index: int
    header: str
    args: tuple[str, ...] = ()
    required: bool = False
    decimal: str | None = None
    thousands: str | None = None
    date_order: str | None = None
    date_format: str | None = None
    source_zone: str = "Europe/Rome"
    zone: str = "Europe/Rome"
    null_words: tuple[str, ...] = NULL_WORDS
    values: Mapping[str, str] = field_of(default_factory=dict)
    apostrophe: bool = False
    screened: str = ""
    """Contacts to take out of a text: ``mail`` for e-mail addresses, ``all`` for telephone numbers too."""
    low: float | None = None
    high: float | None = None
    assumed: bool = False
    """No value of the sample needed a decision; the first one that does stops the reading."""


def literal(text: str) -> str:
    """Return a text as an SQL literal.

    Examples
    --------
    >>> literal("D'Angelo")
    "'D''Angelo'"
    """
    return "'" + text.replace("'", "''") + "'"


def _in(expression: str, words: tuple[str, ...] | list[str]) -> str:
    return f"{expression} IN ({', '.join(literal(word) for word in words)})"


@dataclass(frozen=True)
class Reading:
    """The levels of a column: each maps a step's name to its expression. `warnings` maps codes to conditions."""

    levels: tuple[dict[str, str], ...]
    warnings: dict[str, str] = field_of(default_factory=dict)
    currency: str | None = None
    """Expression for the currency an amount is written with, NULL for none."""


def clean_text(raw: str, column: Column) -> str:
    """Trim, undo ``="00123"`` and an apostrophe that protects digits or a formula or stands before every value."""
    text = f"trim({raw}, {literal(BLANKS)})"
    text = rf"regexp_replace({text}, '^=\"([^\"]*)\"$', '\1')"
    pattern = "^''(.*)$" if column.apostrophe else "^''([0-9][0-9.,/ -]*|[=+@-].*)$"
    return rf"regexp_replace({text}, '{pattern}', '\1')"


def _text_level(raw: str, column: Column) -> dict[str, str]:
    n = "{n}"
    return {
        f"r_{n}": f"CASE WHEN starts_with({raw}, {literal(ERROR_MARK)}) THEN NULL ELSE {clean_text(raw, column)} END",
        f"e_{n}": f"starts_with({raw}, {literal(ERROR_MARK)}) OR {_in(f'lower(trim({raw}))', list(CELL_ERRORS))}",
    }


def read_column(column: Column, number: int) -> Reading:
    """Return the levels and warnings that read one column from ``cells``."""
    makers = {
        "date": _date,
        "datetime": _date,
        "amount": _amount,
        "int": _amount,
        "score": _score,
        "rate": _rate,
        "duration": _duration,
        "flag": _flag,
    }
    rest = makers.get(column.type, _plain)(column)
    marked = _code(column, rest)
    levels = (*text_steps(column, number), *(_numbered(level, number) for level in (*rest.levels, marked)))
    warnings = {"cell_error": "e_{n}", **rest.warnings}
    if column.assumed:
        warnings[UNDECIDED] = "u_{n}.a <> ''" if column.type.startswith("date") else "regexp_matches(b_{n}, '[.,]')"
    currency = rest.currency.replace("{n}", str(number)) if rest.currency else None
    return Reading(levels, {code: text.replace("{n}", str(number)) for code, text in warnings.items()}, currency)


def text_steps(column: Column, number: int) -> tuple[dict[str, str], ...]:
    """Levels that leave the cleaned text of a cell in ``t_n``, NULL for words that mean nothing."""
    raw = f"cells[{column.index + 1}]"
    empty = f"r_{{n}} = '' OR {_in('lower(r_{n})', list(column.null_words))} OR regexp_full_match(r_{{n}}, '#{{2,}}')"
    levels = (_text_level(raw, column), {"t_{n}": f"CASE WHEN {empty} THEN NULL ELSE r_{{n}} END"})
    return tuple(_numbered(level, number) for level in levels)


def number_steps(column: Column, number: int) -> tuple[dict[str, str], ...]:
    """Levels after `text_steps` that leave the digits and separators of a number in ``b_n``."""
    levels: tuple[dict[str, str], ...] = ()
    source = "t_{n}"
    if column.args[:1] == ("find",):
        levels, source = _found_amount(), "f_{n}"
    return tuple(_numbered(level, number) for level in (*levels, *_number_levels(column, source)[:2]))


def _numbered(level: dict[str, str], number: int) -> dict[str, str]:
    return {key.replace("{n}", str(number)): text.replace("{n}", str(number)) for key, text in level.items()}


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


def _plain(column: Column) -> Reading:
    text = f"replace(t_{{n}}, {literal(NUMBER_MARK)}, '')"
    value = text
    if column.values:
        cases = " ".join(f"WHEN {literal(word)} THEN {literal(key)}" for word, key in folded_values(column).items())
        value = f"CASE {fold_sql(text)} {cases} ELSE {text} END"
    warnings = {
        "formula_text": r"regexp_matches(x_{n}, '^[=+\-@]') "
        r"AND NOT regexp_full_match(x_{n}, '[+\-]?[\d\s.,:/()\-€%]*')",
        "mojibake": f"x_{{n}} IS NOT NULL AND regexp_matches(cells[{column.index + 1}], '{DAMAGED}')",
    }
    if column.screened:
        warnings["contact_removed"] = "regexp_matches(x_{n}, '\\[(e-mail|phone)\\]') AND x_{n} <> t_{n}"
        value = screen_sql(value, phones=column.screened == "all")
    return Reading(({"x_{n}": value},), warnings)


def folded_values(column: Column) -> dict[str, str]:
    """Return the value map with its words folded as `fold_sql` folds cells."""
    return {" ".join(word.lower().split()): key for word, key in column.values.items()}


def fold_sql(text: str) -> str:
    """Fold case and inner spaces of a text expression."""
    return rf"lower(regexp_replace({text}, '\s+', ' ', 'g'))"


DAMAGED = "Ã[\u0080-\u00bf\u2018-\u201d\u0192\u02c6\u0160]|â€|Â[\u00a0-\u00bf]|\ufffd"
"""UTF-8 that was read as cp1252 before it reached us."""
EMAIL = r"[[:alnum:]._%+\-]+@[[:alnum:]\-]+(?:\.[[:alnum:]\-]+)+"
PHONE = r"(?:\+|\b00)?\d[\d ./()\-]{7,}\d"


def screen_sql(text: str, phones: bool) -> str:
    """Replace e-mail addresses, and telephone numbers if asked, inside a text by markers."""
    mail = f"regexp_replace({text}, '{EMAIL}', '[e-mail]', 'g')"
    return f"regexp_replace({mail}, '{PHONE}', '[phone]', 'g')" if phones else mail


def _flag(column: Column) -> Reading:
    words = folded_values(column) or {
        **dict.fromkeys(TRUE_WORDS, "true"),
        **dict.fromkeys(FALSE_WORDS, "false"),
    }
    cases = " ".join(f"WHEN {literal(word)} THEN {key == 'true'}" for word, key in words.items())
    text = f"replace(t_{{n}}, {literal(NUMBER_MARK)}, '')"
    return Reading(({"x_{n}": f"CASE {fold_sql(text)} {cases} END"},))


CURRENCY = r"€|eur(?:o)?|us\$|\$|usd|£|gbp|chf|fr\.|kr|sek|nok|dkk|zł|pln|czk|huf|ron|¥|jpy|cny|try|rub|brl|r\$"
_GROUP_BLANK = "[ \u00a0\u202f\u2009]"
_GROUPED_BY_MARKS = rf"[1-9]\d{{0,2}}(?:{_GROUP_BLANK}\d{{3}})+|[1-9]\d{{0,2}}(?:[''’]\d{{3}})+"
_NUMBER = (
    rf"^(?i)([-+−(]?)\s*((?:{CURRENCY})?)\s*([-+−]?)\s*([0-9][0-9.,''’\s\x{{a0}}\x{{202f}}\x{{2009}}]*|[.,][0-9]+)"
    rf"\s*((?:{CURRENCY})?)\s*([-−)]?)\s*((?:{CURRENCY})?)\s*(%?)$"
)


def number_pattern(decimal: str | None, thousands: str | None) -> str:
    """Return the pattern of a correctly grouped number; without a known decimal sign either one is taken.

    Grouping by blanks is read in every format, an apostrophe wherever the comma does not group.
    """
    if decimal is None:
        return rf"(?:\d+|{_GROUPED_BY_MARKS})?(?:[.,]\d+)?"
    point = r"\." if decimal == "." else ","
    group = {",": ",", ".": r"\."}.get(thousands or {",": ".", ".": ","}[decimal], "")
    if thousands == decimal:
        group = ""
    named = rf"|[1-9]\d{{0,2}}(?:{group}\d{{3}})+" if group else ""
    return rf"(?:\d+{named}|{_GROUPED_BY_MARKS})?(?:{point}\d+)?"


def _number_levels(column: Column, source: str = "t_{n}") -> tuple[dict[str, str], ...]:
    """Levels that leave in ``g_n`` the number as plain text (sign, digits, point) or NULL, and in ``p_n`` its parts."""
    decimal = column.decimal
    digits = r"regexp_replace(b_{n}, '[^0-9.,]', '', 'g')"
    if decimal == ",":
        digits = f"replace(replace({digits}, '.', ''), ',', '.')"
    elif decimal == ".":
        digits = f"replace({digits}, ',', '')"
    else:
        digits = f"replace({digits}, ',', '.')"
    minus = "(p_{n}.s1 IN ('-', '−', '('))::INT + (p_{n}.s2 IN ('-', '−'))::INT + (p_{n}.s3 IN ('-', '−'))::INT"
    paired = "((p_{n}.s1 = '(') = (p_{n}.s3 = ')'))"
    native = f"starts_with({source}, {literal(NUMBER_MARK)})"
    plain = f"rtrim(substr({source}, 2), '%')"
    return (
        {
            "p_{n}": f"regexp_extract({source}, '{_NUMBER}', ['s1', 'c1', 's2', 'n', 'c2', 's3', 'c3', 'p'])",
            "o_{n}": f"CASE WHEN {native} THEN {plain} END",
        },
        {"b_{n}": "trim(p_{n}.n, " + literal(BLANKS) + ")"},
        {
            "g_{n}": f"CASE WHEN o_{{n}} IS NOT NULL THEN o_{{n}} "
            f"WHEN b_{{n}} = '' OR NOT regexp_full_match(b_{{n}}, '{number_pattern(decimal, column.thousands)}') "
            f"OR NOT regexp_matches(b_{{n}}, '[0-9]') OR {minus} > 1 OR NOT {paired} THEN NULL "
            f"ELSE CASE WHEN {minus} = 1 THEN '-' ELSE '' END || {digits} END"
        },
    )


_PERCENT = "(p_{n}.p = '%' OR (o_{n} IS NOT NULL AND ends_with(t_{n}, '%')))"


def _amount(column: Column) -> Reading:
    """Amounts are decimals with four places; ``amount:find`` looks for the one amount inside a text."""
    levels: tuple[dict[str, str], ...] = ()
    source = "t_{n}"
    if column.args[:1] == ("find",):
        levels, source = _found_amount(), "f_{n}"
    levels += _number_levels(column, source)
    if column.type == "int":
        value = "CASE WHEN try_cast(g_{n} AS DECIMAL(38,6)) % 1 = 0 THEN try_cast(g_{n} AS DECIMAL(38,6))::BIGINT END"
    elif column.args[:1] == ("double",):
        value = "try_cast(g_{n} AS DOUBLE)"
    else:
        value = "try_cast(g_{n} AS DECIMAL(18,4))"
    warnings = {"percent_in_amount": _PERCENT}
    if column.type != "int" and column.args[:1] != ("double",):
        warnings["rounded"] = "x_{n} IS NOT NULL AND regexp_matches(g_{n}, '\\.\\d{4}\\d*[1-9]')"
    return Reading((*levels, {"x_{n}": value}), warnings, _currency())


def _currency() -> str:
    """The currency as a short word; the euro has three spellings."""
    sign = "lower(p_{n}.c1 || p_{n}.c2 || p_{n}.c3)"
    return f"CASE WHEN {sign} IN ('€', 'eur', 'euro') THEN 'eur' ELSE nullif({sign}, '') END"


def _found_amount() -> tuple[dict[str, str], ...]:
    """Levels that leave in ``f_n`` the one number beside a currency, else the only number there is.

    A range or a product (``60-80 €``, ``da 60 a 80 €``, ``2 x 30 €``) is not one amount.
    """
    number = "[-−]?[0-9][0-9.,''’\u00a0\u202f]*"
    joined = rf"[0-9][.,]?\s*(?:{CURRENCY})?\s*(?:[-−–—x×*]|a|o|e|to|or|and|fino a|up to)\s*(?:{CURRENCY})?\s*[0-9]"
    beside = f"(?i)(?:{CURRENCY})\\s*({number})"
    before = f"(?i)({number})\\s*(?:{CURRENCY})"
    return (
        {
            "fa_{n}": f"list_distinct(list_transform(list_concat(regexp_extract_all(t_{{n}}, '{beside}', 1), "
            f"regexp_extract_all(t_{{n}}, '{before}', 1)), lambda found: rtrim(found, '.,''’')))",
            "fc_{n}": f"regexp_extract_all(t_{{n}}, '{number}')",
        },
        {
            "f_{n}": "CASE WHEN t_{n} IS NULL THEN NULL "
            f"WHEN starts_with(t_{{n}}, {literal(NUMBER_MARK)}) THEN t_{{n}} "
            f"WHEN regexp_matches(t_{{n}}, '(?i){joined}') THEN 'none' "
            "WHEN len(fa_{n}) = 1 THEN fa_{n}[1] "
            "WHEN len(fa_{n}) = 0 AND len(fc_{n}) = 1 THEN rtrim(fc_{n}[1], '.,''’') ELSE 'none' END"
        },
    )


def _rate(column: Column) -> Reading:
    """Shares from 0 to 1; ``rate:percent`` divides by 100 by moving the point, so that no digit changes."""
    percent = column.args[:1] != ("fraction",)
    shift = "|| 'e-2'" if percent else "|| CASE WHEN " + _PERCENT + " THEN 'e-2' ELSE '' END"
    return Reading(
        (
            *_number_levels(column),
            {"v_{n}": f"try_cast(g_{{n}} {shift} AS DOUBLE)"},
            {
                "x_{n}": "CASE WHEN v_{n} BETWEEN 0 AND 1 THEN v_{n} END",
                "k_{n}": "CASE WHEN v_{n} < 0 OR v_{n} > 1 THEN 'out_of_range' END",
            },
        )
    )


def _score(column: Column) -> Reading:
    """A number, alone or before words or its maximum: ``9``, ``9/10``, ``9 - Molto probabile``."""
    pattern = (
        r"^(?i)([-+−]?\d+(?:[.,]\d+)?)\s*(?:/\s*(\d+)|(?:su|out of|di|of)\s+(\d+))?"
        r"(?:\s*[-–—:.(=]?\s*[^\d\s.,:/%-].*)?$"
    )
    native = f"starts_with(t_{{n}}, {literal(NUMBER_MARK)})"
    low, high = column.low, column.high
    inside = []
    if low is not None:
        inside += [f"v_{{n}} >= {low}", f"v_{{n}} <= {high}"]
    if "int" in column.args:
        inside.append("v_{n} % 1 = 0")
    top = "coalesce(nullif(p_{n}.n1, ''), nullif(p_{n}.n2, ''))"
    fits = f"({top} IS NULL OR {top}::DOUBLE = {high})" if high is not None else f"{top} IS NULL"
    number = "replace(replace(p_{n}.v, ',', '.'), '−', '-')"
    condition = " AND ".join(inside) or "true"
    return Reading(
        (
            {"p_{n}": f"regexp_extract(t_{{n}}, '{pattern}', ['v', 'n1', 'n2'])"},
            {
                "v_{n}": f"CASE WHEN {native} THEN try_cast(substr(t_{{n}}, 2) AS DOUBLE) "
                f"WHEN p_{{n}}.v <> '' AND {fits} THEN try_cast({number} AS DOUBLE) END"
            },
            {
                "x_{n}": f"CASE WHEN {condition} THEN v_{{n}} END",
                "k_{n}": f"CASE WHEN v_{{n}} IS NOT NULL AND NOT ({condition}) THEN 'out_of_range' END",
            },
        )
    )


_SECONDS = {"ms": 0.001, "seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


def _duration(column: Column) -> Reading:
    """Seconds. ``hms`` reads ``:ss``, ``m:ss``, ``h:mm:ss`` and ``1h 20m``; the other units read a number."""
    unit = column.args[0] if column.args else "seconds"
    if unit in _SECONDS:
        value = f"CASE WHEN try_cast(g_{{n}} AS DOUBLE) >= 0 THEN try_cast(g_{{n}} AS DOUBLE) * {_SECONDS[unit]} END"
        if unit == "ms":
            value = "CASE WHEN try_cast(g_{n} AS DOUBLE) >= 0 THEN try_cast(g_{n} || 'e-3' AS DOUBLE) END"
        return Reading((*_number_levels(column), {"x_{n}": value}))
    clock = r"^(?:(\d+)\s*(?:d|g|gg|giorni|giorno|days?)[ .,]*)?(?:(\d+):)?(\d*):(\d{2})(?:[.,](\d+))?$"
    words = (
        r"^(?i)(?:(\d+)\s*(?:h|hr|hrs|hours?|ore|ora)\.?[ ,]*)?(?:(\d+)\s*(?:m|min|mins|minut[ioes]+)\.?[ ,]*)?"
        r"(?:(\d+)\s*(?:s|sec|secs|second[ios]+)\.?)?$"
    )

    def number(part: str) -> str:
        return f"coalesce(try_cast({part} AS DOUBLE), 0)"

    by_clock = (
        f"{number('p_{n}.dd')} * 86400 + {number('p_{n}.h')} * 3600 + {number('p_{n}.mi')} * 60 + {number('p_{n}.s')}"
        f" + coalesce(try_cast('0.' || nullif(p_{{n}}.f, '') AS DOUBLE), 0)"
    )
    by_words = f"{number('q_{n}.h')} * 3600 + {number('q_{n}.mi')} * 60 + {number('q_{n}.s')}"
    native = "try_cast(substr(t_{n}, 2) AS DOUBLE) * 86400"
    return Reading(
        (
            {
                "p_{n}": f"regexp_extract(t_{{n}}, '{clock}', ['dd', 'h', 'mi', 's', 'f'])",
                "q_{n}": f"regexp_extract(t_{{n}}, '{words}', ['h', 'mi', 's'])",
            },
            {
                "x_{n}": f"CASE WHEN starts_with(t_{{n}}, {literal(NUMBER_MARK)}) THEN CASE WHEN {native} >= 0 THEN "
                f"{native} END WHEN p_{{n}}.s <> '' THEN CASE WHEN p_{{n}}.s::INT < 60 AND "
                f"(p_{{n}}.h = '' OR {number('p_{n}.mi')} < 60) THEN {by_clock} END "
                f"WHEN q_{{n}}.h <> '' OR q_{{n}}.mi <> '' OR q_{{n}}.s <> '' THEN {by_words} END"
            },
        )
    )


_WEEKDAY = (
    r"(?:(?:lun(?:edì|edi)?|mar(?:tedì|tedi)?|mer(?:coledì|coledi)?|gio(?:vedì|vedi)?|ven(?:erdì|erdi)?|sab(?:ato)?|"
    r"dom(?:enica)?|mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
    r"\.?,?\s+)?"
)
_REST = r"(?:(?:T|,?\s+(?:alle |ore |at |- )?)(\S.*))?$"
_ISO = r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:(?:T|,?\s+)(\S.*))?$"
NUMERIC_DATE = rf"^(?i){_WEEKDAY}(\d{{1,2}})[/.\- ](\d{{1,2}})[/.\- ](\d{{4}}|\d{{2}}){_REST}"
_DAY_MONTH = (
    rf"^(?i){_WEEKDAY}(\d{{1,2}})(?:°|º|st|nd|rd|th)?[ \-./]*(?:di |of )?([[:alpha:]]{{3,10}})\.?,?[ \-./]+"
    rf"(\d{{4}}|\d{{2}}){_REST}"
)
_MONTH_DAY = rf"^(?i){_WEEKDAY}([[:alpha:]]{{3,10}})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}}){_REST}"
_COMPACT = r"^(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2}:?\d{2}.*))?$"
_TIME = (
    r"^(?i)(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?\s*(?:([ap])\.?\s?m\.?)?\s*"
    r"(Z|UTC|GMT|CEST|CET|(?:UTC|GMT)?\s?[+\-−]\d{1,2}(?::?\d{2})?)?$"
)
_MONTHS = {
    1: "gen gennaio jan january",
    2: "feb febbraio february",
    3: "mar marzo march",
    4: "apr aprile april",
    5: "mag maggio may",
    6: "giu giugno jun june",
    7: "lug luglio jul july",
    8: "ago agosto aug august",
    9: "set sett settembre sep sept september",
    10: "ott ottobre oct october",
    11: "nov novembre november",
    12: "dic dicembre dec december",
}


def _month_number(text: str) -> str:
    cases = " ".join(
        f"WHEN {literal(word)} THEN '{number}'" for number, words in _MONTHS.items() for word in words.split()
    )
    return f"CASE lower({text}) {cases} END"


def date_text(text: str) -> str:
    """SQL of a date's text with ordinary blanks: browsers write narrow ones between a time and AM or PM."""
    return rf"regexp_replace({text}, '[\x{{a0}}\x{{202f}}\x{{2009}}]', ' ', 'g')"


def _first_of(part: str) -> str:
    """The part of whichever way of writing a date fits."""
    return "coalesce(" + ", ".join(f"nullif({form}_{{n}}.{part}, '')" for form in "iujms") + ")"


def _date_levels(column: Column) -> tuple[dict[str, str], ...]:
    """Levels that leave a local time stamp in ``l_n``, minutes from UTC in ``z_n`` (NULL if not said)."""
    day, month = ("a", "b") if column.date_order != "MDY" else ("b", "a")
    serial = f"regexp_full_match(t_{{n}}, '{NUMBER_MARK}?\\d{{5}}(\\.\\d+)?')"
    year, rest = _first_of("y"), _first_of("r")
    hour = "try_cast(h_{n}.h AS INT)"
    hour_24 = (
        f"CASE WHEN h_{{n}}.ap = '' THEN {hour} WHEN {hour} NOT BETWEEN 1 AND 12 THEN NULL "
        f"WHEN lower(h_{{n}}.ap) = 'a' THEN {hour} % 12 ELSE {hour} % 12 + 12 END"
    )
    minutes = "try_cast(h_{n}.mi AS INT)"
    seconds = "coalesce(try_cast(h_{n}.s AS INT), 0)"
    of_day = f"({hour_24}) * 3600 + {minutes} * 60 + {seconds}"
    sane = f"{minutes} < 60 AND {seconds} < 60 AND ({hour_24}) * 3600 + {minutes} * 60 + {seconds} <= 86400"
    serial_number = f"replace(t_{{n}}, '{NUMBER_MARK}', '')::DOUBLE"
    zone = "upper(replace(replace(h_{n}.z, ' ', ''), '−', '-'))"
    digits = rf"regexp_replace({zone}, '^(UTC|GMT)', '')"
    zone_minutes = (
        f"CASE WHEN h_{{n}} IS NULL OR h_{{n}}.z = '' THEN NULL WHEN {_in(zone, ['Z', 'UTC', 'GMT'])} THEN 0 "
        f"WHEN {zone} = 'CET' THEN 60 WHEN {zone} = 'CEST' THEN 120 ELSE "
        rf"(CASE WHEN {digits}[1] = '-' THEN -1 ELSE 1 END) * "
        rf"(try_cast(regexp_extract({digits}, '^[+-](\d{{1,2}})', 1) AS INT) * 60 "
        rf"+ coalesce(try_cast(regexp_extract({digits}, '^[+-]\d{{1,2}}:?(\d{{2}})$', 1) AS INT), 0)) END"
    )
    compact_year = "substr(s_{n}.y, 1, 2) IN ('19', '20')"
    return (
        {"dtx_{n}": date_text("t_{n}")},
        {
            "i_{n}": f"regexp_extract(dtx_{{n}}, '{_ISO}', ['y', 'mo', 'd', 'r'])",
            "u_{n}": f"regexp_extract(dtx_{{n}}, '{NUMERIC_DATE}', ['a', 'b', 'y', 'r'])",
            "j_{n}": f"regexp_extract(dtx_{{n}}, '{_DAY_MONTH}', ['d', 'mo', 'y', 'r'])",
            "m_{n}": f"regexp_extract(dtx_{{n}}, '{_MONTH_DAY}', ['mo', 'd', 'y', 'r'])",
            "s_{n}": f"regexp_extract(dtx_{{n}}, '{_COMPACT}', ['y', 'mo', 'd', 'r'])",
            "n_{n}": f"CASE WHEN {serial} THEN {serial_number} END",
        },
        {
            "y_{n}": year,
            "rest_{n}": rest,
            "mo_{n}": f"coalesce(nullif(i_{{n}}.mo, ''), nullif(u_{{n}}.{month}, ''), {_month_number('j_{n}.mo')}, "
            f"{_month_number('m_{n}.mo')}, nullif(s_{{n}}.mo, ''))",
            "d_{n}": f"coalesce(nullif(i_{{n}}.d, ''), nullif(u_{{n}}.{day}, ''), nullif(j_{{n}}.d, ''), "
            "nullif(m_{n}.d, ''), nullif(s_{n}.d, ''))",
        },
        {
            "yy_{n}": "CASE WHEN length(y_{n}) = 2 THEN CASE WHEN y_{n}::INT >= 70 THEN '19' ELSE '20' END || y_{n} "
            f"WHEN s_{{n}}.y <> '' AND NOT {compact_year} THEN NULL ELSE y_{{n}} END",
            "h_{n}": f"CASE WHEN rest_{{n}} IS NOT NULL THEN regexp_extract(rest_{{n}}, '{_TIME}', "
            "['h', 'mi', 's', 'f', 'ap', 'z']) END",
        },
        {
            "dt_{n}": "CASE WHEN n_{n} BETWEEN 20000 AND 80000 THEN DATE '1899-12-30' + floor(n_{n})::INT ELSE "
            "try_cast(yy_{n} || '-' || lpad(mo_{n}, 2, '0') || '-' || lpad(d_{n}, 2, '0') AS DATE) END",
            "sec_{n}": "CASE WHEN n_{n} IS NOT NULL THEN round((n_{n} - floor(n_{n})) * 86400) "
            f"WHEN rest_{{n}} IS NULL THEN 0 WHEN h_{{n}}.h = '' THEN NULL WHEN {sane} THEN {of_day} END",
            "z_{n}": zone_minutes,
        },
        {
            "l_{n}": f"CASE WHEN year(dt_{{n}}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR} AND sec_{{n}} IS NOT NULL "
            f"AND coalesce(abs(z_{{n}}), 0) <= {WIDEST_OFFSET} "
            "THEN dt_{n}::TIMESTAMP + to_seconds(sec_{n}::BIGINT) END"
        },
    )


def _date(column: Column) -> Reading:
    """Days, and moments in the source's zone; a day without a time of day belongs to no zone."""
    placeholders = _in("dt_{n}::VARCHAR", list(PLACEHOLDER_DAYS))
    zone = literal(column.source_zone)
    timed = "(rest_{n} IS NOT NULL OR coalesce(n_{n} % 1 <> 0, false))"
    levels: tuple[dict[str, str], ...] = (
        *_date_levels(column),
        {
            "a_{n}": f"CASE WHEN z_{{n}} IS NOT NULL THEN make_timestamptz(epoch_us(l_{{n}} - to_minutes(z_{{n}}))) "
            f"ELSE timezone({zone}, l_{{n}}) END"
        },
        {
            "ab_{n}": f"CASE WHEN z_{{n}} IS NULL AND timezone({zone}, a_{{n}} - INTERVAL 1 HOUR) = l_{{n}} "
            "THEN a_{n} - INTERVAL 1 HOUR ELSE a_{n} END",
            "gap_{n}": f"z_{{n}} IS NULL AND timezone({zone}, a_{{n}}) <> l_{{n}}",
        },
        {
            "am_{n}": "z_{n} IS NULL AND "
            f"(ab_{{n}} <> a_{{n}} OR timezone({zone}, a_{{n}} + INTERVAL 1 HOUR) = l_{{n}})",
        },
    )
    local_day = f"timezone({literal(column.zone)}, ab_{{n}})::DATE"
    warnings = {
        "two_digit_year": "length(y_{n}) = 2 AND l_{n} IS NOT NULL",
        "excel_serial": "n_{n} IS NOT NULL AND l_{n} IS NOT NULL",
        "date_placeholder": f"{placeholders} AND l_{{n}} IS NOT NULL",
    }
    if column.type == "date":
        same = column.source_zone == column.zone
        moved = "false" if same else timed
        value = (
            f"CASE WHEN l_{{n}} IS NULL THEN NULL WHEN z_{{n}} IS NOT NULL OR ({moved}) THEN {local_day} "
            "ELSE l_{n}::DATE END"
        )
        return Reading((*levels, {"x_{n}": value}), warnings)
    warnings["dst_ambiguous"] = "am_{n} AND NOT gap_{n}"
    if column.args[:1] != ("day",):
        warnings["time_missing"] = f"l_{{n}} IS NOT NULL AND NOT {timed}"
    value = "CASE WHEN l_{n} IS NULL OR gap_{n} THEN NULL ELSE ab_{n} END"
    return Reading(
        (
            *levels,
            {"x_{n}": value, "k_{n}": "CASE WHEN gap_{n} THEN 'dst_gap' END"},
        ),
        warnings,
    )


def marks_pattern() -> str:
    """Pattern of the characters that stand for what could not be read."""
    return f"[{NUL_MARK}{BAD_BYTE_MARK}{CUT_MARK}]"
