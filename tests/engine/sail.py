"""A real Spark Connect server for tests: Sail, in a process of its own that can be killed."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ocem.store.engine import settings

ROOT = Path(__file__).resolve().parents[2]
_SERVE = "from pysail.spark import SparkConnectServer as S; S('127.0.0.1', {port}).start(background=False)"


def python() -> Path:
    """Interpreter of the environment with client and engine."""
    return Path(os.environ.get(settings.PYTHON) or ROOT / ".venv-engine" / "bin" / "python")


def missing() -> str | None:
    """Say why there is no engine here, or None."""
    if not python().exists():
        return f"no engine: {python()} is not there (python3 start.py test installs it)"
    if subprocess.run([str(python()), "-c", "import pysail, pyspark"], capture_output=True).returncode:
        return f"no engine: {python()} lacks pysail or pyspark-client (python3 start.py test installs them)"
    return None


@dataclass
class Sail:
    """A server on one port, started again after it was killed."""

    log: Path
    port: int = 0
    child: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def address(self) -> str:
        return f"sc://127.0.0.1:{self.port}"

    def start(self) -> None:
        if not self.port:
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
        command = [str(python()), "-c", _SERVE.format(port=self.port)]
        with self.log.open("ab") as out:
            self.child = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.1)
        raise RuntimeError(f"Sail does not start; see {self.log}")

    def kill(self) -> None:
        if self.child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
            self.child = None


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Sail]:
    server = Sail(folder / "sail.log")
    server.start()
    try:
        yield server
    finally:
        server.kill()
