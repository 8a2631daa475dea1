"""A web of one machine: a server that answers as told, and a fetcher that may speak to it alone."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import pytest

from rag.fetching import Fetched, Fetcher, Limits, Wanted, Web
from rag.fetching.web import Outside

HOST = "reports.test"
OTHER = "elsewhere.test"
INSIDE = "inside.test"
PAGE = b"<!doctype html><title>Report</title><p>The bridge is 274 metres long.</p>"
LIMITS = Limits(size=100_000, seconds=3, silence=1, hops=3, pause=0)
NAMES = {HOST: "127.0.0.1", OTHER: "127.0.0.1", INSIDE: "10.1.2.3"}

Handler: TypeAlias = http.server.BaseHTTPRequestHandler
Answer: TypeAlias = Callable[[Handler], None]


def answer(
    body: bytes = PAGE, status: int = 200, kind: str = "text/html; charset=utf-8", **headers: str
) -> Answer:
    """A whole reply; underscores in the names of headers stand for hyphens."""

    def reply(handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


@dataclass
class Site:
    """What a server answers at each path, and the (host, path, headers) that it was asked."""

    port: int
    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str, host: str = HOST, scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        """What was asked for, robots.txt aside."""
        return [path for _, path, _ in self.asked if path != "/robots.txt"]


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that leave are what these tests are about."""


@contextmanager
def serving(wrap: Callable[[_Server], None] = lambda _: None) -> Iterator[Site]:
    """A site on a free port of the loopback interface."""
    site = Site(0)

    class Handling(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = self.headers["Host"].partition(":")[0]
            site.asked.append((host, self.path, dict(self.headers)))
            site.pages.get(self.path, answer(b"nothing here", 404, "text/plain"))(self)

        def log_message(self, *_: object) -> None: ...

    server = _Server(("127.0.0.1", 0), Handling)
    wrap(server)
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def outside() -> Outside:
    """The names of these tests, of which the loopback address may be spoken to."""
    return Outside(resolve=lambda host, _: [NAMES[host]], allowed=lambda ip: ip == "127.0.0.1")


Fetch = Callable[..., Fetched]


@pytest.fixture
def fetch(tmp_path: Path, outside: Outside) -> Fetch:
    """Fetches one address under a name into an empty folder; a new fetcher each time."""

    def run(
        url: str,
        name: str = "reports/a.html",
        *,
        verified: bool = True,
        world: Outside = outside,
        limits: Limits = LIMITS,
    ) -> Fetched:
        web = Web(limits, world)
        wanted = [Wanted(name, url, verified, allowed=True)]
        [fetched] = Fetcher(tmp_path, wanted, web, lambda: "2026-01-02").fetch(())
        return fetched

    return run


def fetcher(folder: Path, wanted: Sequence[Wanted], outside: Outside) -> Fetcher:
    """A fetcher of several entries."""
    return Fetcher(folder, wanted, Web(LIMITS, outside), lambda: "2026-01-02")
