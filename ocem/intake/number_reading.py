"""Numbers, amounts, shares, scores and durations: how their text becomes a value (see `ocem.intake.reading`)."""

from ocem.intake.reading import BLANKS, NUMBER_MARK, Column, Reading, in_list, literal, numbered

CURRENCY = r"€|eur(?:o)?|us\$|\$|usd|£|gbp|chf|fr\.|kr|sek|nok|dkk|zł|pln|czk|huf|ron|¥|jpy|cny|try|rub|brl|r\$"
_GROUP_BLANK = "[ \u00a0\u202f\u2009]"
_GROUPED_BY_MARKS = rf"[1-9]\d{{0,2}}(?:{_GROUP_BLANK}\d{{3}})+|[1-9]\d{{0,2}}(?:[''’]\d{{3}})+"
_GAP = r"[\s\x{a0}\x{202f}\x{2009}]*"
_NUMBER = (
    rf"^(?i)([-+−(]?){_GAP}((?:{CURRENCY})?){_GAP}([-+−]?){_GAP}([0-9][0-9.,''’\s\x{{a0}}\x{{202f}}\x{{2009}}]*|[.,][0-9]+)"
    rf"{_GAP}((?:{CURRENCY})?){_GAP}([-−)]?){_GAP}((?:{CURRENCY})?){_GAP}(%?)$"
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


def amount(column: Column) -> Reading:
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
    currency = _currency(column)
    last = {"x_{n}": value}
    if column.currency not in (None, "all"):
        last["k_{n}"] = f"CASE WHEN {currency} <> {literal(column.currency or '')} THEN 'other_currency' END"
    warnings = {"percent_in_amount": _PERCENT}
    if column.type != "int" and column.args[:1] != ("double",):
        warnings["rounded"] = "x_{n} IS NOT NULL AND regexp_matches(g_{n}, '\\.\\d{4}\\d*[1-9]')"
    return Reading((*levels, last), warnings, currency)


_SPELLINGS = {
    "eur": ("€", "euro"), "usd": ("$", "us$", "us dollar", "dollari"), "gbp": ("£",), "chf": ("fr.", "sfr", "sfr."),
    "pln": ("zł",), "jpy": ("¥",), "brl": ("r$",),
}  # fmt: skip
"""Signs and words of currencies by their code."""


def _currency(column: Column) -> str:
    """The currency as its code: that of the amount's own sign, else of the cell that names it."""
    signs = ", ".join(f"nullif(p_{{n}}.{part}, '')" for part in ("c1", "c2", "c3"))
    if column.currency_index is not None:
        signs += f", nullif(trim(cells[{column.currency_index + 1}], {literal(BLANKS)}), '')"
    said = f"lower(coalesce({signs}))"
    cases = " ".join(f"WHEN {in_list(said, list(words))} THEN '{code}'" for code, words in _SPELLINGS.items())
    return f"CASE {cases} ELSE {said} END"


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


def rate(column: Column) -> Reading:
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


def score(column: Column) -> Reading:
    """A number, alone or before words or its maximum: ``9``, ``9/10``, ``9 - Molto probabile``."""
    pattern = (
        r"^(?i)([-+−]?\d+(?:[.,]\d+)?)\s*(?:/\s*(\d+)|(?:su|out of|di|of)\s+(\d+))?"
        r"(?:\s*[-–—:.(=]?\s*[^\d\s.,:/%-].*)?$"
    )
    two = r"(?i)^\W*\d+(?:[.,]\d+)?\s*(?:[-–—]|o|or|oppure|a|e|ed|and|to|/)\s*\d"
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
                f"WHEN p_{{n}}.v <> '' AND {fits} AND (p_{{n}}.n1 <> '' OR NOT regexp_matches(t_{{n}}, '{two}')) "
                f"THEN try_cast({number} AS DOUBLE) END"
            },
            {
                "x_{n}": f"CASE WHEN {condition} THEN v_{{n}} END",
                "k_{n}": f"CASE WHEN v_{{n}} IS NOT NULL AND NOT ({condition}) THEN 'out_of_range' END",
            },
        )
    )


_SECONDS = {"ms": 0.001, "seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


def duration(column: Column) -> Reading:
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
                "x_{n}": f"CASE WHEN starts_with(t_{{n}}, {literal(NUMBER_MARK)}) THEN "
                f"CASE WHEN {native} >= 0 AND {native} < 86400 THEN {native} END "
                f"WHEN p_{{n}}.s <> '' THEN CASE WHEN p_{{n}}.s::INT < 60 AND "
                f"(p_{{n}}.h = '' OR {number('p_{n}.mi')} < 60) THEN {by_clock} END "
                f"WHEN q_{{n}}.h <> '' OR q_{{n}}.mi <> '' OR q_{{n}}.s <> '' THEN {by_words} END"
            },
        )
    )


def number_steps(column: Column, number: int) -> tuple[dict[str, str], ...]:
    """Levels after `text_steps` that leave the digits and separators of a number in ``b_n``."""
    levels: tuple[dict[str, str], ...] = ()
    source = "t_{n}"
    if column.args[:1] == ("find",):
        levels, source = _found_amount(), "f_{n}"
    return tuple(numbered(level, number) for level in (*levels, *_number_levels(column, source)[:2]))
