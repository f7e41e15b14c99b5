"""Members proposed for texts that are not spelled like one."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from ocem.domain.perimeter import Member
from ocem.intake.look import fold


@dataclass(frozen=True)
class ValueProposal:
    """A text found in a member column and the member it may stand for."""

    field: str
    text: str
    member: str
    confidence: float


def propose_values(field: str, texts: Sequence[str], members: Sequence[Member]) -> tuple[ValueProposal, ...]:
    """Propose members for texts that are not spelled as a member's key or label; the analyst confirms them."""
    names: dict[str, str] = {}
    for member in members:
        for name in (member.key.replace("_", " "), member.label_it, member.label_en):
            names.setdefault(fold(name), member.key)
    found = []
    for text in texts:
        folded = fold(text)
        if folded in names or folded.replace(" ", "_") in {member.key for member in members}:
            continue
        near = difflib.get_close_matches(folded, names, n=1, cutoff=0.75)
        begins = [name for name in names if len(folded.rstrip(".")) >= 3 and name.startswith(folded.rstrip("."))]
        for name in (*near, *begins)[:1]:
            ratio = difflib.SequenceMatcher(None, folded, name).ratio()
            found.append(ValueProposal(field, text, names[name], round(max(ratio, 0.75 if begins else 0.0), 2)))
    return tuple(found)
