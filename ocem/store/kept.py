"""What was read or computed once and still holds: kept for one state of the data, computed once however many ask."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

Value = TypeVar("Value")
ALWAYS = -1
"""The state of what no write of the store changes: its key says what it depends on."""


@dataclass
class _Place:
    """One value, or the wait for it."""

    ready: threading.Event = field(default_factory=threading.Event)
    value: Any = None
    failed: bool = False


class Kept:
    """Values by state of the data and key, the least recently asked for given up first.

    Who asks for what somebody else is computing waits for it. A failure is not kept: whoever waited computes anew.
    Values are shared between threads; nobody changes them. Whatever a value depends on belongs into its key, above all
    the rows that a person may see.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._places: OrderedDict[tuple[int, Hashable], _Place] = OrderedDict()

    def get(self, state: int, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return what is kept, or make and keep it."""
        while True:
            with self._lock:
                place = self._places.get((state, key))
                mine = place is None
                if place is None:
                    place = self._places[state, key] = _Place()
                    while len(self._places) > self._most:
                        self._places.popitem(last=False)
                else:
                    self._places.move_to_end((state, key))
            if mine:
                return self._make(place, (state, key), make)
            place.ready.wait()
            if not place.failed:
                value: Value = place.value
                return value

    def holds(self, state: int, key: Hashable) -> bool:
        """Say whether a value is at hand without waiting."""
        with self._lock:
            place = self._places.get((state, key))
            return place is not None and place.ready.is_set()

    def forget_before(self, state: int) -> None:
        """Give up what was said of earlier data."""
        with self._lock:
            for at in [at for at in self._places if ALWAYS != at[0] < state]:
                del self._places[at]

    def clear(self) -> None:
        """Give everything up."""
        with self._lock:
            self._places.clear()

    def _make(self, place: _Place, at: tuple[int, Hashable], make: Callable[[], Value]) -> Value:
        try:
            value = make()
        except BaseException:
            place.failed = True
            with self._lock:
                if self._places.get(at) is place:
                    del self._places[at]
            raise
        else:
            place.value = value
            return value
        finally:
            place.ready.set()
