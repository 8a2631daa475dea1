"""The program as a process of its own, watched from outside: what it holds, and what it leaves."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

MARK = "RAG_TRIAL"
"""A variable that all children inherit, and by which those that were left are found."""
STARTING = 120.0
NONE: Mapping[str, str] = {}
JSON = {"Content-Type": "application/json"}


@dataclass
class Process:
    """A running command, and the mark of all that it starts."""

    popen: subprocess.Popen[str]
    mark: str
    port: int = 0

    @property
    def resident(self) -> float:
        """Resident memory in MB."""
        fields = Path(f"/proc/{self.popen.pid}/statm").read_text("ascii").split()
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    @property
    def descriptors(self) -> int:
        return sum(1 for _ in Path(f"/proc/{self.popen.pid}/fd").iterdir())

    @property
    def threads(self) -> int:
        return sum(1 for _ in Path(f"/proc/{self.popen.pid}/task").iterdir())

    def left(self) -> list[str]:
        """The command lines of its children that still run."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if f"{MARK}={self.mark}".encode() in (folder / "environ").read_bytes():
                    line = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                    found.append(line.decode(errors="replace")[-80:])
        return found


def started(arguments: Sequence[str], folder: Path, **variables: str) -> Process:
    """`rag` with these arguments in this folder."""
    mark = secrets.token_hex()
    environment = {**os.environ, MARK: mark, "PYTHONPATH": str(ROOT), **variables}
    popen = subprocess.Popen(
        [sys.executable, "-m", "rag", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Process(popen, mark)


@contextmanager
def served(folder: Path, **variables: str) -> Iterator[Process]:
    """A page over the folder's index, ended afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = started(["serve", "--port", str(port)], folder, **variables)
    process.port = port
    try:
        _await(process)
        yield process
    finally:
        if process.popen.poll() is None:
            process.popen.terminate()
        try:
            process.popen.communicate(timeout=30)
        except subprocess.TimeoutExpired:  # how soon it ends is a row of its own
            process.popen.kill()
            process.popen.communicate()


def _await(process: Process) -> None:
    due = time.monotonic() + STARTING
    while time.monotonic() < due:
        if process.popen.poll() is not None:
            raise AssertionError(f"the server ended: {process.popen.communicate()[0][-300:]}")
        with suppress(OSError):
            if fetched(process.port, "GET", "/healthz")[0] == http.client.OK:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not start")


def fetched(
    port: int, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = NONE
) -> tuple[int, bytes]:
    """Status and body of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=STARTING)
    try:
        connection.request(method, path, body or None, dict(headers))
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def asked(port: int, question: str) -> dict[str, Any]:
    """The API's answer, by way of Gradio's two requests; AssertionError for any other end."""
    body = json.dumps({"data": [question, None]}).encode()
    status, said = fetched(port, "POST", "/gradio_api/call/ask", body, JSON)
    assert status == http.client.OK, f"{status} {said[:200]!r}"
    event = json.loads(said)["event_id"]
    status, stream = fetched(port, "GET", f"/gradio_api/call/ask/{event}")
    assert status == http.client.OK, f"{status} {stream[:200]!r}"
    kind, data = stream.decode().strip().rpartition("event: ")[2].split("\n", 1)
    assert kind == "complete", stream[-300:]
    answer: dict[str, Any] = json.loads(data.removeprefix("data: "))[0]
    return answer
