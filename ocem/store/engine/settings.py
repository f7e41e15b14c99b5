"""Which engine, which folder, how long to wait: from the call, else from the environment; secrets from there alone."""

import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path

from ocem.errors import N_, EngineFailed, WrongUse

ADDRESS = "OCEM_ENGINE"
"""Address of the engine, ``sc://host:port`` with what Spark Connect takes behind it (``/;use_ssl=true``)."""
TOKEN = "OCEM_ENGINE_TOKEN"
FACTS = "OCEM_ENGINE_FACTS"
"""Folder with the facts as the engine sees it: an absolute path or an address such as ``s3a://bucket/ocem``."""
PYTHON = "OCEM_ENGINE_PYTHON"
"""Interpreter of the environment with the Spark Connect client."""
LIMIT_S = "OCEM_ENGINE_LIMIT_S"
DEFAULT_LIMIT_S = 6 * 3600.0
CONNECT_S = 10.0
PORT = 15002
"""What Spark Connect listens on unless told otherwise."""

_ADDRESS = re.compile(r"sc://(?P<host>[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>\d{1,5}))?/?(;(?P<more>.+))?")
_FOLDER = re.compile(r"(/|[a-z][a-z0-9+.-]*://).*")
_ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Engine:
    """Where sums are made and what is needed to ask for them; its text never shows the token."""

    host: str
    port: int
    more: str
    """What follows the address, such as ``use_ssl=true``."""
    folder: str
    limit_s: float
    worker: tuple[str, ...]
    """Command that starts the client."""

    @property
    def shown(self) -> str:
        """The address without what follows it."""
        return f"sc://{self.host}:{self.port}"

    def connection(self) -> str:
        """Return the whole address, with the token of the environment."""
        token = os.environ.get(TOKEN)
        more = ";".join(filter(None, (self.more, f"token={token}" if token else "")))
        return f"{self.shown}/;{more}" if more else self.shown

    def knock(self) -> None:
        """Find out within seconds whether anything listens there.

        Raises
        ------
        EngineFailed
            If nothing does.
        """
        try:
            socket.create_connection((self.host.strip("[]"), self.port), timeout=CONNECT_S).close()
        except OSError as error:
            raise EngineFailed("gone", GONE, engine=self.shown) from error


GONE = N_("The engine {engine} does not answer. All sums stay as they were.")


def settings(
    address: str | None = None,
    folder: str | None = None,
    limit_s: float | None = None,
    worker: tuple[str, ...] | None = None,
) -> Engine:
    """Return what the call says, else what the environment says.

    Raises
    ------
    WrongUse
        If there is no usable address or folder, or a secret was given where others can read it.
    """
    if address and "token=" in address:
        raise WrongUse(
            N_("A token on the command line can be read by others. Put it into the variable {variable}."),
            variable=TOKEN,
        )
    given = address or os.environ.get(ADDRESS, "")
    found = _ADDRESS.fullmatch(given)
    if found is None:
        raise WrongUse(
            N_("Give the address of the engine as sc://host:port, here or in the variable {variable}."),
            variable=ADDRESS,
        )
    place = (folder or os.environ.get(FACTS, "")).rstrip("/")
    if not _FOLDER.fullmatch(place):
        raise WrongUse(
            N_("Give the folder with the facts as the engine sees it, from its root on, here or in {variable}."),
            variable=FACTS,
        )
    return Engine(
        found["host"],
        int(found["port"] or PORT),
        found["more"] or "",
        place,
        limit_s or float(os.environ.get(LIMIT_S, DEFAULT_LIMIT_S)),
        worker or _worker(),
    )


def _worker() -> tuple[str, ...]:
    python = Path(os.environ.get(PYTHON) or _ROOT / ".venv-engine" / "bin" / "python")
    if not python.exists():
        raise EngineFailed(
            "client",
            N_("The client of the engine is not installed in {folder}. Run: python3 start.py engine"),
            folder=str(python.parents[1]),
        )
    return (str(python), str(Path(__file__).with_name("worker.py")))
