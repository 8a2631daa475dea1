"""Clients that take up room: slow ones, many at once, and more than the queue holds."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from rag.ui import patience
from rag.ui.bounds import AGAIN, BodyLimit, Busy, Streams
from rag.ui.guards import Message, Receive, Scope, Send, refuse
from tests.ui.conftest import serving
from tests.ui.fakes import FakeLibrary
from tests.ui.test_ui_guards import echo, request

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


def scope(path: str = "/") -> Scope:
    return {"type": "http", "method": "POST", "path": path, "headers": []}


async def told(app: object, scope: Scope, receive: Receive) -> tuple[int, str]:
    """Status and words of the response."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    assert callable(app)
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent).decode()


def test_a_body_that_drips_is_given_up() -> None:
    """A byte now and then does not keep a request open: 408 with words."""

    async def drip() -> Message:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    status, words = asyncio.run(told(BodyLimit(echo, 10_000, grace=0.1), scope(), drip))
    assert (status, words) == (408, "The request came too slowly.")


def test_a_large_body_at_a_steady_pace_has_its_time() -> None:
    """What comes fast enough may take longer than the grace."""
    pieces = [b"x" * 16_384] * 4

    async def steadily() -> Message:
        await asyncio.sleep(0.05)
        piece = pieces.pop()
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    assert asyncio.run(told(BodyLimit(echo, 10**6, grace=0.1), scope(), steadily))[0] == 200


def test_a_response_may_take_longer_than_its_request() -> None:
    """Once the body is there nothing is hurried: answers stream for as long as they like."""

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        waiting = asyncio.ensure_future(receive())  # as those do who watch for the client's end
        await asyncio.sleep(0.2)
        waiting.cancel()
        await refuse(send, 200, "at last")

    gone = asyncio.Event()
    sent = [{"type": "http.request", "body": b"x"}]

    async def receive() -> Message:
        if not sent:
            await gone.wait()
        return sent.pop()

    assert asyncio.run(told(BodyLimit(slow, 10, grace=0.05), scope(), receive)) == (200, "at last")


def test_only_so_many_streams_are_held() -> None:
    """Beyond them a stream is refused with words, other requests are not, and places come back."""
    free = asyncio.Event()

    async def held(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/beat/"):
            await free.wait()
        await refuse(send, 200, "")

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    async def run() -> list[int]:
        app = Streams(held, "/beat/", 2)
        two = [asyncio.ensure_future(told(app, scope("/beat/x"), nothing)) for _ in range(2)]
        await asyncio.sleep(0)
        statuses = [(await told(app, scope(path), nothing))[0] for path in ("/beat/x", "/")]
        free.set()
        await asyncio.gather(*two)
        return [*statuses, (await told(app, scope("/beat/x"), nothing))[0]]

    assert asyncio.run(run()) == [503, 200, 200]


def test_a_full_queue_says_when_to_come_again() -> None:
    """A 503 has words where Gradio's clients look for them, and Retry-After."""

    async def full(scope: Scope, receive: Receive, send: Send) -> None:
        await refuse(send, 503, "Queue is full. Max size is 64 and size is 64.")

    status, headers, body = request(Busy(full, "/gradio_api/"), "POST", "/gradio_api/call/ask")
    assert (status, dict(headers)["retry-after"]) == (503, str(AGAIN))
    assert "ask again" in json.loads(body)["detail"]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a page that waits for slow clients only briefly."""
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(patience, "CONNECTIONS", 20)
    with serving(FakeLibrary()) as address:
        yield int(address.rstrip("/").rpartition(":")[2])


def opened(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), 10)


@pytest.mark.server
@pytest.mark.parametrize("before", [b"", b"GET / HT", GET, GET + b"\r\n"], ids=repr)
def test_a_head_that_does_not_come_ends_the_connection(hurried: int, before: bytes) -> None:
    """Silence, half a head, and half a head after a whole request are all ended."""
    with opened(hurried) as client:
        client.sendall(before)
        if before.endswith(b"\r\n\r\n"):
            client.recv(4_096)
            client.sendall(b"GET / HT")
        begun = time.monotonic()
        assert _ended(client)
        assert time.monotonic() - begun < 5


@pytest.mark.server
def test_idle_connections_keep_nobody_out_for_long(hurried: int) -> None:
    """With every place taken by the silent, there is room again as soon as they are ended."""
    idle = [opened(hurried) for _ in range(30)]
    gone = [threading.Thread(target=_ended, args=[each]) for each in idle]
    for each in gone:
        each.start()
    for each in gone:
        each.join(10)
    with opened(hurried) as client:
        client.sendall(GET + b"Connection: close\r\n\r\n")
        assert b"200 OK" in client.recv(4_096)
    for silent in idle:
        silent.close()


def _ended(client: socket.socket) -> bool:
    """Waits until the other side ends the connection."""
    try:
        while client.recv(4_096):
            pass
    except ConnectionResetError:
        pass
    return True
