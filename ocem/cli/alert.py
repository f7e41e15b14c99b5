"""Alerts: who follows which KPI, what is to be told now, what would have been told in the past."""

import argparse
import json
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ocem.cli import commands
from ocem.cli.digest import secret_files
from ocem.cli.outcome import Outcome
from ocem.errors import N_, OcemError, Refused, WrongUse
from ocem.evaluation import alert as alerting
from ocem.evaluation import calendar
from ocem.evaluation.alert import Alert
from ocem.i18n import Words
from ocem.reporting import alert as said
from ocem.reporting import mail
from ocem.store.database import Database
from ocem.store.signal import Follower

TIMEOUT_S = 10.0


def add(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add these commands to the parser."""
    item = command("alerts", alerts, "Say which followed KPIs changed state; --send tells their followers.")
    item.add_argument("week", nargs="?", help="a week as 2026-W47 (default: the last finished one)")
    item.add_argument("--send", action="store_true", help="tell the followers, once")
    item.add_argument("--replay", metavar="A..B", help="what would have fired from week A to week B, for every KPI")
    item.add_argument("--kpi", action="append", default=[], help="with --replay: only this KPI; may be given again")
    item = command("follow", follow, "Hear of a KPI's signals, or no more.")
    item.add_argument("kpi", nargs="?", help="without a KPI: who follows what")
    item.add_argument("--channel", choices=alerting.CHANNELS, default="mail")
    item.add_argument("--address", help="mail address, URL, or name of a file beside the store")
    item.add_argument("--lang", dest="text_lang", choices=("it", "en"), default="it", help="language of the messages")
    item.add_argument("--stop", action="store_true", help="hear of it no more")


def follow(options: argparse.Namespace, words: Words) -> Outcome:
    """Follow a KPI, stop following it, or list followers."""
    with commands.opened(options) as database:
        if options.kpi:
            if not options.address:
                raise WrongUse(N_("Say where to: --address ADDRESS."))
            follower = Follower(options.kpi, options.channel, options.address, options.text_lang)
            (alerting.unfollow if options.stop else alerting.follow)(database, follower)
        found = alerting.followers(database, options.kpi)
    document = [{"kpi": f.kpi, "channel": f.channel, "address": f.address, "lang": f.lang} for f in found]
    return Outcome(document, [f"{f.kpi:<32} {f.channel:<8} {f.address}" for f in found])


def alerts(options: argparse.Namespace, words: Words) -> Outcome:
    """List, send or replay alerts."""
    with commands.opened(options) as database:
        if options.replay:
            return _replay(database, options)
        monday = calendar.week_named(options.week) if options.week else None
        due = alerting.due_alerts(database, monday)
        failed = _send(database, due) if options.send else {}
    document = [
        said.document(Words(a.follower.lang), a)
        | {"channel": a.follower.channel, "address": a.follower.address, "sent": options.send and i not in failed}
        for i, a in enumerate(due)
    ]
    lines = [f"{a.follower.channel:<8} {a.follower.address:<32} {said.subject(words, a)}" for a in due]
    lines += [words.gettext("Not sent to {address}: {reason}", address=due[i].follower.address, reason=why)
              for i, why in failed.items()]  # fmt: skip
    return Outcome(document, lines, Refused.exit_status if failed else 0)


def _replay(database: Database, options: argparse.Namespace) -> Outcome:
    first, dots, last = options.replay.partition("..")
    if not dots:
        raise WrongUse(N_("{value} is no span of weeks; write it as 2026-W01..2026-W46."), value=options.replay)
    ends = calendar.week_named(first), calendar.week_named(last) + timedelta(days=6)
    found = alerting.replay(database, *ends, options.kpi)
    document = [
        {"week": f.week, "chart": f.chart, "kpi": f.kpi, "state": f.state, "signals": list(f.signals)} for f in found
    ]
    return Outcome(document, [f"{f.week}  {f.state:<12} {f.chart:<48} {', '.join(f.signals)}" for f in found])


def _send(database: Database, due: tuple[Alert, ...]) -> dict[int, str]:
    """Tell each follower once; what could not be told is tried again the next time. Return what failed and why."""
    failed: dict[int, str] = {}
    for i, alert in enumerate(due):
        words = Words(alert.follower.lang)
        try:
            SENDERS[alert.follower.channel](Path(database.folder), alert, words)
        except OcemError as error:
            failed[i] = words.error(error)
            continue
        except (OSError, ValueError) as error:
            failed[i] = str(error)
            continue
        alerting.mark_told(database, alert)
    return failed


def _mail(folder: Path, alert: Alert, words: Words) -> None:
    server = mail.find_server(secret_files(folder))
    to = mail.addresses([alert.follower.address])
    made = mail.message(
        server,
        to,
        said.subject(words, alert),
        said.text(words, alert),
        said.html(words, alert),
        datetime.now().astimezone(),
    )
    refused = mail.send(server, made)
    if refused:
        raise Refused(
            N_("The mail server refused {address}: {reason}."),
            address=alert.follower.address,
            reason="; ".join(refused.values()),
        )


def _webhook(folder: Path, alert: Alert, words: Words) -> None:
    body = json.dumps(said.document(words, alert), ensure_ascii=False, allow_nan=False).encode()
    request = urllib.request.Request(
        alert.follower.address, data=body, headers={"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
        response.read(1024)


def _file(folder: Path, alert: Alert, words: Words) -> None:
    target = folder / "alerts" / alert.follower.address
    target.parent.mkdir(exist_ok=True)
    with target.open("a", encoding="utf-8") as file:
        file.write(json.dumps(said.document(words, alert), ensure_ascii=False, allow_nan=False) + "\n")


SENDERS: dict[str, Callable[[Path, Alert, Words], Any]] = {"mail": _mail, "webhook": _webhook, "file": _file}
