"""A real engine: the text that DuckDB runs, run by Sail, gives the same sums; killed, it changes none."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocem.domain.fact import FactKind
from ocem.store.check import check
from ocem.store.engine import run, settings
from tests.engine import killed, sail
from tests.engine.conftest import World

pytestmark = pytest.mark.slow
TWO = (FactKind.INTERACTION, FactKind.SALE)
STAND_IN = (sys.executable, str(Path(__file__).with_name("stand_in.py")), "")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sail.Sail]:
    reason = sail.missing()
    if reason:
        pytest.skip(reason)
    with sail.running(tmp_path_factory.mktemp("sail")) as found:
        yield found


@pytest.fixture(autouse=True)
def client(server: sail.Sail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.PYTHON, str(sail.python()))


def test_sail_runs_the_text_that_duckdb_runs_and_brings_the_same_sums(world: World, server: sail.Sail) -> None:
    before = world.sums()
    done = run.run(world.database, settings.settings(server.address, str(world.folder)), TWO)
    assert done.rows == {"sale": 300, "interaction": 200} and done.version.startswith("4.")
    after = world.sums()
    assert [row[:6] for row in after] == [row[:6] for row in before]
    for ours, theirs in zip(before, after, strict=True):
        assert theirs[6:] == pytest.approx(ours[6:], rel=1e-9)
    assert check(world.database) == []


def test_killed_in_the_middle_the_sums_are_old_or_new(filled: Path, server: sail.Sail, tmp_path: Path) -> None:
    path = Path(shutil.copy2(filled / "ocem.duckdb", tmp_path))
    lakes = tuple(killed.lake(tmp_path / f"{cents}", cents, orders=30_000, segments=6) for cents in (0, 25))
    known = {}
    for folder in lakes:
        killed.job(path, server.address, folder, STAND_IN)
        known[killed.fingerprint(path)] = folder
    assert len(known) == 2
    tally = killed.Tally(holds=lakes[1])
    killed.try_engine(path, server, lakes, known, tally, seed=1)
    killed.try_ourselves(path, server.address, lakes, known, tally, seed=2, worker=STAND_IN[1])
    assert tally.faults == [] and tally.tries == 2
