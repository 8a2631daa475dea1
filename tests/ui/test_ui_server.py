"""Listening: where, under which names, and what is said when it cannot be."""

from __future__ import annotations

import socket

import pytest

from rag.config import ServerSettings, Settings
from rag.errors import ConfigError
from rag.ui.server import listen, serve
from tests.ui.conftest import serving
from tests.ui.fakes import FakeLibrary

pytestmark = pytest.mark.server


def test_a_taken_port_is_named_with_what_to_do() -> None:
    """Serving on a port in use fails before anything is built, with one sentence."""
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        settings = ServerSettings(port=port)
        with pytest.raises(ConfigError, match=f"Port {port} is taken; choose another with --port"):
            serve(FakeLibrary(), Settings(server=settings))


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [("x" * 70, 7860, "--host"), ("192.0.2.1", 0, "--host"), ("127.0.0.1", 70_000, "--port")],
)
def test_an_unusable_address_is_named_with_what_to_do(host: str, port: int, words: str) -> None:
    """Hosts and ports that cannot be listened on are configuration errors."""
    with pytest.raises(ConfigError, match=words):
        listen(host, port)


def test_the_page_is_announced_where_it_answers() -> None:
    """Once started the server answers at its address, and is gone after it stops."""
    with serving(FakeLibrary()) as address:
        port = int(address.rstrip("/").rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 5) as client:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert b'{"status":"ok"}' in b"".join(iter(lambda: client.recv(4096), b""))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)
