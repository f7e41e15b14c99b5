"""Published import cases, when they lie beside the repository: each is graded by its own grader, none may fail."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.slow  # many small ones that add up

CASES = Path(__file__).resolve().parents[2] / "shared" / "csv_cases"
NAMES = sorted(path.name for path in (CASES / "open").iterdir()) if (CASES / "open").is_dir() else []


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not NAMES, reason="the import cases of ../shared are not here")
@pytest.mark.parametrize("name", NAMES)
def test_the_case_is_read_as_expected(name: str, tmp_path: Path) -> None:
    check, adapter = load(CASES / "check.py"), load(Path(__file__).with_name("csv_cases_adapter.py"))
    case = json.loads((CASES / "open" / name / "expected.json").read_text(encoding="utf-8"))
    store = adapter.open_store(str(tmp_path))
    wrong, batches = [], {}
    for number, step in enumerate(case["steps"]):
        if step["action"] == "undo":
            adapter.undo(store, batches[step["undo_step"]])
        else:
            path = str(CASES / "open" / name / step["file"])
            found = adapter.import_file(store, path, step["profile"], case["fields"], case["key"], case["required"])
            batches[number] = found.get("batch")
            hard, soft = check.grade(step["expect"], found, case["key"])
            wrong += hard + soft
        state = adapter.state(store)
        wrong += [
            f"{what}: {state[what]}"
            for what, value in (step.get("state") or {}).items()
            if not check.same(state[what], value)
        ]
    store.close()
    assert wrong == []
