"""Mappings proposed for a file that no saved profile knows, from names, values and what known systems call things."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ocem.domain.batch import LineNote, Question, QuestionColumn, SourceProfile
from ocem.domain.fact import DAY_FIELD, FactKind
from ocem.domain.perimeter import Member
from ocem.intake.column_look import (
    ColumnLook,
    look_at,
    names_score,
    plain_name,
)
from ocem.intake.layout import Layout, Wanted
from ocem.intake.look import fold
from ocem.intake.meaning import System, vocabulary
from ocem.intake.member_text import ValueProposal, propose_values
from ocem.intake.proposed_field import FieldProposal, left_out, mappings, propose_fields
from ocem.intake.receive import refuse
from ocem.intake.survey import find_questions
from ocem.intake.table import Opened
from ocem.intake.unread import unread_figures, with_some_figure


@dataclass(frozen=True)
class Proposal:
    """A mapping for an unknown file; `confidence` is that of its least certain needed field."""

    profile: SourceProfile
    confidence: float
    fields: tuple[FieldProposal, ...]
    values: tuple[ValueProposal, ...] = ()
    notes: tuple[LineNote, ...] = ()
    """What was left out on purpose."""
    unread: tuple[str, ...] = ()
    """Columns of figures that nothing would read if each row were one contact or one sale."""


def propose(
    opened: Opened,
    file_name: str,
    profiles: Sequence[SourceProfile],
    members: Mapping[str, Sequence[Member]],
    answers: Mapping[str, str],
) -> tuple[Proposal, ...] | Question:
    """Propose mappings for a file that no profile knows, the likeliest first.

    A file without dates is a question: nothing can be placed in time by guessing.

    Raises
    ------
    FileRefused
        ``no_table_found`` when there is no header and no data, ``no_data_rows``.
    """
    layout = opened.layout(Wanted())
    if layout is None:
        raise refuse("no_table_found", columns="-")
    sample = opened.sample(layout, 1_000)
    if not sample:
        raise refuse("no_data_rows", line=layout.header_line or 0)
    looks = look_at(layout, sample)
    dated = [look for look in looks if look.dates >= 0.5 and look.n_filled]
    if not dated and "day.no_date" not in answers:
        return Question("day", "no_date", (), ", ".join(name for name in layout.header if name)[:300])
    header = {fold(name) for name in layout.header}
    system = next((item for item in vocabulary().systems if set(item.signature) <= header), None)
    scored = [_propose_fact(fact, layout, looks, system, file_name, profiles, members, answers) for fact in FactKind]
    found = sorted((item for item in scored if item is not None), key=lambda item: -item[0])
    if not found:
        raise refuse("no_table_found", columns=", ".join(layout.header))
    return tuple(proposal for _, proposal in found)


def _propose_fact(
    fact: FactKind,
    layout: Layout,
    looks: Sequence[ColumnLook],
    system: System | None,
    file_name: str,
    profiles: Sequence[SourceProfile],
    members: Mapping[str, Sequence[Member]],
    answers: Mapping[str, str],
) -> tuple[float, Proposal] | None:
    """Propose a mapping to one kind of fact, with a score that says how much of the file it explains."""
    fields = propose_fields(fact, layout, looks, system, profiles)
    if fact is FactKind.MEASURE and answers.get("fact") == fact.value:
        fields = with_some_figure(fields, looks)
    questions = find_questions(looks, {item.index for item in fields}, layout) if fact is FactKind.RESPONSE else ()
    day = DAY_FIELD[fact]
    constants = _constants(fact, layout, fields, file_name, answers)
    if day not in {item.field for item in fields} and day not in constants:
        return None
    if fact is FactKind.RESPONSE and not questions:
        return None
    if fact is FactKind.MEASURE and "numerator" not in {item.field for item in fields}:
        return None
    if fact is FactKind.COST and "amount_eur" not in {item.field for item in fields}:
        return None
    profile = SourceProfile(
        key=key_for_file(file_name, fact),
        fact=fact,
        fields=mappings(fields, layout, looks),
        label=_label(file_name),
        system=system.name if system and system.fact is fact else "",
        questions=questions,
        constants=constants,
        inherit=_inherited(fact, fields),
        key_fields=_key_fields(fields, looks),
        required=(day,),
        formats={"timezone": "Europe/Rome", **(system.formats if system and system.fact is fact else {})},
    )
    needed = [item.confidence for item in fields if item.field in (day, "amount_eur", "numerator")]
    confidence = min(needed, default=1.0)
    score = _fact_score(fact, fields, questions, looks, system, layout, file_name)
    values = _member_values(fields, looks, members)
    unread = unread_figures(fact, looks, fields) if system is None else ()
    score -= 3.0 if unread else 0.0
    return score, Proposal(profile, round(confidence, 2), fields, values, left_out(fact, looks, fields), unread)


def _constants(
    fact: FactKind, layout: Layout, fields: Sequence[FieldProposal], file_name: str, answers: Mapping[str, str]
) -> dict[str, str]:
    """What the file does not say but its columns and its name do: the phase, the name of a series, a given day."""
    constants: dict[str, str] = {}
    text = " ".join([fold(file_name), *(plain_name(name) for name in layout.header)]).replace("_", " ")
    mapped = {item.field for item in fields}
    if "phase" not in mapped and fact is not FactKind.COST:
        counts = [(sum(text.count(word) for word in words), phase) for phase, words in vocabulary().phases]
        best = max(counts)
        if best[0]:
            constants["phase"] = best[1] if fact is not FactKind.SALE else "acquisto"
    if fact is FactKind.MEASURE and "name" not in mapped:
        numerator = next((item.column for item in fields if item.field == "numerator"), "")
        constants["name"] = re.sub(r"\W+", "_", fold(numerator)).strip("_") or "value"
    if fact is FactKind.INTERACTION and "kind" not in mapped and _speaks_of_leads(file_name, layout):
        constants["kind"] = "lead"
    if fact is FactKind.RESPONSE and "voice" not in mapped:
        constants["voice"] = "customer"
    if "day.no_date" in answers:
        constants[DAY_FIELD[fact]] = answers["day.no_date"]
    return constants


_LEADS = re.compile(r"\b(?:leads?|mqls?|prospects?|richieste di contatto)\b")
_LEAD_IDS = {"mql id", "lead id", "id lead", "mql", "lead"}


def _speaks_of_leads(file_name: str, layout: Layout) -> bool:
    """Say whether the contacts of a file are leads: by its name or by the column that numbers them."""
    name = re.sub(r"[^a-z]+", " ", fold(file_name))
    return bool(_LEADS.search(name)) or any(plain_name(column) in _LEAD_IDS for column in layout.header)


def _inherited(fact: FactKind, fields: Sequence[FieldProposal]) -> tuple[str, ...]:
    """Sales that name a customer but not where the contact began take it from the first interaction."""
    names = {item.field for item in fields}
    if fact is not FactKind.SALE or "customer" not in names:
        return ()
    return tuple(name for name in ("touchpoint", "lead_day") if name not in names)


def _key_fields(fields: Sequence[FieldProposal], looks: Sequence[ColumnLook]) -> tuple[str, ...]:
    record = next((item for item in fields if item.field == "external_id"), None)
    if record is None:
        return ()
    look = looks[record.index]
    return ("external_id",) if look.unique else ()


def key_for_file(file_name: str, fact: FactKind) -> str:
    """Return a profile key for a file: its name without numbers and dates, and the fact.

    Examples
    --------
    >>> key_for_file("Ordini gennaio 2026 (2).csv", FactKind.SALE)
    'ordini_gennaio_sale'
    """
    words = re.findall(r"[a-z]+", fold(re.sub(r"\.[A-Za-z0-9]{2,5}$", "", file_name)))
    return "_".join([*words[:5], fact.value]) or fact.value


def _label(file_name: str) -> str:
    return re.sub(r"\.[A-Za-z0-9]{2,5}$", "", file_name)[:80]


def _fact_score(
    fact: FactKind,
    fields: Sequence[FieldProposal],
    questions: Sequence[QuestionColumn],
    looks: Sequence[ColumnLook],
    system: System | None,
    layout: Layout,
    file_name: str,
) -> float:
    """Say how much of a file a kind of fact explains."""
    if system is not None:
        return 100.0 if system.fact is fact else 0.0
    names = {item.field for item in fields}
    sure = {item.field: item.confidence for item in fields}
    text = " ".join([fold(file_name), *(plain_name(name) for name in layout.header)]).replace("_", " ")
    score = sum(item.confidence for item in fields)
    if fact is FactKind.SALE:
        day = sure.get("order_day", 0.0)
        said = re.search(r"\b(won|order|ordin|deal|close|fattur|vendit|sale|purchase)", text)
        return score + (2.0 if said and day >= 0.7 else -2.0) + (1.5 if "amount_eur" in names else 0.0)
    if fact is FactKind.RESPONSE:
        share = len(questions) / max(len(looks), 1)
        return score + 6.0 * share + (2.0 if len(questions) > 1 else -1.0)
    if fact is FactKind.MEASURE:
        return score + (1.0 if not names & {"external_id"} else -2.0) - (2.0 if _has_customer(looks) else 0.0)
    if fact is FactKind.COST:
        costly = bool(re.search(r"\b(cost|spes)", text))
        return score + (2.0 if costly and not _has_customer(looks) and "external_id" not in names else -3.0)
    contact = bool(
        re.search(r"\b(contact|contatt|ticket|lead|chiamat|call|visit|attivit|interazion|interaction|case)", text)
    )
    return score + (2.0 if contact else 0.0) - (2.0 if _a_row_a_day(fields, looks) else 0.0)


def _a_row_a_day(fields: Sequence[FieldProposal], looks: Sequence[ColumnLook]) -> bool:
    """Say whether a file without customers or record numbers has one row a day: figures of the day, not contacts."""
    named = {item.field: looks[item.index] for item in fields}
    day = named.get("occurred_at")
    return day is not None and day.n_filled > 2 and day.unique and not named.keys() & {"customer", "external_id"}


def _has_customer(looks: Sequence[ColumnLook]) -> bool:
    meaning = next(item for item in vocabulary().meanings if item.field == "customer")
    return any(names_score(meaning, look.names)[0] >= 0.7 for look in looks)


def _member_values(
    fields: Sequence[FieldProposal], looks: Sequence[ColumnLook], members: Mapping[str, Sequence[Member]]
) -> tuple[ValueProposal, ...]:
    found: list[ValueProposal] = []
    for item in fields:
        if item.type == "member":
            found.extend(propose_values(item.field, looks[item.index].texts[:200], members.get(item.field, ())))
    return tuple(found)
