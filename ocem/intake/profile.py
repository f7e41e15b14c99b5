"""Source profiles: recognised by the header, or proposed for an unknown file from names and values."""

import difflib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ocem.domain.batch import FieldMapping, LineNote, Question, QuestionColumn, SourceProfile
from ocem.domain.fact import DAY_FIELD, FactKind
from ocem.domain.perimeter import Member
from ocem.intake.dialect import Layout, Wanted, fold, looks_like_date, looks_like_number, shown
from ocem.intake.meaning import Meaning, System, vocabulary
from ocem.intake.reading import FALSE_WORDS, NULL_WORDS, TRUE_WORDS
from ocem.intake.receive import refuse
from ocem.intake.split import Row
from ocem.intake.table import Opened, wanted_of


@dataclass(frozen=True)
class Difference:
    """How a file's header differs from the one a profile read last: columns gone, new, under another name, moved."""

    missing: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    """Pairs of the name before and the name now that it most likely is."""
    moved: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Say whether anything differs."""
        return bool(self.missing or self.new or self.renamed or self.moved)


_SAME_NAME = 0.72
"""Names at least this alike may be one column renamed."""


def compare_headers(before: Sequence[str], now: Sequence[str]) -> Difference:
    """Say how a header has changed.

    Examples
    --------
    >>> compare_headers(["Data", "Cliente", "Importo"], ["Data", "Importo netto", "Agente", "Cliente"])
    Difference(missing=(), new=('Agente',), renamed=(('Importo', 'Importo netto'),), moved=())
    """
    old, new = ({fold(name): name for name in names if name.strip()} for names in (before, now))
    gone = [name for name in old if name not in new]
    come = [name for name in new if name not in old]
    renamed = []
    for name in gone:
        near = difflib.get_close_matches(name, come, n=1, cutoff=_SAME_NAME)
        near = near or [other for other in come if other.startswith(name) or name.startswith(other)][:1]
        if near:
            renamed.append((name, near[0]))
            come.remove(near[0])
    kept = [name for name in old if name in new], [name for name in new if name in old]
    blocks = difflib.SequenceMatcher(None, *kept, autojunk=False).get_matching_blocks()
    in_order = {name for block in blocks for name in kept[0][block.a : block.a + block.size]}
    paired = {name for name, _ in renamed}
    return Difference(
        tuple(old[name] for name in gone if name not in paired),
        tuple(new[name] for name in come),
        tuple((old[name], new[other]) for name, other in renamed),
        tuple(new[name] for name in kept[1] if name not in in_order),
    )


@dataclass(frozen=True)
class Recognition:
    """A saved profile that fits a file."""

    profile: SourceProfile
    difference: Difference


@dataclass(frozen=True)
class FieldProposal:
    """A column proposed for a field, how sure that is (0 to 1) and why: ``system``, ``name``, ``words``, ``values``."""

    field: str
    column: str
    type: str
    confidence: float
    why: str


@dataclass(frozen=True)
class ValueProposal:
    """A text found in a member column and the member it may stand for."""

    field: str
    text: str
    member: str
    confidence: float


@dataclass(frozen=True)
class Proposal:
    """A mapping for an unknown file; `confidence` is that of its least certain needed field."""

    profile: SourceProfile
    confidence: float
    fields: tuple[FieldProposal, ...]
    values: tuple[ValueProposal, ...] = ()
    notes: tuple[LineNote, ...] = ()
    """What was left out on purpose."""


def fingerprint(layout: Layout, sheet: str | None = None) -> str:
    """Return what identifies a layout: its folded header names, its delimiter, its sheet.

    The order of the columns does not count.
    """
    names = sorted(fold(name) for name in layout.header)
    text = "\x1f".join([*names, layout.delimiter or "", sheet or ""])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def recognise(
    profiles: Sequence[SourceProfile], opened: Opened, answer: str | None = None
) -> Recognition | Question | None:
    """Find the saved profile that a file belongs to; when several fit equally, ask which."""
    found: list[tuple[float, Recognition]] = []
    for profile in profiles:
        if answer is not None and profile.key != answer:
            continue
        fit = _fit(profile, opened)
        if fit is not None:
            found.append(fit)
    if not found:
        return None
    best = max(score for score, _ in found)
    fitting = [recognition for score, recognition in found if score == best]
    if len(fitting) == 1:
        return fitting[0]
    return Question(None, "profile", tuple(sorted(item.profile.key for item in fitting)))


def _fit(profile: SourceProfile, opened: Opened) -> tuple[float, Recognition] | None:
    """Score a profile against a file: a known header beats a header that holds all the columns."""
    wanted = wanted_of(profile)
    if not wanted.names and profile.fingerprint is None:
        return None
    layout = opened.layout(wanted, profile.formats.get("delimiter"))
    if layout is None:
        return None
    same = profile.fingerprint == fingerprint(layout)
    header = {fold(name) for name in layout.header}
    mapped = {fold(name) for name in wanted.names}
    missing = mapped - header
    if (missing and not _is_changed_layout(profile, mapped, header)) or (wanted.indices and not same):
        return None
    read_before = profile.formats.get("columns")
    known: Sequence[str] = read_before if read_before and not same else ()
    difference = compare_headers(known, layout.header) if known else Difference()
    if same and read_before:
        difference = replace(compare_headers(read_before, layout.header), new=(), missing=(), renamed=())
    coverage = (len(mapped & header) - len(missing)) / max(len(header), 1)
    return (2.0 if same else coverage), Recognition(profile, difference)


def _is_changed_layout(profile: SourceProfile, mapped: set[str], header: set[str]) -> bool:
    """Say whether a file without some mapped columns is still this source's: most of both sides must be shared."""
    shared = mapped & header
    return (
        bool(profile.formats.get("columns"))
        and len(shared) >= max(3, 0.6 * len(mapped))
        and len(header & {fold(name) for name in profile.formats["columns"]}) >= 0.6 * len(header)
    )


@dataclass(frozen=True)
class ColumnLook:
    """What a column's sample looks like."""

    index: int
    name: str
    n_filled: int
    dates: float
    numbers: float
    distinct: int
    texts: tuple[str, ...]

    @property
    def unique(self) -> bool:
        """Say whether no value repeats."""
        return self.n_filled > 0 and self.distinct == self.n_filled


def look_at(layout: Layout, sample: Sequence[Row]) -> list[ColumnLook]:
    """Describe every column by a sample of rows."""
    looks = []
    for index, name in enumerate(layout.header):
        cells = [shown(row.cells[index]) for row in sample if index < len(row.cells)]
        filled = [cell for cell in cells if cell and cell.lower() not in NULL_WORDS]
        n_filled = max(len(filled), 1)
        looks.append(
            ColumnLook(
                index,
                name,
                len(filled),
                sum(1 for cell in filled if looks_like_date(cell)) / n_filled,
                sum(1 for cell in filled if looks_like_number(cell)) / n_filled,
                len(set(filled)),
                tuple(dict.fromkeys(filled)),
            )
        )
    return looks


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
    fields = _from_system(fact, layout, system) or _by_meaning(fact, looks)
    fields = _days_as_days(_shared_customer(fact, fields, looks, profiles), looks)
    questions = _questions(looks, fields) if fact is FactKind.RESPONSE else ()
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
        fields={item.field: _mapping(item, layout) for item in fields},
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
    return score, Proposal(profile, round(confidence, 2), fields, values, _left_out(fact, looks, fields))


def _left_out(fact: FactKind, looks: Sequence[ColumnLook], fields: Sequence[FieldProposal]) -> tuple[LineNote, ...]:
    """Columns called a duration that hold moments: between which moments a duration lies, the file does not say."""
    if fact is not FactKind.INTERACTION:
        return ()
    used = {item.column for item in fields}
    return tuple(
        LineNote("duration_unmapped", None, {"column": look.name})
        for look in looks
        if look.dates >= 0.8 and look.name not in used and _DURATION_NAME.search(_plain_name(look.name))
    )


_DURATION_NAME = re.compile(r"\b(time to|tempo di|durata|duration|response time|resolution|attesa|wait)\b")


def _from_system(fact: FactKind, layout: Layout, system: System | None) -> tuple[FieldProposal, ...]:
    if system is None or system.fact is not fact:
        return ()
    names = {fold(name): name for name in layout.header}
    return tuple(
        FieldProposal(field, names[fold(column)], type_, 0.95, "system")
        for field, (column, type_) in system.fields.items()
        if fold(column) in names
    )


_TIME_OF_DAY = re.compile(r":|T\d{2}|\s\d{1,2}[.h]\d{2}")


def _days_as_days(fields: tuple[FieldProposal, ...], looks: Sequence[ColumnLook]) -> tuple[FieldProposal, ...]:
    """A column whose values have no time of day is proposed as a column of days."""
    timed = {look.name for look in looks if any(_TIME_OF_DAY.search(text) for text in look.texts)}
    return tuple(
        replace(item, type="date") if item.type == "datetime" and item.column not in timed else item for item in fields
    )


def _plain_name(name: str) -> str:
    return fold(re.sub(r"[_\s]+", " ", name))


def _name_score(meaning: Meaning, name: str) -> tuple[float, str]:
    """Say how much a header sounds like a meaning: the whole name, a word inside, or nearly the name."""
    plain = _plain_name(name)
    if any(word in plain for word in meaning.never):
        return 0.0, ""
    known = [_plain_name(item) for item in meaning.names]
    if plain in known:
        return 1.0 - 0.15 * known.index(plain) / len(known), "name"
    if any(re.search(rf"\b{re.escape(word)}", plain) for word in meaning.words):
        return 0.7, "words"
    near = difflib.get_close_matches(plain, known, n=1, cutoff=0.86)
    return (0.6, "name") if near and len(plain) > 4 else (0.0, "")


def _value_score(meaning: Meaning, look: ColumnLook) -> float:
    """Say whether a column's values can be what a meaning needs: 0 excludes it."""
    if look.n_filled == 0:
        return 0.0
    if meaning.needs == "date":
        return 1.0 if look.dates >= 0.8 else 0.6 if look.dates >= 0.5 else 0.0
    if meaning.needs == "number":
        numeric = look.numbers >= 0.8 or sum(":" in text for text in look.texts) > 0.8 * len(look.texts)
        return 0.0 if (look.dates >= 0.8 and not _compact_numbers(look)) or not numeric else 1.0
    if meaning.needs == "flag":
        words = {text.lower() for text in look.texts}
        return 1.0 if len(words) <= 3 and words <= {*TRUE_WORDS, *FALSE_WORDS} else 0.0
    if meaning.needs == "words":
        if look.dates >= 0.5 or (look.numbers > 0.9 and look.distinct > 12):
            return 0.0
        return 1.0 if look.distinct <= max(60, look.n_filled // 5) else 0.2
    if meaning.needs == "id":
        return 1.0 if look.unique and look.dates < 0.5 else 0.3 if look.distinct > 0.5 * look.n_filled else 0.0
    return 0.0 if look.dates >= 0.8 else 1.0


def _compact_numbers(look: ColumnLook) -> bool:
    return all(text.isdigit() and len(text) == 8 for text in look.texts)


def _by_meaning(fact: FactKind, looks: Sequence[ColumnLook]) -> tuple[FieldProposal, ...]:
    """Assign columns to fields, the surest pair first; one column serves one field, an id may also be the customer."""
    pairs = []
    for meaning in vocabulary().meanings:
        if fact not in meaning.facts:
            continue
        for look in looks:
            name_score, why = _name_score(meaning, look.name)
            score = name_score * _value_score(meaning, look)
            if score >= 0.4 and not (meaning.field == "customer" and _personal_name(look.name)):
                pairs.append((score, meaning, look, why))
    day = DAY_FIELD[fact]
    dated = [look for look in looks if look.dates >= 0.8]
    if not any(meaning.field == day for _, meaning, _, _ in pairs) and len(dated) == 1:
        meaning = next(item for item in vocabulary().meanings if item.field == day and fact in item.facts)
        if not any(word in _plain_name(dated[0].name) for word in meaning.never):
            pairs.append((0.8, meaning, dated[0], "values"))
    taken: set[str] = set()
    used: set[int] = set()
    found = []
    for score, meaning, look, why in sorted(pairs, key=lambda pair: (-pair[0], pair[2].index)):
        if meaning.field in taken or look.index in used:
            continue
        taken.add(meaning.field)
        used.add(look.index)
        found.append(FieldProposal(meaning.field, look.name, _typed(meaning, look), round(score, 2), why))
    return tuple(found)


def _personal_name(name: str) -> bool:
    words = [word for word in vocabulary().personal if word not in ("via", "name", "nome")]
    return any(re.search(rf"\b{re.escape(word)}\b", _plain_name(name)) for word in words)


def _typed(meaning: Meaning, look: ColumnLook) -> str:
    """Refine a type by what the header and the values say about its unit."""
    if not meaning.type.startswith("duration"):
        return meaning.type
    plain = _plain_name(look.name)
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
            *(item for item in fields if item.field != "customer" and item.column != shared.name),
            FieldProposal("customer", shared.name, "customer", 0.95, "values"),
        )
    mapped = {item.field: item for item in fields}
    record, customer = mapped.get("external_id"), mapped.get("customer")
    if customer is None and record is not None and re.search(r"mql|lead|customer|client", fold(record.column)):
        return (*fields, replace(record, field="customer", type="customer"))
    if record is None and customer is not None:
        look = next(look for look in looks if look.name == customer.column)
        if look.unique and re.search(r"id\b|_id$", fold(look.name)):
            return (*fields, FieldProposal("external_id", look.name, "text", 0.8, "values"))
    return fields


def _questions(looks: Sequence[ColumnLook], fields: Sequence[FieldProposal]) -> tuple[QuestionColumn, ...]:
    """Survey questions: columns of small whole numbers whose header asks something."""
    used = {item.column for item in fields}
    found: dict[str, QuestionColumn] = {}
    for look in looks:
        if look.name in used or not look.n_filled or look.numbers < 0.9:
            continue
        numbers = [float(m[0]) for text in look.texts if (m := re.match(r"-?\d+(?:\.\d+)?", text.replace(",", ".")))]
        asked = fold(look.name)
        question = next((key for key, words in vocabulary().questions if any(word in asked for word in words)), None)
        if question is None or not numbers or min(numbers) < 0 or max(numbers) > 10:
            continue
        low, high = (0.0, 10.0) if question == "nps" or max(numbers) > 7 else (1.0, 5.0 if max(numbers) <= 5 else 7.0)
        if question not in found and min(numbers) >= low:
            found[question] = QuestionColumn(question, low, high, look.name)
    return tuple(found.values())


def _constants(
    fact: FactKind, layout: Layout, fields: Sequence[FieldProposal], file_name: str, answers: Mapping[str, str]
) -> dict[str, str]:
    """What the file does not say but its columns and its name do: the phase, the name of a series, a given day."""
    constants: dict[str, str] = {}
    text = " ".join([fold(file_name), *(_plain_name(name) for name in layout.header)]).replace("_", " ")
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
    return bool(_LEADS.search(name)) or any(_plain_name(column) in _LEAD_IDS for column in layout.header)


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
    look = next(item for item in looks if item.name == record.column)
    return ("external_id",) if look.unique else ()


def _mapping(item: FieldProposal, layout: Layout) -> FieldMapping:
    """Point at a column by name, or by position when its name occurs twice."""
    places = [i for i, name in enumerate(layout.header) if fold(name) == fold(item.column)]
    if len(places) > 1:
        return FieldMapping(item.type, None, places[0])
    return FieldMapping(item.type, item.column)


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
    text = " ".join([fold(file_name), *(_plain_name(name) for name in layout.header)]).replace("_", " ")
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
    return score + (2.0 if contact else 0.0)


def _has_customer(looks: Sequence[ColumnLook]) -> bool:
    meaning = next(item for item in vocabulary().meanings if item.field == "customer")
    return any(_name_score(meaning, look.name)[0] >= 0.7 for look in looks)


def _member_values(
    fields: Sequence[FieldProposal], looks: Sequence[ColumnLook], members: Mapping[str, Sequence[Member]]
) -> tuple[ValueProposal, ...]:
    found: list[ValueProposal] = []
    for item in fields:
        if item.type == "member":
            look = next(look for look in looks if look.name == item.column)
            found.extend(propose_values(item.field, look.texts[:200], members.get(item.field, ())))
    return tuple(found)


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
