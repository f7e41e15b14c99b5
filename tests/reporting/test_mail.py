"""Mail against a real SMTP server on this machine: what arrives, what is refused, what cannot be smuggled in."""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from ocem.errors import Refused, WrongUse
from ocem.reporting import mail

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
PASSWORD = "perché-no"


class Inbox:
    """What the server was handed; it takes nobody at nowhere.example."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.envelopes: list[Any] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.endswith("nowhere.example"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.envelopes.append(envelope)
        self.messages.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        return "250 OK"


def knows(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password == PASSWORD.encode() and data.login == b"ocem"
    return AuthResult(success=good, handled=good)


@contextmanager
def running(**options: Any) -> Iterator[tuple[mail.MailServer, Inbox]]:
    """Start a server on a free port; what it receives is kept."""
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield mail.MailServer("127.0.0.1", controller.port, "none", "Cabina di regia <oce@fresalta.example>"), inbox
    finally:
        controller.stop()


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of our own for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("tls")
    key, crt = folder / "key.pem", folder / "crt.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
               "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(crt)]  # fmt: skip
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("openssl, which makes the certificate of this test, is not here")
    return key, crt


def a_message(server: mail.MailServer, to: tuple[str, ...] = ("luca@fresalta.example",), subject: str = "Prova") -> Any:
    file = mail.Attachment("riunione-2026-W47.pptx", b"PK\x03\x04 deck", mail.KINDS[".pptx"])
    return mail.message(server, to, subject, "Però: 27,3%\n", "<p>Però: 27,3%</p>", NOW, [file])


def test_text_html_and_deck_arrive_as_they_were() -> None:
    with running() as (server, inbox):
        assert mail.send(server, a_message(server, ("luca@fresalta.example", "sara@fresalta.example"))) == {}
    (found,) = inbox.messages
    assert inbox.envelopes[0].rcpt_tos == ["luca@fresalta.example", "sara@fresalta.example"]
    assert found["Subject"] == "Prova" and found["From"] == "Cabina di regia <oce@fresalta.example>"
    plain, html = found.get_body(("plain",)), found.get_body(("html",))
    assert plain is not None and plain.get_content().strip() == "Però: 27,3%"
    assert html is not None and "<p>Però: 27,3%</p>" in html.get_content()
    (file,) = found.iter_attachments()
    assert file.get_filename() == "riunione-2026-W47.pptx" and file.get_content() == b"PK\x03\x04 deck"
    assert found["Date"].datetime == NOW and found["Message-ID"].endswith("@fresalta.example>")


@pytest.mark.parametrize(
    "evil", ["\r\nBcc: ladro@evil.example", "\nX-Test: 1\n\nnew body", "\x0bBcc: a@b.example\u2028x"]
)
def test_a_name_cannot_smuggle_a_header_in(evil: str) -> None:
    with running() as (server, inbox):
        made = mail.message(server, ("luca@fresalta.example",), f"KPI{evil}", "t", "h", NOW,
                            [mail.Attachment(f"a{evil}.pdf", b"x", "application/pdf")])  # fmt: skip
        mail.send(server, made)
    (found,) = inbox.messages
    assert found["Bcc"] is None and found["X-Test"] is None
    assert inbox.envelopes[0].rcpt_tos == ["luca@fresalta.example"]
    assert found["Subject"].startswith("KPI ")


@pytest.mark.parametrize(
    "text",
    [
        "luca@fresalta.example\nBcc: ladro@evil.example",
        "luca",
        "@fresalta.example",
        "a b@fresalta.example",
        "",
        "a@b\x00",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(WrongUse):
        mail.address(text)


def test_starttls_and_login_with_a_certificate_of_our_own(certificate: tuple[Path, Path]) -> None:
    key, crt = certificate
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(crt, key)
    options = {"tls_context": context, "require_starttls": True, "authenticator": knows, "auth_required": True}
    with running(**options) as (plain, inbox):
        server = replace(plain, security="starttls", user="ocem", password=PASSWORD, ca_file=str(crt))
        mail.send(server, a_message(server))
        assert len(inbox.messages) == 1
        with pytest.raises(Refused, match="does not accept user and password"):
            mail.send(replace(server, password="falsa"), a_message(server))
        with pytest.raises(Refused, match="not trusted"):
            mail.send(replace(server, ca_file=""), a_message(server))
        assert len(inbox.messages) == 1


def test_tls_from_the_first_byte(certificate: tuple[Path, Path]) -> None:
    key, crt = certificate
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(crt, key)
    inbox = Inbox()
    wrapped = Controller(inbox, hostname="127.0.0.1", port=free_port(), ssl_context=context)
    wrapped.start()
    try:
        server = mail.MailServer("127.0.0.1", wrapped.port, "tls", "oce@fresalta.example", ca_file=str(crt))
        mail.send(server, a_message(server))
    finally:
        wrapped.stop()
    assert len(inbox.messages) == 1


def test_who_was_refused_is_told_and_the_others_get_it() -> None:
    with running() as (server, inbox):
        refused = mail.send(server, a_message(server, ("luca@fresalta.example", "nessuno@nowhere.example")))
        assert refused == {"nessuno@nowhere.example": "550 no such person"}
        assert len(inbox.messages) == 1
        with pytest.raises(Refused, match="takes none of the addresses"):
            mail.send(server, a_message(server, ("nessuno@nowhere.example",)))


def test_a_server_that_is_not_there_is_a_clear_refusal() -> None:
    server = mail.MailServer("127.0.0.1", free_port(), "none", "oce@fresalta.example")
    with pytest.raises(Refused, match="did not take the message"):
        mail.send(server, a_message(server))


def secrets(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "secrets.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_the_server_is_read_from_the_first_file_and_variables_count_more(tmp_path: Path) -> None:
    text = '[mail]\nhost = "mail.fresalta.example"\nsender = "oce@fresalta.example"\nuser = "ocem"\npassword = "x"\n'
    path = secrets(tmp_path, text + 'recipients = ["Luca Però <luca@fresalta.example>", "sara@fresalta.example"]\n')
    found = mail.find_server([tmp_path / "missing.toml", path], {})
    assert (found.host, found.port, found.security) == ("mail.fresalta.example", 587, "starttls")
    assert found.recipients == ("Luca Però <luca@fresalta.example>", "sara@fresalta.example")
    assert "password='x'" not in repr(found)
    changed = mail.find_server([path], {"OCEM_MAIL_PORT": "465", "OCEM_MAIL_RECIPIENTS": "a@b.example, c@d.example"})
    assert (changed.port, changed.security, changed.recipients) == (465, "tls", ("a@b.example", "c@d.example"))


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        ('[mail]\nhost = "h"\nsender = "a@b.example"\npassword = "x"\n', 0o644, "chmod 600"),
        ('[mail]\nhost = "h"\nsender = "a@b.example"\npassword = "x"\nsecurity = "none"\n', 0o600, "unprotected"),
        ('[mail]\nhost = "h"\nsender = "a@b.example"\nsecurity = "ssl3"\n', 0o600, "no way to protect"),
        ('[mail]\nhost = "h"\nsender = "a@b.example"\nport = 99999\n', 0o600, "not a port"),
        ("[mail\n", 0o600, "not TOML"),
        ('[auth]\nx = "y"\n', 0o600, "No mail server is set"),
    ],
)
def test_settings_that_cannot_be_right_are_refused(tmp_path: Path, text: str, mode: int, said: str) -> None:
    with pytest.raises(Refused, match=said):
        mail.find_server([secrets(tmp_path, text, mode)], {})
