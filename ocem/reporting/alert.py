"""An alert in words: a subject, a few lines, and the same as a document for other programs."""

from html import escape
from typing import Any

from ocem.evaluation.alert import QUIET, Alert
from ocem.i18n import Words
from ocem.reporting import agenda


def subject(words: Words, alert: Alert) -> str:
    """Write the subject of a message."""
    _ = words.gettext
    name = agenda.subject(words, alert.item)
    if alert.state == QUIET:
        return _("{subject}: the signal is over ({week})", subject=name, week=alert.week)
    side = _("signal of improvement") if alert.state == "improvement" else _("signal of worsening")
    return f"{name}: {side} ({alert.week})"


def text(words: Words, alert: Alert) -> str:
    """Write a message."""
    _ = words.gettext
    item = alert.item
    lines = [agenda.item_sentence(words, item) + "."]
    lines.append(
        f"{agenda.chart_text(words, item)}; " + _("limits {state}", state=agenda.limits_text(words, item)) + "."
    )
    if alert.rows:
        lines.append(_("You see the rows granted to you: {rows}.", rows=words.listed(map(words.label, alert.rows))))
    lines.append(_("You hear of this KPI again when its state changes."))
    return "\n".join(lines) + "\n"


def html(words: Words, alert: Alert) -> str:
    """Write a message as HTML."""
    return "".join(f"<p>{escape(line)}</p>" for line in text(words, alert).strip().splitlines())


def document(words: Words, alert: Alert) -> dict[str, Any]:
    """Return what a webhook or a file gets."""
    item = alert.item
    return {
        "week": alert.week,
        "kpi": item.kpi.key,
        "chart": item.key,
        "state": alert.state,
        "signals": list(item.series[-1].signals) if item.series else [],
        "value": item.value,
        "centre": item.centre,
        "lower": item.lower,
        "upper": item.upper,
        "subject": subject(words, alert),
        "text": text(words, alert),
    }
