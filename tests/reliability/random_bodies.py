"""Bodies that fit no endpoint, sent to all of them: row 29."""

from __future__ import annotations

import contextlib
import gc
import http.client
import io
import json
import logging
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.reliability.row import Outcome, Run
from tests.ui.conftest import built, serving
from tests.ui.fakes import LANDMINES, FakeLibrary
from tests.ui.route_table import route_table

TEXTS = ("", LANDMINES, "a" * 3_000, "\x00", "\ud800", "../../etc/passwd", "1", "s", "😀", "NaN")
KINDS = ("application/json", "text/plain", "", "multipart/form-data; boundary=x",
         "application/x-www-form-urlencoded", "application/json; charset=utf-16")  # fmt: skip
FIELDS = (
    "data", "fn_index", "session_hash", "event_id", "event_data", "trigger_id", "simple_format",
    "batched", "request", "answers", "title", "name", "password",
)  # fmt: skip
NAMELESS = b'--x\r\nContent-Disposition: form-data; name="files"; filename=""\r\n\r\nx\r\n--x--\r\n'
OFTEN = ("/gradio_api/call/ask", "/gradio_api/call/unknown", "/gradio_api/queue/join", "/export/md",
         "/gradio_api/upload")  # fmt: skip


def random_bodies(run: Run) -> Outcome:
    """Random bodies are never an error of the server, print no traceback and leave no memory."""
    outcome, chance = Outcome(), run.chance()
    routes = [each for each in route_table(built(FakeLibrary())) if each[0] not in {"GET", "HEAD"}]
    routes += [("POST", path) for path in OFTEN] * (len(routes) // 4)
    statuses: dict[int, int] = {}
    with _overheard() as heard, serving(FakeLibrary()) as address:
        port = int(address.rstrip("/").rpartition(":")[2])
        before = 0.0
        total = run.count(400, 24_000)
        for number in range(total):
            method, path = chance.choice(routes)
            body, kind = _body(chance)
            with outcome.trial(f"{method} {path} {kind} {body[:200]!r}"):
                status, said = _sent(port, method, path, body, kind)
                statuses[status] = statuses.get(status, 0) + 1
                assert status < 500, f"{status} {said[:200]!r}"
            if number == total // 5:  # caches and pools have filled
                before = _resident()
        growth = _resident() - before
    with outcome.trial("tracebacks"):
        assert "Traceback" not in heard.getvalue(), heard.getvalue()[:2_000]
    with outcome.trial("memory"):
        assert growth < 50, f"{growth:.0f} MB more"
    outcome.figures |= {"routes": len(set(routes)), "growth": f"{growth:.1f} MB"}
    outcome.figures["statuses"] = dict(sorted(statuses.items()))
    return outcome


def _sent(port: int, method: str, path: str, body: bytes, kind: str) -> tuple[int, bytes]:
    """Also what an event answers, if the body began one: else the queue would fill."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, {"Content-Type": kind} if kind else {})
        response = connection.getresponse()
        said = response.read()
        if response.status == http.client.OK and "/call/" in path:
            connection.request("GET", f"{path}/{json.loads(said)['event_id']}")
            streamed = connection.getresponse()
            streamed.read()
        return response.status, said
    finally:
        connection.close()


def _body(chance: random.Random) -> tuple[bytes, str]:
    if chance.random() < 0.1:
        return chance.randbytes(chance.randrange(200)), chance.choice(KINDS)
    if chance.random() < 0.1:
        text = (
            '--x\r\nContent-Disposition: form-data; name="files"; filename=""\r\n\r\nx\r\n--x--\r\n'
        )
        return text.encode(), KINDS[3]
    value = _fields(chance) if chance.random() < 0.8 else _value(chance, 3)
    said = json.dumps(value)
    if chance.random() < 0.1:
        said = said[: chance.randrange(len(said) + 1)]
    return said.encode(), KINDS[0] if chance.random() < 0.8 else chance.choice(KINDS)


def _fields(chance: random.Random) -> dict[str, Any]:
    """Like a request, but for some of its parts."""
    said: dict[str, Any] = {"data": [_value(chance, 2) for _ in range(chance.randrange(5))]}
    said |= {"fn_index": chance.randrange(-2, 20), "session_hash": chance.choice(TEXTS)}
    for _ in range(chance.randrange(4)):
        said[chance.choice(FIELDS)] = _value(chance, 2)
    if chance.random() < 0.3:
        said.pop(chance.choice(tuple(said)))
    return said


def _value(chance: random.Random, depth: int) -> Any:  # noqa: ANN401 - any JSON
    kind = chance.randrange(9 if depth else 6)
    if kind < 2:
        return chance.choice(TEXTS)
    if kind < 6:
        simple = (None, True, -1, 0, 10**30, 1.5, float("nan"), float("inf"), 2**63, False)
        return chance.choice(simple)
    few = range(chance.randrange(4))
    if kind == 6:
        return [_value(chance, depth - 1) for _ in few]
    if kind == 7:
        return {chance.choice(TEXTS): _value(chance, depth - 1) for _ in few}
    return {"path": chance.choice(TEXTS), "meta": {"_type": "gradio.FileData"}}


def _resident() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextlib.contextmanager
def _overheard() -> Iterator[io.StringIO]:
    """What is logged or printed to standard error meanwhile.

    By no other handler: one that was left to a stream which is closed by now prints a traceback.
    """
    heard = io.StringIO()
    root = logging.getLogger()
    before, root.handlers = root.handlers, [logging.StreamHandler(heard)]
    try:
        with contextlib.redirect_stderr(heard):
            yield heard
    finally:
        root.handlers = before
