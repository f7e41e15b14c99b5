"""Which column of an unknown file is proposed for which field, and how sure that is."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ocem.domain.batch import FieldMapping, LineNote, SourceProfile
from ocem.domain.fact import DAY_FIELD, FactKind, FieldType, fact_field
from ocem.intake.column_look import (
    ColumnLook,
    name_score,
    names_score,
    personal_name,
    plain_name,
    value_score,
)
from ocem.intake.layout import Layout
from ocem.intake.look import fold
from ocem.intake.meaning import Meaning, System, vocabulary


@dataclass(frozen=True)
class FieldProposal:
    """A column proposed for a field, how sure that is (0 to 1) and why: ``system``, ``name``, ``words``, ``values``."""

    field: str
    index: int
    column: str
    type: str
    confidence: float
    why: str
    time: str | None = None
    """The column that holds the time of day."""
    currency: str | None = None
    """The column that names the currency."""


def propose_fields(
    fact: FactKind,
    layout: Layout,
    looks: Sequence[ColumnLook],
    system: System | None,
    profiles: Sequence[SourceProfile],
) -> tuple[FieldProposal, ...]:
    """Propose columns for the fields of a kind of fact."""
    by_meaning = _by_meaning(fact, looks)
    fields = _from_system(fact, layout, looks, system) or by_meaning
    if system is not None and fact is FactKind.RESPONSE:
        fields += tuple(item for item in by_meaning if item.field == "comment" and item not in fields)
    fields = _days_as_days(_shared_customer(fact, fields, looks, profiles), looks)
    return tuple(_with_columns_beside(fact, item, fields, looks) for item in fields)


def _from_system(
    fact: FactKind, layout: Layout, looks: Sequence[ColumnLook], system: System | None
) -> tuple[FieldProposal, ...]:
    if system is None or system.fact is not fact:
        return ()
    named = {fold(look.name): look for look in reversed(looks)}
    found = []
    for field, (column, type_) in system.fields.items():
        if (look := named.get(fold(column))) is not None:
            hms = type_.startswith("duration") and any(":" in text for text in look.texts[:50])
            type_ = "duration:hms" if hms else type_
            found.append(FieldProposal(field, look.index, look.name, type_, 0.95, "system"))
    return tuple(found)


_TIME_OF_DAY = re.compile(r":|T\d{2}|\s\d{1,2}[.h]\d{2}")


def _days_as_days(fields: tuple[FieldProposal, ...], looks: Sequence[ColumnLook]) -> tuple[FieldProposal, ...]:
    """A column whose values have no time of day is proposed as a column of days."""
    timed = {
        look.index
        for look in looks
        if any(_TIME_OF_DAY.search(text) and not _MIDNIGHT.search(text) for text in look.texts)
    }
    return tuple(
        replace(item, type="date") if item.type == "datetime" and item.index not in timed else item for item in fields
    )


_MIDNIGHT = re.compile(r"[T ]0?0[:.]00(?:[:.]00)?(?:\.0+)?$")
_CLOCK = re.compile(
    r"(?i)(?:[01]?\d|2[0-4])[:.h][0-5]\d(?:[:.][0-5]\d)?(?:\s*[ap]\.?\s?m\.?)?|(?:[01]\d|2[0-4])(?:[0-5]\d){1,2}|0(?:\.\d+)?"
)
"""A time of day as people, programs and workbooks write it."""
_CLOCK_NAME = re.compile(r"\b(?:ora|orario|time|hour|uhrzeit|zeit|heure|hora)\b")
_SPAN_NAME = re.compile(
    r"\b(?:durata|duration|attesa|wait|talk|handle|tempo|avg|average|medi[ao]|end|fine|response|resolution|chius|clos|to)"
)
_CURRENCY_NAME = re.compile(r"\b(?:valuta|divisa|currency|währung|devise|moneda|waers)\b|^div\.?$")
_CURRENCY_CODE = re.compile(r"(?i)[a-z]{3}|€|\$|us\$|£|euro")


def _with_columns_beside(
    fact: FactKind, item: FieldProposal, fields: Sequence[FieldProposal], looks: Sequence[ColumnLook]
) -> FieldProposal:
    """Add the column with the time of day of a moment, and the one that names the currency of an amount."""
    known = fact_field(fact, item.field)
    used = {other.index for other in fields}
    times = Counter(fold(look.name) for look in looks)
    free = [look for look in looks if look.index not in used and look.name and times[fold(look.name)] == 1]
    if known is not None and known.type is FieldType.DATETIME and item.type == "date":
        time = next((look.name for look in free if _tells_time(look)), None)
        return replace(item, type="datetime", time=time) if time else item
    if item.type == "amount" and item.field.endswith("_eur"):
        return replace(item, currency=next((look.name for look in free if _tells_currency(look)), None))
    return item


def _tells_time(look: ColumnLook) -> bool:
    name = plain_name(look.name)
    clocks = sum(1 for text in look.texts if _CLOCK.fullmatch(text))
    return bool(_CLOCK_NAME.search(name)) and not _SPAN_NAME.search(name) and clocks >= 0.8 * max(len(look.texts), 1)


def _tells_currency(look: ColumnLook) -> bool:
    named = _CURRENCY_NAME.search(plain_name(look.name))
    return bool(named and look.texts) and all(map(_CURRENCY_CODE.fullmatch, look.texts))


def _by_meaning(fact: FactKind, looks: Sequence[ColumnLook]) -> tuple[FieldProposal, ...]:
    """Assign columns to fields, the surest pair first; one column serves one field, an id may also be the customer."""
    pairs = []
    for meaning in vocabulary().meanings:
        if fact not in meaning.facts:
            continue
        for look in looks:
            heard, why = names_score(meaning, look.names)
            score = heard * value_score(meaning, look)
            personal = meaning.field == "customer" and heard < 0.8 and any(map(personal_name, look.names))
            if score >= 0.4 and not personal:
                pairs.append((score, meaning, look, why))
    day = DAY_FIELD[fact]
    dated = [look for look in looks if look.dates >= 0.8]
    if not any(meaning.field == day for _, meaning, _, _ in pairs) and len(dated) == 1:
        meaning = next(item for item in vocabulary().meanings if item.field == day and fact in item.facts)
        if not any(word in plain_name(dated[0].name) for word in meaning.never):
            pairs.append((0.8, meaning, dated[0], "values"))
    taken: set[str] = set()
    used: set[int] = set()
    found = []
    for score, meaning, look, why in sorted(pairs, key=lambda pair: (-pair[0], pair[2].index)):
        if meaning.field in taken or look.index in used:
            continue
        taken.add(meaning.field)
        used.add(look.index)
        found.append(FieldProposal(meaning.field, look.index, look.name, _typed(meaning, look), round(score, 2), why))
    return tuple(found)


_COUNT = re.compile(r"\d+|\d{1,3}(?:[.,]\d{3})+")


def _typed(meaning: Meaning, look: ColumnLook) -> str:
    """Refine a type by what the header and the values say about its unit."""
    if FactKind.MEASURE in meaning.facts and meaning.type == "amount":
        return "int" if all(_COUNT.fullmatch(text) for text in look.texts) else meaning.type
    if not meaning.type.startswith("duration"):
        return meaning.type
    plain = plain_name(" ".join(look.names))
    if any(":" in text for text in look.texts[:50]):
        return "duration:hms"
    if re.search(r"\bmin|minut", plain):
        return "duration:minutes"
    if re.search(r"\bms\b|millis", plain):
        return "duration:ms"
    return "duration:hours" if re.search(r"\bhours?\b|\bore\b", plain) else "duration:seconds"


def _shared_customer(
    fact: FactKind, fields: tuple[FieldProposal, ...], looks: Sequence[ColumnLook], profiles: Sequence[SourceProfile]
) -> tuple[FieldProposal, ...]:
    """A column that names the customer in an earlier source names it here too: sources join by it."""
    if fact not in (FactKind.INTERACTION, FactKind.SALE, FactKind.RESPONSE):
        return fields
    known = {
        fold(mapping.column)
        for profile in profiles
        for name, mapping in profile.fields.items()
        if name == "customer" and mapping.column
    }
    shared = next((look for look in looks if fold(look.name) in known), None)
    if shared is not None:
        fields = (
            *(item for item in fields if item.field != "customer" and item.index != shared.index),
            FieldProposal("customer", shared.index, shared.name, "customer", 0.95, "values"),
        )
    mapped = {item.field: item for item in fields}
    record, customer = mapped.get("external_id"), mapped.get("customer")
    if customer is None and record is not None and re.search(r"mql|lead|customer|client", fold(record.column)):
        return (*fields, replace(record, field="customer", type="customer"))
    if record is None and customer is not None:
        look = looks[customer.index]
        if look.unique and re.search(r"id\b|_id$", fold(look.name)):
            return (*fields, FieldProposal("external_id", look.index, look.name, "text", 0.8, "values"))
    return fields


def mappings(fields: Sequence[FieldProposal], layout: Layout, looks: Sequence[ColumnLook]) -> dict[str, FieldMapping]:
    """Point at columns by name, at those whose name is missing or occurs twice by position.

    Where two columns of one name could both be meant, the name stays and is asked about. Where one such column has its
    name in a further header row, all are pointed at by position: their headings belong together.
    """
    times = Counter(map(fold, layout.header))
    unclear = {
        item.field
        for item in fields
        if not item.column or (times[fold(item.column)] > 1 and (layout.below or not _rivalled(item, looks)))
    }
    placed = {item.field for item in fields} if unclear and layout.below else unclear
    return {
        item.field: FieldMapping(
            item.type,
            None if item.field in placed else item.column,
            item.index if item.field in placed else None,
            time=item.time,
            currency=item.currency,
        )
        for item in fields
    }


def _rivalled(item: FieldProposal, looks: Sequence[ColumnLook]) -> bool:
    """Say whether another column of the same name holds values of the same kind that are not the same."""
    mine = looks[item.index]
    return any(
        look.index != item.index
        and fold(look.name) == fold(item.column)
        and look.texts != mine.texts
        and abs(look.dates - mine.dates) < 0.5
        and abs(look.numbers - mine.numbers) < 0.5
        and look.n_filled > 0
        for look in looks
    )


def left_out(fact: FactKind, looks: Sequence[ColumnLook], fields: Sequence[FieldProposal]) -> tuple[LineNote, ...]:
    """Columns whose names say what they hold, but whose values do not.

    Between which moments a duration lies, a column of moments does not say.
    """
    used = {item.index for item in fields}
    free = [look for look in looks if look.index not in used and look.n_filled]
    moments = [
        look
        for look in free
        if fact is FactKind.INTERACTION and look.dates >= 0.8 and _DURATION_NAME.search(plain_name(look.name))
    ]
    unfit = [look for look in free if look not in moments and _named_otherwise(fact, look, fields)]
    return (
        *(LineNote("duration_unmapped", None, {"column": look.name}) for look in moments),
        *(LineNote("values_unfit", None, {"column": look.name}) for look in unfit),
    )


def _named_otherwise(fact: FactKind, look: ColumnLook, fields: Sequence[FieldProposal]) -> bool:
    """Say whether a column bears the whole name of amounts, durations or flags that no other column gives."""
    given = {item.field for item in fields}
    return any(
        name_score(meaning, look.name)[1] == "name"
        and name_score(meaning, look.name)[0] >= 0.85
        and value_score(meaning, look) == 0.0
        for meaning in vocabulary().meanings
        if fact in meaning.facts and meaning.needs in ("number", "flag") and meaning.field not in given
    )


_DURATION_NAME = re.compile(r"\b(time to|tempo di|durata|duration|response time|resolution|attesa|wait)\b")
