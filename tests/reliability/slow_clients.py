"""Clients that are slow on purpose: row 30."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from statistics import quantiles

from tests.reliability.row import Outcome, Run
from tests.reliability.service import asked, fetched
from tests.ui.conftest import serving
from tests.ui.fakes import FakeLibrary

HEAD = b"POST /gradio_api/call/ask HTTP/1.1\r\nHost: localhost\r\n"
KINDS = (
    (b"", b""),
    (HEAD, b"X-More: 1\r\n"),
    (HEAD + b"Content-Length: 1000000\r\n\r\n", b"x"),
    (b"GET /gradio_api/heartbeat/x HTTP/1.1\r\nHost: localhost\r\n\r\n", b""),
)
"""What is sent at first, and then every second: nothing, a head, a body, and an open page."""


def slow_clients(run: Run) -> Outcome:
    """Clients that send or read slowly, or not at all, keep nobody else waiting."""
    outcome = Outcome()
    with serving(FakeLibrary()) as address:
        port = int(address.rstrip("/").rpartition(":")[2])
        alone = _times(port, run.count(5, 60), outcome)
        over = threading.Event()
        clients = [
            threading.Thread(target=_slow, args=[port, *KINDS[number % 4], over])
            for number in range(run.count(40, 200))
        ]
        for each in clients:
            each.start()
        time.sleep(1)
        begun, among = time.monotonic(), _times(port, run.count(5, 60), outcome)
        while run.long and time.monotonic() - begun < 60:
            among += _times(port, 10, outcome)
        over.set()
        for each in clients:
            each.join()
    if run.long:
        with outcome.trial("p95"):
            assert _p95(among) <= 3 * _p95(alone), (_p95(among), _p95(alone))
    outcome.figures |= {"clients": len(clients), "p95 alone": f"{_p95(alone):.3f} s"}
    outcome.figures["p95 among them"] = f"{_p95(among):.3f} s"
    return outcome


def _times(port: int, count: int, outcome: Outcome) -> list[float]:
    times = []
    for number in range(count):
        begun = time.monotonic()
        with outcome.trial("an honest request"):
            assert fetched(port, "GET", "/")[0] == 200
            assert asked(port, f"Question {number}?")["question"] == f"Question {number}?"
        times.append(time.monotonic() - begun)
    return times


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


def _slow(port: int, first: bytes, then: bytes, over: threading.Event) -> None:
    """Sends little, and comes again whenever it is shown out."""
    while not over.is_set():
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), 5) as client,
        ):
            client.sendall(first)
            while not over.wait(1):
                client.sendall(then or b"")
                client.settimeout(0.01)
                with contextlib.suppress(TimeoutError):
                    if not client.recv(4_096):
                        break
