"""The digest mail: agenda and deck of a week's review, sent so that cron can do it."""

import argparse
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ocem.cli import commands
from ocem.cli.outcome import Outcome
from ocem.domain.review import ReviewDocument
from ocem.errors import N_, Refused, WrongUse
from ocem.evaluation import review
from ocem.evaluation.people import not_for, note_export
from ocem.i18n import Words
from ocem.reporting import deck, mail
from ocem.reporting.digest import compose

ROOT = Path(__file__).parents[2]
NOT_FOR_THEM = N_("The review speaks of the whole company, so it is not sent to who sees some rows only: {who}.")


def add(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add this command to the parser."""
    item = command("digest", digest, "Send the week's agenda and deck by mail.")
    item.add_argument("week", nargs="?", help="a week as 2026-W47 (default: the last finished one)")
    item.add_argument(
        "--to", action="append", default=[], metavar="ADDRESS", help="instead of the addresses that are set"
    )
    item.add_argument("--lang", dest="text_lang", choices=("it", "en"), help="language of mail and deck (default: it)")
    item.add_argument("--attach", choices=[suffix[1:] for suffix in deck.SUFFIXES], action="append", default=[],
                      help="format of the deck; may be given again (default: pptx)")  # fmt: skip
    item.add_argument("--dry-run", action="store_true", help="say what would be sent, send nothing")


def digest(options: argparse.Namespace, words: Words) -> Outcome:
    """Send the digest, or with --dry-run show it."""
    with commands.opened(options) as database:
        document = review.document(database, review.chosen_week(database, options.week))
        folder = database.folder
    to = mail.addresses(options.to)
    server = None if to and options.dry_run else mail.find_server(secret_files(Path(folder)))
    to = to or (server.recipients if server else ())
    if not to:
        raise WrongUse(N_("Nobody to send it to: give --to ADDRESS, or recipients in the table [mail]."))
    with commands.opened(options) as database:
        kept_from = not_for(database, to)
    to = tuple(name for name in to if name not in kept_from)
    if not to:
        raise Refused(NOT_FOR_THEM, who=list(kept_from))
    lang = options.text_lang or (options.lang if options.lang != "en" else "it")
    made = compose(document, Words(lang))
    attached = attachments(document, options.attach or ["pptx"], lang)
    told = {
        "week": document.week,
        "to": list(to),
        "kept_from": list(kept_from),
        "subject": made.subject,
        "attachments": [{"name": item.name, "bytes": len(item.content)} for item in attached],
        "sent": not options.dry_run,
    }
    notes = [words.gettext(NOT_FOR_THEM, who=list(kept_from))] if kept_from else []
    if server is None or options.dry_run:
        files = ", ".join(f"{item.name} ({len(item.content)} B)" for item in attached)
        lines = [f"To: {', '.join(to)}", f"Subject: {made.subject}", f"Files: {files}", *notes, "", made.text]
        return Outcome(told | {"text": made.text}, lines)
    now = datetime.now().astimezone()
    refused = mail.send(server, mail.message(server, to, made.subject, made.text, made.html, now, attached))
    with commands.opened(options) as database:
        note_export(database, "digest", week=document.week, to=[name for name in to if name not in refused], lang=lang)
    if refused:
        who = "; ".join(f"{name}: {reason}" for name, reason in refused.items())
        message = words.gettext("Sent, but not to everybody: {who}", who=who)
        return Outcome(told | {"refused": refused}, [message, *notes], Refused.exit_status)
    line = words.gettext("Sent to {to}: {subject}", to=", ".join(to), subject=made.subject)
    return Outcome(told | {"refused": {}}, [line, *notes])


def attachments(document: ReviewDocument, formats: list[str], lang: str) -> list[mail.Attachment]:
    """Return the deck in each format."""
    return [
        mail.Attachment(
            deck.file_name(document, f".{name}", lang),
            deck.as_bytes(document, f".{name}", lang),
            mail.KINDS[f".{name}"],
        )
        for name in dict.fromkeys(formats)
    ]


def secret_files(folder: Path) -> list[Path]:
    """Return where the mail server may be written down: a file that is named, beside the store, in the project."""
    named = os.environ.get("OCEM_SECRETS")
    found = [Path(named).expanduser()] if named else []
    return [*found, folder / "secrets.toml", ROOT / ".streamlit" / "secrets.toml"]
