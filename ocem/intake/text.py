"""Text files as UTF-8 blocks of whole physical lines, whatever encoding and line ends they came in.

Nothing is repaired silently: a NUL byte and a byte that the encoding does not know become two noncharacters that no
program writes, so the row that holds one can be refused with its reason and the other rows are read.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from ocem.intake.receive import BLOCK, refuse

NUL_MARK = "\ufdd0"
BAD_BYTE_MARK = "\ufdd1"
CUT_MARK = "\ufdd2"
"""Stands at the end of a line that was longer than `LONGEST_LINE` and was cut there."""

LONGEST_LINE = 2 * BLOCK
_KEPT_OF_A_LONG_LINE = 256 * 1024
_CONTROL = bytes(byte for byte in range(32) if byte not in b"\t\n\r\x0b\x0c\x1a\x1b")


@dataclass(frozen=True)
class TextFile:
    """How the bytes of a file become text."""

    path: Path
    encoding: str
    bom_length: int = 0
    has_nul: bool = False
    has_bad_bytes: bool = False
    choices: tuple[str, ...] = ()
    """Encodings between which the bytes do not decide; empty when they do."""

    @property
    def plain(self) -> bool:
        """Say whether the bytes are UTF-8 already, with nothing to mark."""
        return self.encoding == "utf-8" and not self.has_nul and not self.has_bad_bytes


def _mark_bad_byte(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return BAD_BYTE_MARK, max(error.end, error.start + 1)


codecs.register_error("ocem_mark", _mark_bad_byte)


def open_text(path: Path, encoding: str | None = None) -> TextFile:
    """Find out how a file's bytes are to be read; an `encoding` given by a profile or an answer wins.

    Raises
    ------
    FileRefused
        ``not_text`` when more than one byte in twenty is a control byte.
    """
    with path.open("rb") as stream:
        head = stream.read(64 * 1024)
    found = _by_mark(path, head) or _by_zeros(path, head)
    if found is None:
        if len(head.translate(None, _CONTROL)) < 0.95 * len(head):
            raise refuse("not_text")
        found = _by_validity(path)
    if encoding and encoding.replace("_", "-").lower() not in (found.encoding, "utf-8-sig"):
        return replace(found, encoding=codecs.lookup(encoding).name, has_bad_bytes=True, choices=())
    return replace(found, choices=()) if encoding else found


def _by_mark(path: Path, head: bytes) -> TextFile | None:
    """A byte order mark decides; a UTF-8 mark is still checked against the bytes that follow."""
    if head.startswith(codecs.BOM_UTF8):
        checked = _by_validity(path, skip=3)
        bad = checked.has_bad_bytes or checked.encoding != "utf-8"
        return replace(checked, encoding="utf-8", bom_length=3, has_bad_bytes=bad, choices=())
    if head.startswith(codecs.BOM_UTF16_LE):
        return TextFile(path, "utf-16-le", 2, has_nul=True, has_bad_bytes=True)
    if head.startswith(codecs.BOM_UTF16_BE):
        return TextFile(path, "utf-16-be", 2, has_nul=True, has_bad_bytes=True)
    return None


def _by_zeros(path: Path, head: bytes) -> TextFile | None:
    """UTF-16 without a mark: Latin letters leave a zero in every second byte, and only there."""
    sample = head[: len(head) // 2 * 2]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = max(len(sample) // 2, 1)
    encoding = None
    if odd > 0.4 * half and even < 0.05 * half:
        encoding = "utf-16-le"
    elif even > 0.4 * half and odd < 0.05 * half:
        encoding = "utf-16-be"
    if encoding is None:
        return None
    text = sample.decode(encoding, "replace")
    if sum(char < " " and char not in "\t\r\n" for char in text) > 0.05 * len(text):
        raise refuse("not_text")
    return TextFile(path, encoding, 0, has_nul=True, has_bad_bytes=True)


@dataclass
class _Tally:
    """What a pass over the bytes finds."""

    nul: bool = False
    utf8_lines: int = 0
    other_lines: int = 0
    unknown_to_cp1252: bool = False
    high: bytes = b""


def _by_validity(path: Path, skip: int = 0) -> TextFile:
    """UTF-8 if every line is, cp1252 if no line with accents is; else what most of these lines are."""
    tally = _Tally()
    for block in _whole_lines(path, skip):
        tally.nul = tally.nul or b"\x00" in block
        if block.isascii():
            continue
        try:
            block.decode("utf-8")
            tally.utf8_lines += 1
        except UnicodeDecodeError:
            _tally_lines(block, tally)
    if not tally.other_lines:
        return TextFile(path, "utf-8", skip, has_nul=tally.nul)
    if tally.utf8_lines >= tally.other_lines:
        return TextFile(path, "utf-8", skip, has_nul=tally.nul, has_bad_bytes=True)
    doubts = _doubtful_encodings(tally.high)
    return TextFile(path, "cp1252", skip, tally.nul, tally.unknown_to_cp1252, choices=doubts)


def _tally_lines(block: bytes, tally: _Tally) -> None:
    for line in re.split(rb"[\r\n]+", block):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            tally.utf8_lines += 1
        except UnicodeDecodeError:
            tally.other_lines += 1
            if not tally.unknown_to_cp1252:
                tally.unknown_to_cp1252 = bool(re.search(rb"[\x81\x8d\x8f\x90\x9d]", line))
            if len(tally.high) < 20_000:
                tally.high += line[:500] + b"\n"


_CP1252_ACCENTS = rb"[a-z][\xe0-\xff]|[A-Z][\xc0\xc1\xc4\xc8\xcc\xcd\xd6\xd9\xda\xdc]"
_AFTER_ACCENT = rb"(?=[A-Za-z ;,\t|\"'\n]|$)"
_OLD_PAGES = (
    ("cp850", rb"[A-Za-z]([\x82\x85\x87\x8a\x8d\x95\x97])", b"\x82\x8a\x8d\x95"),
    ("mac_roman", rb"[A-Za-z]([\x88\x8e\x8f\x93\x98\x9d])", b"\x88\x8e\x8f\x98\x9d"),
)
"""Old code pages, where their Italian accents sit, and those that windows text never has after a letter."""


_CITTA = re.compile(rb"[a-z]it\x85" + _AFTER_ACCENT)
"""The end of ``università`` in cp850; few words are broken off with an ellipsis just there."""


def _doubtful_encodings(sample: bytes) -> tuple[str, ...]:
    """Return the encodings to choose from when accents sit where old code pages have them, else nothing.

    A dash, an ellipsis or a quotation mark after a letter is ordinary cp1252, so one of these alone raises no doubt.
    """
    if re.search(_CP1252_ACCENTS, sample):
        return ()
    found = []
    for name, pattern, telling in _OLD_PAGES:
        accents = set(re.findall(pattern + _AFTER_ACCENT, sample))
        if len(accents) >= 2 or any(accent in telling for accent in accents) or _CITTA.search(sample):
            found.append(name)
    return (*found, "cp1252") if found else ()


def _whole_lines(path: Path, skip: int) -> Iterator[bytes]:
    """Yield raw blocks that end at a line end, so that no character is cut in two."""
    rest = b""
    with path.open("rb") as stream:
        stream.seek(skip)
        for block in iter(lambda: stream.read(BLOCK), b""):
            block = rest + block
            cut = max(block.rfind(b"\n"), block.rfind(b"\r")) + 1
            if cut == 0 and len(block) < LONGEST_LINE:
                rest = block
                continue
            cut = cut or len(block)
            rest = block[cut:]
            yield block[:cut]
    if rest:
        yield rest


def _utf8_pieces(text: TextFile) -> Iterator[bytes]:
    """Yield the file as UTF-8, cut anywhere between characters."""
    with text.path.open("rb") as stream:
        stream.seek(text.bom_length)
        if text.plain:
            yield from iter(lambda: stream.read(BLOCK), b"")
            return
        decoder = codecs.getincrementaldecoder(text.encoding)("ocem_mark")
        for block in iter(lambda: stream.read(BLOCK), b""):
            yield decoder.decode(block).replace("\x00", NUL_MARK).encode("utf-8", "replace")
        yield decoder.decode(b"", final=True).replace("\x00", NUL_MARK).encode("utf-8", "replace")


def line_blocks(text: TextFile) -> Iterator[bytes]:
    """Yield UTF-8 blocks of whole lines, every line ended by one LF (CRLF, LF and CR each end a line)."""
    rest = b""
    held = b""
    cutting = False
    for piece in _utf8_pieces(text):
        piece = held + piece
        held = b"\r" if piece.endswith(b"\r") else b""
        if held:
            piece = piece[:-1]
        if b"\r" in piece:
            piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if cutting:
            cut = piece.find(b"\n")
            if cut < 0:
                continue
            piece, cutting = piece[cut:], False
        piece = rest + piece
        cut = piece.rfind(b"\n") + 1
        rest = piece[cut:]
        if cut:
            yield piece[:cut]
        if len(rest) > LONGEST_LINE:
            kept = rest[:_KEPT_OF_A_LONG_LINE].decode("utf-8", "ignore") + CUT_MARK
            rest, cutting = kept.encode(), True
    rest = rest + b"\n" if held else rest
    rest = rest.rstrip(b"\x1a") if rest != b"\x1a\n" else b""
    if rest:
        yield rest if rest.endswith(b"\n") else rest + b"\n"


def line_batches(text: TextFile) -> Iterator[pa.RecordBatch]:
    """Yield record batches ``line INTEGER, text VARCHAR``; each text still ends with its LF.

    The text column points into the block that was read: no line is copied.
    """
    first = 1
    for block in line_blocks(text):
        ends = np.flatnonzero(np.frombuffer(block, np.uint8) == 10).astype(np.int32)
        offsets = np.zeros(len(ends) + 1, np.int32)
        offsets[1:] = ends + 1
        texts = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(block))
        numbers = pa.array(np.arange(first, first + len(ends), dtype=np.int32))
        yield pa.record_batch([numbers, texts], names=["line", "text"])
        first += len(ends)


def first_lines(text: TextFile, count: int, max_bytes: int = 2 * 1024**2) -> list[str]:
    """Return the first physical lines without their ends."""
    lines: list[str] = []
    size = 0
    for block in line_blocks(text):
        for line in block.decode("utf-8").split("\n")[:-1]:
            lines.append(line)
            size += len(line)
            if len(lines) >= count or size > max_bytes:
                return lines
    return lines


def lines_by_number(text: TextFile, wanted: set[int]) -> dict[int, str]:
    """Return the physical lines with these numbers, counted from 1."""
    found: dict[int, str] = {}
    first = 1
    for block in line_blocks(text):
        n_lines = block.count(b"\n")
        here = [number for number in wanted if first <= number < first + n_lines]
        if here:
            lines = block.decode("utf-8").split("\n")
            found.update((number, lines[number - first]) for number in here)
        first += n_lines
    return found
