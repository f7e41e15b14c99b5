"""Pseudonyms for customers: HMAC-SHA256 under a key that lives outside the database."""

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from ocem.errors import N_, Refused

KEY_NAME = "secret.key"
KEY_BYTES = 32


def load_key(folder: Path, data_exist: bool) -> bytes:
    """Return the installation's key, making it at first use.

    Parameters
    ----------
    folder : Path
        Where the database lives; the key stands beside it.
    data_exist : bool
        Whether pseudonyms were stored already: then a missing key is never replaced by a new one.

    Raises
    ------
    Refused
        If others can read the key, if it is damaged, or if it is missing although data exist.
    """
    path = folder / KEY_NAME
    if not path.exists():
        if data_exist:
            raise Refused(
                N_("The key {path} is missing. Put it back from a backup: without it customers cannot be recognised."),
                path=str(path),
            )
        return _make_key(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Refused(N_("Others can read the key {path}. Restrict it with: chmod 600 {path}"), path=str(path))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise Refused(N_("The key {path} is damaged. Put it back from your backup."), path=str(path))
    return key


def _make_key(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_bytes(KEY_BYTES)
    part = path.with_name(f".{KEY_NAME}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(key)
    try:
        os.link(part, path)
    except FileExistsError:
        return path.read_bytes()
    finally:
        part.unlink()
    return key


def pseudonym(key: bytes, text: str) -> int:
    """Return the 64-bit pseudonym of a customer: the first 8 bytes of HMAC-SHA256 over the folded text.

    Examples
    --------
    >>> pseudonym(b"k" * 32, " C-0017 ") == pseudonym(b"k" * 32, "c-0017")
    True
    """
    return int.from_bytes(hmac.digest(key, text.strip().casefold().encode(), hashlib.sha256)[:8], "big")
