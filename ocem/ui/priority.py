"""Work that nobody watches steps back behind the pages."""

import os
import sys
import threading
from contextlib import suppress

BEHIND = 10
"""As `nice` counts: a page that wants the processor gets some nine tenths of it."""


def step_back() -> None:
    """Let this thread, and threads it starts, have the processor when pages do not want it; for as long as it lives.

    Only Linux gives each thread a priority of its own; elsewhere nothing happens.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            thread = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, thread, max(BEHIND, os.getpriority(os.PRIO_PROCESS, thread)))
