"""Every act that the program logs has a name in words."""

import re
from pathlib import Path

from ocem.domain.decision import ActionState
from ocem.reporting.people import ACTIONS, records

ROOT = Path(__file__).resolve().parents[2]


def test_every_logged_act_has_a_name():
    found = set()
    for path in (ROOT / "ocem").rglob("*.py"):
        found |= set(re.findall(r'audit\.record\(\s*con,\s*"(\w+)"', path.read_text(encoding="utf-8")))
    found |= {f"action_{state.value}" for state in ActionState}
    assert len(found) > 25
    assert found - set(ACTIONS) == set()


def test_shown_tables_hold_no_formulas():
    # the browser offers every shown table as CSV
    assert list(records([{"external_id": "=HYPERLINK(1)", "amount": "-12,50"}]).iloc[0]) == ["'=HYPERLINK(1)", "-12,50"]
