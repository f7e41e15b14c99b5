"""Files that lie about what they are, or mean harm, are refused before they are opened."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from ocem.errors import FileRefused
from ocem.intake.inbox import import_inbox
from ocem.intake.receive import Limits, receive, shown_name
from ocem.intake.rejects import safe_cell
from ocem.store.database import Database
from tests.intake.reading_of import read

ROWS = "ID;Data;Cliente;Importo\nN1;01/01/2026;Rossi;1,00\n"


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_a_workbook_that_unpacks_to_too_much_is_not_opened(database: Database) -> None:
    data = zipped({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": b" " * 30_000_000})
    assert read(database, data, name="bomb.xlsx").refused == "zip_bomb"


def test_xml_entities_are_refused(database: Database) -> None:
    evil = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><workbook>&a;</workbook>'
    assert read(database, zipped({"xl/workbook.xml": evil}), name="evil.xlsx").refused == "unsafe_xml"


def test_an_encrypted_workbook_says_so(database: Database) -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 600
    assert read(database, data, name="secret.xlsx").refused == "encrypted_file"


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\n...", b"PK\x03\x04 damaged", zipped({"word/document.xml": b"<a/>", "b": b""})]
)
def test_other_kinds_of_file_are_named_as_unsupported(database: Database, data: bytes) -> None:
    assert read(database, data).refused == "unsupported_type"


def test_a_web_page_named_xls_is_read_as_its_table(database: Database) -> None:
    page = (
        "<html><head><script>alert(1)</script></head><body><table><tr><th>ID</th><th>Data</th><th>Cliente</th>"
        "<th>Importo</th></tr><tr><td>X1</td><td>12/01/2026</td><td>Rossi &amp; C.</td><td>1.234,50</td></tr></table>"
    )
    seen = read(database, page, name="export.xls")
    assert list(seen.accepted.values()) == [
        {"record_id": "X1", "when": "2026-01-12", "who": "Rossi & C.", "amount": "1234.5000"}
    ]


def test_a_web_page_without_a_table_is_refused(database: Database) -> None:
    assert read(database, "<html><body><p>Sessione scaduta</p></body></html>", name="e.xls").refused == "html_as_xls"


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped({"orders.csv": data})])
def test_one_packed_text_file_is_unpacked(database: Database, pack) -> None:
    assert list(read(database, pack(ROWS.encode())).accepted) == [2]


def test_a_gzip_bomb_is_stopped_while_unpacking(database: Database) -> None:
    assert read(database, gzip.compress(b"a;b\n" * 10_000_000)).refused == "zip_bomb"


def test_the_extension_proves_nothing(database: Database) -> None:
    assert list(read(database, ROWS, name="orders.xlsx").accepted) == [2]


def test_the_size_limit_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        receive(io.BytesIO(b"x" * 2_000_000), tmp_path, "big.csv", Limits(text_bytes=1_000_000))
    assert refused.value.code == "file_too_large"
    assert list(tmp_path.iterdir()) == []


def test_names_are_shown_without_paths_and_control_characters() -> None:
    assert shown_name("..\\..\\windows\\a\x07b.csv") == "ab.csv"


def test_received_files_are_for_the_owner_only(tmp_path: Path) -> None:
    upload = receive(io.BytesIO(b"a;b\n"), tmp_path, "a.csv")
    assert upload.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd", "-cmd", "\t=1", "\r=1"])
def test_our_exports_neutralise_formulas(text: str) -> None:
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["-12,50", "+3", "5%", "Rossi", ""])
def test_our_exports_leave_numbers_and_words_alone(text: str) -> None:
    assert safe_cell(text) == text


def test_cells_that_span_rows_of_a_web_page_fill_the_rows_below(database: Database) -> None:
    page = (
        "<table><tr><th>ID<th>Data<th>Cliente<th>Importo<tr><td>N1<td rowspan=2>12/01/2026<td>A<td>1,00"
        "<tr><td>N2<td>B<td>2,00<tr><td>N3<td>13/01/2026<td>C<td>3,00</table>"
    )
    seen = read(database, page, name="orders.xls")
    assert seen.column("when") == {2: "2026-01-12", 3: "2026-01-12", 4: "2026-01-13"}
    assert seen.column("amount") == {2: "1.0000", 3: "2.0000", 4: "3.0000"}


def test_a_spreadsheet_written_as_bare_xml_is_named(database: Database) -> None:
    text = '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet/></Workbook>'
    assert read(database, text, name="orders.xls").refused == "unsupported_type"


def test_a_table_inside_a_cell_of_a_web_page_is_text_of_that_cell(database: Database) -> None:
    header = "<tr><td>Data</td><td>Cliente</td><td>Importo</td><td>ID</td></tr>"
    inner = "<table><tr><td>x</td><td>9,99</td></tr></table>"
    row = f"<tr><td>13/02/2026</td><td>{inner}</td><td>1,50</td><td>1</td></tr>"
    seen = read(database, f"<table>{header}{row}</table>", name="orders.xls")
    assert seen.accepted == {2: {"when": "2026-02-13", "who": "x 9,99", "amount": "1.5000", "record_id": "1"}}
    wrapped = f"<table><tr><td><table>{header}{row.replace(inner, 'a')}</table></td></tr></table>"
    assert read(database, wrapped, name="wrapped.xls").column("amount") == {2: "1.5000"}


def test_links_in_the_inbox_are_left_alone(database: Database, tmp_path: Path) -> None:
    inbox = database.folder / "inbox"
    inbox.mkdir(exist_ok=True)
    (tmp_path / "secret.csv").write_text("a;b\n1;2\n")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "other.csv").write_text("a;b\n1;2\n")
    (inbox / "orders.csv").symlink_to(tmp_path / "secret.csv")
    (inbox / "erp").symlink_to(tmp_path / "elsewhere")
    assert import_inbox(database) == []
    assert (inbox / "orders.csv").is_symlink()


def test_too_many_columns_are_refused(database: Database) -> None:
    names = "".join(f";c{number}" for number in range(2_000))
    assert read(database, f"Data;Cliente;Importo;ID{names}\n13/02/2026;a;1,50;1{names}\n").refused == "too_many_columns"


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_archive_is_refused_however_it_is_packed(database: Database, method: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("orders.csv", ROWS * 500)
    data = bytearray(out.getvalue())
    data[60:90] = b"\xff" * 30
    assert read(database, bytes(data), name="orders.zip").refused == "unsupported_type"


def test_an_archive_made_on_a_mac_holds_one_file(database: Database) -> None:
    parts = {"orders.csv": b"Data;Cliente;Importo;ID\n13/02/2026;a;1,50;1\n", "__MACOSX/._orders.csv": b"\x00\x05"}
    assert len(read(database, zipped(parts), name="orders.zip").accepted) == 1
