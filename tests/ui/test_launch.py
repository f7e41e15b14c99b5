"""What surrounds the pages: health, headers, the document's language, the way to the root, streamed uploads."""

import shutil
import time
import warnings
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import ClientDisconnect

from ocem.ui import launch, upload_route

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Starlette 1.10 announces httpx2; httpx still serves its test client
    from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The whole app with its lifespan (warm-up, inbox watcher, store closed); Streamlit starts once in a process."""
    from app import app

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OCEM_DB", str(tmp_path_factory.mktemp("launch") / "ocem.duckdb"))
        with TestClient(app) as started:
            yield started


@pytest.fixture(autouse=True)
def no_uploads_yet(client) -> None:
    """Each test begins without uploads."""
    shutil.rmtree(upload_route.incoming(), ignore_errors=True)


def test_health_says_that_the_store_answers(client):
    assert client.get("/healthz").json() == {"status": "ok", "data_version": 1}


def test_below_a_path_our_own_addresses_are_there_too(monkeypatch):
    monkeypatch.setattr(launch.st, "get_option", lambda name: "/oce/" if name == "server.baseUrlPath" else None)
    found = {route.path: route.methods for route in launch.everywhere(launch.ROUTES)}
    assert found["/oce/healthz"] == found["/healthz"]
    assert found["/oce/api/upload/{token}"] == {"PUT"}
    monkeypatch.setattr(launch.st, "get_option", lambda name: "")
    assert launch.everywhere(launch.ROUTES) == launch.ROUTES


def test_metrics_are_prometheus_text_without_names_of_people(client):
    text = client.get("/metrics").text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families["ocem_data_version"].samples[0].value == 1
    assert families["ocem_store_bytes"].samples[0].value > 0
    assert families["process_resident_memory_bytes"].samples[0].value > 0


def test_every_answer_carries_the_security_headers(client):
    for path in ("/", "/healthz", "/static/nothing.js"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "http" not in headers["content-security-policy"]


@pytest.mark.parametrize(("query", "language"), [("", "it"), ("?lang=en", "en"), ("?lang=xx", "it")])
def test_the_document_says_its_language_and_the_products_name(client, query, language):
    page = client.get(f"/objectives{query}", headers={"accept-encoding": "gzip"})
    assert f'<html lang="{language}">' in page.text
    assert "<title>Streamlit</title>" not in page.text
    assert int(page.headers.get("content-length", len(page.content))) == len(page.content)


def test_the_control_rooms_own_address_leads_to_the_root_and_keeps_the_view(client):
    answer = client.get("/control-room?seg=pmi&lang=en", follow_redirects=False)
    assert answer.status_code == 307
    assert answer.headers["location"] == "/?seg=pmi&lang=en"


def test_an_upload_with_its_token_arrives_whole_and_only_for_its_session(client):
    token = upload_route.token("anna", "it")
    content = b"a;b\n1;2\n" * 1000
    answer = client.put(f"/api/upload/{token}?name=../../Ordini%202026.csv", content=content)
    assert answer.status_code == 201
    assert answer.json()["name"] == "Ordini 2026.csv"
    number = answer.json()["upload"]
    found = upload_route.find("anna", number)
    assert found is not None and found.read_bytes() == content
    assert upload_route.find("bruno", number) is None
    assert upload_route.find("anna", "../" + number) is None


@pytest.mark.parametrize("token", ["", "x", "e30.e30", "a.b.c"])
def test_an_upload_without_a_true_token_is_refused(client, token):
    assert client.put(f"/api/upload/{token}?name=a.csv", content=b"x").status_code in (403, 404, 405)
    assert not upload_route.incoming().exists()


def test_a_token_of_yesterday_is_refused(client):
    old = upload_route.token("anna", "en", now=time.time() - upload_route.LIFETIME_S - 1)
    answer = client.put(f"/api/upload/{old}?name=a.csv", content=b"x")
    assert answer.status_code == 403
    assert answer.json()["error"] == "token"


def test_an_empty_upload_is_refused_in_the_readers_language(client):
    answer = client.put(f"/api/upload/{upload_route.token('anna', 'it')}?name=a.csv", content=b"")
    assert (answer.status_code, answer.json()["reason"]) == (400, "Il file è vuoto.")


def test_an_upload_beyond_the_limit_is_refused_and_leaves_nothing(client, monkeypatch):
    monkeypatch.setattr(upload_route, "MAX_BYTES", 10)

    def chunks() -> Iterator[bytes]:
        yield b"x" * 8
        yield b"x" * 8

    answer = client.put(f"/api/upload/{upload_route.token('anna', 'en')}?name=a.csv", content=chunks())
    assert answer.status_code == 413
    assert list(upload_route.folder_of("anna").iterdir()) == []


def test_an_upload_that_breaks_off_or_fills_the_disk_leaves_nothing(client, monkeypatch):
    async def no_room(*_):
        raise OSError(28, "No space left on device")

    async def gone(*_):
        raise ClientDisconnect

    address = f"/api/upload/{upload_route.token('anna', 'en')}?name=a.csv"
    monkeypatch.setattr(upload_route, "_write", no_room)
    assert client.put(address, content=b"x").status_code == 507
    monkeypatch.setattr(upload_route, "_write", gone)
    with pytest.raises(ClientDisconnect):
        client.put(address, content=b"x")
    assert list(upload_route.folder_of("anna").iterdir()) == []


def test_uploads_that_nobody_imported_are_removed_after_a_day(client):
    client.put(f"/api/upload/{upload_route.token('anna', 'it')}?name=a.csv", content=b"x")
    upload_route.sweep(now=time.time() + upload_route.KEPT_S + 1)
    assert list(upload_route.incoming().iterdir()) == []
