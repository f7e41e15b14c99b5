"""Talking with an engine through its client, a process of its own that can be given up at any time."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ocem.errors import N_, EngineFailed
from ocem.store.engine.settings import GONE, Engine

KNOWN_VERSIONS = ("4.",)
"""Beginnings of the versions of Spark whose SQL the text was compared on."""
GIVE_UP_S = 3.0
_SAID = {
    "gone": GONE,
    "tls": N_(
        "The engine {engine} does not speak TLS, or its certificate is not trusted; a token goes over TLS only. "
        "All sums stay as they were."
    ),
    "token": N_("The engine {engine} refuses the token. All sums stay as they were."),
    "version": N_("The engine {engine} and its client do not fit: {detail}. All sums stay as they were."),
    "absent": N_("The engine {engine} finds no facts in {folder}. All sums stay as they were."),
    "query": N_("The engine {engine} refused: {detail}. All sums stay as they were."),
}


class Conversation:
    """Orders to one client and its answers, until a moment at which patience ends."""

    def __init__(self, engine: Engine, process: "subprocess.Popen[bytes]") -> None:
        self.engine = engine
        self._process = process
        self._ends = time.monotonic() + engine.limit_s
        self._rest = b""

    def open(self) -> str:
        """Begin a session; return the engine's version.

        Raises
        ------
        EngineFailed
            If it is one whose SQL we do not know.
        """
        version = str(self.ask("open", address=self.engine.connection())["version"])
        if not version.startswith(KNOWN_VERSIONS):
            raise EngineFailed(
                "version",
                N_("The engine {engine} is version {found}; known are {known}. All sums stay as they were."),
                engine=self.engine.shown,
                found=version,
                known=", ".join(item + "x" for item in KNOWN_VERSIONS),
            )
        return version

    def ask(self, do: str, **order: Any) -> dict[str, Any]:
        """Give one order and wait for its answer.

        Raises
        ------
        EngineFailed
            If there is none, none in time, or the engine refused.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **order}, default=str).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise self._failed("gone", "") from error
        answer: dict[str, Any] = json.loads(self._line())
        if "error" in answer:
            raise self._failed(str(answer["error"]["code"]), str(answer["error"]["text"]))
        return answer

    def _line(self) -> bytes:
        out = self._process.stdout
        assert out is not None
        with selectors.DefaultSelector() as waiting:
            waiting.register(out, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                if not waiting.select(max(0.0, self._ends - time.monotonic())):
                    raise EngineFailed(
                        "slow",
                        N_("The engine {engine} was not done after {seconds} seconds. All sums stay as they were."),
                        engine=self.engine.shown,
                        seconds=round(self.engine.limit_s),
                    )
                part = os.read(out.fileno(), 65536)
                if not part:
                    raise EngineFailed(
                        "client",
                        N_("The client of the engine {engine} ended by itself. All sums stay as they were."),
                        engine=self.engine.shown,
                    )
                self._rest += part
        line, self._rest = self._rest.split(b"\n", 1)
        return line

    def _failed(self, code: str, detail: str) -> EngineFailed:
        known = code if code in _SAID else "query"
        return EngineFailed(
            known, _SAID[known], engine=self.engine.shown, folder=self.engine.folder, detail=detail.rstrip(".")
        )


@contextmanager
def conversation(engine: Engine, log: Path) -> Iterator[Conversation]:
    """Start the client for the length of a block; however the block ends, the client ends too.

    Parameters
    ----------
    log : Path
        Where the client's own messages go.
    """
    with log.open("wb") as messages:
        process = subprocess.Popen(
            [*engine.worker],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=messages,
            env=_environment(),
            start_new_session=True,  # Ctrl-C reaches us alone; we end the client
        )
        try:
            yield Conversation(engine, process)
        finally:
            _end(process)


def _environment() -> dict[str, str]:
    """Return our environment without what belongs to our own interpreter."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return kept | {"PYTHONWARNINGS": "ignore", "GRPC_VERBOSITY": "NONE"}


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Let the client go: politely, so that the engine hears of it, then for good."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    for patience_s, number in ((0.5, signal.SIGTERM), (GIVE_UP_S, signal.SIGKILL)):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience_s)
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
    process.wait()
