"""The app's side of the command line: one route, for the owner of the store's folder only."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ocem.cli import remote
from ocem.cli.main import parser
from ocem.domain.access import LOCAL
from ocem.errors import OcemError
from ocem.store import access
from ocem.ui.database import database, database_path

Lifespan = Callable[[Any], AbstractAsyncContextManager[dict[str, Any]]]
_token: list[str] = []


def answering(lifespan: Lifespan, port: Callable[[], int]) -> Lifespan:
    """Return the app's lifespan, during which commands find this app and are answered."""

    @asynccontextmanager
    async def around(app: Any) -> AsyncIterator[dict[str, Any]]:
        async with lifespan(app) as state:
            path = database_path()
            _token[:] = [remote.announce(path, port())]
            try:
                yield state
            finally:
                _token.clear()
                remote.withdraw(path)

    return around


async def receive(request: Request) -> Response:
    """Run a command sent by `ocem.cli.remote.ask`."""
    if not _token or not remote.allowed(request.headers.get("authorization"), _token[0]):
        return JSONResponse({"error": "forbidden"}, status_code=403)
    try:
        sent: Any = await request.json()
        arguments, folder = sent["arguments"], Path(sent["folder"])
        known = isinstance(arguments, list) and all(isinstance(item, str) for item in arguments)
    except (json.JSONDecodeError, KeyError, TypeError, UnicodeDecodeError):
        known = False
    if not known:
        return JSONResponse({"error": "bad request"}, status_code=400)
    try:
        with access.acting(LOCAL):  # the token lies in a file that only the owner of the store's folder can read
            found = await anyio.to_thread.run_sync(
                lambda: remote.answer(database(), parser().parse_args, arguments, folder)
            )
    except OcemError as error:
        return JSONResponse({"error": str(error)}, status_code=503)
    return JSONResponse(found)


ROUTE = Route(remote.PATH, receive, methods=["POST"])
