"""Answers made before anybody waits for them, and memory given back, by one thread while the app runs.

After every change of the data the answers that people asked for lately are made anew, the first pages' before all. One
computation serves everybody: whoever asks meanwhile waits for the same one.
"""

import ctypes
import gc
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from ocem.domain.access import Person
from ocem.domain.perimeter import Dimension
from ocem.errors import OcemError
from ocem.evaluation.member import members
from ocem.evaluation.view import EVERYTHING, View
from ocem.store import access
from ocem.store.database import Database

EVERY_S = 0.5
TIDIED_EVERY_S = 20.0
QUIET_S = 2.0
LONGEST_UNTIDY_S = 600.0
SLOW_S = 0.03
"""An answer that took less is not worth making ahead."""
LATELY_S = 900.0
LONGEST_BEHIND_S = 30.0
MOST = 100
PAUSE_S = 0.02
"""Between two answers, so that those who wait for theirs come first."""
log = logging.getLogger("ocem")


@dataclass(frozen=True)
class Asked:
    """A question that took its time: how it is put, by whom, when last."""

    use_case: Callable[..., Any]
    arguments: tuple[Any, ...]
    named: tuple[tuple[str, Any], ...]
    person: Person
    at: float


class Lately:
    """The questions of the last minutes whose answers take time, the newest last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: OrderedDict[Any, Asked] = OrderedDict()
        self._runs = 0

    def note(self, key: Any, asked: Asked, seconds: float | None) -> None:
        """Take note of a question; `seconds` its answer took, None where it was at hand."""
        with self._lock:
            self._runs += 1
            if key in self._asked or (seconds is not None and seconds >= SLOW_S):
                self._asked[key] = asked
                self._asked.move_to_end(key)
                while len(self._asked) > MOST:
                    self._asked.popitem(last=False)

    def since(self, moment: float) -> list[Asked]:
        """Return what was asked since a moment, the newest first."""
        with self._lock:
            return [asked for asked in reversed(self._asked.values()) if asked.at >= moment]

    def count(self) -> int:
        """Return how often anything was asked."""
        return self._runs


LATELY = Lately()


class Shown:
    """Which state of the data pages speak of: the newest whose first answers are made, so that nobody waits for them.

    Who changed something sees the change at once. Nobody sees data older than `LONGEST_BEHIND_S`.
    """

    def __init__(self) -> None:
        self._ready: int | None = None
        self._behind_since: float | None = None

    def of(self, store: Database, name: str) -> int:
        """Return the state of the data to show to a person."""
        newest, ready, now = store.data_version(), self._ready, time.monotonic()
        if ready is None or ready >= newest:
            return newest
        since = self._behind_since = self._behind_since or now
        return newest if now - since > LONGEST_BEHIND_S else max(ready, store.written_by(name))

    def is_ready(self, state: int) -> None:
        """Show a state from now on."""
        self._ready, self._behind_since = state, None

    def newest(self) -> None:
        """Show whatever is newest: nobody makes answers ahead."""
        self._ready = None


SHOWN = Shown()


def keep_warm(stop: threading.Event) -> None:
    """Make answers ahead after each change of the data, and give memory back, until told to stop."""
    from ocem.ui.database import database

    access.begin(access.SYSTEM)
    state, tidy = -1, Tidy(time.monotonic())
    SHOWN.is_ready(database().data_version())
    while not stop.wait(EVERY_S):
        try:
            store = database()
            if (now := store.data_version()) != state:
                state = now
                make_ahead(store, stop)
            if tidy.is_due(LATELY.count(), time.monotonic()):
                give_back()
        except OcemError as error:
            log.warning("%s", error)
        except Exception:
            log.exception("Answers could not be made ahead")
    SHOWN.newest()


def make_ahead(store: Database, stop: threading.Event) -> bool:
    """Answer for the data as they are what the first pages ask, what people asked lately, what they may choose next.

    Returns
    -------
    bool
        Whether the data stayed as they are until what pages need first was made.
    """
    state = store.data_version()
    of_pages = [Asked(*question, (), access.SYSTEM, 0.0) for question in _first_asked()]
    lately = LATELY.since(time.monotonic() - LATELY_S)
    if not _answered(store, state, (*of_pages, *lately), stop):
        return False
    SHOWN.is_ready(state)
    store.forget_before(state)
    _answered(store, state, _next_asked(store), stop)
    return True


def _answered(store: Database, state: int, questions: Iterable[Asked], stop: threading.Event) -> bool:
    from ocem.ui.database import answer

    for asked in questions:
        if stop.wait(PAUSE_S) or store.data_version() != state:
            return False
        with access.acting(asked.person), suppress(OcemError):
            answer(store, state, asked.use_case, asked.arguments, dict(asked.named))
    return True


def _first_asked() -> list[tuple[Callable[..., Any], tuple[Any, ...]]]:
    """Return what the pages ask of whoever opens them without a filter."""
    from ocem.evaluation import displacement, link
    from ocem.evaluation.control_room import control_room
    from ocem.evaluation.scorecard import scorecards
    from ocem.ui.filters import last_day

    return [
        (last_day, ()),
        (control_room, (EVERYTHING,)),
        (displacement.highlights, ()),
        (link.highlights, ()),
        (scorecards, ("touchpoint", EVERYTHING)),
        (scorecards, ("segment", EVERYTHING)),
    ]


def _next_asked(store: Database) -> Iterator[Asked]:
    """Yield the first page cut down to each single member of its filters."""
    from ocem.evaluation.control_room import control_room

    views = [View(segments=(item.key,)) for item in members(store, Dimension.SEGMENT)]
    views += [View(touchpoints=(item.key,)) for item in members(store, Dimension.TOUCHPOINT)]
    for view in views:
        yield Asked(control_room, (view,), (), access.SYSTEM, 0.0)


class Tidy:
    """When to give memory back: after a burst of runs, in the first quiet moment, as everybody waits meanwhile."""

    def __init__(self, now: float) -> None:
        self._tidied_at = self._moved_at = now
        self._tidied, self._seen = 0, 0

    def is_due(self, runs: int, now: float) -> bool:
        """Say whether to tidy up now, so many questions having been asked so far."""
        if runs != self._seen:
            self._seen, self._moved_at = runs, now
        since, quiet = now - self._tidied_at, now - self._moved_at
        if runs == self._tidied or since < TIDIED_EVERY_S or (quiet < QUIET_S and since < LONGEST_UNTIDY_S):
            return False
        self._tidied, self._tidied_at = runs, now
        return True


def give_back() -> None:
    """Collect what runs have left behind and hand free memory back to the machine.

    Streamlit would collect after every run, which walks through all that is kept and takes half a run.
    """
    gc.collect()
    if (trim := _trim()) is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    """Return the C library's way to give memory back; not every system has one."""
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return None
    return found
