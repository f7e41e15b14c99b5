"""Sign-in against a real OpenID Connect provider on this machine, in a real browser."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.harness import free_port, running_server, stop, wait_until

PEOPLE = {
    "anna": {"email": "anna@example.com", "name": "Anna", "roles": ["ocem-director"]},
    "bruno": {"email": "bruno@example.com", "name": "Bruno", "roles": []},
    "carla": {"email": "carla@example.com", "name": "Carla", "roles": ["ocem-director"], "segments": ["pmi"]},
}


@contextmanager
def provider(folder: Path, *options: str) -> Iterator[str]:
    """A provider that knows three people and asks for no password."""
    pytest.importorskip("authlib", reason="the package Authlib is not installed")
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *options]
    for name, claims in PEOPLE.items():
        command += ["--user-claims", json.dumps({"sub": name, **claims})]
    with (folder / "provider.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(f"{address}/.well-known/openid-configuration"), 30)
        yield address
    finally:
        stop(process)


def answers(address: str) -> bool:
    """Say whether somebody answers there."""
    try:
        urllib.request.urlopen(address, timeout=2).close()
    except OSError:
        return False
    return True


@contextmanager
def signed_app(folder: Path, issuer: str, access: str = "") -> Iterator[str]:
    """The app on an empty database, open to people of the provider."""
    port = free_port()
    secrets = folder / "secrets.toml"
    secrets.write_text(
        f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\ncookie_secret = "{os.urandom(16).hex()}"\n'
        f'client_id = "ocem"\nclient_secret = "{os.urandom(8).hex()}"\n'
        f'server_metadata_url = "{issuer}/.well-known/openid-configuration"\n'
        f'[auth.client_kwargs]\nscope = "openid email profile roles"\nprompt = "login"\n[access]\n{access}\n',
        encoding="utf-8",
    )
    environment = {"STREAMLIT_SECRETS_FILES": str(secrets)}
    with running_server(folder / "ocem.duckdb", folder / "server.log", port=port, environment=environment) as address:
        yield address


def sign_in(visit, who: str) -> None:
    """Press the button and say at the provider who we are."""
    visit.page.get_by_role("button", name="Accedi").first.click()
    visit.page.locator("input[name=sub]").fill(who)
    visit.page.locator("button[type=submit], input[type=submit]").first.click()
    visit.page.wait_for_url(f"{visit.address}/**", timeout=20_000)
    visit.wait_ready()
    visit.page.wait_for_timeout(1000)  # the first run after the provider's answer may begin once the page is ready
    visit.wait_ready()


@pytest.mark.browser
@pytest.mark.slow
def test_nobody_sees_a_page_before_signing_in_and_a_role_opens_them(tmp_path, open_tab):
    with provider(tmp_path) as issuer, signed_app(tmp_path, issuer) as address:
        visit = open_tab(address)
        for page in ("upload", "", "objectives"):
            visit.open(page)
            assert "Accedi per aprire la cabina di regia." in visit.texts()
            assert not visit.page.locator('[data-testid="stFileUploader"]').count()
        sign_in(visit, "anna")
        assert "anna@example.com" in visit.texts()
        visit.open("objectives")
        assert "anna@example.com" in visit.texts(), "a reload keeps the sign-in"

        stranger = open_tab(address)
        stranger.open("upload")
        assert "Accedi per aprire la cabina di regia." in stranger.texts(), "another browser is another person"

        visit.page.get_by_role("button", name="Esci").click()
        visit.page.wait_for_timeout(1500)
        visit.open("objectives")
        assert "Accedi per aprire la cabina di regia." in visit.texts()


@pytest.mark.browser
@pytest.mark.slow
def test_somebody_without_a_role_is_told_so(tmp_path, open_tab):
    with provider(tmp_path) as issuer, signed_app(tmp_path, issuer) as address:
        visit = open_tab(address)
        visit.open()
        sign_in(visit, "bruno")
        assert any("bruno@example.com" in text and "ruolo" in text for text in visit.texts()), "\n".join(visit.texts())


@pytest.mark.browser
@pytest.mark.slow
def test_an_expired_sign_in_must_be_repeated(tmp_path, open_tab):
    with provider(tmp_path, "--token-max-age", "-1000") as issuer, signed_app(tmp_path, issuer) as address:
        visit = open_tab(address)
        visit.open()
        sign_in(visit, "anna")
        assert "anna@example.com" not in visit.texts()


@pytest.mark.browser
@pytest.mark.slow
def test_an_unsigned_app_refuses_other_machines(tmp_path):
    with pytest.raises(AssertionError, match=r"127\.0\.0\.1"):
        arguments = ["--address", "0.0.0.0"]
        with running_server(tmp_path / "ocem.duckdb", tmp_path / "server.log", arguments=arguments):
            pass
