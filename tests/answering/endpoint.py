"""A language model's endpoint on the loopback interface, which behaves as it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-very-secret-0123456789"
Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """One request; `server.behaviour` answers it."""

    server: Server

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", "0"))
        self.server.asked.append(json.loads(self.rfile.read(size)))
        self.server.keys.append(self.headers.get("Authorization", ""))
        try:
            self.server.behaviour(self)
        except OSError:
            self.server.hung_up.append(self.path)

    def log_message(self, *args: object) -> None:
        """Nothing: what is asked is kept instead."""

    def head(self, status: int = 200, kind: str = "text/event-stream", **more: str) -> None:
        """Status and headers."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in more.items():
            self.send_header(name, value)
        self.end_headers()

    def say(self, data: object) -> None:
        """One event of the stream."""
        self.wfile.write(
            f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()
        )
        self.wfile.flush()


class Server(ThreadingHTTPServer):
    """Keeps what it was asked, and with which keys."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviour = behaviour
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.hung_up: list[str] = []

    @property
    def url(self) -> str:
        """What a client is given as its base."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[Server]:
    """A server as long as the block lasts."""
    server = Server(behaviour)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def chunk(content: object, finish: str | None = None, **more: object) -> dict[str, Any]:
    """One piece of a streamed reply."""
    choice = {"index": 0, "delta": {"content": content, **more}, "finish_reason": finish}
    return {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [choice]}  # fmt: skip


def says(*texts: str) -> Behaviour:
    """A well-behaved endpoint."""

    def behave(handler: Handler) -> None:
        handler.head()
        for text in texts:
            handler.say(chunk(text))
        handler.say(chunk("", "stop"))
        handler.say("[DONE]")

    return behave


def obeys(pattern: Callable[[str], str]) -> Behaviour:
    """A model that does whatever `pattern` reads out of what it was given."""

    def behave(handler: Handler) -> None:
        given = handler.server.asked[-1]["messages"][-1]["content"]
        says(pattern(given))(handler)

    return behave


@dataclass
class Misbehaviour:
    """Ways to answer badly; `limit` ends what would never end."""

    limit: float = 20.0
    ended: threading.Event = field(default_factory=threading.Event)

    def status(self, code: int) -> Behaviour:
        """An error that repeats the key to whoever reads it."""

        def behave(handler: Handler) -> None:
            handler.head(code, "application/json")
            handler.wfile.write(json.dumps({"error": {"message": f"{KEY} is wrong"}}).encode())

        return behave

    def silent(self, handler: Handler) -> None:
        """Takes the question and never answers."""
        self.ended.wait(self.limit)

    def drips(self, handler: Handler) -> None:
        """A letter now and then."""
        handler.head()
        end = time.monotonic() + self.limit
        while time.monotonic() < end and not self.ended.wait(0.2):
            handler.say(chunk("a"))

    def breaks_off(self, handler: Handler) -> None:
        """Ends in the middle."""
        handler.head()
        handler.say(chunk("The bridge was "))

    def no_json(self, handler: Handler) -> None:
        """Not what was announced."""
        handler.head()
        handler.say('{"choices": [')

    def wrong_type(self, handler: Handler) -> None:
        """Numbers where texts should be."""
        handler.head()
        handler.say(chunk(42))
        handler.say(chunk({"a": 1}, "stop"))

    def floods(self, handler: Handler) -> None:
        """A hundred megabytes on one line."""
        handler.head()
        block = b"data: " + b"x" * (1 << 20)
        for _ in range(100):
            handler.wfile.write(block)

    def redirects(self, handler: Handler) -> None:
        """To another door of this machine."""
        handler.head(307, Location="http://127.0.0.1:9/steal")

    def escapes(self, handler: Handler) -> None:
        """Moves the cursor, sets the title, hides text."""
        says("\x1b[2J\x1b]0;owned\x07\u202eIt is forged\u202c \x1b[31mby them.\x1b[0m [1]")(handler)

    def thinks(self, handler: Handler) -> None:
        """Reasons without end, and answers nothing."""
        handler.head()
        end = time.monotonic() + self.limit
        while time.monotonic() < end and not self.ended.wait(0.01):
            handler.say(chunk(None, reasoning_content="hmm " * 20))
