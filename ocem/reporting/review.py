"""A weekly review in words: the few sentences of the page that the deck does not have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ocem.domain.decision import DecisionState
from ocem.domain.review import ActionRecord, Contribution, DecisionRecord, Restatement, ReviewDocument, ReviewItem
from ocem.evaluation.calibration import Calibration
from ocem.i18n import Words, formats
from ocem.reporting import comparison as compared
from ocem.reporting import quantity
from ocem.reporting.agenda import scaled_for
from ocem.reporting.readable import readable

MOST_PARTS = 3


def week_text(words: Words, document: ReviewDocument) -> str:
    """Name the week of a review."""
    week, first, last = formats.week(document.first)
    return words.gettext("week {week} · {days}", week=str(week), days=words.span(first, last))


def state_text(words: Words, document: ReviewDocument) -> str:
    """Say whether a review is open, and who closed it or opened it again."""
    _ = words.gettext
    if document.state == "closed":
        at = document.closed_at
        return _(
            "Closed by {by} on {at}, version {version}.", by=document.closed_by, at=_local(at), version=document.version
        )
    if document.reopened_by:
        return _(
            "Reopened by {by}: {reason}. Version {version} is being written.",
            by=document.reopened_by,
            reason=document.reopen_reason.rstrip("."),
            version=document.version,
        )
    if not document.finished:
        return _("This week is not finished: signals are told only for KPIs whose sources have reached its end.")
    return ""


def _local(at: datetime | None) -> datetime | None:
    return at.astimezone() if at else None


def mixed_whole(words: Words, item: ReviewItem) -> str:
    """Say how far the week lies from the usual one, and how much of that is mix."""
    _ = words.gettext
    parts = _parts(item, "segment") or _parts(item, "touchpoint")
    if not parts:
        return ""
    whole, mix = sum(part.total for part in parts), sum(part.mix for part in parts)
    against = _("the same week a year before") if item.charted == "year" else _("the twelve weeks before")
    text = _("{change} against {against}", change=_moved(words, item, whole), against=against)
    if whole and abs(mix) >= abs(whole) / 4:
        return text + ", " + _("of which mix {mix}", mix=_moved(words, item, mix))
    return text


def mixed_from(words: Words, item: ReviewItem, dimension: str) -> str:
    """Name the members of a dimension that moved an item most."""
    parts = sorted(_parts(item, dimension), key=lambda part: -abs(part.total))[:MOST_PARTS]
    return words.listed(f"{words.label(part.member)} {_moved(words, item, part.total)}" for part in parts if part.total)


def _parts(item: ReviewItem, dimension: str) -> list[Contribution]:
    """Return what the members of a dimension brought; a single one says no more than the whole."""
    found = [part for part in item.contributions if part.dimension == dimension]
    return found if len(found) > 1 else []


def _moved(words: Words, item: ReviewItem, amount: float) -> str:
    scaled = scaled_for(item)
    return quantity.difference(words, scaled.of(amount), scaled.unit)


def contribution_values(words: Words, item: ReviewItem, part: Contribution) -> dict[str, str]:
    """Write one contribution's numbers."""
    scaled = scaled_for(item)

    def value(amount: float | None) -> str:
        return quantity.value(words, scaled.of(amount), scaled.unit)

    def change(amount: float) -> str:
        return quantity.difference(words, scaled.of(amount), scaled.unit)

    return {
        "name": words.label(part.member),
        "before": value(part.before),
        "now": value(part.now),
        "mix": change(part.mix) if part.mix else formats.NOTHING,
        "rate": change(part.rate),
        "total": change(part.total),
    }


def decision_state_word(words: Words, state: str) -> str:
    """Name where a decision stands."""
    _ = words.gettext
    return {
        "waiting": _("waiting"),
        "due": _("due now"),
        "judged": _("judged"),
        "withdrawn": _("withdrawn"),
    }.get(state, state)


def outcome_text(words: Words, record: DecisionRecord) -> str:
    """Write what came of a decision: the effect with its interval, or why there is none."""
    _ = words.gettext
    if record.outcome is None:
        return formats.NOTHING
    found = readable(record.outcome)
    if compared.is_silent(found) or found.effect is None:
        return compared.verdict_look(words, found.verdict).word
    if record.expected_relative and found.effect.relative is not None:
        told = compared.relative_change(words, found)
        return f"{told[0]} ({told[1]})" if told else formats.NOTHING
    return f"{compared.change(words, found)} ({compared.change_interval(words, found)})"


def inside_text(words: Words, record: DecisionRecord) -> str:
    """Say whether the prediction came true."""
    _ = words.gettext
    if record.inside is None:
        return _("no verdict") if record.outcome is not None else ""
    if not record.inside:
        return _("not as predicted: outside the interval")
    effect = record.outcome.effect if record.outcome else None
    if effect is not None and effect.low <= 0 <= effect.high:
        return _("inside the interval, and so is no effect at all")
    return _("as predicted: inside the interval")


def inside_look(record: DecisionRecord) -> tuple[str, str]:
    """Return the mark and tone of how a prediction came out."""
    effect = record.outcome.effect if record.outcome else None
    if record.inside is None:
        return "gap", "silent"
    if not record.inside:
        return "alert", "bad"
    return ("wait", "open") if effect is not None and effect.low <= 0 <= effect.high else ("check", "good")


def action_state_word(words: Words, record: ActionRecord) -> str:
    """Name where an action stands."""
    _ = words.gettext
    if record.overdue:
        return words.ngettext("{n} day late", "{n} days late", record.days_late)
    return {"open": _("open"), "done": _("done"), "dropped": _("dropped")}.get(record.state, record.state)


@dataclass(frozen=True)
class RestatedRow:
    """One number that reads differently now."""

    subject: str
    number: str
    frozen: str
    now: str
    cause: str


def restated_rows(words: Words, found: Sequence[Restatement]) -> list[RestatedRow]:
    """Write the list "restated since"."""
    return [
        RestatedRow(
            words.label(item.subject),
            number_word(words, item),
            quantity.value(words, item.frozen, item.unit, _digits(item)),
            quantity.value(words, item.now, item.unit, _digits(item)),
            cause_text(words, item),
        )
        for item in found
    ]


def _digits(item: Restatement) -> int | None:
    """Write as many decimals as it takes to see the difference."""
    if item.frozen is None or item.now is None:
        return None
    usual = quantity.value_digits(item.frozen, item.unit)
    times = quantity.SHOWN_TIMES.get(item.unit, 1.0)
    for digits in range(usual, 7):
        if round(item.frozen * times, digits) != round(item.now * times, digits):
            return digits
    return usual


def number_word(words: Words, item: Restatement) -> str:
    """Name a number of a closed review."""
    _ = words.gettext
    day = words.day(item.day) if item.day else ""
    spans = {
        "month_to_date": _("month to date"),
        "quarter_to_date": _("quarter to date"),
        "year_to_date": _("year to date"),
    }
    if item.number in spans:
        return spans[item.number]
    if item.number.removesuffix("_before") in spans:
        return _("{span}, the year before", span=spans[item.number.removesuffix("_before")])
    if item.number == "month" and item.day:
        return _("month of {month}", month=f"{formats.month_names(words.locale)[item.day.month - 1]} {item.day.year}")
    return {
        "value": _("value of the week"),
        "week": _("value of the week from {day}", day=day),
        "lower": _("lower limit"),
        "centre": _("centre"),
        "upper": _("upper limit"),
        "before": _("before"),
        "after": _("after"),
        "effect": _("change"),
    }.get(item.number, item.number)


def cause_text(words: Words, item: Restatement) -> str:
    """Say which imports changed a number."""
    _ = words.gettext
    told = []
    for note in item.imports:
        match note.code:
            case "import" if note.values.get("undone"):
                told.append(
                    _("import {batch} undone ({file})", batch=str(note.values["batch"]), file=note.values["file"])
                )
            case "import":
                told.append(_("import {batch} ({file})", batch=str(note.values["batch"]), file=note.values["file"]))
            case "definition_changed":
                told.append(_("new definition, version {version}", version=note.values["version"]))
            case "rebased":
                told.append(_("limits set anew by {author}", author=note.values["author"]))
    return words.listed(told) if told else _("another week that the limits come from, a closure, or another group")


def calibration_text(words: Words, found: Calibration) -> str:
    """Say how often predictions came true, and how far to trust that."""
    _ = words.gettext
    if not found.n_predicted:
        return _("No decision has been judged yet: the first outcomes appear when their day to look has come.")
    return _(
        "{inside} of {n} predictions lay inside the interval of what came out ({low} to {high} would be no surprise).",
        inside=found.n_inside,
        n=found.n_predicted,
        low=words.percent(found.low or 0.0, 0),
        high=words.percent(found.high or 0.0, 0),
    )


def is_settled(record: DecisionRecord) -> bool:
    """Say whether a decision's outcome stands."""
    return record.state == DecisionState.JUDGED
