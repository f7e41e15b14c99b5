"""A copy of a file that this process holds locked."""

import os
import subprocess
import sys
from pathlib import Path

_COPY = (
    "import shutil, sys\n"
    "try:\n    shutil.copyfile(sys.argv[1], sys.argv[2])\n"
    "except OSError as error:\n    sys.exit(error.errno or 1)\n"
)


def copy_apart(source: Path, target: Path) -> None:
    """Copy a file in a process of its own.

    A process that closes a file gives up every lock it has on it, whoever in it set the lock: if the store's own
    process read the store's file for a copy, another process could open the store afterwards, and both would write.

    Raises
    ------
    OSError
        If the copy cannot be made, as on a full disk.
    """
    done = subprocess.run([sys.executable, "-I", "-S", "-c", _COPY, str(source), str(target)], check=False)
    if done.returncode:
        raise OSError(max(done.returncode, 1), os.strerror(max(done.returncode, 1)), str(target))
