"""What the environment lets the engine use: processors and memory."""

import os
import re

from ocem.errors import N_, WrongUse

THREADS = "OCEM_THREADS"
"""How many processors a query may use at once; all of them unless said."""
MEMORY = "OCEM_MEMORY_LIMIT"
"""What the engine may hold, such as ``1GB``."""
_AMOUNT = re.compile(r"[1-9]\d*(?:\.\d+)?\s*(?:[KMGT](?:i?B)?|B|%)", re.IGNORECASE)


def said_threads() -> int | None:
    """Return how many processors `OCEM_THREADS` allows, None where it says nothing.

    Raises
    ------
    WrongUse
        If it is not a number from 1 to 1024.
    """
    said = os.environ.get(THREADS, "").strip()
    if not said:
        return None
    if not said.isdecimal() or not 1 <= int(said) <= 1024:
        raise WrongUse(N_("{name} is {value}. Set it to a number of processors, such as 2."), name=THREADS, value=said)
    return int(said)


def said_memory() -> str | None:
    """Return the memory that `OCEM_MEMORY_LIMIT` allows, None where it says nothing.

    Raises
    ------
    WrongUse
        If it is no amount of memory.
    """
    said = os.environ.get(MEMORY, "").strip()
    if not said:
        return None
    if not _AMOUNT.fullmatch(said):
        raise WrongUse(N_("{name} is {value}. Set it to an amount of memory, such as 1GB."), name=MEMORY, value=said)
    return said
