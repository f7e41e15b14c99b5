"""Roles, the log of acts and one customer's records as tables people read."""

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from ocem.domain.access import RIGHTS, Person, Right, Role
from ocem.domain.perimeter import Dimension
from ocem.i18n import N_, Words
from ocem.intake.rejects import safe_cell
from ocem.reporting.names import Names
from ocem.store.audit import Entry
from ocem.store.retention import Kept, Removed

ROLES = {
    Role.DIRECTOR: N_("Director"),
    Role.ANALYST: N_("Analyst"),
    Role.REVIEWER: N_("Reviewer"),
    Role.ADMINISTRATOR: N_("Administrator"),
}
ACTIONS = {
    "import": N_("Imported"),
    "undo": N_("Undone"),
    "rebuild": N_("Sums worked out anew"),
    "engine": N_("Sums made beyond this machine"),
    "engine failed": N_("Another engine made no sums"),
    "engine given back": N_("Days taken back from another engine"),
    "freeze": N_("Baseline frozen"),
    "grant": N_("Roles granted"),
    "forget": N_("Customer taken out"),
    "export": N_("Exported"),
    "define": N_("Defined"),
    "delete": N_("Deleted"),
    "reorder": N_("Reordered"),
    "scope": N_("Perimeter changed"),
    "merge": N_("Merged"),
    "split": N_("Split again"),
    "ex_ante": N_("Analysis ex ante written"),
    "link": N_("Link declared"),
    "link_tests": N_("Links tested"),
    "event": N_("Event written down"),
    "event_withdrawn": N_("Event withdrawn"),
    "review_closed": N_("Review closed"),
    "review_reopened": N_("Review reopened"),
    "rebase": N_("Limits re-based"),
    "decision": N_("Decided"),
    "decision_withdrawn": N_("Decision withdrawn"),
    "action": N_("Action assigned"),
    "action_done": N_("Action done"),
    "action_dropped": N_("Action dropped"),
    "action_open": N_("Action reopened"),
    "action_postponed": N_("Action postponed"),
    "round": N_("Feedback round written"),
    "theme": N_("Theme written"),
    "theme_tag": N_("Tag written"),
    "theme_closed": N_("Theme closed"),
    "theme_reopened": N_("Theme reopened"),
    "restitution": N_("Given back"),
    "assessment": N_("Maturity assessed"),
    "small_cell": N_("Protection of respondents changed"),
    "alert": N_("Alert sent"),
    "follow": N_("KPI followed"),
    "unfollow": N_("KPI no longer followed"),
    "about": N_("Looked at a customer's records"),
    "rotate_key": N_("Key of the pseudonyms changed"),
    "retention": N_("Old data taken away"),
    "set_retention": N_("Months kept changed"),
    "screen_names": N_("Names for comments given"),
}
DETAILS = {
    "version": N_("version"),
    "rows": N_("rows"),
    "reason": N_("reason"),
    "last": N_("last day"),
    "first": N_("first day"),
    "week": N_("week"),
    "source": N_("source"),
    "hash": N_("fingerprint"),
    "folder": N_("folder"),
    "due": N_("due"),
    "channel": N_("channel"),
    "address": N_("address"),
    "withdrawn": N_("withdrawn because"),
    "why": N_("why"),
    "tests": N_("tests"),
    "sums": N_("sums"),
    "state": N_("state"),
    "starts": N_("from"),
    "rules": N_("rules"),
    "restored": N_("restored"),
    "removed": N_("rows taken out"),
    "owner": N_("owner"),
    "order": N_("order"),
    "names": N_("names"),
    "months": N_("months"),
    "label": N_("label"),
    "kept": N_("kept"),
    "generation": N_("keys so far"),
    "file": N_("file"),
    "facts": N_("facts"),
    "comments": N_("comments"),
    "changed": N_("changed"),
    "roles": N_("roles"),
    "segments": N_("segments"),
    "touchpoints": N_("touchpoints"),
    "to": N_("to"),
    "format": N_("format"),
    "lang": N_("language"),
    "language": N_("language"),
    "kind": N_("kind"),
    "audience": N_("audience"),
    "theme": N_("theme"),
    "given_back": N_("given back"),
    "new": N_("new"),
    "left": N_("left"),
    "edition": N_("edition"),
    "silence": N_("why nothing is given back"),
}
TABLES = {
    "interaction": N_("Interactions"),
    "sale": N_("Orders"),
    "response": N_("Answers"),
    "journey": N_("Journeys"),
}


RIGHTS_SAID = {
    Right.READ: N_("Reads"),
    Right.COMMENT: N_("Comments, follows"),
    Right.IMPORT: N_("Imports"),
    Right.DEFINE: N_("Defines"),
    Right.DECIDE: N_("Freezes, closes, decides"),
    Right.EXPORT: N_("Exports"),
    Right.ADMINISTER: N_("Administers"),
}
KEPT = {
    Kept.INTERACTION: N_("Interactions, months"),
    Kept.SALE: N_("Orders, months"),
    Kept.RESPONSE: N_("Answers, months"),
    Kept.COMMENT: N_("Comments, months"),
    Kept.REJECT: N_("Refused cells, months"),
    Kept.UPLOAD: N_("Uploaded files, months"),
    Kept.BACKUP: N_("Copies, months"),
}


def role(words: Words, item: Role) -> str:
    """Name a role."""
    return words.gettext(ROLES[item])


def table_name(words: Words, table: str) -> str:
    """Name a stored table."""
    return words.gettext(TABLES[table]) if table in TABLES else table


def rights(words: Words) -> pd.DataFrame:
    """Return one row a role, one column a right."""
    yes = words.gettext("yes")
    columns = {words.gettext("Role"): [role(words, item) for item in Role]}
    columns |= {
        words.gettext(text): [yes if right in RIGHTS[item] else "–" for item in Role]
        for right, text in RIGHTS_SAID.items()
    }
    return pd.DataFrame(columns)


def kept(words: Words, kind: Kept) -> str:
    """Name a kind of data that has months of its own."""
    return words.gettext(KEPT[kind])


def removed(words: Words, items: Sequence[Removed]) -> str:
    """Say what the rules took away."""
    told = [
        words.gettext("{kind}: {n} from before {day}", kind=kept(words, item.kind), n=item.n, day=item.before)
        for item in items
        if item.n
    ]
    return "; ".join(told) or words.gettext("Nothing is older than its months.")


def grants(words: Words, people: Sequence[Person], names: Names) -> pd.DataFrame:
    """Return one row a person: roles and rows."""
    _ = words.gettext

    def rows(dimension: Dimension, keys: frozenset[str] | None) -> str:
        return _("all") if keys is None else words.listed(names.member(dimension, key) for key in sorted(keys))

    table = pd.DataFrame(
        {
            _("Person"): [item.name for item in people],
            _("Roles"): [words.listed(role(words, found) for found in sorted(item.roles)) for item in people],
            _("Segments"): [rows(Dimension.SEGMENT, item.grant.segments) for item in people],
            _("Touchpoints"): [rows(Dimension.TOUCHPOINT, item.grant.touchpoints) for item in people],
        }
    )
    return _disarmed(table)


def log(words: Words, entries: Sequence[Entry]) -> pd.DataFrame:
    """Return one row an act, newest first."""
    _ = words.gettext
    table = pd.DataFrame(
        {
            _("Entry"): [item.seq for item in entries],
            _("When"): [words.show(item.done_at) for item in entries],
            _("Who"): [item.actor for item in entries],
            _("What"): [_(ACTIONS[item.action]) if item.action in ACTIONS else item.action for item in entries],
            _("About"): [item.subject or "" for item in entries],
            _("Details"): [_details(words, item.details) for item in entries],
            _("Seal"): [item.hash for item in entries],
        }
    )
    return _disarmed(table)


def _details(words: Words, details: dict[str, Any]) -> str:
    return ", ".join(
        f"{_detail(words, name)}: {json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value}"
        for name, value in details.items()
        if value not in (None, "", [], {})
    )


def _detail(words: Words, name: str) -> str:
    return words.gettext(DETAILS[name]) if name in DETAILS else name.replace("_", " ")


def records(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return one customer's stored rows with the columns that hold something."""
    table = pd.DataFrame([{name: "" if value is None else str(value) for name, value in row.items()} for row in rows])
    return _disarmed(table.loc[:, (table != "").any()])


def as_json(found: dict[str, list[dict[str, Any]]]) -> bytes:
    """Write one customer's stored rows so that another program reads them."""
    return json.dumps(found, ensure_ascii=False, indent=1, default=str).encode()


def as_csv(table: pd.DataFrame) -> bytes:
    """Write a table as CSV for spreadsheet programs."""
    text: str = _disarmed(table).to_csv(index=False, sep=";")
    return text.encode("utf-8-sig")


def _disarmed(table: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before texts that spreadsheet programs take for formulas: shown tables are downloaded too."""
    return table.map(lambda value: safe_cell(value) if isinstance(value, str) else value)
