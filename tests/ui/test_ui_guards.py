"""What the network may ask for: the guards one by one, and around the real page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence

import gradio as gr
import pytest

from rag.ui.bounds import BodyLimit
from rag.ui.guards import (
    HEADERS,
    App,
    Catcher,
    Headers,
    Hosts,
    Message,
    Receive,
    SameSite,
    Scope,
    Send,
    refuse,
)
from rag.ui.page import build_page
from rag.ui.server import build_app
from tests.ui.conftest import built
from tests.ui.fakes import FakeLibrary

Pairs = Iterable[tuple[str, str]]


def request(  # noqa: PLR0913, PLR0917 - what a request is made of
    app: App,
    method: str,
    path: str,
    headers: Pairs = (),
    body: Sequence[bytes] = (b"",),
    query: str = "",
) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body of one request, without a network; `body` comes in pieces."""
    given = {"host": "localhost", **dict(headers)}
    scope: Scope = {
        "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "path": path,
        "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
    }  # fmt: skip
    pieces = [
        {"type": "http.request", "body": piece, "more_body": place < len(body) - 1}
        for place, piece in enumerate(body)
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return pieces.pop(0) if pieces else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        await app(scope, receive, send)

    asyncio.run(run())
    start = sent[0]
    answered = [(name.decode().lower(), value.decode()) for name, value in start["headers"]]
    return start["status"], answered, b"".join(part.get("body", b"") for part in sent[1:])


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the whole body and says how long it was."""
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    await refuse(send, 200, str(length))


async def failing(scope: Scope, receive: Receive, send: Send) -> None:
    raise ZeroDivisionError("secret path")


@pytest.fixture(scope="module")
def page() -> App:
    return built(FakeLibrary())


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200), ("LOCALHOST:7860", 200), ("127.0.0.1:1", 200), ("[::1]:80", 200),
        ("::1", 421), ("evil.example", 421), ("localhost.evil.example", 421), ("", 421),
        ("localhost:80@evil.example", 421), ("127.0.0.1:x", 421), ("[::1", 421), ("[::1]x", 421),
    ],
)  # fmt: skip
def test_only_known_names_are_answered(host: str, status: int) -> None:
    """A foreign or malformed Host header is refused, whatever it asks for."""
    app = Hosts(echo, {"localhost", "127.0.0.1", "::1"})
    assert request(app, "GET", "/", {"host": host}.items())[0] == status


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", {}, 200),
        ("GET", {"sec-fetch-site": "cross-site"}, 200),
        ("POST", {"sec-fetch-site": "same-origin"}, 200),
        ("POST", {"sec-fetch-site": "none"}, 200),
        ("POST", {"sec-fetch-site": "same-site"}, 403),
        ("POST", {"sec-fetch-site": "cross-site"}, 403),
        ("DELETE", {"sec-fetch-site": "what\xff"}, 403),
        ("POST", {"origin": "http://localhost"}, 200),
        ("POST", {"origin": "http://localhost:1"}, 403),
        ("POST", {"origin": "https://localhost"}, 403),
        ("POST", {"origin": "null"}, 403),
        ("PUT", {"origin": "http://evil.example"}, 403),
        ("POST", {"origin": "http://evil.example", "sec-fetch-site": "same-origin"}, 200),
    ],
)
def test_other_sites_cannot_change_anything(
    method: str, headers: dict[str, str], status: int
) -> None:
    """Unsafe methods pass from this site and from programs that are no browsers, only."""
    assert request(SameSite(echo), method, "/", headers.items())[0] == status


@pytest.mark.parametrize(
    ("length", "body", "status"),
    [
        ("10", [b"x" * 10], 200),
        ("11", [b"x" * 11], 413),
        (None, [b"x" * 5, b"x" * 5], 200),
        (None, [b"x" * 5, b"x" * 6], 413),
        ("3", [b"x" * 5, b"x" * 6], 413),
        ("9" * 5_000, [b""], 413),
        ("-1", [b""], 400),
        ("ten", [b""], 400),
    ],
)
def test_bodies_are_limited_by_word_and_by_deed(
    length: str | None, body: list[bytes], status: int
) -> None:
    """A body over the limit is refused even if its announced length lies or is missing."""
    headers = {} if length is None else {"content-length": length}
    assert request(BodyLimit(echo, 10), "POST", "/", headers.items(), body)[0] == status


def test_an_exception_becomes_a_sentence() -> None:
    """What fails is answered with status 500 and none of its text."""
    status, _, body = request(Catcher(failing), "GET", "/")
    assert status == 500
    assert b"secret" not in body


def test_no_other_site_is_given_leave_to_read() -> None:
    """Headers that would share an answer with other sites are taken off, ours are put on."""

    async def sharing(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"Access-Control-Allow-Origin", b"*"), (b"x-frame-options", b"ALLOW")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    _, headers, _ = request(Headers(sharing), "GET", "/")
    assert headers == [(name.decode(), value.decode()) for name, value in HEADERS]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {}, 200),
        ("GET", "/healthz", {}, 200),
        ("GET", "/gradio_api/info", {}, 200),
        ("GET", "/nothing-here", {}, 404),
        ("GET", "/", {"host": "evil.example"}, 421),
        ("POST", "/gradio_api/queue/join", {"sec-fetch-site": "cross-site"}, 403),
        ("POST", "/gradio_api/queue/join", {"content-length": "3000000"}, 413),
        ("POST", "/gradio_api/run/ask", {}, 404),
        ("POST", "/gradio_api/api/ask", {}, 404),
        ("POST", "/gradio_api/upload", {}, 404),
        ("GET", "/gradio_api/proxy=http://127.0.0.1/", {}, 404),
        ("GET", "/monitoring/summary", {}, 404),
        ("POST", "/gradio_api/call/no_such_name", {"content-type": "application/json"}, 404),
    ],
)
def test_the_served_page_is_guarded(
    page: App, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    """Each answer of the real application, refusals included, carries the security headers."""
    body = [b'{"data": []}'] if method == "POST" else [b""]
    got, answered, _ = request(page, method, path, headers.items(), body)
    assert got == status
    assert {(name.decode(), value.decode()) for name, value in HEADERS} <= set(answered)
    assert not [name for name, _ in answered if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "path",
    ["etc/passwd", "/etc/passwd", "../app.py", "app.py", "file:///etc/passwd", "/var/x", ".env"],
)
def test_no_file_is_served(page: App, path: str) -> None:
    """Neither the working folder nor anything else on the disk can be fetched."""
    assert request(page, "GET", f"/gradio_api/file={path}")[0] in {403, 404}


def test_a_session_has_a_name_that_can_be_written() -> None:
    """Gradio would fail those who come next. Of no event, refused or not, statistics are kept."""

    async def build() -> tuple[gr.Blocks, App]:
        library = FakeLibrary()
        page = build_page(library)
        return page, build_app(page, library)

    page, app = asyncio.run(build())
    headers = {"content-type": "application/json"}.items()
    for name in ("", "\x00", "a\x1b", "\ud800", "\udc00\ud800", "é"):
        given = {"data": ["", None], "fn_index": len(page.fns) - 1, "session_hash": name}
        for body in (json.dumps(given), json.dumps(given, ensure_ascii=False)):
            sent = [body.encode("utf-8", "surrogatepass")]
            status = request(app, "POST", "/gradio_api/queue/join", headers, sent)[0]
            assert status == (200 if name == "é" else 422), ascii(name)
    assert len(page._queue) == 2
    assert not page._queue.event_analytics
