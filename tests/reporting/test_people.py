"""Every act that the program logs has a name in words."""

import re
from pathlib import Path

from ocem.domain.decision import ActionState
from ocem.reporting.people import ACTIONS

ROOT = Path(__file__).resolve().parents[2]


def test_every_logged_act_has_a_name():
    found = set()
    for path in (ROOT / "ocem").rglob("*.py"):
        found |= set(re.findall(r'audit\.record\(\s*con,\s*"(\w+)"', path.read_text(encoding="utf-8")))
    found |= {f"action_{state.value}" for state in ActionState}
    assert len(found) > 25
    assert found - set(ACTIONS) == set()
