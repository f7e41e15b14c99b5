"""The browser sends what is being typed, at each pause and once more when the tab is left."""

import json
import re
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ocem.errors import OcemError
from ocem.store import access
from ocem.ui import draft

PATH = "/api/draft/{token}"
MAX_BYTES = 1_000_000
NOT_IN_A_CLASS = re.compile(r"[^a-zA-Z0-9_-]")


async def receive(request: Request) -> Response:
    """Keep the fields that a body lists: ``{"left": false, "fields": [{"name", "value", "base", "again"}]}``.

    ``name`` is the class that Streamlit makes of a field's key. The answer says which were stored.
    """
    at = draft.room_of(request.path_params["token"])
    if at is None:
        return JSONResponse({"error": "token"}, status_code=403)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            return JSONResponse({"error": "too_large"}, status_code=413)
    try:
        said = json.loads(body)
        fields = [{name: _whole(str(item[name])) for name in ("name", "value", "base")} for item in said["fields"]]
        again = [bool(item.get("again")) for item in said["fields"]]
        left = bool(said["left"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return JSONResponse({"error": "body"}, status_code=400)
    kept = [
        item["name"]
        for item, late in zip(fields, again, strict=True)
        if await anyio.to_thread.run_sync(_keep, at, item, late)
    ]
    at.has_left = left
    return JSONResponse({"kept": kept}, status_code=200)


def _whole(text: str) -> str:
    """Return a text with a mark in place of half a letter, as a browser sends that cut an emoji in two."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _keep(at: draft.Room, item: dict[str, str], late: bool) -> bool:
    key = next((key for key in list(at.places) if class_of(key) == item["name"]), None)
    if key is None:
        return False
    write: Any = draft.bring if late else draft.hear
    try:
        with access.acting(at.person):
            write(at, key, item["value"], item["base"])
    except OcemError:
        return False
    return True


def class_of(key: str) -> str:
    """Return the class that Streamlit gives to a field with a key.

    Examples
    --------
    >>> class_of("review_2026-W46_1_orders.portal_note")
    'st-key-review_2026-W46_1_orders-portal_note'
    """
    return "st-key-" + NOT_IN_A_CLASS.sub("-", key.strip())
