"""Imports in words: how a file was read, what was asked, what was stored and what was not."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from math import ceil
from typing import Any

from ocem.domain.batch import Detected, LineNote, Question, Receipt, Reject, SourceProfile
from ocem.domain.fact import FactKind
from ocem.i18n import N_, Words, formats
from ocem.intake.codes import QUESTIONS, REJECTS, SKIPS, WARNINGS
from ocem.intake.peek import Peek
from ocem.intake.profile import Difference
from ocem.intake.receipt import layout_notes
from ocem.reporting.names import dimension_word
from ocem.store.batch import BatchRecord

SHOWN_VALUES = 12
LONGEST_VALUE = 40
NUMBERS = ("int", "amount", "score", "duration", "rate")
"""Types of fields whose values are written as numbers."""

CHOICE_WORDS = {
    "DMY": N_("day first (31/12/2026)"),
    "MDY": N_("month first (12/31/2026)"),
    "YMD": N_("year first (2026-12-31)"),
    ",": N_("comma is the decimal mark (1.234,5)"),
    ".": N_("dot is the decimal mark (1,234.5)"),
    "comma": N_("comma is the decimal mark (1.234,5)"),
    "dot": N_("dot is the decimal mark (1,234.5)"),
}
FACT_WORDS = {
    FactKind.INTERACTION: N_("Interactions (contacts, visits, calls, leads)"),
    FactKind.SALE: N_("Sales (orders, deals won)"),
    FactKind.RESPONSE: N_("Survey answers"),
    FactKind.MEASURE: N_("Series already counted (visits a day, clicks a campaign)"),
    FactKind.COST: N_("Costs"),
}
FIELD_WORDS = {
    "occurred_at": N_("Day and time"),
    "occurred_at.time": N_("Time of day, if in a column of its own"),
    "answered_at": N_("Day and time of the answer"),
    "answered_at.time": N_("Time of day of the answer, if in a column of its own"),
    "order_day": N_("Order day"),
    "lead_day": N_("First contact day"),
    "day": N_("Day"),
    "customer": N_("Customer (kept only as a pseudonym)"),
    "touchpoint": N_("Touchpoint"),
    "segment": N_("Segment"),
    "phase": N_("Phase"),
    "dmu_role": N_("Role in the decision making unit"),
    "kind": N_("Kind or reason of contact"),
    "direction": N_("Inbound or outbound"),
    "outcome": N_("Outcome"),
    "duration_s": N_("Duration"),
    "wait_s": N_("Waiting time"),
    "cost_eur": N_("Cost in euro"),
    "resolved_first": N_("Resolved at first contact"),
    "external_id": N_("Record number"),
    "cost_eur.currency": N_("Currency of the cost"),
    "amount_eur": N_("Amount in euro"),
    "amount_eur.currency": N_("Currency of the amount"),
    "margin_eur": N_("Margin in euro"),
    "margin_eur.currency": N_("Currency of the margin"),
    "n_lines": N_("Order lines"),
    "is_reorder": N_("Re-order"),
    "is_new_customer": N_("New customer"),
    "is_cross_sell": N_("Cross-selling"),
    "is_up_sell": N_("Up-selling"),
    "voice": N_("Voice (customer, staff, partner, distributor)"),
    "question": N_("Question"),
    "score": N_("Score"),
    "comment": N_("Comment"),
    "round": N_("Survey round"),
    "name": N_("Name of the series"),
    "numerator": N_("Value"),
    "denominator": N_("Out of"),
    "cost_kind": N_("Kind of cost"),
}
TYPE_WORDS = {
    "date": N_("day"),
    "datetime": N_("day and time"),
    "text": N_("text"),
    "int": N_("whole number"),
    "amount": N_("amount"),
    "score": N_("score"),
    "duration": N_("duration"),
    "rate": N_("share"),
    "flag": N_("yes or no"),
    "customer": N_("customer, replaced by a pseudonym"),
    "member": N_("member of the perimeter"),
}


def fact_word(words: Words, fact: FactKind | str | None) -> str:
    """Name a kind of fact."""
    return words.gettext(FACT_WORDS[FactKind(fact)]) if fact else formats.NOTHING


def field_word(words: Words, field: str) -> str:
    """Name a field of a fact."""
    return words.gettext(FIELD_WORDS[field]) if field in FIELD_WORDS else field


def type_word(words: Words, type_: str) -> str:
    """Name how a column is read."""
    kind = type_.split(":", 1)[0]
    return words.gettext(TYPE_WORDS[kind]) if kind in TYPE_WORDS else type_


def detected_rows(words: Words, detected: Detected) -> dict[str, str]:
    """Say how the file was read, thing by thing."""
    _ = words.gettext
    rows = {
        _("Encoding"): detected.encoding,
        _("Separator"): _delimiter_word(words, detected.delimiter),
        _("Sheet"): detected.sheet,
        _("Header on line"): detected.header_line and words.show(detected.header_line),
        _("Data from line"): detected.first_data_line and words.show(detected.first_data_line),
        _("Decimal mark"): _mark_word(words, detected.decimal),
        _("Thousands mark"): _mark_word(words, detected.thousands),
        _("Dates"): words.gettext(CHOICE_WORDS.get(detected.date_format or "", detected.date_format or "")),
    }
    return {name: str(value) for name, value in rows.items() if value}


def outcome_sentence(words: Words, receipt: Receipt) -> str:
    """Say in one sentence what an import did, or would do; every row read is in exactly one of the counts."""
    _ = words.gettext
    new, changed = receipt.accepted, receipt.updated
    stored = _("{n} to be stored", n=new) if receipt.dry_run else _("{n} stored", n=new)
    updated = _("{n} to be updated", n=changed) if receipt.dry_run else _("{n} updated", n=changed)
    counts = [
        (new, stored),
        (changed, updated),
        (receipt.unchanged, _("{n} already there", n=receipt.unchanged)),
        (receipt.rejected, words.ngettext("{n} row rejected", "{n} rows rejected", receipt.rejected)),
        (receipt.skipped, _("{n} skipped", n=receipt.skipped)),
    ]
    read = words.ngettext("{n} row read", "{n} rows read", receipt.rows_read)
    parts = [text for n, text in counts if n]
    return f"{read}: {words.listed(parts)}." if parts else f"{read}."


def typed_text(words: Words, value: str | None, type_: str = "") -> str:
    """Write a value as it will be stored: days, moments and numbers as the language writes them.

    Examples
    --------
    >>> typed_text(Words("it"), "2018-02-01 00:00:00+01:00"), typed_text(Words("it"), "social")
    ('1 feb 2018', 'social')
    >>> typed_text(Words("it"), "1201.5000", "amount")
    '1.201,50'
    >>> typed_text(Words("it"), "0.2340", "amount")
    '0,234'
    """
    if not value:
        return formats.NOTHING
    if type_ in NUMBERS:
        return _number_text(words, value, type_)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    is_day = moment.hour == moment.minute == moment.second == 0
    return words.show(moment.date() if is_day else moment)


def _number_text(words: Words, value: str, type_: str) -> str:
    try:
        places = len(value.partition(".")[2].rstrip("0"))
        return words.number(float(value), min(max(places, 2), 4)) if type_ == "amount" else words.show(float(value))
    except ValueError:
        return value


def reject_word(words: Words, code: str) -> str:
    """Say why a row was rejected."""
    return words.gettext(REJECTS[code]) if code in REJECTS else code


def reject_rows(words: Words, rejects: Iterable[Reject]) -> list[dict[str, str | int]]:
    """Return the rejected rows for a table or a file: line, column, value, reason."""
    _ = words.gettext
    return [
        {
            _("Line"): reject.line,
            _("Column"): reject.column or "",
            _("Value"): reject.value or "",
            _("Reason"): reject_word(words, reject.code),
        }
        for reject in rejects
    ]


def skip_texts(words: Words, skips: Iterable[LineNote]) -> list[str]:
    """Say which lines were passed over, kind by kind."""
    counts = Counter(item.code for item in skips)
    return [f"{words.show(n)} × {words.gettext(SKIPS[code]) if code in SKIPS else code}" for code, n in counts.items()]


def warning_texts(words: Words, warnings: Iterable[LineNote]) -> list[str]:
    """Say every warning once, with how many values it concerns."""
    said = []
    for item in warnings:
        values = {"column": "", "count": 1, "currencies": ""} | item.values
        text = words.gettext(WARNINGS[item.code], **values) if item.code in WARNINGS else item.code
        said.append(text.removeprefix(": "))
    return list(dict.fromkeys(said))


def reject_texts(words: Words, rejects: Iterable[Reject]) -> list[str]:
    """Say why rows were rejected, reason by reason and column by column, with the first case of each."""
    lines: dict[tuple[str, str | None], set[int]] = {}
    first: dict[tuple[str, str | None], Reject] = {}
    for item in rejects:
        lines.setdefault((item.code, item.column), set()).add(item.line)
        first.setdefault((item.code, item.column), item)
    return [
        f"{words.show(len(where))} × {f'{key[1]}: ' if key[1] else ''}{reject_word(words, key[0])}"
        + _first_case(words, first[key])
        for key, where in lines.items()
    ]


def _first_case(words: Words, item: Reject) -> str:
    if not item.value:
        return ""
    value = item.value if len(item.value) <= LONGEST_VALUE else item.value[:LONGEST_VALUE] + "…"
    return " " + words.gettext("(line {line}: {value})", line=item.line, value=value)


def proposed_texts(words: Words, proposed: Iterable[tuple[str, str]]) -> list[str]:
    """Say which values are new to the perimeter, dimension by dimension."""
    by_dimension: dict[str, list[str]] = {}
    for dimension, value in proposed:
        by_dimension.setdefault(dimension, []).append(value)
    said = []
    for dimension, values in by_dimension.items():
        name = dimension_word(words, dimension, plural=True)
        shown = ", ".join(values[:SHOWN_VALUES]) + (" …" if len(values) > SHOWN_VALUES else "")
        said.append(words.gettext("{dimension} new to the perimeter: {values}", dimension=name, values=shown))
    return said


def time_left(words: Words, seconds: float) -> str:
    """Say how long something will still take.

    Examples
    --------
    >>> time_left(Words("en"), 12.2), time_left(Words("en"), 150)
    ('about 13 seconds left', 'about 3 minutes left')
    """
    if seconds < 90:
        return words.ngettext("about {n} second left", "about {n} seconds left", max(ceil(seconds), 1))
    return words.ngettext("about {n} minute left", "about {n} minutes left", ceil(seconds / 60))


def difference_texts(words: Words, difference: Difference) -> list[str]:
    """Say how a file's columns differ from the last file of its source."""
    return warning_texts(words, layout_notes(difference))


def day_rows(words: Words, peek: Peek, amounts: Mapping[str, str]) -> list[list[str]]:
    """Return the rows a day and the sums of amounts a day, to be compared by eye with the exporting system."""
    return [
        [words.show(date.fromisoformat(day)), words.show(n_rows)]
        + [words.number(float(sums[name] or 0), 2) if sums.get(name) else formats.NOTHING for name in amounts]
        for day, n_rows, sums in peek.per_day
        if day
    ]


def recognition_text(words: Words, profile: SourceProfile, recognised: bool, confidence: float) -> str:
    """Say as what a file was recognised, or how sure the proposal is."""
    fact = fact_word(words, profile.fact)
    if recognised:
        return words.gettext(
            "Recognised: {source}. {fact}.", source=source_word(words, profile, profile.key), fact=fact
        )
    sure = words.percent(confidence, 0)
    return words.gettext("New source, read as: {fact}. The mapping is a proposal ({sure} sure).", fact=fact, sure=sure)


def source_word(words: Words, profile: SourceProfile | None, key: str) -> str:
    """Name a source: its profile's label in the reader's language, else its key."""
    if profile is None:
        return key
    return (profile.label_en if words.lang == "en" else "") or profile.label or key


def refusal_text(words: Words, document: dict[str, Any]) -> str:
    """Say from its receipt why a file of the inbox was refused."""
    asked = [
        question_sentence(words, Question(item.get("field"), str(item.get("kind")), (), item.get("column")))
        for item in document.get("needs_decision") or ()
    ]
    if asked:
        return " ".join(dict.fromkeys(asked))
    if document.get("template"):
        return words.gettext(str(document["template"]), **(document.get("values") or {}))
    return str(document.get("message") or formats.NOTHING)


def batch_text(words: Words, batch: BatchRecord, profile: SourceProfile | None = None) -> str:
    """Say what a stored upload is and which days it covers."""
    parts = [source_word(words, profile, batch.source), words.show(batch.imported_at)]
    if batch.first_day and batch.last_day:
        parts.append(words.span(batch.first_day, batch.last_day))
    return " · ".join(parts)


def counts_text(words: Words, batch: BatchRecord) -> str:
    """Say what a stored upload brought."""
    _ = words.gettext
    counts = [(batch.accepted, _("{n} stored", n=batch.accepted)), (batch.updated, _("{n} updated", n=batch.updated))]
    return words.listed(said for n, said in counts if n)


def question_sentence(words: Words, question: Question) -> str:
    """Ask what the data cannot decide."""
    named = question.column or (field_word(words, question.field) if question.field else "")
    template = QUESTIONS.get(question.kind, question.kind)
    return words.gettext(template, column=named, field=named)


def choice_text(words: Words, question: Question, choice: str) -> str:
    """Name one answer, with what it makes of a value of the file."""
    if choice in CHOICE_WORDS:
        named = words.gettext(CHOICE_WORDS[choice])
    elif question.kind == "header":
        named = (
            words.gettext("leave it out")
            if choice == "-"
            else words.gettext("column {number}", number=choice.lstrip("#"))
        )
    elif question.kind == "fact":
        named = fact_word(words, choice)
    elif question.kind == "currency":
        named = words.gettext("all, as they stand") if choice == "all" else choice.upper()
    else:
        named = choice
    sample = next((item for item in question.samples if choice in item), None)
    return f"{named}: {sample.get('value', '')} → {_read_as(words, sample[choice])}" if sample else named


def _read_as(words: Words, value: object) -> str:
    """Write what a reading makes of a value, in the reader's own spelling."""
    try:
        return words.show(float(str(value)))
    except ValueError:
        return typed_text(words, str(value))


def _delimiter_word(words: Words, delimiter: str | None) -> str | None:
    _ = words.gettext
    named = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("bar")}
    return named.get(delimiter or "", delimiter)


def _mark_word(words: Words, mark: str | None) -> str | None:
    _ = words.gettext
    named = {",": _("comma"), ".": _("dot"), " ": _("space"), "'": _("apostrophe"), "\u00a0": _("space")}
    return named.get(mark or "", mark)
