"""The page under load, for long, and when it is stopped: rows 35, 37 and 38."""

from __future__ import annotations

import json
import random
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from statistics import median

import numpy as np

from rag.bootstrap import open_library
from rag.config import Settings
from tests.conftest import ROOT
from tests.pdfs import numbered_pdf
from tests.reliability.row import Outcome, Rows, Run
from tests.reliability.service import JSON, Process, asked, fetched, served, started
from tests.ui.conftest import serving
from tests.ui.fakes import FakeLibrary

CLIENTS = 64
WORKERS = 1
"""One answer keeps every core busy: with more workers each answer takes the longer."""
QUESTIONS = (
    "How many people were hit by landmines?",
    "What is said about prisoners of war?",
    "Who is still missing?",
    "What happened in Khojaly?",
    "What do the documents say of fishing quotas?",
)
ENDING = 5.0
"""Seconds within which a command ends that is told to."""


def load(run: Run) -> Outcome:
    """Many clients at once get their own answers, and those beyond the queue a 503 with words."""
    if not run.long:
        with serving(FakeLibrary()) as address:
            port = int(address.rstrip("/").rpartition(":")[2])
            return _loaded(port, 16, 1, lambda number: f"Question {number}?", timed=False)
    indexed(run.folder)
    words = run.chance()
    with served(run.folder, RAG_SERVER_WORKERS=str(WORKERS)) as process:
        asked(process.port, QUESTIONS[0])
        outcome = _loaded(
            process.port, CLIENTS, 5, lambda number: f"{words.choice(QUESTIONS)} Token {number}"
        )
    with served(run.folder, RAG_SERVER_QUEUE="8") as process:
        outcome.add(_flooded(process.port))
    return outcome


def _loaded(
    port: int, clients: int, rounds: int, question: Callable[[int], str], *, timed: bool = True
) -> Outcome:
    """`rounds` questions from each client, all at the same time, after a few one by one; `timed`:
    none may take longer than its share.
    """
    outcome = Outcome()
    alone = median([_timed(port, question(-each), outcome) for each in range(1, 10)])
    with ThreadPoolExecutor(clients) as pool:
        texts = [question(number) for number in range(clients * rounds)]
        times = list(pool.map(lambda text: _timed(port, text, outcome), texts))
    p95 = float(np.percentile(times, 95))
    bound = clients / WORKERS * alone * 1.5
    if timed:
        with outcome.trial("p95 under load"):
            assert p95 <= bound, f"p95 {p95:.2f} s over {bound:.2f} s"
    outcome.figures |= {
        "clients": clients,
        "single": f"{alone:.3f} s",
        "p95": f"{p95:.2f} s of {bound:.2f} s",
    }
    return outcome


def _timed(port: int, question: str, outcome: Outcome) -> float:
    begun = time.monotonic()
    with outcome.trial(question):
        got = asked(port, question)["question"]
        assert got == question, f"got the answer to {got!r}"
    return time.monotonic() - begun


def _flooded(port: int) -> Outcome:
    """More questions than the queue holds: each is answered or refused with words, none hangs."""
    outcome = Outcome()
    body = f'{{"data": ["{QUESTIONS[0]}", null]}}'.encode()

    def send(_: int) -> tuple[int, bytes]:
        return fetched(port, "POST", "/gradio_api/call/ask", body, JSON)

    with ThreadPoolExecutor(CLIENTS) as pool:
        replies = list(pool.map(send, range(200)))
    for status, said in replies:
        with outcome.trial("beyond the queue"):
            assert status in {200, 503}, status
            assert status == 200 or b"ask again" in said, said
    outcome.figures["refused of 200"] = sum(status == 503 for status, _ in replies)
    with outcome.trial("some were refused"):
        assert outcome.figures["refused of 200"]
    return outcome


def soak(run: Run) -> Outcome:
    """For long: memory, descriptors and threads stay as they were."""
    if not run.long:
        return Outcome(absent="takes half an hour: `make reliability`")
    outcome = Outcome()
    indexed(run.folder)
    seconds = 1_860.0
    (run.folder / "passing").mkdir()
    passing = str(run.folder / "passing")
    with served(run.folder, TMPDIR=passing, GRADIO_TEMP_DIR=passing) as process:
        _fill_sessions(process.port)
        samples = _soaked(process, run, seconds, outcome)
        after = _settled(process)
    _judge(samples, after, outcome)
    outcome.figures["temporary files"] = sum(1 for _ in Path(passing).rglob("*"))
    outcome.figures["minutes"] = round(seconds / 60)
    return outcome


def _fill_sessions(port: int) -> None:
    """Gradio remembers the last 2,000 sessions: they are there before anything is measured."""
    body = b'{"data": ["", null]}'
    for _ in range(2_100):
        _, said = fetched(port, "POST", "/gradio_api/call/ask", body, JSON)
        fetched(port, "GET", f"/gradio_api/call/ask/{json.loads(said)['event_id']}")


def _soaked(process: Process, run: Run, seconds: float, outcome: Outcome) -> np.ndarray:
    """Requests, MB, descriptors and threads, each ten seconds, while clients ask and a new
    generation is published now and then.
    """
    due = time.monotonic() + seconds
    lock, done = threading.Lock(), [0]
    rebuilt = time.monotonic()

    def client(seed: int) -> None:
        words = random.Random(seed)  # noqa: S311 - not for secrets
        while time.monotonic() < due:
            with outcome.trial("a request while soaking"):
                done_now = _some_requests(process.port, words)
                with lock:
                    done[0] += done_now

    clients = [threading.Thread(target=client, args=[run.seed * 10 + each]) for each in range(3)]
    for each in clients:
        each.start()
    samples, number = [], 0
    while time.monotonic() < due:
        time.sleep(10)
        samples.append((done[0], process.resident, process.descriptors, process.threads))
        if time.monotonic() - rebuilt > 90:
            number, rebuilt = number + 1, time.monotonic()
            (run.folder / "documents" / "changing.txt").write_text(f"Bridge {number} is long.\n")
            index = started(["index"], run.folder)
            said = index.popen.communicate(timeout=300)[0]
            with outcome.trial("a rebuild while soaking"):
                assert index.popen.returncode == 0, said[-300:]
    for each in clients:
        each.join()
    outcome.figures |= {"requests": done[0], "rebuilds": number}
    return np.array(samples, float)


def _some_requests(port: int, words: random.Random) -> int:
    """A question, and now and then the page, a refusal, a broken request; how many there were."""
    token = words.randrange(10**9)
    question = f"{words.choice(QUESTIONS)} {token}"
    assert asked(port, question)["question"] == question
    if words.random() < 0.3:
        assert fetched(port, "GET", "/")[0] == 200
        assert fetched(port, "POST", "/gradio_api/call/ask", b"{", JSON)[0] == 422
        assert fetched(port, "POST", f"/gradio_api/call/x{token}", b'{"data":[]}', JSON)[0] == 404
        return 5
    return 2


def _settled(process: Process) -> tuple[int, int]:
    """Descriptors and threads once everybody has gone."""
    time.sleep(15)
    return process.descriptors, process.threads


def _judge(samples: np.ndarray, after: tuple[int, int], outcome: Outcome) -> None:
    """The first third is for warming up: caches fill, pools get their threads."""
    warm = samples[len(samples) // 3 :]
    slope = float(np.polyfit(warm[:, 0] / 1_000, warm[:, 1], 1)[0])
    outcome.figures |= {
        "MB per 1,000 requests": round(slope, 3),
        "MB": f"{warm[0, 1]:.0f} to {warm[-1, 1]:.0f}",
        "descriptors": f"{warm[:, 2].min():.0f} to {warm[:, 2].max():.0f}, {after[0]} after",
        "threads": f"{warm[:, 3].min():.0f} to {warm[:, 3].max():.0f}, {after[1]} after",
    }
    with outcome.trial("memory"):
        assert slope < 1, f"{slope:.2f} MB more for each 1,000 requests"
    half = len(warm) // 2
    for column, what in ((2, "descriptors"), (3, "threads")):
        with outcome.trial(what):
            early, late = warm[:half, column], warm[half:, column]
            assert median(late) <= median(early) + 2, f"{median(early)} became {median(late)}"


def stop(run: Run) -> Outcome:
    """Ctrl-C and SIGTERM at any moment end a build and a page in time, and leave nothing."""
    outcome, chance = Outcome(), run.chance()
    documents = run.folder / "documents"
    documents.mkdir()
    data = numbered_pdf(400)
    for number in range(8):
        (documents / f"{number}.pdf").write_bytes(data + b"\n%%%d\n" % number)
    took: list[float] = []
    for number in range(run.count(2, 100)):
        which = (signal.SIGTERM, signal.SIGINT)[number % 2]
        build = started(["index"], run.folder, RAG_INDEX=str(run.folder / f"index{number % 3}"))
        took.append(
            _stopped(build, which, chance.uniform(0.3, 5), {128 + which, 0, -which}, outcome)
        )
        with outcome.trial("the index after a build was stopped"):
            assert _sound(run.folder, run.folder / f"index{number % 3}")
    if run.long:
        shutil.rmtree(documents)
        indexed(run.folder)
        for number in range(100):
            which = (signal.SIGTERM, signal.SIGINT)[number % 2]
            took.append(_served_and_stopped(run.folder, which, chance, outcome))
    outcome.figures |= {"slowest end": f"{max(took):.1f} s", "median": f"{median(took):.1f} s"}
    return outcome


def _stopped(
    process: Process, which: int, after: float, codes: set[int], outcome: Outcome
) -> float:
    """Sends the signal; the seconds until the end."""
    time.sleep(after)
    begun = time.monotonic()
    process.popen.send_signal(which)
    with outcome.trial(f"{signal.Signals(which).name} after {after:.2f} s"):
        try:
            said = process.popen.communicate(timeout=ENDING + 10)[0]
        except subprocess.TimeoutExpired:
            process.popen.kill()
            said = process.popen.communicate()[0]
        took = time.monotonic() - begun
        assert took <= ENDING, f"took {took:.1f} s"
        assert process.popen.returncode in codes, (process.popen.returncode, said[-300:])
        assert "Traceback" not in said, said[-500:]
        time.sleep(0.1)
        assert not process.left()
    return time.monotonic() - begun


def _served_and_stopped(folder: Path, which: int, chance: random.Random, outcome: Outcome) -> float:
    """A page is stopped while it is asked, and while a body is on its way."""
    with served(folder) as process:
        port = process.port

        def ask() -> None:
            try:
                asked(port, QUESTIONS[0])
            except (OSError, HTTPException, AssertionError):  # it is being stopped
                return

        asking = [threading.Thread(target=ask, daemon=True) for _ in range(3)]
        for each in asking:
            each.start()
        with socket.create_connection(("127.0.0.1", port), 10) as sending:
            sending.sendall(
                b"POST /export/md HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"
            )
            return _stopped(process, which, chance.uniform(0, 1.5), {0}, outcome)


def _sound(folder: Path, index: Path) -> bool:
    """Also where it was stopped before the first generation."""
    library = open_library(Settings(folder / "documents", index))
    return not (index / "CURRENT").exists() or not library.verify()


def indexed(folder: Path) -> None:
    """The shipped documents, with an index."""
    shutil.copytree(ROOT / "documents", folder / "documents")
    index = started(["index"], folder)
    said = index.popen.communicate(timeout=600)[0]
    assert index.popen.returncode == 0, said[-300:]


ROWS: Rows = {35: load, 37: soak, 38: stop}
