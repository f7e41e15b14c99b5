"""Every reason and warning that evaluation and statistics can give has a sentence."""

import ast
import re
from pathlib import Path

from ocem.reporting.note import TEMPLATES

ROOT = Path(__file__).resolve().parents[2]


def _codes() -> set[str]:
    """First arguments of Note(...) and Refusal(...), written as plain texts or as a choice of two."""
    found: set[str] = set()
    for path in [*(ROOT / "ocem" / "evaluation").rglob("*.py"), *(ROOT / "ocem" / "stats").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Note", "Refusal") and node.args:
                first = node.args[0]
                options = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                found |= {str(option.value) for option in options if isinstance(option, ast.Constant)}
    return found


def test_every_code_has_a_sentence():
    codes = _codes()
    assert len(codes) > 20
    said_by_the_review = {
        code
        for name in ("review", "finding")
        for code in re.findall(r'case "(\w+)"', (ROOT / f"ocem/reporting/{name}.py").read_text(encoding="utf-8"))
    }
    assert codes - set(TEMPLATES) - said_by_the_review == set()
