"""What all tests share: the order quick, slow, browser, and the folder of files that are not in this repository."""

import gc
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the quick tests first, so that a mistake shows within seconds."""

    def cost(item: pytest.Item) -> int:
        return 2 if item.get_closest_marker("browser") else bool(item.get_closest_marker("slow"))

    items.sort(key=cost)


def pytest_unconfigure() -> None:
    """Give up what the app's warm-up keeps from being collected; DuckDB would call it leaked after the summary."""
    gc.unfreeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder beside the repository with real exports and published cases; absent in most clones."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder ../shared with real exports is not here")
    return folder
