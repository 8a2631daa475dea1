"""Bounds on what a client may take up: bytes, time, connections, places in the queue.

Plain ASGI like the guards.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping

from rag.ui.guards import App, Message, Receive, Scope, Send, header, refuse, respond

GRACE = 20.0
"""Seconds that any body may take to arrive."""
SLOWEST = 16_384
"""Bytes a second; a body that has arrived at this pace has not run out of time."""
AGAIN = 5
"""Seconds after which whoever was refused for want of room may ask again."""
RETRY = (b"retry-after", str(AGAIN).encode())
FULL = 503
BUSY = f"Too many questions are waiting; please ask again in {AGAIN} seconds."
_BUSY = json.dumps({"detail": BUSY}).encode()
"""In the form in which Gradio's clients look for words."""


class BodyLimit:
    """Refuses bodies over `limit` bytes, by what they announce and by what they turn out to be,
    and those that come so slowly that they would occupy a place here.

    `larger` are the limits of single routes, by method and path.
    """

    def __init__(
        self,
        app: App,
        limit: int,
        grace: float = GRACE,
        larger: Mapping[tuple[str, str], int] | None = None,
    ) -> None:
        self._app = app
        self._limit = limit
        self._grace = grace
        self._larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._larger.get((scope["method"], scope["path"]), self._limit)
        announced = header(scope, b"content-length")
        if announced is not None and not (announced.isascii() and announced.isdigit()):
            await refuse(send, 400, "The length of the request is not a number.")
        elif announced is not None and int(announced[:20]) > limit:
            await _refuse_body(send, _TooLargeError(), limit)
        else:
            await self._counted(scope, receive, send, limit)

    async def _counted(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        body = _Body(receive, limit, self._grace)
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            # Once the body is refused, whatever the application makes of it is of no interest.
            if body.fault is None:
                started = True
                await send(message)

        try:
            await self._app(scope, body.receive, watched)
        except Exception:
            if body.fault is None:
                raise
        if body.fault is not None and not started:
            await _refuse_body(send, body.fault, limit)


class _Body:
    """One request's body on its way in; `fault` says why it was given up."""

    def __init__(self, receive: Receive, limit: int, grace: float) -> None:
        self._receive = receive
        self._limit = limit
        self._due = time.monotonic() + grace
        self._seen = 0
        self._complete = False
        self.fault: Exception | None = None

    async def receive(self) -> Message:
        if self._complete:  # what comes now is the end of the connection, whenever that is
            return await self._receive()
        left = self._due + self._seen / SLOWEST - time.monotonic()
        try:
            message = await asyncio.wait_for(self._receive(), max(left, 0))
        except TimeoutError:
            self.fault = _TooSlowError()
            raise self.fault from None
        self._seen += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._seen > self._limit:
            self.fault = _TooLargeError()
            raise self.fault
        return message


class Streams:
    """Holds at most `most` of the connections that last as long as a page is open."""

    def __init__(self, app: App, prefix: str, most: int) -> None:
        self._app = app
        self._prefix = prefix
        self._most = most
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self._prefix):
            await self._app(scope, receive, send)
        elif self._open >= self._most:
            await refuse(send, 503, "Too many pages are open; please try again later.", RETRY)
        else:
            self._open += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._open -= 1


class Busy:
    """Says in a sentence, and when to come again, that Gradio takes on no more questions."""

    def __init__(self, app: App, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = False

        async def worded(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] == FULL:
                refused = True
                await respond(send, FULL, _BUSY, b"application/json", RETRY)
            if not refused:
                await send(message)

        ours = scope["type"] == "http" and not scope["path"].startswith(self._prefix)
        await self._app(scope, receive, send if ours else worded)


async def _refuse_body(send: Send, fault: Exception, limit: int) -> None:
    if isinstance(fault, _TooLargeError):
        await refuse(send, 413, f"A request may hold at most {limit:,} bytes.")
    else:
        await refuse(send, 408, "The request came too slowly.", (b"connection", b"close"))


class _TooLargeError(Exception):
    """The body has passed its limit."""


class _TooSlowError(Exception):
    """The body has not arrived in time."""
