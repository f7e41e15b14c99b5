"""Files come in by a streamed PUT: flat memory whatever their size, and a short-lived token instead of trust."""

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import shutil
import time
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ocem.i18n import N_, Words
from ocem.ui.database import database_path

SECRET = secrets.token_bytes(32)
"""Tokens live no longer than the process."""
LIFETIME_S = 6 * 3600
KEPT_S = 24 * 3600
MAX_BYTES = int(os.environ.get("OCEM_MAX_UPLOAD_MB", "4096")) * 1024 * 1024
ID = re.compile(r"[0-9a-f]{32}")

REFUSALS = {
    "token": N_("The page is too old to upload from. Reload it."),
    "too_large": N_("The file {file} is larger than {limit} MB."),
    "disk": N_("There is no room on the server's disk for {file}."),
    "empty": N_("The file is empty."),
}


def incoming() -> Path:
    """Return the folder in which uploads wait for their import."""
    return database_path().parent / "uploads" / "incoming"


def token(session: str, lang: str, now: float | None = None) -> str:
    """Return a token with which one session may upload for some hours."""
    content = json.dumps({"session": session, "lang": lang, "until": (now or time.time()) + LIFETIME_S}).encode()
    signature = hmac.new(SECRET, content, hashlib.sha256).digest()
    return f"{_text(content)}.{_text(signature)}"


def read_token(given: str, now: float | None = None) -> dict[str, str] | None:
    """Return what a token says, or None when it is forged or too old."""
    try:
        content, signature = (_bytes(part) for part in given.split("."))
    except ValueError:
        return None
    if not hmac.compare_digest(hmac.new(SECRET, content, hashlib.sha256).digest(), signature):
        return None
    said = json.loads(content)
    return said if said["until"] >= (now or time.time()) else None


async def receive(request: Request) -> Response:
    """Write the request's body to disk as it comes and answer with the upload's number."""
    said = read_token(request.path_params["token"])
    if said is None:
        return _refuse("it", "token", 403)
    name, lang = safe_name(request.query_params.get("name", "")), said["lang"]
    announced = int(request.headers.get("content-length") or 0)
    limit = MAX_BYTES // 1024 // 1024
    if announced > MAX_BYTES:
        return _refuse(lang, "too_large", 413, file=name, limit=limit)
    upload = secrets.token_hex(16)
    folder = folder_of(said["session"]) / upload
    folder.mkdir(parents=True)
    if shutil.disk_usage(folder).free < announced * 2:
        shutil.rmtree(folder)
        return _refuse(lang, "disk", 507, file=name)
    try:
        size = await _write(request, folder / name)
    except OSError:
        shutil.rmtree(folder)
        return _refuse(lang, "disk", 507, file=name)
    except BaseException:  # the browser went away in the middle
        shutil.rmtree(folder)
        raise
    if size == 0 or size > MAX_BYTES:
        shutil.rmtree(folder)
        return _refuse(lang, "empty", 400) if size == 0 else _refuse(lang, "too_large", 413, file=name, limit=limit)
    return JSONResponse({"upload": upload, "name": name, "bytes": size}, status_code=201)


async def _write(request: Request, path: Path) -> int:
    size = 0
    with path.open("wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MAX_BYTES:
                break
            file.write(chunk)
    return size


def find(session: str, upload: str) -> Path | None:
    """Return the file that a session uploaded under a number."""
    if not ID.fullmatch(upload):
        return None
    folder = folder_of(session) / upload
    return next((path for path in folder.iterdir() if path.is_file()), None) if folder.is_dir() else None


def forget(path: Path) -> None:
    """Remove an upload that is no longer needed."""
    shutil.rmtree(path.parent, ignore_errors=True)


def sweep(now: float | None = None) -> None:
    """Remove uploads that nobody imported within a day."""
    oldest = (now or time.time()) - KEPT_S
    if incoming().is_dir():
        for folder in incoming().iterdir():
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)


def folder_of(session: str) -> Path:
    """Return the folder of one session, named so that it gives the session away to nobody."""
    return incoming() / hashlib.sha256(session.encode()).hexdigest()[:24]


def safe_name(name: str) -> str:
    r"""Return a file name without folders, control characters or a leading dot.

    Examples
    --------
    >>> safe_name("../../etc/passwd"), safe_name("C:\\dati\\Ordini 2026.csv"), safe_name("")
    ('passwd', 'Ordini 2026.csv', 'file')
    """
    last = re.split(r"[\\/]", name)[-1]
    clean = "".join(letter for letter in last if letter.isprintable()).strip().lstrip(".")
    return clean[-120:] or "file"


def _refuse(lang: str, code: str, status: int, **values: object) -> Response:
    reason = Words(lang).gettext(REFUSALS[code], **values)
    return JSONResponse({"error": code, "reason": reason}, status_code=status)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
