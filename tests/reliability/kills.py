"""Real builds, of real files by the real model, killed at any moment."""

from __future__ import annotations

import hashlib
import multiprocessing
import random
import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.util import get_temp_dir
from pathlib import Path

from rag.bootstrap import open_library
from rag.config import MilvusSettings, Settings, go_offline
from rag.errors import IndexMissingError
from rag.indexing.milvus import MilvusIndexStore, Server
from rag.types import Source
from tests.indexing.builders import strays
from tests.indexing.lite import serving
from tests.reliability.row import Outcome, Run

_WORDS = ("mine", "map", "law", "peace", "road", "village", "report", "court", "border", "school")
_FILES = 12
_WHOLE = 5
"""Every so many builds, one is left alone."""
_GENERATIONS = 3
_LATE = "not counted, as the build had ended"


def random_kills(run: Run) -> Outcome:
    """Kill -9 at a random time in a real build (reading, embedding, publishing), again and again"""
    settings = _settings(run.folder)
    return _Killing(settings, run, run.count(6, 500), _check_folder).carry_out()


def milvus_kills(run: Run) -> Outcome:
    """The same on milvus-lite, which is asked all the while: its alias leads to a complete index"""
    if not run.long:
        return Outcome(absent="takes half an hour: `make reliability`")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = serving(run.folder / "milvus", port)
    try:
        milvus = MilvusSettings(f"http://127.0.0.1:{port}")
        settings = replace(_settings(run.folder), milvus=milvus)
        killing = _Killing(settings, run, run.count(1, 50), _check_milvus)
        with _asking(settings, killing.states) as meanwhile:
            outcome = killing.carry_out()
        outcome.add(meanwhile)
        return outcome
    finally:
        server.kill()
        server.wait()


@dataclass
class _Killing:
    """Builds that are killed. `states` are all that an index may hold: the files of some moment."""

    settings: Settings
    run: Run
    count: int
    check: Callable[[Settings], None]
    states: list[dict[str, str]] = field(default_factory=list)

    def carry_out(self) -> Outcome:
        """Kills, looks at what is served, and now and then lets a build end."""
        found, chance, settings = Outcome(), self.run.chance(), self.settings
        _keep_the_folder_of_processes()
        settings.documents.mkdir()
        self._change(chance)
        took = _seconds(settings)
        served = self.states[-1]
        fates: Counter[str] = Counter()
        while fates.total() - fates[_LATE] < self.count:
            wanted = self._change(chance)
            delay = chance.uniform(0, took)
            alive = _killed(settings, delay)
            with found.trial(f"kill {fates.total() + 1}, {delay:.2f} s after the start"):
                left = _half_made(settings)
                now = _served(settings)
                assert now in (served, wanted), "the index holds neither the old nor the new files"
                fates[_fate(alive=alive, new=now == wanted, left=left)] += 1
                served = now
            if fates.total() % _WHOLE == 0:
                took = _seconds(settings)
                served = wanted
                with found.trial(f"the whole build after kill {fates.total()}"):
                    assert _served(settings) == wanted
                    self.check(settings)
            if found.failures:
                break
        kills = fates.total() - fates[_LATE]
        found.figures |= {"kills of a running build": kills, **dict(sorted(fates.items()))}
        return found

    def _change(self, chance: random.Random) -> dict[str, str]:
        _change(self.settings.documents, chance)
        self.states.append(_digests(self.settings.documents))
        return self.states[-1]


@contextmanager
def _asking(settings: Settings, states: Sequence[dict[str, str]]) -> Iterator[Outcome]:
    """Asks the index all the while from another thread: it is always there, and always whole."""
    outcome, over = Outcome(), threading.Event()

    def ask() -> None:
        known = None
        while not over.wait(0.5):
            with outcome.trial("asking meanwhile"):
                try:
                    now = _served(settings)
                except IndexMissingError:  # the first is still being built
                    assert known is None
                    continue
                assert now in states, "what answers is no state of the folder"
                known = now

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield outcome
    finally:
        over.set()
        thread.join()
        outcome.figures["answers meanwhile"] = outcome.trials


def _settings(folder: Path) -> Settings:
    return Settings(folder / "documents", folder / "index", exports=str(folder / "exports"))


def _keep_the_folder_of_processes() -> None:
    """The server of processes lives as long as this one, and its sockets as long as it."""
    passing, tempfile.tempdir = tempfile.tempdir, None
    get_temp_dir()
    tempfile.tempdir = passing


def _fate(*, alive: bool, new: bool, left: bool) -> str:
    if not alive:
        return _LATE
    if new:
        return "after publishing"
    return "with a generation half made" if left else "before anything was written"


def _half_made(settings: Settings) -> bool:
    """Whether something lies there that no finished build leaves."""
    if not settings.milvus.uri:
        return bool(strays(settings.index))
    server = Server(settings.milvus.uri, settings.milvus.name)
    live, every = server.live(), server.generations()
    server.close()
    return bool(every) and every[-1] != live


def _check_folder(settings: Settings) -> None:
    assert strays(settings.index) == []
    assert len(list(settings.index.glob("gen-*"))) <= _GENERATIONS
    assert open_library(settings)._stages.store.verify() == []


def _check_milvus(settings: Settings) -> None:
    assert [each.name for each in settings.index.iterdir() if each.name != "models"] == [".lock"]
    assert open_library(settings)._stages.store.verify() == []


def _change(folder: Path, chance: random.Random) -> None:
    """Adds, changes and deletes some files."""
    for number in chance.sample(range(_FILES), _FILES // 2):
        path = folder / f"{number:02}.txt"
        if path.exists() and chance.random() < 1 / 4:
            path.unlink()
            continue
        sentences = (" ".join(chance.choices(_WORDS, k=12)).capitalize() for _ in range(60))
        path.write_text(". ".join(sentences) + f". It is number {chance.random()}.\n")


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.txt")
    }


def _served(settings: Settings) -> dict[str, str]:
    """The files that the index says it holds, after reading all of it."""
    store = open_library(settings)._stages.store
    index = store.open()
    assert store.warnings == ()
    passages = index.passages(range(len(index)))
    held = {each.document_id for each in passages}
    sources: list[Source] = list(index.sources)
    assert held == {source.document_id for source in sources}
    for each in passages:
        assert each.span.of(index.document(each.document_id).text) == each.text
    if isinstance(store, MilvusIndexStore):
        store._server.close()
    return {source.path: source.digest for source in sources}


def _build(settings: Settings, temporary: str) -> None:
    tempfile.tempdir = temporary
    go_offline()
    open_library(settings).ingest()


def _started(settings: Settings) -> multiprocessing.process.BaseProcess:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.reliability.kills"])
    process = context.Process(target=_build, args=(settings, tempfile.gettempdir()))
    process.start()
    return process


def _seconds(settings: Settings) -> float:
    """What one whole build takes."""
    process = _started(settings)
    begun = time.monotonic()
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - begun


def _killed(settings: Settings, delay: float) -> bool:
    """Whether the build was still running when it was killed."""
    process = _started(settings)
    process.join(delay)
    process.kill()
    process.join()
    return process.exitcode != 0
