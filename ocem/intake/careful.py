"""The statement that types lines with care: every value with the reason it is refused for and what to warn of."""

import re
from dataclasses import dataclass

from ocem.domain.batch import LineNote
from ocem.domain.fact import FactKind
from ocem.intake.column_reading import read_column
from ocem.intake.layout import Layout
from ocem.intake.look import LABELLED, LABELLED_ALONE
from ocem.intake.plan import Plan, UndecidedError
from ocem.intake.reading import UNDECIDED, literal
from ocem.intake.receive import Limits
from ocem.intake.text import BAD_BYTE_MARK, CUT_MARK, NUL_MARK
from ocem.store.database import Cursor


@dataclass(frozen=True)
class Careful:
    """SELECT of ``line, x_n, c_n, w_<code>_n, cur_n, labelled, day, ok`` and which of the latter there are."""

    sql: str
    flags: tuple[tuple[str, int], ...]
    with_currency: tuple[int, ...]


def careful_sql(plan: Plan, source: str) -> Careful:
    """Return the careful reading of a SELECT of ``line, cells``."""
    readings = [read_column(column, i) for i, column in enumerate(plan.all_columns)]
    sql = source
    for level in range(max(len(reading.levels) for reading in readings)):
        steps = [
            f"{text} AS {name}"
            for reading in readings
            if level < len(reading.levels)
            for name, text in reading.levels[level].items()
        ]
        sql = f"SELECT *, {', '.join(steps)} FROM ({sql})"
    flags = tuple((code, i) for i, reading in enumerate(readings) for code in reading.warnings)
    with_currency = tuple(i for i, reading in enumerate(readings) if reading.currency)
    keep = ["line", *(f"x_{i}, c_{i}" for i in range(len(readings)))]
    keep += [f"coalesce({readings[i].warnings[code]}, false) AS w_{code}_{i}" for code, i in flags]
    keep += [f"{readings[i].currency} AS cur_{i}" for i in with_currency]
    labelled = _labelled_sql(plan)
    keep.append(f"{labelled or 'false'} AS labelled")
    right = " AND ".join(f"c_{i} IS NULL" for i in range(len(readings)))
    if plan.questions:
        right += " AND (" + " OR ".join(f"x_{i} IS NOT NULL" for i in plan.asked) + ")"
    if labelled:
        right += f" AND NOT {labelled}"
    sql = f"SELECT {', '.join(keep)}, {_day_sql(plan)} AS day, {right} AS ok FROM ({sql})"
    return Careful(sql, flags, with_currency)


def _day_sql(plan: Plan) -> str:
    at = plan.day_column
    if at is None:
        return plan.constant_day
    return f"x_{at}" if plan.columns[at].type == "date" else f"timezone({literal(plan.zone)}, x_{at})::DATE"


def _labelled_sql(plan: Plan) -> str | None:
    """SQL that says whether a row without its key is labelled as a total or as the foot of a page.

    Where records have no key, a row is a total only if a cell says nothing else; an answer may be such a word.
    """
    keys = plan.key_columns
    texts = [i for i, c in enumerate(plan.columns) if c.type in ("text", "member", "customer") and i not in keys]
    if not texts or (not keys and plan.fact is FactKind.RESPONSE):
        return None
    label = literal(LABELLED if keys else LABELLED_ALONE)
    found = " OR ".join(f"regexp_matches(coalesce(x_{i}, ''), {label})" for i in texts)
    return f"({' AND '.join([*(f'x_{i} IS NULL' for i in keys), f'({found})'])})"


def ways_to_split(layout: Layout, limits: Limits) -> list[tuple[str, str]]:
    """SQL of a line's cells and of the condition under which it holds: without quotation marks, and with them."""
    delimiter = layout.delimiter or ";"
    bare = "replace(text, chr(10), '')"
    marks = f"[{NUL_MARK}{BAD_BYTE_MARK}{CUT_MARK}]"
    sound = f"strlen(text) < {limits.cell_chars} AND NOT regexp_matches(text, '{marks}')"
    plain = (
        f"string_split({bare}, {literal(delimiter)})",
        f"NOT contains(text, {literal(layout.quote)}) AND {sound}",
    )
    if layout.escaped or layout.quote != '"':
        return [plain]
    mark = re.escape(delimiter).replace("'", "''")
    cell = f'"(?:[^"]|"")*"|[^"{mark}]*'
    whole = f"regexp_full_match({bare}, '(?:{cell})(?:{mark}(?:{cell}))*')"
    found = f"regexp_extract_all({literal(delimiter)} || {bare}, '{mark}({cell})', 1)"
    unquoted = "CASE WHEN c[1] = '\"' THEN replace(c[2:-2], '\"\"', '\"') ELSE c END"
    return [
        plain,
        (f"list_transform({found}, lambda c: {unquoted})", f"contains(text, '\"') AND {whole} AND {sound}"),
    ]


class Warned:
    """What is worth a warning, counted over all chunks, each with the first line it was seen on."""

    def __init__(self, plan: Plan) -> None:
        self.headers = [column.header for column in plan.all_columns]
        self._found: dict[tuple[str, str], tuple[int, int]] = {}
        self._currencies: dict[int, set[str]] = {}

    def add(self, code: str, column: str, count: int, line: int) -> None:
        """Count lines of one kind; `column` is empty for the row as a whole."""
        before, first = self._found.get((code, column), (0, line))
        self._found[code, column] = (before + count, min(first, line))

    def count(self, con: Cursor, careful: Careful) -> None:
        """Count what the careful reading in ``typed`` warns of.

        Raises
        ------
        UndecidedError
            If a value needs a decision that the sample did not call for.
        """
        if not careful.flags:
            return
        doubtful = [f"w_{code}_{i}" for code, i in careful.flags if code == UNDECIDED]
        if doubtful and con.execute(f"SELECT bool_or({' OR '.join(doubtful)}) FROM typed").fetchall()[0][0]:
            raise UndecidedError
        counts = ", ".join(
            f"count(*) FILTER (w_{code}_{i}), min(line) FILTER (w_{code}_{i})" for code, i in careful.flags
        )
        (row,) = con.execute(f"SELECT {counts} FROM typed WHERE ok").fetchall()
        for at, (code, i) in enumerate(careful.flags):
            if row[2 * at]:
                self.add(code, self.headers[i], row[2 * at], row[2 * at + 1])
        for i in careful.with_currency:
            found = con.execute(f"SELECT DISTINCT cur_{i} FROM typed WHERE ok AND cur_{i} IS NOT NULL").fetchall()
            self._currencies.setdefault(i, set()).update(name for (name,) in found)

    def notes(self, first_line: int) -> tuple[LineNote, ...]:
        """Return the warnings in the order of the file; two currencies in one column are one."""
        said = {}
        for i, found in self._currencies.items():
            if found - {"eur"}:
                code = "currency_mixed" if len(found) > 1 else "currency_other"
                self.add(code, self.headers[i], len(found), first_line)
                said[code, self.headers[i]] = {"currencies": ", ".join(sorted(name.upper() for name in found))}
        return tuple(
            LineNote(
                code, line, {"count": count} | ({"column": column} if column else {}) | said.get((code, column), {})
            )
            for (code, column), (count, line) in sorted(self._found.items(), key=lambda item: item[1][1])
        )
