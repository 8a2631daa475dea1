"""The page and its routes under attack: rows 24 to 34, and 36."""

from __future__ import annotations

import json
import random
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

from rag.errors import ConfigError
from rag.library import LONGEST_QUESTION, checked
from rag.ui import evidence, talk
from rag.ui.desk import Desk
from rag.ui.guards import App
from rag.ui.stack import Stack
from rag.ui.uploads import Uploads
from tests.conftest import ROOT, STATEMENT
from tests.reliability import hostile_pages, random_bodies, slow_clients
from tests.reliability.hostile_pages import listening
from tests.reliability.row import Outcome, Rows, Run
from tests.ui.conftest import built, serving
from tests.ui.fakes import FakeLibrary
from tests.ui.route_table import ADDING, route_table
from tests.ui.test_ui_guards import request

SENTINEL = "sentinel-7d1f0c"
ADDRESSES = (
    "/gradio_api/file={}", "/gradio_api/file/{}", "/file={}", "/static/{}", "/assets/{}",
    "/svelte/{}", "/gradio_api/proxy={}", "/gradio_api/custom_component/x/client/component/{}",
)  # fmt: skip
FOREIGN = (
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "same-origin, cross-site"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"sec-fetch-site": "\xff", "origin": "http://localhost"},
)
NAMES = ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "10.0.0.1")
QUESTIONS = (
    "", " ", "\n\t", "\u200b", "?", "...", "x" * LONGEST_QUESTION, "x" * (LONGEST_QUESTION + 1),
    "x" * 1_000_000, "wo " * 10_000, "😀", "👩‍👩‍👧‍👦" * 50, "שלום?", "كم عدد؟",
    "\u202eabc", "\x00", "\ud800", "a\ufeffb", "' OR 1=1 --", '"; DROP TABLE x', "NEAR(a b)",
    "a AND OR NOT", '"unclosed', "*",
    "text:mine", "^a", "[1 TO 2]", "{a TO b}", "a~9", "a^1e309", "/re(g/", "\\", "%s%n", "{0}",
    "{question}", "${x}", "<b>x</b>", "&amp;", "[a](http://b)", "![a](http://b)", "# head", "NaN",
    "null", "0", "-1", "1e400", "١٢٣", "ﬁ", "İI", "ß", "é", "e\u0301" * 500, "日本" * 500, "a\rb",
    "\u2028", "ı" * 100, "\U000e0041", "a" + "\u0300" * 1_000, "…", "«»",
)  # fmt: skip


def addresses(run: Run) -> Outcome:
    """Paths and addresses of elsewhere give nothing of it away, and are not followed."""
    outcome, secret = Outcome(), Path(tempfile.gettempdir()) / "secret.txt"
    secret.write_text(SENTINEL)
    with listening() as (hook, heard), serving(FakeLibrary()) as address:
        port = int(address.rstrip("/").rpartition(":")[2])
        targets = (
            "/etc/passwd", "..%2f..%2f..%2f..%2fetc/passwd", "../../../../../etc/passwd",
            "%2e%2e/%2e%2e/%2e%2e/etc/passwd", "file:///etc/passwd", str(secret), "pyproject.toml",
            f"{ROOT}/.gitignore", STATEMENT.name, f"http://127.0.0.1:{hook}/x", "%00/etc/passwd",
        )  # fmt: skip
        for target in targets:
            for pattern in ADDRESSES:
                with outcome.trial(pattern.format(target)):
                    _tells_nothing(*_raw(port, "GET", pattern.format(target)))
            said = {"path": target, "url": target, "meta": {"_type": "gradio.FileData"}}
            for number in range(12):
                body = {"data": [said] * 4, "fn_index": number, "session_hash": "s"}
                with outcome.trial(f"event {number} with {target}"):
                    _tells_nothing(
                        *_raw(port, "POST", "/gradio_api/queue/join", json.dumps(body).encode())
                    )
        with outcome.trial("what the events of that session were sent"):
            stream = _raw(port, "GET", "/gradio_api/queue/data?session_hash=s", seconds=5)
            _tells_nothing(*stream)
    with outcome.trial("requests to elsewhere"):
        assert not heard
    return outcome


def citations(run: Run) -> Outcome:
    """Ids of citations that were tampered with open nothing but what is indexed."""
    outcome, chance = Outcome(), run.chance()
    library = FakeLibrary()
    good = f"{library.source.id}:0-20"
    for _ in range(run.count(200, 5_000)):
        name = _tampered(good, chance)
        desk = Desk()
        with outcome.trial(repr(name)):
            talk.show_passage(library, desk, name)
            shown = str(desk.evidence)
            known = name.startswith(f"{library.source.id}:")
            assert known or shown == str(evidence.NO_PASSAGE)
            assert "root:" not in shown
    return outcome


def cross_site(run: Run) -> Outcome:
    """Requests that another site's page sends change nothing."""
    outcome, app = Outcome(), _growing()
    routes = route_table(app)
    assert set(routes) >= ADDING
    for method, path in routes:
        if method in {"GET", "HEAD", "OPTIONS"}:
            continue
        for headers in FOREIGN:
            with outcome.trial(f"{method} {path} {headers}"):
                assert request(app, method, path, headers.items())[0] == 403
    outcome.figures["unsafe routes"] = outcome.trials // len(FOREIGN)
    with outcome.trial("a program without these headers"):
        assert request(app, "POST", "/gradio_api/call/nothing", body=(b"{}",))[0] != 403
    return outcome


def foreign_names(run: Run) -> Outcome:
    """Under a name that is not ours nothing answers, and no other site may read a response."""
    outcome, app = Outcome(), _growing()
    for method, path in route_table(app):
        for name in NAMES:
            with outcome.trial(f"{method} {path} of {name}"):
                assert request(app, method, path, {"host": name}.items())[0] == 421
        if "heartbeat" in path or "queue/data" in path:
            continue  # they last for as long as a page is open
        with outcome.trial(f"{method} {path} read by another site"):
            headers = request(app, method, path, {"origin": "https://evil.example"}.items())[1]
            assert not any(key.startswith("access-control-") for key, _ in headers)
    return outcome


def questions(run: Run) -> Outcome:
    """Odd questions get an answer or a sentence, on the page and in the API."""
    outcome = Outcome()
    library = FakeLibrary()
    for question in QUESTIONS:
        with outcome.trial(repr(question[:40])):
            desk = Desk()
            for _ in talk.converse(library, question, desk, pause=lambda _: None):
                pass
            assert desk.turns
            assert not desk.busy
            str(desk.turns[-1].reply).encode("utf-8")
        with outcome.trial(f"the library on {question[:40]!r}"), suppress(ConfigError):
            assert checked(question)
    outcome.figures["questions"] = len(QUESTIONS)
    return outcome


def _growing() -> App:
    """A page that takes in files; none gets so far here that the folder would be made."""
    library = FakeLibrary()
    return built(library, uploads=Uploads(library, Stack(Path("not-here"), 1_000)))


def _tampered(good: str, chance: random.Random) -> str:
    kind = chance.randrange(5)
    if kind == 0:
        odd = ("../", "/etc/passwd", "%2e%2e", "\0", "\u202e", "'", "d" * 65, "-", ":", "9" * 30)
        at = chance.randrange(len(good))
        return good[:at] + chance.choice(odd) + good[at + chance.randrange(3) :]
    if kind == 1:
        span = f"{chance.randrange(10**9)}-{chance.randrange(10**10)}"
        return f"{good.partition(':')[0]}:{span}"
    if kind == 2:
        return "".join(chance.choice("0123456789abcdef") for _ in range(64)) + ":0-5"
    if kind == 3:
        return good[chance.randrange(1, 64) :]
    return "".join(chr(chance.randrange(1, 0x2FF)) for _ in range(chance.randrange(1, 90))) + ":"


def _raw(
    port: int, method: str, path: str, body: bytes = b"", seconds: float = 30
) -> tuple[int, bytes]:
    """A request whose path is sent as it stands; what came within `seconds`."""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), seconds) as client:
        client.sendall((head + kind).encode("latin-1") + body)
        said = b""
        try:
            while piece := client.recv(65_536):
                said += piece
        except TimeoutError:
            pass
    return int(said.split(b" ", 2)[1]), said


def _tells_nothing(status: int, said: bytes) -> None:
    assert status < 500, status
    for secret in (SENTINEL, "root:x:", "[build-system]", "__pycache__", "Karabakh War"):
        assert secret.encode() not in said, secret


ROWS: Rows = {
    25: addresses,
    26: citations,
    27: cross_site,
    28: foreign_names,
    29: random_bodies.random_bodies,
    30: slow_clients.slow_clients,
    31: hostile_pages.hostile_pages,
    32: hostile_pages.ordinary_pages,
    36: questions,
}
