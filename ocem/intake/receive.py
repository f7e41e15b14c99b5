"""Taking a file in: its bytes, its hash and what kind of container it really is. Names and extensions prove nothing."""

import errno
import gzip
import hashlib
import lzma
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ocem.errors import FileRefused
from ocem.intake.codes import FILE_ERRORS

BLOCK = 4 * 1024 * 1024
_LEARNT_FROM = 31 * 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What a file may cost before it is refused."""

    text_bytes: int = 4 * 1024**3
    workbook_bytes: int = 50 * 1024**2
    unpacked_bytes: int = 500 * 1024**2
    ratio: int = 100
    columns: int = 2_000
    cell_chars: int = 65_534
    record_lines: int = 60
    record_chars: int = 64 * 1024


def limits_from(environment: Mapping[str, str]) -> Limits:
    """Return the limits with those that the environment sets, e.g. ``OCEM_LIMIT_WORKBOOK_BYTES=104857600``.

    Examples
    --------
    >>> limits_from({"OCEM_LIMIT_COLUMNS": "500"}).columns, limits_from({}).columns
    (500, 2000)
    """
    names = {item.name: f"OCEM_LIMIT_{item.name.upper()}" for item in fields(Limits)}
    return Limits(**{name: int(environment[key]) for name, key in names.items() if environment.get(key, "").isdigit()})


LIMITS = limits_from(os.environ)


class Container(StrEnum):
    """What the first bytes say a file is."""

    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    HTML = "html"
    TEXT = "text"


@dataclass(frozen=True)
class Upload:
    """A file kept under the hash of its bytes; `name` is only what a person called it."""

    path: Path
    sha256: str
    size: int
    name: str


def refuse(code: str, **values: object) -> FileRefused:
    """Build the refusal of a whole file for one of the codes in `ocem.intake.codes`."""
    return FileRefused(code, FILE_ERRORS[code], **values)


def shown_name(name: str) -> str:
    r"""Return the last part of a path as given by a browser or a person, without control characters.

    Examples
    --------
    >>> shown_name("../../etc/orders\n.csv")
    'orders.csv'
    """
    tail = re.split(r"[/\\]", name)[-1]
    return "".join(char for char in tail if char.isprintable())[:200] or "file"


def keep_memory_at_hand() -> None:
    """Let the C library keep freed blocks of some megabytes instead of asking the system for each anew.

    glibc does so once it has seen a block of nearly 32 MiB freed; elsewhere nothing changes. A long reading works with
    such blocks throughout.
    """
    np.empty(_LEARNT_FROM, np.uint8)  # nothing is written there, so it takes no memory


def receive(
    source: Path | BinaryIO,
    folder: Path,
    name: str | None = None,
    limits: Limits = LIMITS,
    progress: Callable[[int], None] = lambda n_bytes: None,
) -> Upload:
    """Copy a file to ``folder/<sha256>`` while hashing it; the same bytes are kept once.

    `progress` is told the bytes taken in so far.

    Raises
    ------
    FileRefused
        ``empty_file`` or ``file_too_large``; nothing is left behind.
    """
    keep_memory_at_hand()
    folder.mkdir(parents=True, exist_ok=True)
    shown = shown_name(name or (source.name if isinstance(source, Path) else "file"))
    part = folder / f".{os.getpid()}-{os.urandom(6).hex()}.part"
    digest = hashlib.sha256()
    size = 0
    try:
        opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "wb") as target, ThreadPoolExecutor(1) as beside:
            hashed: Future[None] | None = None
            for block in _blocks(source):
                size += len(block)
                if size > limits.text_bytes:
                    raise refuse("file_too_large", file=shown, limit=limits.text_bytes // 1024**2)
                if hashed is not None:
                    hashed.result()
                hashed = beside.submit(digest.update, block)
                target.write(block)
                progress(size)
        if size == 0:
            raise refuse("empty_file", file=shown)
        final = folder / digest.hexdigest()
        part.replace(final)
    finally:
        part.unlink(missing_ok=True)
    return Upload(final, digest.hexdigest(), size, shown)


def _blocks(source: Path | BinaryIO) -> Iterator[bytes]:
    if isinstance(source, Path):
        with source.open("rb") as stream:
            yield from iter(lambda: stream.read(BLOCK), b"")
    else:
        yield from iter(lambda: source.read(BLOCK), b"")


_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    KeyError,  # a part that the archive's directory does not name
    ValueError,  # names that are no UTF-8, places before the beginning
    NotImplementedError,  # packed in a way that Python does not know
)
_BINARY = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF", b"\x7fELF", b"MZ", b"Rar!", b"7z\xbc\xaf", b"PAR1")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@contextmanager
def _refusing_damage(kind: str) -> Iterator[None]:
    """Refuse an archive that is broken; trouble of the disk is not the file's and goes up as it is."""
    try:
        yield
    except _DAMAGED as error:
        raise refuse("unsupported_type", kind=kind) from error
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # bad streams have no number, places outside the file are invalid
            raise
        raise refuse("unsupported_type", kind=kind) from error


def detect_container(path: Path, limits: Limits = LIMITS) -> Container:
    """Say what a file is by its bytes, refusing what cannot hold a table or could harm.

    Raises
    ------
    FileRefused
        ``not_text``, ``unsupported_type``, ``encrypted_file``, ``zip_bomb``, ``unsafe_xml`` or ``file_too_large``.
    """
    with path.open("rb") as stream:
        head = stream.read(4096)
    if head.startswith(b"%PDF"):
        raise refuse("unsupported_type", kind="PDF")
    if head.startswith(_OLE):
        return _check_ole(path, limits)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _check_zip(path, limits)
    if head.startswith(_BINARY) and b"\x00" in head + b"\x00" * head.startswith(b"\x89PNG"):
        raise refuse("not_text")
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head.replace(b"\x00", b""):
        raise refuse("unsupported_type", kind="XML Spreadsheet 2003")
    if _is_html(head):
        return Container.HTML
    return Container.TEXT


def _is_html(head: bytes) -> bool:
    text = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    return text.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<style")) or (
        text.startswith((b"<?xml", b"<!--")) and (b"<table" in text or b"<html" in text)
    )


def _check_ole(path: Path, limits: Limits) -> Container:
    """Old Excel is read; an encrypted package is not, and says so."""
    if path.stat().st_size > limits.workbook_bytes:
        raise refuse("file_too_large", file=path.name, limit=limits.workbook_bytes // 1024**2)
    data = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in data or "EncryptionInfo".encode("utf-16-le") in data:
        raise refuse("encrypted_file")
    if "Workbook".encode("utf-16-le") in data or "Book".encode("utf-16-le") in data:
        return Container.XLS
    raise refuse("unsupported_type", kind="OLE")


def _check_zip(path: Path, limits: Limits) -> Container:
    """Look at the directory of a zip before anything is unpacked."""
    if path.stat().st_size > limits.workbook_bytes:
        raise refuse("file_too_large", file=path.name, limit=limits.workbook_bytes // 1024**2)
    with _refusing_damage("zip"), zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        names = {part.filename for part in parts}
        if any(part.flag_bits & 0x1 for part in parts):
            raise refuse("encrypted_file")
        _check_unpacking(archive, parts, limits)
        for part in parts:
            if part.filename.endswith((".xml", ".rels", ".vml")):
                _refuse_doctype(archive, part)
        if "xl/workbook.xml" in names:
            return Container.XLSX
        mimetype = archive.read("mimetype") if "mimetype" in names else b""
        if mimetype.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
            if b"encryption-data" in archive.read("META-INF/manifest.xml"):
                raise refuse("encrypted_file")
            return Container.ODS
    raise refuse("unsupported_type", kind="zip")


def _check_unpacking(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Trust no declared size: unpack each part to nowhere and stop where the limit is."""
    total = 0
    for part in parts:
        allowed = min(limits.unpacked_bytes - total, max(limits.ratio * max(part.compress_size, 1), 1024**2))
        if part.file_size > allowed:
            raise refuse("zip_bomb", ratio=limits.ratio)
        with archive.open(part) as stream:
            size = 0
            for block in iter(lambda: stream.read(1024**2), b""):
                size += len(block)
                if size > allowed:
                    raise refuse("zip_bomb", ratio=limits.ratio)
        total += size


def _refuse_doctype(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Entities are declared in a DOCTYPE, which no spreadsheet program writes."""
    with archive.open(part) as stream:
        head = stream.read(64 * 1024).replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise refuse("unsafe_xml")


def unpack(upload: Upload, work: Path, limits: Limits = LIMITS) -> Path:
    """Return the file itself, or what a gzip file or a zip of one plain file holds, unpacked within the limits.

    Raises
    ------
    FileRefused
        ``zip_bomb`` when it unpacks to more than allowed, ``unsupported_type`` when the archive is damaged.
    """
    with upload.path.open("rb") as stream:
        head = stream.read(4)
    if head.startswith(b"\x1f\x8b"):
        return _unpack_gzip(upload, work, limits)
    if head.startswith(b"PK\x03\x04"):
        return _unpack_zip(upload, work, limits)
    return upload.path


def _copy_bounded(stream: BinaryIO, target: Path, packed: int, limits: Limits) -> Path:
    allowed = min(limits.text_bytes, max(limits.ratio * packed, 1024**2))
    size = 0
    with target.open("wb") as out:
        for block in iter(lambda: stream.read(BLOCK), b""):
            size += len(block)
            if size > allowed:
                raise refuse("zip_bomb", ratio=limits.ratio)
            out.write(block)
    return target


def _unpack_gzip(upload: Upload, work: Path, limits: Limits) -> Path:
    with _refusing_damage("gzip"), gzip.open(upload.path, "rb") as stream:
        return _copy_bounded(stream, work / "unpacked", upload.size, limits)  # type: ignore[arg-type]


_BESIDE = re.compile(r"^__MACOSX/|(?:^|/)(?:\.DS_Store|Thumbs\.db|desktop\.ini)$")
"""What file managers put into archives beside the files themselves."""


def _unpack_zip(upload: Upload, work: Path, limits: Limits) -> Path:
    with _refusing_damage("zip"), zipfile.ZipFile(upload.path) as archive:
        parts = [part for part in archive.infolist() if not part.is_dir() and not _BESIDE.search(part.filename)]
        if len(parts) != 1 or parts[0].filename.startswith(("mimetype", "xl/", "word/", "[Content")):
            return upload.path
        if parts[0].flag_bits & 0x1:
            raise refuse("encrypted_file")
        with archive.open(parts[0]) as stream:
            return _copy_bounded(stream, work / "unpacked", parts[0].compress_size, limits)  # type: ignore[arg-type]


def clear_folder(folder: Path) -> None:
    """Remove a working folder and all that is in it."""
    shutil.rmtree(folder, ignore_errors=True)
