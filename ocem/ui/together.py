"""What a run of a page says, sent together: the browser then draws a change of filter once instead of a dozen times.

Streamlit hands over what a script says as it is said, and the browser works through the whole page again for each
handful. What comes between the start and the end of a run is held here and passed on in one go when the run ends, or
after a moment where it takes longer, so that nobody looks at an empty page.
"""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

LONGEST_S = 0.2
"""After so long what was said until then is shown."""
STREAM = "/_stcore/stream"
END_BYTES = 400
"""The message that ends a run is shorter."""


class Together:
    """Pass on what a run says to a browser in one go."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "websocket" or not scope["path"].endswith(STREAM):
            await self.app(scope, receive, send)
            return
        run = _Run(send)
        try:
            await self.app(scope, receive, run.send)
        finally:
            run.close()


class _Run:
    """What one browser's run has said and not yet passed on."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: list[MutableMapping[str, Any]] = []
        self._is_running = False
        self._passing = asyncio.Lock()
        self._timer: asyncio.Task[None] | None = None
        self._gone: Exception | None = None

    async def send(self, message: Message) -> None:
        """Hold a message of a run, pass on any other after what is held."""
        if self._gone is not None:
            raise self._gone
        kind = _kind(message, self._is_running)
        self._is_running = kind == "begin" or (self._is_running and kind != "end")
        self._held.append(message)
        if not self._is_running:
            await self._pass_on()
        elif self._timer is None or self._timer.done():
            self._timer = asyncio.create_task(self._later())

    def close(self) -> None:
        """Give up what nobody will read any more."""
        if self._timer is not None:
            self._timer.cancel()

    async def _later(self) -> None:
        try:
            while self._held:
                await asyncio.sleep(LONGEST_S)
                await self._pass_on()
        except Exception as error:  # the browser is gone: whoever sends next is told
            self._gone = error

    async def _pass_on(self) -> None:
        async with self._passing:
            held, self._held = self._held, []
            for message in held:
                await self._send(message)


def _kind(message: Message, is_running: bool) -> str:
    """Return ``begin`` for what begins a run, ``end`` for what is said when no more follows, empty for all else."""
    data = message.get("bytes")
    if message["type"] != "websocket.send" or data is None:
        return "end"
    if is_running and len(data) > END_BYTES:
        return ""
    said = ForwardMsg.FromString(data)
    kind = said.WhichOneof("type")
    if kind == "session_status_changed":
        return "" if said.session_status_changed.script_is_running else "end"
    return "begin" if kind == "new_session" else ""
