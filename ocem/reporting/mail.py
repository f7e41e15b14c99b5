"""Mail: where the server is, what a message may hold, and sending it with Python's own client."""

import os
import smtplib
import ssl
import stat
import tomllib
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path
from typing import Any

from ocem.errors import N_, Refused, WrongUse

TIMEOUT_S = 30.0
SECURITIES = ("starttls", "tls", "none")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PORTS = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True)
class MailServer:
    """How mail leaves. `security` is ``starttls``, ``tls`` or ``none``; `ca_file` holds a company's own authority."""

    host: str
    port: int
    security: str
    sender: str
    recipients: tuple[str, ...] = ()
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    content: bytes
    kind: str


KINDS = {
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".html": "text/html",
}


def find_server(files: Iterable[Path], environment: Mapping[str, str] = os.environ) -> MailServer:
    """Return the server from the first file with a ``[mail]`` table; variables OCEM_MAIL_* count more.

    Raises
    ------
    Refused
        If nothing names a server and a sender, or a file that holds a password can be read by others.
    """
    table: dict[str, Any] = {}
    looked = []
    for path in files:
        looked.append(str(path))
        table = _table(path)
        if table:
            break
    for name in ("host", "port", "security", "sender", "recipients", "user", "password", "ca_file"):
        given = environment.get(f"OCEM_MAIL_{name.upper()}")
        if given:
            table[name] = given
    if not table.get("host") or not table.get("sender"):
        raise Refused(
            N_("No mail server is set: give host and sender in the table [mail] of one of {files}."), files=looked
        )
    return _server(table)


def _table(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Refused(N_("{file} cannot be read: {reason}."), file=str(path), reason=error.strerror or "") from error
    try:
        table = tomllib.loads(text).get("mail", {})
    except tomllib.TOMLDecodeError as error:
        raise Refused(N_("{file} is not TOML: {reason}."), file=str(path), reason=str(error)) from error
    if table.get("password") and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refused(
            N_("{file} holds a password and others can read it. Make it yours alone: chmod 600 {file}."),
            file=str(path),
        )
    return dict(table)


def _server(table: dict[str, Any]) -> MailServer:
    security = str(table.get("security") or ("tls" if str(table.get("port")) == "465" else "starttls"))
    if security not in SECURITIES:
        raise Refused(N_("{value} is no way to protect mail; known: {known}."), value=security, known=list(SECURITIES))
    port = str(table.get("port") or PORTS[security])
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Refused(N_("{value} is not a port."), value=port)
    host = str(table["host"])
    if security == "none" and table.get("password") and host not in LOOPBACK:
        raise Refused(N_("The password would travel unprotected to {host}. Use starttls or tls."), host=host)
    recipients = table.get("recipients") or ()
    return MailServer(
        host,
        int(port),
        security,
        address(str(table["sender"])),
        addresses(recipients.split(",") if isinstance(recipients, str) else recipients),
        str(table.get("user") or ""),
        str(table.get("password") or ""),
        str(table.get("ca_file") or ""),
    )


def addresses(texts: Iterable[str]) -> tuple[str, ...]:
    """Return addresses, each once, empty ones left out."""
    return tuple(dict.fromkeys(address(text) for text in texts if text.strip()))


def address(text: str) -> str:
    """Return one address as a header may hold it: one line, one address.

    Raises
    ------
    WrongUse
        If it is anything else, a second line that would become a header for instance.

    Examples
    --------
    >>> address("Luca Però <luca@fresalta.example>")
    'Luca Però <luca@fresalta.example>'
    """
    wrong = WrongUse(N_("{value} is not a mail address."), value=_one_line(text))
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise wrong
    name, found = parseaddr(text.strip())
    local, at, domain = found.rpartition("@")
    if not (local and at and domain) or " " in found:
        raise wrong
    try:
        return str(Address(name, addr_spec=found))
    except (ValueError, IndexError) as error:
        raise wrong from error


def message(
    server: MailServer,
    to: Iterable[str],
    subject: str,
    text: str,
    html: str,
    at: datetime,
    attachments: Iterable[Attachment] = (),
) -> EmailMessage:
    """Put a message together: text, the same as HTML, and files. The subject becomes one line, whatever it holds."""
    made = EmailMessage(policy=SMTP)
    made["Subject"] = _one_line(subject)[:200]
    made["From"] = server.sender
    made["To"] = ", ".join(to)
    made["Date"] = format_datetime(at)
    made["Message-ID"] = make_msgid(domain=server.sender.rpartition("@")[2].rstrip(">") or "localhost")
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(text)
    made.add_alternative(html, subtype="html")
    for item in attachments:
        main, _slash, sub = item.kind.partition("/")
        made.add_attachment(item.content, maintype=main, subtype=sub, filename=_one_line(item.name))
    return made


def send(server: MailServer, made: EmailMessage) -> dict[str, str]:
    """Send a message; return the addresses the server refused, with its words.

    Raises
    ------
    Refused
        If the server cannot be reached, its certificate is not trusted, it does not know us, or takes nobody.
    """
    try:
        with _connected(server) as client:
            refused = client.send_message(made)
    except smtplib.SMTPRecipientsRefused as error:
        raise Refused(
            N_("The mail server {host} takes none of the addresses: {reason}."),
            host=server.host,
            reason="; ".join(f"{who}: {_said(told)}" for who, told in error.recipients.items()),
        ) from error
    except smtplib.SMTPAuthenticationError as error:
        raise Refused(N_("The mail server {host} does not accept user and password."), host=server.host) from error
    except ssl.SSLCertVerificationError as error:
        raise Refused(
            N_("The certificate of the mail server {host} is not trusted: {reason}. Name your authority as ca_file."),
            host=server.host,
            reason=error.verify_message,
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Refused(
            N_("The mail server {host}, port {port}, did not take the message: {reason}."),
            host=server.host,
            port=str(server.port),
            reason=_one_line(str(error)),
        ) from error
    return {who: _said(told) for who, told in refused.items()}


def _connected(server: MailServer) -> smtplib.SMTP:
    """Return a client that has agreed on protection and said who we are."""
    context = ssl.create_default_context(cafile=server.ca_file or None)
    client: smtplib.SMTP
    if server.security == "tls":
        client = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    try:
        if server.security == "starttls":
            client.starttls(context=context)
        if server.user:
            _log_in(client, server)
    except BaseException:
        client.close()
        raise
    return client


def _log_in(client: smtplib.SMTP, server: MailServer) -> None:
    """Say who we are; Python's client takes only ASCII, so other letters go by PLAIN in UTF-8 (RFC 4616)."""
    if (server.user + server.password).isascii():
        client.login(server.user, server.password)
        return
    client.ehlo_or_helo_if_needed()
    secret = b64encode(f"\0{server.user}\0{server.password}".encode()).decode()
    code, words = client.docmd("AUTH", f"PLAIN {secret}")
    if code not in (235, 503):
        raise smtplib.SMTPAuthenticationError(code, words)


def _said(told: Any) -> str:
    code, words = told if isinstance(told, tuple) else (told, b"")
    return f"{code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}".strip()


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
