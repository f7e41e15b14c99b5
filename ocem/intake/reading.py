"""How a cell's text becomes a value: SQL expressions, one way of reading for every path.

A column is read in levels; each level is one nested SELECT that adds columns named ``<step>_<n>`` (n is the column's
number in the plan). The last level gives ``x_n`` (the value or NULL), ``c_n`` (the reject code or NULL) and one
``w_<code>_n`` per possible warning. The same expressions read CSV cells, workbook cells and cells of HTML tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as field_of

NUMBER_MARK = "\ufdd3"
"""Before a number that a workbook stores as a number: a point is its decimal sign whatever the column's format."""
NO_VALUE_MARK = "\ufdd4"
"""A workbook formula without a stored value."""
ERROR_MARK = "\ufdd5"
"""Before a spreadsheet error such as #N/A that a workbook stores as an error."""

DAY_ZERO = "1899-12-30"
MAC_DAY_ZERO = "1904-01-01"
"""The day from which the day numbers of workbooks count, and that of old Macintosh programs."""
BLANKS = " \t\r\n\u00a0\u200b\u202f\u2009\ufeff"
CELL_ERRORS = (
    "#n/d", "#n/a", "#rif!", "#ref!", "#div/0!", "#valore!", "#value!", "#nome?", "#name?", "#num!", "#nullo!",
    "#null!",
)  # fmt: skip
NULL_WORDS = ("n.d.", "n.d", "nd", "-", "--", "n/a", "n/d", "null", "nan", *CELL_ERRORS)
PLACEHOLDER_DAYS = ("1900-01-01", "1970-01-01", "1980-01-01")
UNDECIDED = "undecided"
"""A value that reads differently under formats between which nothing has decided yet."""

SHORTENED = r"\d[.,]\d+E\+\d{2}"
"""What a spreadsheet leaves of a number of more than eleven digits when it writes it as text."""

TRUE_WORDS = ("true", "t", "vero", "yes", "y", "si", "sì", "s", "1", "x", "ja", "oui", "v", "j", "wahr", "vrai")
FALSE_WORDS = ("false", "f", "falso", "no", "n", "0", "nein", "non", "falsch", "faux")


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
    day_zero: str = DAY_ZERO
    """The day from which day numbers count."""
    time_index: int | None = None
    """The cell that holds the time of day, where it stands apart from the day."""
    currency_index: int | None = None
    """The cell that names the currency of an amount, where it stands apart."""
    currency: str | None = None
    """The one currency that is counted, ``all`` for every one; None if nobody said."""
    assumed: bool = False
    """No value of the sample needed a decision; the first one that does stops the reading."""

    @property
    def places(self) -> tuple[int, ...]:
        """The cells that a value is read from, its own first."""
        beside = (self.time_index, self.currency_index)
        return (self.index, *(index for index in beside if index is not None))


def literal(text: str) -> str:
    """Return a text as an SQL literal.

    Examples
    --------
    >>> literal("D'Angelo")
    "'D''Angelo'"
    """
    return "'" + text.replace("'", "''") + "'"


def in_list(expression: str, words: tuple[str, ...] | list[str]) -> str:
    """Return the SQL condition that an expression is one of some texts."""
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
        f"e_{n}": f"starts_with({raw}, {literal(ERROR_MARK)}) OR {in_list(f'lower(trim({raw}))', list(CELL_ERRORS))}",
    }


def cell_sql(column: Column) -> str:
    """SQL of a column's raw text; a time of day that stands apart is put behind its day, midnight of the day left out.

    A workbook keeps a time of day as a fraction of a day. Figures alone are taken as hours, minutes and seconds.
    """
    day = f"cells[{column.index + 1}]"
    if column.time_index is None:
        return day
    time = clean_text(f"cells[{column.time_index + 1}]", column)
    number = f"try_cast(substr({time}, 2) AS DOUBLE)"
    native = f"starts_with({time}, {literal(NUMBER_MARK)}) AND {number} >= 0 AND {number} < 1"
    clock = f"strftime(TIMESTAMP '2000-01-01' + to_seconds(round({number} * 86400)::BIGINT), '%H:%M:%S')"
    figures = rf"regexp_replace({time}, '^(\d\d)(\d\d)(\d\d)?$', '\1:\2:\3')"
    shown = f"CASE WHEN {native} THEN {clock} ELSE rtrim({figures}, ':') END"
    alone = rf"regexp_replace({clean_text(day, column)}, '[T ]0?0[:.]00(?:[:.]00)?(?:\.0+)?$', '')"
    nothing = f"{time} = '' OR {in_list(f'lower({time})', list(column.null_words))}"
    return f"CASE WHEN {nothing} OR trim({day}) = '' THEN {day} ELSE {alone} || ' ' || {shown} END"


def text_steps(column: Column, number: int) -> tuple[dict[str, str], ...]:
    """Levels that leave the cleaned text of a cell in ``t_n``, NULL for words that mean nothing."""
    raw = cell_sql(column)
    empty = (
        f"r_{{n}} = '' OR {in_list('lower(r_{n})', list(column.null_words))} OR regexp_full_match(r_{{n}}, '#{{2,}}')"
    )
    levels = (_text_level(raw, column), {"t_{n}": f"CASE WHEN {empty} THEN NULL ELSE r_{{n}} END"})
    return tuple(numbered(level, number) for level in levels)


def numbered(level: dict[str, str], number: int) -> dict[str, str]:
    """Put a column's number into the names and expressions of a level."""
    return {key.replace("{n}", str(number)): text.replace("{n}", str(number)) for key, text in level.items()}


def plain_text(column: Column) -> Reading:
    """Texts as they are, the words of a value map as its keys."""
    text = f"replace(t_{{n}}, {literal(NUMBER_MARK)}, '')"
    value = text
    if column.values:
        cases = " ".join(f"WHEN {literal(word)} THEN {literal(key)}" for word, key in folded_values(column).items())
        value = f"CASE {fold_sql(text)} {cases} ELSE {text} END"
    warnings = {
        "number_shortened": f"regexp_full_match(x_{{n}}, '{SHORTENED}')",
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


DAMAGED = "Ã[\u0080-\u00bf\u2018-\u201d\u0192\u02c6\u0160]|â€|Â[\u00a0-\u00bf]|\ufffd|¤"
"""UTF-8 that was read as cp1252 before it reached us, and the euro sign of Latin-9."""
EMAIL = r"[[:alnum:]._%+\-]+@[[:alnum:]\-]+(?:\.[[:alnum:]\-]+)+"
PHONE = r"(?:\+|\b00)?\d[\d ./()\-]{7,}\d"


def screen_sql(text: str, phones: bool) -> str:
    """Replace e-mail addresses, and telephone numbers if asked, inside a text by markers."""
    mail = f"regexp_replace({text}, '{EMAIL}', '[e-mail]', 'g')"
    return f"regexp_replace({mail}, '{PHONE}', '[phone]', 'g')" if phones else mail


def flag(column: Column) -> Reading:
    """Words for yes and no."""
    words = folded_values(column) or {
        **dict.fromkeys(TRUE_WORDS, "true"),
        **dict.fromkeys(FALSE_WORDS, "false"),
    }
    cases = " ".join(f"WHEN {literal(word)} THEN {key == 'true'}" for word, key in words.items())
    text = f"replace(t_{{n}}, {literal(NUMBER_MARK)}, '')"
    return Reading(({"x_{n}": f"CASE {fold_sql(text)} {cases} END"},))
