"""What a process takes, seen from outside."""

from contextlib import suppress
from pathlib import Path


def processor_seconds(pid: int) -> float:
    """Return what the threads of a process and of its children have taken so far, to the nanosecond."""
    folder = Path(f"/proc/{pid}/task")
    seconds = 0.0
    for thread in folder.iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread may end while it is looked at
            seconds += int((thread / "schedstat").read_text(encoding="ascii").split()[0]) / 1e9
            children = (thread / "children").read_text(encoding="ascii").split()
            seconds += sum(processor_seconds(int(child)) for child in children)
    return seconds
