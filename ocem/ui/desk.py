"""The files on the analyst's desk: arrived, looked at, registered; kept for her session only."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st

from ocem.domain.batch import FieldMapping, Receipt, SourceProfile
from ocem.domain.fact import FACT_FIELDS, FactKind, FieldType, fact_field
from ocem.errors import OcemError
from ocem.intake.importing import Preview, import_file, preview
from ocem.intake.progress import Progress
from ocem.store.member import key_for
from ocem.ui import upload_route
from ocem.ui.database import database

PEEKED_ROWS = 8


@dataclass(frozen=True)
class File:
    """A file that waits: how it is to be read so far, and what a look at it found."""

    upload: str
    path: Path
    profile: SourceProfile | None = None
    answers: dict[str, str] = field(default_factory=dict)
    found: Preview | OcemError | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it can be registered as it is."""
        return isinstance(self.found, Preview) and not self.found.receipt.needs_decision and brings_news(self.found)


def brings_news(found: Preview) -> bool:
    """Say whether registering would store anything."""
    return bool(found.receipt.accepted + found.receipt.updated)


def files() -> list[File]:
    """Return the files that wait."""
    waiting: list[File] = st.session_state.setdefault("_desk", [])
    return waiting


def receipts() -> list[Receipt]:
    """Return what was registered in this session, newest first."""
    done: list[Receipt] = st.session_state.setdefault("_receipts", [])
    return done


def put(upload: str, path: Path) -> None:
    """Lay a new file on the desk."""
    if all(item.upload != upload for item in files()):
        files().append(File(upload, path))


def change(item: File, **changes: Any) -> None:
    """Replace what is known about a waiting file."""
    waiting = files()
    index = next(i for i, other in enumerate(waiting) if other.upload == item.upload)
    waiting[index] = replace(item, **changes)


def look(item: File, progress: Progress | None = None) -> File:
    """Read a file without storing anything, unless that was done for the same mapping and answers."""
    if item.found is not None:
        return item
    try:
        found: Preview | OcemError = preview(
            database(),
            item.path,
            file_name=item.path.name,
            profile=item.profile,
            answers=item.answers,
            progress=progress,
            rows=PEEKED_ROWS,
        )
    except OcemError as error:
        found = error
    change(item, found=found)
    return replace(item, found=found)


def register(item: File, progress: Progress) -> Receipt:
    """Store a file; it leaves the desk.

    Raises
    ------
    FileRefused
        When it is refused as a whole, e.g. because it was stored meanwhile.
    """
    profile = item.profile or (item.found.profile if isinstance(item.found, Preview) else None)
    receipt = import_file(
        database(), item.path, file_name=item.path.name, profile=profile, answers=item.answers, progress=progress
    )
    if receipt.needs_decision:
        change(item, found=None)
        return receipt
    receipts().insert(0, receipt)
    dismiss(item)
    return receipt


def dismiss(item: File) -> None:
    """Take a file off the desk without storing it."""
    st.session_state["_desk"] = [other for other in files() if other.upload != item.upload]
    upload_route.forget(item.path)


def pass_over(item: File) -> None:
    """Take a file that brings nothing new off the desk; that it came is noted with the upload that holds its rows."""
    profile = item.profile or (item.found.profile if isinstance(item.found, Preview) else None)
    with suppress(OcemError):  # the very same bytes: the upload itself is in the history
        import_file(database(), item.path, file_name=item.path.name, profile=profile, answers=item.answers)
    dismiss(item)


def with_values(profile: SourceProfile, chosen: dict[tuple[str, str], str]) -> SourceProfile:
    """Return a mapping in which texts stand for members: ``{(field, text): member}``."""
    fields = dict(profile.fields)
    for (name, text), member in chosen.items():
        if name in fields:
            fields[name] = replace(fields[name], values={**fields[name].values, text: member})
    return replace(profile, fields=fields)


def profile_for(found: Preview, fact: FactKind, name: str) -> SourceProfile:
    """Return the mapping proposed for a kind of fact, or an empty one."""
    fitting = [proposal for proposal in found.proposals if proposal.profile.fact is fact]
    if fitting:
        return max(fitting, key=lambda proposal: proposal.confidence).profile
    if found.profile is not None and found.profile.fact is fact:
        return found.profile
    return SourceProfile(key_for(f"{name}_{fact.value}"), fact, {}, label=name)


def with_columns(profile: SourceProfile, chosen: dict[str, str | None]) -> SourceProfile:
    """Return a mapping with other columns for its fields; a field without a column is left out."""
    fields = {}
    for item in FACT_FIELDS[profile.fact]:
        column = chosen.get(item.name)
        known = profile.fields.get(item.name)
        if known is not None and (known.column == column or (column is None and item.name not in chosen)):
            fields[item.name] = known
        elif column:
            fields[item.name] = FieldMapping(str(item.type), column)
        if item.name in fields:
            fields[item.name] = _with_beside(item.name, fields[item.name], chosen)
    kept = tuple(name for name in profile.key_fields if name in fields)
    return replace(profile, fields=fields, key_fields=kept, fingerprint=None)


def beside(profile: SourceProfile, name: str) -> tuple[str, ...]:
    """Name what a mapped field may take from a column of its own: the time of a moment, the currency of an amount."""
    known = fact_field(profile.fact, name)
    if known is None or name not in profile.fields:
        return ()
    if known.type is FieldType.DATETIME:
        return (f"{name}.time",)
    return (f"{name}.currency",) if name.endswith("_eur") else ()


def column_of(profile: SourceProfile, name: str) -> str | None:
    """Return the column that fills a field, or a part of it such as ``occurred_at.time``."""
    field, _, part = name.partition(".")
    known = profile.fields.get(field)
    if known is None:
        return None
    return {"": known.column, "time": known.time, "currency": known.currency}[part]


def _with_beside(name: str, mapping: FieldMapping, chosen: dict[str, str | None]) -> FieldMapping:
    """Take the columns beside as they were chosen; a day that gets its time from elsewhere becomes a moment."""
    time = chosen.get(f"{name}.time", mapping.time)
    currency = chosen.get(f"{name}.currency", mapping.currency)
    type_ = "datetime" if time and mapping.type == "date" else mapping.type
    return replace(mapping, type=type_, time=time, currency=currency)


def is_required(fact: FactKind, name: str) -> bool:
    """Say whether a fact cannot do without a field."""
    found = fact_field(fact, name)
    return bool(found and found.required)
