"""Bytes to text: what the encoding does not know costs its line, and nothing is repaired silently."""

import codecs

import pytest

from ocem.intake.receive import Container
from ocem.intake.text import first_lines, line_blocks, open_text
from ocem.store.database import Database
from tests.intake.reading_of import read

HEADER = "ID;Data;Cliente;Importo\n"
TEXT = HEADER + "N1;01/01/2026;Società «Però»;€ 1,00\nN2;02/01/2026;Forlì – déjà;€ 2,00\n"


@pytest.mark.parametrize(
    ("encoding", "mark", "name"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", codecs.BOM_UTF8, "utf-8"),
        ("cp1252", b"", "cp1252"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16-le"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
    ],
)
def test_every_encoding_gives_the_same_texts(database: Database, encoding: str, mark: bytes, name: str) -> None:
    seen = read(database, mark + TEXT.encode(encoding))
    assert seen.column("who") == {2: "Società «Però»", 3: "Forlì – déjà"}
    assert seen.column("amount") == {2: "1.0000", 3: "2.0000"}
    assert seen.detected["encoding"] == name


def test_a_line_in_another_encoding_is_refused_and_the_rest_read(database: Database) -> None:
    data = TEXT.encode() + "N3;03/01/2026;Città;3,00\n".encode("cp1252") + "N4;04/01/2026;Perù;4,00\n".encode()
    seen = read(database, data)
    assert list(seen.accepted) == [2, 3, 5]
    assert seen.rejected == {4: "bad_encoding"}


def test_accents_of_the_old_dos_code_page_are_asked_about(database: Database) -> None:
    data = (HEADER + "N1;01/01/2026;Società Però;1,00\n").encode("cp850")
    assert read(database, data).asked == {(None, "encoding")}


def test_an_ellipsis_after_a_word_is_ordinary_windows_text(database: Database) -> None:
    data = (HEADER + "N1;01/01/2026;ecc… – D’Angelo;1,00\n").encode("cp1252")
    assert read(database, data).column("who") == {2: "ecc… – D’Angelo"}


def test_a_nul_byte_costs_its_line(database: Database) -> None:
    seen = read(database, HEADER + "N1;01/01/2026;Ro\x00ssi;1,00\nN2;02/01/2026;Verdi;2,00\n")
    assert (seen.rejected, list(seen.accepted)) == ({2: "nul_byte"}, [3])


def test_text_damaged_before_it_came_is_kept_and_warned_about(database: Database) -> None:
    seen = read(database, HEADER + "N1;01/01/2026;SocietÃ\u00a0 PerÃ²;1,00\n")
    assert seen.accepted[2]["who"] == "SocietÃ\u00a0 PerÃ²"
    assert "mojibake" in seen.warnings


def test_a_cell_that_is_too_long_costs_its_line(database: Database) -> None:
    seen = read(database, HEADER + f"N1;01/01/2026;{'x' * 70_000};1,00\nN2;02/01/2026;Verdi;2,00\n")
    assert (seen.rejected, list(seen.accepted)) == ({2: "cell_too_long"}, [3])


def test_a_line_longer_than_memory_should_hold_is_cut_and_refused(database: Database) -> None:
    seen = read(database, HEADER + f"N1;01/01/2026;{'x' * 9_000_000};1,00\nN2;02/01/2026;Verdi;2,00\n")
    assert list(seen.accepted) == [3]
    assert list(seen.rejected) == [2]


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\x00\x00", b"\x00\x01\x02\x03" * 200, b"\xff\xd8\xff\xe0\x00\x10JFIF"]
)
def test_a_picture_is_not_text(database: Database, data: bytes) -> None:
    assert read(database, data).refused == "not_text"


def test_blocks_are_whole_lines_whatever_the_line_ends(tmp_path) -> None:
    path = tmp_path / "mixed.txt"
    path.write_bytes(b"a\r\nb\rc\n\r\nd")
    assert b"".join(line_blocks(open_text(path))) == b"a\nb\nc\n\nd\n"
    assert first_lines(open_text(path), 3) == ["a", "b", "c"]


def test_the_end_mark_of_dos_is_no_line(tmp_path) -> None:
    path = tmp_path / "dos.txt"
    path.write_bytes(b"a\r\nb\r\n\x1a")
    assert b"".join(line_blocks(open_text(path))) == b"a\nb\n"


def test_container_kinds_are_words_of_the_receipt() -> None:
    assert Container.TEXT == "text"


def test_accents_of_an_old_macintosh_are_asked_about(database: Database) -> None:
    seen = read(database, "ID;Data;Cliente;Importo\nN1;01/01/2026;Città;1,00\n".encode("mac_roman"))
    assert seen.asked == {(None, "encoding")}


def test_a_line_of_utf8_among_windows_text_is_warned_about(database: Database) -> None:
    rows = "ID;Data;Cliente;Importo\n" + "".join(f"N{n};0{n}/01/2026;Forlì;1,00\n" for n in (1, 2, 3))
    seen = read(database, rows.encode("cp1252") + "N4;04/01/2026;Città;1,00\n".encode())
    assert "mojibake" in seen.warnings


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("Forlì è città, 5 €", "mac_roman"), ("dell’Università", "mac_roman"), ("Università", "cp850")],
)
def test_one_accent_of_an_old_code_page_is_enough_to_ask(database: Database, text: str, encoding: str) -> None:
    data = f"Data;Cliente;Importo;ID\n13/02/2026;{text};1,50;1\n".encode(encoding)
    assert read(database, data).asked == {(None, "encoding")}


def test_the_euro_sign_of_latin_9_is_warned_about(database: Database) -> None:
    data = "Data;Cliente;Importo;ID\n13/02/2026;Città 5 €;1,50;1\n".encode("iso8859-15")
    assert read(database, data).warnings == {"mojibake"}
