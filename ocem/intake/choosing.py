"""Which profile a file is read with: given, named, recognised by its header, or proposed from names and values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ocem.domain.batch import Detected, Question, SourceProfile
from ocem.domain.fact import FactKind
from ocem.domain.perimeter import Dimension
from ocem.errors import NotFound
from ocem.intake.codes import FILE_ERRORS
from ocem.intake.evidence import answer_key
from ocem.intake.layout import Wanted
from ocem.intake.member_text import ValueProposal, propose_values
from ocem.intake.profile import Difference, Recognition, recognise
from ocem.intake.proposal import Proposal, propose
from ocem.intake.receive import Limits, Upload
from ocem.intake.table import Opened, open_table
from ocem.store.database import Database
from ocem.store.member import list_members
from ocem.store.profile import find_profile, load_profiles


@dataclass(frozen=True)
class Chosen:
    """The profile a file is read with, and how it was found."""

    profile: SourceProfile
    recognised: bool = True
    confidence: float = 1.0
    proposals: tuple[Proposal, ...] = ()
    difference: Difference = field(default_factory=Difference)
    remembered: bool = False
    """The profile was saved with an earlier file, whose formats this one may not share."""


SURE_ENOUGH = 0.75
"""A proposed mapping of at least this confidence is imported without a person looking at it first."""


@dataclass(frozen=True)
class Asked:
    """A question that comes before any mapping, and what is known of the file by then."""

    question: Question
    detected: Detected = field(default_factory=Detected)


def choose(
    database: Database,
    upload: Upload,
    work: Path,
    source: str | None,
    profile: SourceProfile | None,
    answers: Mapping[str, str],
    limits: Limits,
) -> Chosen | Asked:
    """Find the profile to read with: given, named, recognised by the header, or proposed from names and values.

    Raises
    ------
    FileRefused
        ``no_table_found`` when the file holds no table.
    NotFound
        When no profile is called `source`.
    """
    if profile is not None:
        return Chosen(profile)
    with database.cursor() as con:
        if source is not None:
            found = find_profile(con, source)
            if found is None:
                raise NotFound(FILE_ERRORS["no_profile"], source=source)
            return Chosen(found, remembered=True)
        profiles = load_profiles(con)
        members = {dimension.value: list_members(con, dimension) for dimension in Dimension}
    opened = open_table(upload, work, None, answers, limits)
    if isinstance(opened, Question):
        return Asked(opened)
    known = recognise(profiles, opened, answers.get("profile"))
    if isinstance(known, Question):
        return Asked(known, _general_detected(opened))
    proposals = propose(opened, upload.name, profiles, members, answers)
    if isinstance(known, Recognition):
        others = () if isinstance(proposals, Question) else proposals
        return Chosen(known.profile, difference=known.difference, proposals=others, remembered=True)
    if isinstance(proposals, Question):
        return Asked(proposals, _general_detected(opened))
    proposals = tuple(sorted(proposals, key=lambda item: item.profile.fact.value != answers.get("fact")))
    best = proposals[0]
    if best.unread and "fact" not in answers:
        kinds = (best.profile.fact.value, FactKind.MEASURE.value)
        return Asked(Question(None, "fact", kinds, ", ".join(best.unread)), _general_detected(opened))
    return Chosen(best.profile, recognised=False, confidence=best.confidence, proposals=proposals)


def _general_detected(opened: Opened) -> Detected:
    layout = opened.layout(Wanted())
    return opened.detected(layout) if layout else Detected()


def unsure(chosen: Chosen, answers: Mapping[str, str]) -> tuple[Question, ...]:
    """Ask for the needed columns of a proposed mapping that are not sure and were not confirmed."""
    if chosen.recognised or chosen.confidence >= SURE_ENOUGH or not chosen.proposals:
        return ()
    return tuple(
        Question(item.field, "header", (item.column, "-"), item.column)
        for item in chosen.proposals[0].fields
        if item.confidence < SURE_ENOUGH and answer_key(item.field, "header") not in answers
    )


def near_members(database: Database, proposed: tuple[tuple[str, str], ...]) -> tuple[ValueProposal, ...]:
    """Propose a confirmed member for each text that would become a new one."""
    found: list[ValueProposal] = []
    with database.cursor() as con:
        for dimension in Dimension:
            texts = [text for name, text in proposed if name == dimension.value]
            if texts:
                members = [item for item in list_members(con, dimension) if item.status == "confirmed"]
                found.extend(propose_values(dimension.value, texts, members))
    return tuple(found)
