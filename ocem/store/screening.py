"""Comments without the people in them: addresses, numbers and names are replaced by what they are.

Three things are looked for. *Shapes*: e-mail addresses, telephone numbers (Google's rules for Italy and for numbers
with a country code), Italian tax codes, bank accounts. *Cues*: names after a title, after "my name is", after a
greeting, and common given names with a family name, in Italian and English. *The customer file*: any run of words whose
pseudonym is among those of the names that an administrator handed over; the names themselves are never stored.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from unicodedata import combining, normalize

import pyarrow as pa
from duckdb import DuckDBPyConnection

from ocem.domain.access import Right
from ocem.domain.fact import FactKind
from ocem.store import access, audit
from ocem.store.database import Database
from ocem.store.pseudonym import later_keys, layered, load_ring, pseudonym

EMAIL, PHONE, NAME, CODE = "[e-mail]", "[tel.]", "[nome]", "[codice]"
MARKS = (EMAIL, PHONE, NAME, CODE)
LONGEST_NAME = 5
"""Names of more words than this are looked for by their first words."""
SHORTEST_WORD = 4
"""A name of one word is looked for if it has as many letters, and only where it is written with a capital."""

_AT = r"(?:@|\s?[\(\[]\s?(?:at|chiocciola)\s?[\)\]]\s?|\schiocciola\s)"
_EMAIL = re.compile(rf"[\w.+%'-]+{_AT}[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b")
_TAX_CODE = re.compile(r"\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b", re.IGNORECASE)
_CUED_NUMBER = re.compile(
    r"(?P<cue>\b(?:tel|telefono|telefonino|cell|cellulare|fax|whatsapp|phone|mobile|numero|number|chiam\w+|call|ring)"
    r"\b\W{0,3}(?:(?:me|us|mi|ci|al|allo|on|at|è|is|n)\b\W{0,3}){0,3})(?P<number>\+?\d[\d\s./()-]{5,}\d)",
    re.IGNORECASE,
)
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w’'-]+"
_TITLE = (
    r"(?:sig(?:\.?\s?r?a|\.na|nor[ae]?|norina|\.)?|dott(?:\.?ssa|ore|oressa|\.)?|dr\.?|ing\.|geom\.|rag\.|avv\.|arch\.|"
    r"prof(?:\.?ssa|essor\w*|\.)?|mr\.?|mrs\.?|ms\.?|miss|mister)"
)
_TITLED = re.compile(rf"(?P<cue>\b(?i:{_TITLE})\s+)(?P<name>{_CAPITAL}(?:\s+{_CAPITAL}){{0,2}})")
_NAMED = re.compile(
    r"(?P<cue>\b(?i:mi chiamo|il mio nome è|my name is|firmato|signed|in fede)[\s,:.]+)"
    rf"(?P<name>{_CAPITAL}(?:\s+{_CAPITAL}){{0,2}})"
)
_MET = re.compile(
    r"(?P<cue>\b(?i:sono|i am|i'm|i’m|parlato con|spoke (?:to|with)|spoken (?:to|with)|chiedere di|ask for|"
    r"contattare|contact|saluti|regards|grazie a|thanks to)[\s,:.!-]+)"
    rf"(?P<name>{_CAPITAL}(?:\s+{_CAPITAL}){{1,2}})"
)
_RUN = re.compile(rf"\b{_CAPITAL}(?:\s+{_CAPITAL}){{1,3}}")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LEGAL_FORM = re.compile(
    r"\b(?:s\.?\s?r\.?\s?l\.?\s?s?|s\.?\s?p\.?\s?a|s\.?\s?n\.?\s?c|s\.?\s?a\.?\s?s|s\.?\s?c\.?\s?a\.?\s?r\.?\s?l|"
    r"ltd|limited|gmbh|inc|llc|plc|co)\b\.?",
    re.IGNORECASE,
)
_GIVEN = frozenset((Path(__file__).parent / "given_names.txt").read_text(encoding="utf-8").split())


@dataclass(frozen=True)
class Screen:
    """What comments are searched for: shapes and cues always, names of the customer file by their pseudonyms."""

    keys: tuple[bytes, ...] = ()
    names: frozenset[int] = frozenset()
    lengths: tuple[int, ...] = ()
    _seen: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    def clean(self, text: str) -> str:
        """Return a comment with addresses, numbers and names replaced by marks.

        Examples
        --------
        >>> Screen().clean("Scrivetemi a m.rossi@example.com o al 333 123 4567")
        'Scrivetemi a [e-mail] o al [tel.]'
        >>> Screen().clean("Il sig. Rossi non risponde, grazie a Maria Bianchi")
        'Il sig. [nome] non risponde, grazie a [nome]'
        >>> Screen().clean("Consegna in 12 giorni per 1.250,00 euro, ordine 4500123")
        'Consegna in 12 giorni per 1.250,00 euro, ordine 4500123'
        """
        text = _EMAIL.sub(EMAIL, text)
        text = _TAX_CODE.sub(CODE, _ACCOUNT.sub(CODE, text))
        text = _phones(text)
        text = self._listed(text)
        for cue in (_TITLED, _NAMED, _MET):
            text = cue.sub(rf"\g<cue>{NAME}", text)
        return _RUN.sub(_given_name, text)

    def _listed(self, text: str) -> str:
        """Replace the names of the customer file, the longest first."""
        if not self.names:
            return text
        words = list(_WORD.finditer(text))
        pieces, done, at = [], 0, 0
        while at < len(words):
            found = next(
                (n for n in self.lengths if at + n <= len(words) and self._is_name(text, words[at : at + n])), 0
            )
            if found:
                pieces += [text[done : words[at].start()], NAME]
                done = words[at + found - 1].end()
            at += found or 1
        return "".join([*pieces, text[done:]])

    def _is_name(self, text: str, words: list[re.Match[str]]) -> bool:
        if len(words) == 1 and not (words[0].group()[0].isupper() and len(words[0].group()) >= SHORTEST_WORD):
            return False
        if any(len(text[one.end() : two.start()].strip()) > 1 for one, two in pairwise(words)):
            return False
        asked = " ".join(_folded(word.group()) for word in words)
        if asked not in self._seen:
            self._seen[asked] = _mark_of(self.keys, asked) in self.names
        return self._seen[asked]


def _phones(text: str) -> str:
    if sum(letter.isdigit() for letter in text) < 6:
        return text
    from phonenumbers import Leniency, PhoneNumberMatcher

    for match in reversed(list(PhoneNumberMatcher(text, "IT", leniency=Leniency.VALID))):
        text = text[: match.start] + PHONE + text[match.end :]
    return _CUED_NUMBER.sub(rf"\g<cue>{PHONE}", text)


def _given_name(run: re.Match[str]) -> str:
    """Replace a run of capitalised words from a common given name on, or one that ends with it."""
    words = list(re.finditer(r"\S+", run.group()))
    for number, word in enumerate(words):
        if _folded(word.group()) in _GIVEN:
            begins = word.start() if number + 1 < len(words) else words[number - 1].start()
            return run.group()[:begins] + NAME
    return run.group()


def _folded(text: str) -> str:
    return "".join(letter for letter in normalize("NFKD", text.casefold().replace("’", "'")) if not combining(letter))


def _mark_of(keys: tuple[bytes, ...], words: str) -> int:
    return layered(keys[1:], pseudonym(keys[0], f"name {words}"))


def forms_of(name: str) -> set[tuple[str, ...]]:
    """Return how a name of the customer file may stand in a comment: no legal form, two words also turned round.

    Examples
    --------
    >>> sorted(forms_of("Rossi Impianti S.r.l."))
    [('impianti', 'rossi'), ('rossi', 'impianti')]
    """
    words = tuple(_folded(word) for word in _WORD.findall(_LEGAL_FORM.sub(" ", name)))[:LONGEST_NAME]
    if not words or (len(words) == 1 and len(words[0]) < SHORTEST_WORD):
        return set()
    return {words, words[::-1]} if len(words) == 2 else {words}


def screen_of(con: DuckDBPyConnection, folder: Path) -> Screen:
    """Return what this installation's comments are searched for."""
    rows = con.execute("SELECT name, words FROM screened_name").fetchall()
    if not rows:
        return Screen()
    ring = load_ring(folder, data_exist=True)
    keys = (ring[0], *later_keys(con, folder))
    return Screen(
        keys, frozenset(int(row[0]) for row in rows), tuple(sorted({int(row[1]) for row in rows}, reverse=True))
    )


def screen(database: Database) -> Screen:
    """Return what comments are searched for, whoever asks."""
    with access.acting(access.SYSTEM), database.cursor() as con:
        return screen_of(con, database.folder)


@dataclass(frozen=True)
class Screened:
    """Names now looked for, and stored comments that changed."""

    names: int
    comments: int


def set_names(database: Database, names: Iterable[str]) -> Screened:
    """Look for these names of the customer file from now on, in what is stored too; names given before no longer.

    Raises
    ------
    Forbidden
        If the acting person is no administrator.
    """
    access.require(Right.ADMINISTER)
    forms = {form for name in names for form in forms_of(name)}
    with database.write() as con:
        ring = load_ring(database.folder, data_exist=bool(con.execute("SELECT 1 FROM import_batch LIMIT 1").fetchone()))
        keys = (ring[0], *later_keys(con, database.folder))
        marks = {_mark_of(keys, " ".join(form)): len(form) for form in sorted(forms)}
        con.execute("DELETE FROM screened_name")
        if marks:
            table = {"name": pa.array(list(marks), pa.uint64()), "words": pa.array(list(marks.values()), pa.uint8())}
            con.register("given_names", pa.table(table))
            con.execute("INSERT INTO screened_name SELECT name, words FROM given_names")
            con.unregister("given_names")
        changed = screen_stored(con, database.folder)
        audit.record(con, "screen_names", None, {"names": len(marks), "comments": changed})
    return Screened(len(marks), changed)


def screen_stored(con: DuckDBPyConnection, folder: Path) -> int:
    """Search every stored comment again; return how many different ones changed."""
    wanted = screen_of(con, folder)
    rows = con.execute("SELECT DISTINCT comment FROM response WHERE comment IS NOT NULL").fetchall()
    if not _fill(con, wanted, (str(row[0]) for row in rows)):
        return 0
    con.execute("UPDATE response SET comment = c.said FROM clean_comment c WHERE response.comment = c.raw")
    return int(con.execute("SELECT count(*) FROM clean_comment").fetchall()[0][0])


def before_storing(con: DuckDBPyConnection, folder: Path, fact: FactKind, rows: Path, columns: set[str]) -> int | None:
    """Fill the temporary table ``clean_comment`` (raw, said) for staged rows; None where no comment changes."""
    if fact is not FactKind.RESPONSE or "comment" not in columns:
        return None
    found = con.execute(
        "SELECT DISTINCT comment FROM read_parquet(?) WHERE comment IS NOT NULL", [str(rows)]
    ).fetchall()
    return _fill(con, screen_of(con, folder), (str(row[0]) for row in found)) or None


def _fill(con: DuckDBPyConnection, wanted: Screen, comments: Iterable[str]) -> int:
    said = {raw: clean for raw in comments if (clean := wanted.clean(raw)) != raw}
    if said:
        table = {"raw": pa.array(list(said), pa.string()), "said": pa.array(list(said.values()), pa.string())}
        con.register("screened_now", pa.table(table))
        con.execute("CREATE OR REPLACE TEMP TABLE clean_comment AS FROM screened_now")
        con.unregister("screened_now")
    return len(said)
