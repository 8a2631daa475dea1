"""Row 43: Ray's workers are killed one by one while they read and embed."""

from __future__ import annotations

import hashlib
import os
import random
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from rag.bootstrap import open_library
from rag.config import Settings
from tests.reliability.row import Outcome, Rows, Run
from tests.reliability.service import MARK, started

WORKERS = 4
DOCUMENTS = 5_000
_WORDS = ("mine", "map", "law", "peace", "road", "village", "report", "court", "border", "school")
_LONGEST = 5_400.0
"""Seconds for the whole of it."""


def workers_killed(run: Run) -> Outcome:
    """Four workers of a Ray cluster are killed one by one: each document is indexed exactly once"""
    if not run.long:
        return Outcome(absent="takes half an hour: `make reliability`")
    if find_spec("ray") is None:
        return Outcome(absent="Ray is not installed: pip install 'rag[cluster]'")
    outcome, documents = Outcome(), run.folder / "documents"
    documents.mkdir()
    digests = dict(_written(documents, run.chance()))
    begun = time.monotonic()
    with _cluster() as (address, mark):
        index = started(["index", "--workers", "ray", "--ray-address", address], run.folder)
        kept = run.folder / "index" / "cluster.sqlite"
        for number in range(1, WORKERS + 1):
            with outcome.trial(f"worker {number} is killed"):
                _await(kept, DOCUMENTS * number // (WORKERS + 1), index.popen)
                os.kill(_worker(mark), signal.SIGKILL)
        said = index.popen.communicate(timeout=_LONGEST)[0]
        with outcome.trial("the build"):
            assert index.popen.returncode == 0, said[-500:]
    outcome.figures |= {"documents": len(digests), "workers killed": WORKERS}
    outcome.figures["seconds"] = round(time.monotonic() - begun)
    _check(run.folder, digests, outcome)
    return outcome


def _written(folder: Path, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Small documents; the name of each with its SHA-256."""
    for number in range(DOCUMENTS):
        sentences = (" ".join(chance.choices(_WORDS, k=12)).capitalize() for _ in range(6))
        data = f"Paper {number}\n\n{'. '.join(sentences)}. It is number {number}.\n".encode()
        (folder / f"{number:04}.txt").write_bytes(data)
        yield f"{number:04}.txt", hashlib.sha256(data).hexdigest()


def _check(folder: Path, digests: dict[str, str], outcome: Outcome) -> None:
    """Every document stands in the index, once, with passages that are not there twice."""
    store = open_library(Settings(folder / "documents", folder / "index"))._stages.store
    index = store.open()
    passages = index.passages(range(len(index)))
    times = Counter((each.document_id, each.span) for each in passages)
    outcome.figures["passages"] = len(passages)
    with outcome.trial("each file is read once"):
        assert [each.path for each in index.sources] == sorted(digests)
        assert {each.path: each.document_id for each in index.sources} == digests
    with outcome.trial("each passage is there once"):
        assert max(times.values()) == 1
        assert {document for document, _ in times} == set(digests.values())
    with outcome.trial("the index is sound"):
        assert store.verify() == []


def _await(kept: Path, count: int, build: subprocess.Popen[str]) -> None:
    """Until so many documents have been read."""
    due = time.monotonic() + _LONGEST
    while time.monotonic() < due:
        assert build.poll() is None, "the build has ended"
        with suppress(sqlite3.Error):
            rows = sqlite3.connect(f"file:{kept}?mode=ro", uri=True)
            try:
                if rows.execute("SELECT count(*) FROM documents").fetchone()[0] >= count:
                    return
            finally:
                rows.close()
        time.sleep(0.2)
    raise AssertionError("not in time")


def _processes(mark: str) -> Iterator[tuple[int, str]]:
    """The cluster's processes, with what they call themselves."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                yield int(folder.name), (folder / "cmdline").read_bytes().decode(errors="replace")


def _worker(mark: str) -> int:
    """A worker that is at work: Ray names it by its task."""
    due = time.monotonic() + _LONGEST
    while time.monotonic() < due:
        busy = [
            pid for pid, name in _processes(mark) if name.startswith(("ray::read", "ray::embed"))
        ]
        if busy:
            return busy[0]
        time.sleep(0.01)
    raise AssertionError("no worker is at work")


@contextmanager
def _cluster() -> Iterator[tuple[str, str]]:
    """A cluster of this machine's own: its address, and the mark of its processes."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    mark = secrets.token_hex()
    ray = str(Path(sys.executable).with_name("ray"))
    command = [ray, "start", "--head", "--block", "--num-cpus", str(WORKERS)]
    command += ["--port", str(port), "--node-ip-address", "127.0.0.1"]
    process = subprocess.Popen(
        [*command, "--include-dashboard", "false", "--disable-usage-stats"],
        env={**os.environ, MARK: mark, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = iter(process.stdout or ())
        assert any("runtime started" in line for line in said), "the cluster did not start"
        yield f"127.0.0.1:{port}", mark
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
        for pid, _ in _processes(mark):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


ROWS: Rows = {43: workers_killed}
