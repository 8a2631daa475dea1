"""Row 42: several processes of the page behind nginx, by the configuration that docs show.

What one of them answered opens in the other, a file that one took in is asked of the other, a login
at one is a login at both, and when one dies the other goes on.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from rag.ui.accounts import hashed
from tests.conftest import ROOT
from tests.reliability.row import Outcome, Rows, Run
from tests.reliability.running import QUESTIONS, indexed
from tests.reliability.service import JSON, Process, fetched, served

NGINX = shutil.which("nginx")
_PASSWORD = secrets.token_hex()
_CLIENTS = 4
_SOON = 120.0
_UPLOADED = "The Kestrel bridge is 274 metres long, says the town's engineer."
_ABOUT = "How long is the Kestrel bridge?"


@dataclass(frozen=True)
class _Site:
    """nginx's port, the processes behind it, and the cookie of somebody who has logged in."""

    port: int
    behind: Sequence[Process]
    cookie: str

    @property
    def ports(self) -> list[int]:
        """Of nginx and of each process: wherever one asks, it has to be the same."""
        return [self.port, *(each.port for each in self.behind)]

    def say(
        self, method: str, path: str, body: bytes = b"", port: int = 0, more: str = ""
    ) -> tuple[int, bytes]:
        """Status and body of a request to nginx, or to another port."""
        headers = {**JSON, "Cookie": f"{self.cookie}; {more}" if more else self.cookie}
        return fetched(port or self.port, method, path, body, headers)

    def ask(self, question: str, port: int = 0) -> dict[str, Any]:
        """An answer in one request; AssertionError for any other end."""
        status, said = self.say("POST", "/ask", json.dumps({"question": question}).encode(), port)
        assert status == http.client.OK, f"{status} {said[:200]!r}"
        answer: dict[str, Any] = json.loads(said)
        assert answer["question"] == question, f"got the answer to {answer['question']!r}"
        return answer


def processes(run: Run) -> Outcome:
    """Two processes behind nginx: any answers any question and opens any citation, one may die"""
    if NGINX is None:
        return Outcome(absent="there is no nginx here: install it with `apt-get install nginx`")
    outcome, count = Outcome(), run.count(10, 1_000)
    indexed(run.folder)
    with _site(run.folder) as site:
        begun = time.monotonic()
        answers = _asked(site, count, outcome)
        outcome.figures["questions a second"] = round(count / (time.monotonic() - begun), 1)
        shares = [_questions(site, each.port) for each in site.behind]
        outcome.figures["questions of each"] = shares
        with outcome.trial("both answered"):
            assert sum(shares) == len(answers)
            assert max(shares) - min(shares) <= _CLIENTS
        _opened(site, answers, run.count(4, 10_000), outcome)
        _in_two_requests(site, run.count(2, 50), outcome)
        _one_login(site, outcome)
        _uploaded(site, outcome)
        site.behind[0].popen.send_signal(signal.SIGKILL)
        site.behind[0].popen.wait()
        _asked(site, count // 10, outcome)
    return outcome


def _asked(site: _Site, count: int, outcome: Outcome) -> list[dict[str, Any]]:
    """So many questions, a few at a time, each with a word of its own."""
    answers: list[dict[str, Any]] = []

    def ask(number: int) -> None:
        question = f"{QUESTIONS[number % len(QUESTIONS)]} Token {number}"
        with outcome.trial(question):
            answers.append(site.ask(question))

    with ThreadPoolExecutor(_CLIENTS) as pool:
        list(pool.map(ask, range(count)))
    return answers


def _questions(site: _Site, port: int) -> int:
    """How many a process says that it has answered."""
    figures = site.say("GET", "/metrics", port=port)[1].decode()
    found = re.findall(
        r'^rag_questions_total\{outcome="(?:answered|abstained)"\} (\S+)', figures, re.MULTILINE
    )
    return round(sum(map(float, found)))


def _opened(site: _Site, answers: Sequence[Mapping[str, Any]], most: int, outcome: Outcome) -> None:
    """Every citation that was given opens in each process, and by way of nginx in a new page."""
    quotes = {
        f"{each['document']['id']}:{each['start']}-{each['end']}": each["quote"]
        for answer in answers
        for each in (*answer["citations"], *answer["presented"])
    }
    outcome.figures["citations"] = min(most, len(quotes))
    with outcome.trial("there are citations"):
        assert quotes
    for place, words in [*quotes.items()][:most]:
        for port in site.ports:
            with outcome.trial(f"{place} at {port}"):
                assert _plain(words) in _plain(_evidence(site, place, port))
    dossier = json.dumps({"answers": list(answers[:5]), "title": "x"}).encode()
    for port in site.ports:
        with outcome.trial(f"an export at {port}"):
            status, data = site.say("POST", "/export/json", dossier, port)
            assert status == http.client.OK, data
            assert b'"unsupported"' not in data


def _plain(text: str) -> str:
    """Letters and digits alone: the page marks up and escapes."""
    return "".join(filter(str.isalnum, re.sub(r"<[^>]*>|&#?\w+;", "", text)))


def _evidence(site: _Site, place: str, port: int) -> str:
    """What an open page shows of a passage: the event that its address sets off, as a browser
    sends it, with the cookie that nginx gave to the page.
    """
    jar = ""
    if port == site.port:
        jar = _page_cookie(site)
    config = json.loads(site.say("GET", "/config", port=port, more=jar)[1])
    [wanted] = [
        each["id"] for each in config["components"] if each["props"].get("elem_id") == "wanted"
    ]
    [event] = [
        each["id"] for each in config["dependencies"] if [wanted, "change"] in each["targets"]
    ]
    session = secrets.token_hex(6)
    body = {"fn_index": event, "data": [place, None], "session_hash": session, "trigger_id": wanted}
    status, said = site.say(
        "POST", "/gradio_api/queue/join", json.dumps(body).encode(), port, more=jar
    )
    assert status == http.client.OK, said
    told = site.say("GET", f"/gradio_api/queue/data?session_hash={session}", port=port, more=jar)[1]
    events = [json.loads(line[6:]) for line in told.decode().splitlines() if line[:6] == "data: "]
    [done] = [each for each in events if each["msg"] == "process_completed"]
    assert done["success"], done
    shown = [
        json.dumps(each["output"]["data"], ensure_ascii=False)
        for each in events
        if "output" in each
    ]
    return " ".join(shown)


def _page_cookie(site: _Site) -> str:
    """What nginx gives a browser with its first page."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=_SOON)
    try:
        connection.request("GET", "/", headers={"Cookie": site.cookie})
        response = connection.getresponse()
        response.read()
        [cookie] = [
            value for name, value in response.getheaders()
            if name.lower() == "set-cookie" and value.startswith("rag_page=")
        ]  # fmt: skip
        return cookie.partition(";")[0]
    finally:
        connection.close()


def _in_two_requests(site: _Site, count: int, outcome: Outcome) -> None:
    """Gradio's own way: the second request reaches the process that took the first."""
    for number in range(count):
        question = f"{QUESTIONS[0]} Event {number}"
        with outcome.trial(question):
            body = json.dumps({"data": [question, None]}).encode()
            status, said = site.say("POST", "/gradio_api/call/ask", body)
            assert status == http.client.OK, said
            event = json.loads(said)["event_id"]
            status, said = site.say("GET", f"/gradio_api/call/ask/{event}")
            assert status == http.client.OK, said
            assert b"event: complete" in said, said[-300:]
            assert question.encode() in said


def _one_login(site: _Site, outcome: Outcome) -> None:
    """A login by way of nginx opens each process; logging out at one ends it at all."""
    mine = _logged_in(site.port)
    for port in site.ports:
        with outcome.trial(f"logged in at {port}"):
            assert fetched(port, "GET", "/documents", headers={"Cookie": mine})[0] == http.client.OK
    fetched(site.behind[1].port, "POST", "/logout", headers={"Cookie": mine})
    for port in site.ports:
        with outcome.trial(f"logged out at {port}"):
            status, _ = fetched(port, "GET", "/documents", headers={"Cookie": mine})
            assert status == http.client.UNAUTHORIZED


def _uploaded(site: _Site, outcome: Outcome) -> None:
    """A file that one process takes in gets its verdict at both, is answered from by both without
    a restart, and is taken out and brought back by either.
    """
    one, two = (each.port for each in site.behind)
    with outcome.trial("a file is taken in"):
        status, said = site.say("POST", "/documents?name=bridge.txt", _UPLOADED.encode(), one)
        assert status == http.client.ACCEPTED, said
    for port in site.ports:
        with outcome.trial(f"its verdict at {port}"):
            assert "indexed, 1 passage" in _verdict(site, port)
        with outcome.trial(f"it is answered from at {port}"):
            assert "274 metres" in site.ask(_ABOUT, port)["statements"][0]["text"]
    with outcome.trial("the other takes it out, and the first brings it back"):
        name = json.loads(site.say("GET", "/documents", port=two)[1])["uploaded"][0]
        key = json.loads(site.say("DELETE", f"/documents?name={quote(name)}", port=two)[1])["key"]
        back = site.say("POST", f"/documents/restore?{urlencode({'key': key})}", port=one)
        assert json.loads(back[1]) == {"name": name}


def _verdict(site: _Site, port: int) -> str:
    """Of the last file, once there is one and nothing is under way."""
    due = time.monotonic() + _SOON
    while time.monotonic() < due:
        last = json.loads(site.say("GET", "/documents", port=port)[1])["arrivals"][-1]
        if not last["open"]:
            return str(last["verdict"])
        time.sleep(0.2)
    return "none in time"


@contextmanager
def _site(folder: Path) -> Iterator[_Site]:
    """Two processes over the folder's index, with one account, and nginx before them."""
    accounts = folder / "accounts"
    accounts.write_text(hashed("alice", _PASSWORD) + "\n", "utf-8")
    settings = {
        "RAG_SERVER_STATE": str(folder / "state"),
        "RAG_SERVER_USERS": str(accounts),
        "RAG_SERVER_METRICS": "true",
    }
    with ExitStack() as stack:
        behind = [stack.enter_context(served(folder, **settings)) for _ in range(2)]
        port = stack.enter_context(_nginx(folder, [each.port for each in behind]))
        yield _Site(port, behind, _logged_in(port))


def _logged_in(port: int) -> str:
    form = urlencode({"name": "alice", "password": _PASSWORD, "to": "/"})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SOON)
    try:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/login", form, kind)
        response = connection.getresponse()
        assert response.status == http.client.SEE_OTHER, response.read()
        return str(response.getheader("set-cookie")).partition(";")[0]
    finally:
        connection.close()


@contextmanager
def _nginx(folder: Path, ports: Sequence[int]) -> Iterator[int]:
    """The documented configuration with these ports, and the port at which it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shown = (ROOT / "docs" / "nginx.conf").read_text("utf-8")
    for given, ours in zip((7861, 7862), ports, strict=True):
        assert shown.count(f"127.0.0.1:{given}") == 2
        shown = shown.replace(f"127.0.0.1:{given}", f"127.0.0.1:{ours}")
    shown = shown.replace("listen 80;", f"listen 127.0.0.1:{port};")
    passing = "".join(
        f"{kind}_temp_path {folder / 'passing'};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = folder / "nginx.conf"
    user = "user root;\n" if os.getuid() == 0 else ""
    whole.write_text(
        f"{user}pid {folder / 'nginx.pid'};\nevents {{}}\n"
        f"http {{\naccess_log off;\n{passing}{shown}}}\n"
    )
    log = folder / "nginx.log"
    command = [str(NGINX), "-c", str(whole), "-e", str(log), "-g", "daemon off;"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        due = time.monotonic() + _SOON
        while time.monotonic() < due and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        assert process.poll() is None, log.read_text("utf-8")
        yield port
    finally:
        process.terminate()
        process.wait(30)


ROWS: Rows = {42: processes}
