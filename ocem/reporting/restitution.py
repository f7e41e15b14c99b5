"""Giving back in words, and the page "You said / We did" as one HTML file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from ocem.domain.feedback import Voice
from ocem.domain.theme import Decision, Restitution, Theme, ThemeState
from ocem.evaluation.restitution import Answered, Coverage, Echo
from ocem.i18n import Words, formats
from ocem.reporting.feedback import (
    asked_by_word,
    difference_interval,
    difference_text,
    is_clear,
    question_word,
    voice_word,
)
from ocem.reporting.names import Names


def state_word(words: Words, state: ThemeState) -> str:
    """Name how far a theme has come."""
    _ = words.gettext
    return {
        ThemeState.RAISED: _("raised"),
        ThemeState.DECIDED: _("decided, not told yet"),
        ThemeState.GIVEN_BACK: _("given back"),
        ThemeState.CLOSED: _("settled"),
    }[state]


STATE_LOOK = {
    ThemeState.RAISED: ("question", "open"),
    ThemeState.DECIDED: ("wait", "open"),
    ThemeState.GIVEN_BACK: ("check", "good"),
    ThemeState.CLOSED: ("lock", "still"),
}
"""Mark and tone of each state."""


def decision_word(words: Words, decision: Decision | None) -> str:
    """Name a decision."""
    _ = words.gettext
    return {
        None: _("no decision yet"),
        Decision.DO: _("we do it"),
        Decision.LATER: _("we do it later"),
        Decision.NOT: _("we do not do it"),
    }[decision]


def said(words: Words, thing: Theme | Restitution, name: str) -> str:
    """Return a text that is kept in both languages: ``said``, ``done``, ``message`` or ``proof``."""
    ours, other = (f"{name}_it", f"{name}_en") if words.lang == "it" else (f"{name}_en", f"{name}_it")
    return str(getattr(thing, ours) or getattr(thing, other))


def audience_text(words: Words, message: Restitution, names: Names) -> str:
    """Say who was told."""
    parts = [names.member("segment", key) for key in message.segments]
    parts += [names.member("touchpoint", key) for key in message.touchpoints]
    voice = voice_word(words, message.audience)
    return f"{voice}: {words.listed(parts)}" if parts else voice


def headline(words: Words, found: Coverage) -> str:
    """Say how much of what people said was answered."""
    _ = words.gettext
    if not found.themes:
        return _("No theme has been raised yet: nothing that people said is on its way back to them.")
    text = words.ngettext(
        "Of one theme, {told} went back to those who raised it.",
        "Of {n} themes, {told} went back to those who raised them.",
        found.themes,
        told=found.themes_told,
    )
    if found.median_days is not None:
        days = words.ngettext(
            "Half of the answers waited one day or more.",
            "Half of the answers waited {n} days or more.",
            round(found.median_days),
        )
        text = f"{text} {days}"
    return text


def coverage_figures(words: Words, found: Coverage) -> list[tuple[str, str, str]]:
    """Return the figures of giving back: name, value, a word below."""
    _ = words.gettext

    def share(part: int, of: int) -> str:
        return words.percent(part / of, 0) if of else formats.NOTHING

    days = formats.NOTHING if found.median_days is None else words.number(found.median_days)
    silent = words.ngettext(
        "{n} kept back for a recorded reason", "{n} kept back for a recorded reason", found.themes_silent
    )
    return [
        (
            _("Rounds given back"),
            share(found.rounds_told, found.rounds),
            _("{part} of {of} that have ended", part=found.rounds_told, of=found.rounds),
        ),
        (
            _("Themes given back"),
            share(found.themes_told, found.themes),
            _("{part} of {of}", part=found.themes_told, of=found.themes)
            + (f"; {silent}" if found.themes_silent else ""),
        ),
        (_("Days from answer to giving back"), days, _("median over answers in rounds given back")),
    ]


def echo_sentence(words: Words, echo: Echo, names: Names) -> str:
    """Say what the next round says among those told and those not told, and what it cannot say."""
    _ = words.gettext
    question = question_word(words, echo.question)
    if echo.change is None:
        return _("{question}: too few answers to show in one of the two rounds.", question=question)
    change = difference_text(words, echo.change, echo.question)
    interval = difference_interval(words, echo.change, echo.question)
    told = _(
        "{question}, among those told: {change} ({interval}).", question=question, change=change, interval=interval
    )
    if echo.effect is None or echo.others_change is None:
        everyone = _("Everyone of this voice was told, so there is nobody to compare with.")
        return f"{told} {everyone}"
    rest = _(
        "Among the others: {change}. Difference: {effect} ({effect_interval}).",
        change=difference_text(words, echo.others_change, echo.question),
        effect=difference_text(words, echo.effect, echo.question),
        effect_interval=difference_interval(words, echo.effect, echo.question),
    )
    verdict = (
        _("The two groups moved differently; they were not drawn by lot, so telling need not be the reason.")
        if is_clear(echo.effect)
        else _("Within the uncertainty both moved alike.")
    )
    return f"{told} {rest} {verdict}"


@dataclass(frozen=True)
class Line:
    """One line of the page: what was said, what was done, the message, its proof, and when it was told."""

    title: str
    said: str
    done: str
    message: str
    proof: str
    told: str


@dataclass(frozen=True)
class Sheet:
    """The page "You said / We did" for one audience in one language."""

    lang: str
    company: str
    title: str
    audience: str
    you_said: str
    we_did: str
    proof: str
    thanks: str
    empty: str
    foot: str
    lines: tuple[Line, ...]


def sheet(
    words: Words, audience: Voice, answered: Sequence[Answered], day: date, names: Names, company: str = ""
) -> Sheet:
    """Compose the page for one audience."""
    _ = words.gettext
    lines = tuple(
        Line(
            words.label(item.theme),
            said(words, item.theme, "said"),
            said(words, item.theme, "done"),
            said(words, item.message, "message"),
            said(words, item.message, "proof"),
            _(
                "{audience}, {day}, {how}",
                audience=audience_text(words, item.message, names),
                day=item.message.day,
                how=asked_by_word(words, item.message.told_by).lower(),
            ),
        )
        for item in answered
    )
    return Sheet(
        words.lang,
        company,
        _("You said / We did"),
        _("For: {audience}", audience=voice_word(words, audience).lower()),
        _("You said"),
        _("We did"),
        _("How you can tell"),
        _("Thank you for your answers. Tell us whether this is what you meant."),
        _("Nothing has been told to this audience yet."),
        _("As of {day}", day=day),
        lines,
    )


_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  color: #14232c; background: #fff; margin: 0; }
main { max-width: 54rem; margin: 0 auto; padding: 2.4rem 1.4rem; }
header { border-bottom: 3px solid #0b6477; padding-bottom: .9rem; margin-bottom: 1.6rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0; letter-spacing: -.01em; }
header p { margin: .25rem 0 0; color: #52636d; }
section { break-inside: avoid; border-bottom: 1px solid #d8e1e5; padding: 1rem 0 1.2rem; }
h2 { font-size: 1.1rem; margin: 0 0 .6rem; }
dl { display: grid; grid-template-columns: 1fr 1fr; gap: .6rem 1.8rem; margin: 0; }
dt { font-size: .82rem; color: #52636d; }
dd { margin: 0 0 .3rem; }
dd.said::before { content: "\\201C"; } dd.said::after { content: "\\201D"; }
dd.said { font-style: italic; }
.message { font-weight: 600; margin: .7rem 0 .2rem; }
.proof, .told, footer { color: #52636d; font-size: .9rem; margin: .15rem 0; }
footer { padding-top: 1.2rem; }
@media (max-width: 560px) { dl { grid-template-columns: 1fr; } }
@page { margin: 16mm; }
@media print { main { padding: 0; max-width: none; } }
"""


def as_html(item: Sheet) -> str:
    """Write the page as one HTML file that needs nothing else."""
    sections = "".join(
        f"<section><h2>{escape(line.title)}</h2><dl>"
        f'<div><dt>{escape(item.you_said)}</dt><dd class="said">{escape(line.said)}</dd></div>'
        f"<div><dt>{escape(item.we_did)}</dt><dd>{escape(line.done)}</dd></div></dl>"
        f'<p class="message">{escape(line.message)}</p>'
        + (f'<p class="proof">{escape(item.proof)}: {escape(line.proof)}</p>' if line.proof else "")
        + f'<p class="told">{escape(line.told)}</p></section>'
        for line in item.lines
    )
    body = sections or f"<p>{escape(item.empty)}</p>"
    company = f"<p>{escape(item.company)}</p>" if item.company else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{item.lang}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(item.title)}</title><style>{_STYLE}</style></head>\n<body><main>"
        f"<header><h1>{escape(item.title)}</h1><p>{escape(item.audience)}</p>{company}</header>\n{body}\n"
        f"<footer><p>{escape(item.thanks)}</p><p>{escape(item.foot)}</p></footer></main></body>\n</html>\n"
    )
