"""What surrounds the script: warm-up, inbox, health, streamed upload, language of the document, headers."""

import gc
import logging
import os
import re
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import parse_qs

import anyio
import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocem.errors import OcemError
from ocem.i18n import DEFAULT_LANGUAGE, LANGUAGES, Words
from ocem.store import access
from ocem.store.resource import THREADS
from ocem.ui import draft_route, inbox, metrics, signin, upload_route, warm
from ocem.ui.together import Together

log = logging.getLogger("ocem")

# Streamlit runs its own inline bootstrap and compiles chart specifications, hence the two `unsafe-`; nothing may be
# fetched from another host.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def warm_up() -> None:
    """Import what pages need, open the store, answer the first page, then leave all that out of garbage collection."""
    import pandas
    import plotly.graph_objects

    from ocem.evaluation.control_room import control_room
    from ocem.evaluation.view import View
    from ocem.ui import cards, empty, link_highlights
    from ocem.ui.database import ask

    log.debug("warm: %s", [module.__name__ for module in (pandas, plotly.graph_objects, cards, empty, link_highlights)])
    upload_route.sweep()
    try:
        with access.acting(access.SYSTEM):
            ask(control_room, View())
    except OcemError as error:
        log.warning("%s", error)
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[dict[str, Any]]:
    """Warm up before the first visitor; watch the inbox while the app runs; close the store at the end."""
    from ocem.ui.database import close

    metrics.set_up_log()
    signin.check_address(st.get_option("server.address"))
    access.require_sign_in(signin.configured())
    stop = threading.Event()
    threads = [
        threading.Thread(target=inbox.watch, args=(stop,), name="inbox", daemon=True),
        threading.Thread(target=warm.keep_warm, args=(stop,), name="warm", daemon=True),
    ]
    with _room_for_pages():
        await anyio.to_thread.run_sync(warm_up)
        for thread in threads:
            thread.start()
        try:
            yield {}
        finally:
            stop.set()
            for thread in threads:
                await anyio.to_thread.run_sync(thread.join, 20.0)
            await anyio.to_thread.run_sync(close)
            gc.unfreeze()  # else the engine's bindings complain at exit that they were never freed


@contextmanager
def _room_for_pages() -> Iterator[None]:
    """Leave one processor to the pages, where nobody said how many a query may use, and hand over quickly."""
    turn, said = sys.getswitchinterval(), os.environ.get(THREADS)
    sys.setswitchinterval(TURN_S)
    os.environ[THREADS] = said or str(max((os.cpu_count() or 2) - 1, 1))
    try:
        yield
    finally:
        sys.setswitchinterval(turn)
        if said is None:
            del os.environ[THREADS]


def say_error(error: BaseException) -> bool:
    """Say a failure in the reader's language instead of Streamlit's English box; the log keeps the traceback."""
    log.error("A page failed", exc_info=error)
    codes = st.session_state.get("_codes")
    words = Words(codes.lang if codes else DEFAULT_LANGUAGE)
    if isinstance(error, OcemError):
        st.error(words.error(error), icon=":material/block:")
    else:
        st.error(
            words.gettext("Something failed on our side and was logged. Reload the page to go on."),
            icon=":material/error:",
        )
    return True


async def health(_request: Request) -> Response:
    """Say whether the store answers."""
    from ocem.ui.database import database

    try:
        with access.acting(access.SYSTEM):
            version = await anyio.to_thread.run_sync(lambda: database().data_version())
    except OcemError as error:
        return JSONResponse({"status": "unusable", "reason": str(error)}, status_code=503)
    return JSONResponse({"status": "ok", "data_version": version})


async def to_root(request: Request) -> Response:
    """Send the control room's own address to the root, where Streamlit serves the first page."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{request.scope.get('root_path', '')}{_below()}/{query}", status_code=307)


ROUTES = [
    Route("/healthz", health, methods=["GET"]),
    Route("/metrics", metrics.answer, methods=["GET"]),
    Route("/control-room", to_root, methods=["GET"]),
    Route("/api/upload/{token}", upload_route.receive, methods=["PUT"]),
    Route(draft_route.PATH, draft_route.receive, methods=["PUT"]),
]


def _below() -> str:
    """Return the path that everything is served below, empty for the root."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def everywhere(routes: list[Route]) -> list[Route]:
    """Return routes at the root, where the machine itself asks, and below the path that the pages are served at."""
    below = _below()
    if not below:
        return routes
    return routes + [Route(below + route.path, route.endpoint, methods=sorted(route.methods or ())) for route in routes]


class Headers:
    """Add the security headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, with_headers)


TURN_S = 0.0005
"""How long a thread that computes keeps the interpreter while another waits for it. A run of a page hands it over at
each of its hundred messages: at Python's own 5 ms a file being read would make every page three times as slow."""
FONT_PRELOAD = re.compile(rb"<link\s+rel=\"preload\"[^>]*SourceSans[^>]*>")
ADDRESS = "<script>window.__streamlit = {{BACKEND_BASE_URL: window.location.origin + '/{path}'}}</script></head>"
"""Without it a page below the root is first looked for at /page/_stcore/health, an error in every visitor's console."""


class Document:
    """Write language and name of the product into the one HTML document, which Streamlit leaves at its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what is not a page passes through."""
        if (
            scope["type"] != "http"
            or scope["method"] != "GET"
            or scope["path"].startswith(("/_stcore", "/static/", "/app/"))
        ):
            await self.app(scope, receive, send)
            return
        # A compressed document could not be read here.
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: Message | None = None
        body = b""

        async def rewriting(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                if not MutableHeaders(scope=message).get("content-type", "").startswith("text/html"):
                    await send(message)
                else:
                    start = message
                return
            if start is None:
                await send(message)
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                await send(_relabelled(start))
                await send({"type": "http.response.body", "body": _ours(body, _language(scope))})

        await self.app({**scope, "headers": plain}, receive, rewriting)


def _ours(document: bytes, language: str) -> bytes:
    name = Words(language).gettext("OCE control room").encode()
    document = document.replace(b'<html lang="en">', f'<html lang="{language}">'.encode(), 1)
    document = document.replace(b"<title>Streamlit</title>", b"<title>" + name + b"</title>", 1)
    document = FONT_PRELOAD.sub(b"", document, count=1)
    below = _below().strip("/")
    address = ADDRESS.format(path=f"{below}/" if below else "")
    return document.replace(b"</head>", address.encode(), 1)


def _relabelled(start: Message) -> Message:
    headers = MutableHeaders(scope=start)
    for name in ("content-length", "etag"):
        if name in headers:
            del headers[name]
    return start


def _language(scope: Scope) -> str:
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [DEFAULT_LANGUAGE])[0]
    return asked if asked in LANGUAGES else DEFAULT_LANGUAGE


MIDDLEWARE = [Middleware(Headers), Middleware(Document), Middleware(Together)]
