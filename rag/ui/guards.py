"""What stands between the network and the page: small ASGI applications, one around the other.

They are plain ASGI, so that streamed answers pass through unbuffered.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any, TypeAlias

from rag.logs import request_id
from rag.ui.metrics import Metrics

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'self'; "
    "script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; "
    "font-src 'self' data:; "
    "connect-src 'self'; "
    "media-src 'self' blob:; "
    "object-src 'none'; "
    "frame-src 'none'; "
    "frame-ancestors 'none'; "
    "base-uri 'self'; "
    "form-action 'self'; "
    "worker-src 'self' blob:"
)
"""Nothing is loaded from elsewhere and no string becomes code; Gradio needs its inline scripts."""
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_log = logging.getLogger(__name__)


class Headers:
    """Adds the security headers to every response, and drops leave for other sites to read it."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = {name for name, _ in HEADERS}
                kept = [
                    (name, value)
                    for name, value in message.get("headers", ())
                    if name.lower() not in ours and not name.lower().startswith(b"access-control-")
                ]
                message = {**message, "headers": [*kept, *HEADERS]}
            await send(message)

        await self._app(scope, receive, guarded)


class Requests:
    """Gives each request an id, and logs and counts what became of it.

    The id stands in the log's lines and in the response. Of the path only the beginning is logged:
    further on, Gradio's addresses name sessions.
    """

    def __init__(self, app: App, metrics: Metrics | None = None) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        named, begun, status = secrets.token_hex(8), time.perf_counter(), 0
        token = request_id.set(named)

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), (b"x-request-id", named.encode())]
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            path = "/".join(scope["path"].split("/")[:3])[:100]
            said = {"method": scope["method"], "path": path, "status": status}
            said["ms"] = round((time.perf_counter() - begun) * 1_000, 1)
            _log.info("request", extra={"said": said})
            if self._metrics:
                self._metrics.responded(status)
            request_id.reset(token)


class Catcher:
    """Turns an exception into a plain response, with the traceback in the log only."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:  # the server ends, and waits for nobody
            if not started:
                await refuse(send, 503, "The server is stopping.")
        except Exception:  # noqa: BLE001 - whatever it is, it must not reach the network
            _log.exception("%s %s failed", scope["method"], scope["path"])
            if not started:
                await refuse(send, 500, "Something failed here; the server's log has the details.")


class Hosts:
    """Answers only under the names that it was given, so that no other name can be rebound here."""

    def __init__(self, app: App, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _name(header(scope, b"host") or "") not in self._names:
            await refuse(send, 421, "This server does not answer under that name.")
            return
        await self._app(scope, receive, send)


class SameSite:
    """Refuses requests that change something when another site's page sends them.

    The rule of Go's CrossOriginProtection and of Datasette: browsers say where a request comes
    from in Sec-Fetch-Site, older ones in Origin; what says neither is no browser.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._allows(scope):
            await refuse(send, 403, "Requests from other sites are refused.")
            return
        await self._app(scope, receive, send)

    def _allows(self, scope: Scope) -> bool:
        if scope["method"] in SAFE_METHODS:
            return True
        site = header(scope, b"sec-fetch-site")
        if site is not None:
            return site in {"same-origin", "none"}
        origin = header(scope, b"origin")
        return origin is None or origin == f"{scope['scheme']}://{header(scope, b'host')}"


class Closed:
    """Answers 404 for what Gradio would serve and this page has no use for."""

    def __init__(self, app: App, prefixes: tuple[str, ...]) -> None:
        self._app = app
        self._prefixes = prefixes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(self._prefixes):
            await refuse(send, 404, "There is nothing here.")
            return
        await self._app(scope, receive, send)


def header(scope: Scope, name: bytes) -> str | None:
    """The header's value, None if it is absent; repeated ones are joined, and so match nothing."""
    values = [value for key, value in scope["headers"] if key == name]
    return b",".join(values).decode("latin-1") if values else None


def _name(host: str) -> str:
    """The name in a Host header, without port, in lower case; "" for what is none."""
    if host.startswith("["):
        name, bracket, port = host[1:].partition("]")
        port = port[1:] if port.startswith(":") else port and "x"
    else:
        name, bracket, port = host.partition(":")
        bracket = "]"
    valid = bool(bracket) and (not port or (port.isascii() and port.isdigit()))
    return name.lower().removesuffix(".") if valid else ""


async def refuse(send: Send, status: int, sentence: str, *more: tuple[bytes, bytes]) -> None:
    """A response of one sentence, with `more` headers."""
    await respond(send, status, sentence.encode(), b"text/plain; charset=utf-8", *more)


async def respond(
    send: Send, status: int, body: bytes, kind: bytes, *more: tuple[bytes, bytes]
) -> None:
    """A whole response, with `more` headers."""
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
