"""What the environment says of processors and memory: taken where it makes sense, else said in a sentence."""

from pathlib import Path

import pytest

from ocem.errors import WrongUse
from ocem.store.database import Database
from ocem.store.resource import said_memory, said_threads


@pytest.mark.parametrize("said", ["two", "0", "-1", "1.5", "1e3", "²"])
def test_a_wrong_number_of_processors_is_said_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("OCEM_THREADS", said)
    with pytest.raises(WrongUse) as caught:
        Database.open(tmp_path / "ocem.duckdb")
    assert caught.value.values == {"name": "OCEM_THREADS", "value": said}


@pytest.mark.parametrize("said", ["abc", "1024", "none", "-1GB", "0GB"])
def test_a_wrong_amount_of_memory_is_said_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("OCEM_MEMORY_LIMIT", said)
    with pytest.raises(WrongUse) as caught:
        Database.open(tmp_path / "ocem.duckdb")
    assert caught.value.values == {"name": "OCEM_MEMORY_LIMIT", "value": said}


def test_what_makes_sense_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCEM_THREADS", " 2 ")
    monkeypatch.setenv("OCEM_MEMORY_LIMIT", "1.5 GiB")
    assert (said_threads(), said_memory()) == (2, "1.5 GiB")
    monkeypatch.setenv("OCEM_THREADS", "")
    monkeypatch.delenv("OCEM_MEMORY_LIMIT")
    assert (said_threads(), said_memory()) == (None, None)
