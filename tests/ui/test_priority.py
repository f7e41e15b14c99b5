"""Imports leave the processor to the pages."""

import os
import sys
import threading

import pytest

from ocem.ui.priority import BEHIND, step_back


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives each thread a priority of its own")
def test_a_thread_steps_back_with_those_it_starts_and_the_others_stay():
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before, found = priority(), []

    def work() -> None:
        step_back()
        child = threading.Thread(target=lambda: found.append(priority()))
        child.start()
        child.join()
        found.append(priority())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [max(BEHIND, before)] * 2
    assert priority() == before
