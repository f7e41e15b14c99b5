"""Figures of an unknown file that nothing would read: what its rows are is then a question."""

import re
from collections.abc import Sequence

from ocem.domain.fact import FactKind
from ocem.intake.column_look import ColumnLook, personal_name, plain_name
from ocem.intake.proposed_field import FieldProposal

_WHERE_AND_WHEN = {"occurred_at", "order_day", "lead_day", "touchpoint", "segment", "phase"}
_NO_FIGURE = re.compile(
    r"\b(?:anno|mese|settimana|trimestre|giorno|ora|year|month|week|quarter|day|hour|jahr|monat|woche|cod|codice|code|id"
    r"|matricola|interno|extension|versione|version)\b"
)
"""Numbers that name a period, a person or a thing, and count nothing."""
_ROW_NUMBER = re.compile(r"^(?:#|nr|n|no|num|number|numero|nummer|id|riga|row|zeile|ligne)\b\.?")


def unread_figures(fact: FactKind, looks: Sequence[ColumnLook], fields: Sequence[FieldProposal]) -> tuple[str, ...]:
    """Name the columns of figures in a file that would otherwise say only when and where, row by row."""
    if fact not in (FactKind.INTERACTION, FactKind.SALE) or {item.field for item in fields} - _WHERE_AND_WHEN:
        return ()
    return tuple(look.name for look in _free_figures(looks, fields))


def with_some_figure(fields: tuple[FieldProposal, ...], looks: Sequence[ColumnLook]) -> tuple[FieldProposal, ...]:
    """Add the first column of figures as the value of a series that a person said the file holds."""
    found = _free_figures(looks, fields)
    if not found or any(item.field == "numerator" for item in fields):
        return fields
    type_ = "rate:percent" if any("%" in text for text in found[0].texts) else "amount"
    return (*fields, FieldProposal("numerator", found[0].index, found[0].name, type_, 0.8, "values"))


def _free_figures(looks: Sequence[ColumnLook], fields: Sequence[FieldProposal]) -> list[ColumnLook]:
    """Columns of numbers that no field takes and that number no records or people."""
    used = {item.index for item in fields}
    return [
        look
        for look in looks
        if look.index not in used
        and look.n_filled
        and look.numbers >= 0.8
        and look.dates < 0.5
        and not personal_name(look.name)
        and not (look.unique and _ROW_NUMBER.search(plain_name(look.name)))
        and not _NO_FIGURE.search(plain_name(look.name))
        and not (look.unique and all(len(text) > 6 and text.isdigit() for text in look.texts))
    ]
