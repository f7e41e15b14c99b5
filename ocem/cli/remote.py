"""While the app holds the store, commands ask the app: same functions, same answers.

The app writes its port and a random token into a file only its owner may read; the command line sends both back. The
route listens where the app listens and answers nobody without the token.
"""

import argparse
import contextlib
import hmac
import io
import json
import os
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ocem.cli.outcome import Outcome
from ocem.errors import OcemError
from ocem.i18n import Words
from ocem.store.database import Database

FORWARDED = frozenset(
    {
        "imports", "undo", "check", "objectives", "kpis", "freeze", "compare", "backup", "digest",
        "links", "displacement",
        "grant", "people", "audit", "about", "forget", "retention", "names", "rotate-key",
        "review", "alerts", "follow",
        "voices", "restitution", "roi", "maturity",
        "perimeter", "roadmap", "engine",
    }
)  # fmt: skip
"""Commands the app answers; imports go through the inbox."""
PATH = "/api/command"
TIMEOUT_S = 600.0


def _note(db: Path) -> Path:
    db = Path(db).expanduser().resolve()
    return db.with_name(f".{db.name}.app.json")


def announce(db: Path, port: int) -> str:
    """Write down where this app answers commands about a store; return the token."""
    token = secrets.token_urlsafe(32)
    path = _note(db)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"port": port, "token": token, "pid": os.getpid()}, file)
    return token


def withdraw(db: Path) -> None:
    """Take the note away when the app ends."""
    _note(db).unlink(missing_ok=True)


def ask(db: Path, arguments: list[str], patience_s: float = TIMEOUT_S) -> Outcome | None:
    """Send a command to the app that holds the store; None when no app answers."""
    try:
        note = json.loads(_note(db).read_text(encoding="utf-8"))
        request = urllib.request.Request(
            f"http://127.0.0.1:{int(note['port'])}{PATH}",
            data=json.dumps({"arguments": arguments, "folder": str(Path.cwd())}).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {note['token']}"},
        )
        with urllib.request.urlopen(request, timeout=patience_s) as response:
            answer = json.load(response)
    except (OSError, ValueError, KeyError, urllib.error.URLError):
        return None
    return Outcome(answer["document"], answer["lines"], answer["status"], answer.get("message"))


def allowed(header: str | None, token: str) -> bool:
    """Say whether a request carries the token."""
    return hmac.compare_digest((header or "").encode(), f"Bearer {token}".encode())


def answer(
    database: Database, parse: Callable[[list[str]], argparse.Namespace], arguments: list[str], folder: Path
) -> dict[str, Any]:
    """Run a forwarded command on the app's own store; files are meant relative to the sender's folder."""
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            options = parse(arguments)
    except SystemExit:
        return {"status": 2, "document": None, "lines": [], "message": "wrong use"}
    if options.command not in FORWARDED:
        return {"status": 2, "document": None, "lines": [], "message": "not answered here"}
    options.database = database
    for name in ("file", "folder"):
        if getattr(options, name, None) is not None:
            setattr(options, name, folder / getattr(options, name))
    if getattr(options, "out", None) is not None:
        options.out = folder / options.out
    words = Words(options.lang)
    try:
        outcome = options.run(options, words)
    except OcemError as error:
        message = words.error(error)
        document = {"error": type(error).__name__, "message": message}
        return {"status": error.exit_status, "document": document, "lines": [], "message": message}
    document = json.loads(json.dumps(outcome.document, default=str, allow_nan=False))
    return {"status": outcome.status, "document": document, "lines": outcome.lines, "message": None}
