"""What a run says reaches the browser in one go and in order, or after a moment where the run takes longer."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ocem.ui import together
from ocem.ui.together import Together

STREAM: Scope = {"type": "websocket", "path": "/below/_stcore/stream"}
Passed = list[tuple[bytes, int]]
Say = Callable[[bytes], Coroutine[None, None, None]]


def began() -> bytes:
    message = ForwardMsg()
    message.new_session.name = "a run"
    return message.SerializeToString()


def status(is_running: bool) -> bytes:
    message = ForwardMsg()
    message.session_status_changed.script_is_running = is_running
    return message.SerializeToString()


def html(text: str) -> bytes:
    message = ForwardMsg()
    message.delta.new_element.html.body = text
    return message.SerializeToString()


def finished() -> bytes:
    return ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY).SerializeToString()


def in_a_loop_of_its_own(work: Coroutine[None, None, None]) -> None:
    """Run a coroutine to its end, also where a browser's test has left a loop behind in this thread."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def passed_on(script: Callable[[Say], Coroutine[None, None, None]], scope: Scope = STREAM) -> Passed:
    """Let a script speak through the connection; return what the browser got, each with how much was said by then."""
    got: Passed = []
    said: list[bytes] = []

    async def run() -> None:
        async def send(message: Message) -> None:
            got.append((message["bytes"], len(said)))

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            async def say(data: bytes) -> None:
                said.append(data)
                await send({"type": "websocket.send", "bytes": data})

            await script(say)

        async def receive() -> Message:
            return {"type": "websocket.disconnect"}

        await Together(app)(scope, receive, send)

    in_a_loop_of_its_own(run())
    return got


def test_a_run_is_passed_on_in_order_when_it_ends() -> None:
    said = [began(), status(True), html("a"), html("b" * 1000), finished(), status(False)]

    async def script(say: Say) -> None:
        for data in said[:-1]:
            await say(data)
            await asyncio.sleep(0)
        await say(said[-1])

    assert passed_on(script) == [(data, len(said)) for data in said]


def test_what_a_long_run_has_said_is_shown_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "LONGEST_S", 0.02)

    async def script(say: Say) -> None:
        await say(began())
        await say(html("heading"))
        await asyncio.sleep(0.1)
        await say(html("figures"))
        await asyncio.sleep(0.1)
        await say(status(False))

    assert passed_on(script) == [(began(), 2), (html("heading"), 2), (html("figures"), 3), (status(False), 4)]


@pytest.mark.parametrize("scope", [STREAM, {"type": "websocket", "path": "/other"}])
def test_what_belongs_to_no_run_is_passed_on_at_once(scope: Scope) -> None:
    async def script(say: Say) -> None:
        await say(html("a"))
        await say(html("b"))

    assert passed_on(script, scope) == [(html("a"), 1), (html("b"), 2)]


def test_who_sends_to_a_browser_that_is_gone_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "LONGEST_S", 0.01)

    async def gone(message: Message) -> None:
        raise ConnectionError

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.send", "bytes": began()})
        await asyncio.sleep(0.05)
        with pytest.raises(ConnectionError):
            await send({"type": "websocket.send", "bytes": html("a")})

    async def receive() -> Message:
        return {"type": "websocket.disconnect"}

    in_a_loop_of_its_own(Together(app)(STREAM, receive, gone))
