"""Real builds, of real files by the real model, killed at any moment."""

from __future__ import annotations

import hashlib
import multiprocessing
import random
import tempfile
import time
from collections import Counter
from multiprocessing.util import get_temp_dir
from pathlib import Path

from rag.bootstrap import open_library
from rag.config import Settings, go_offline
from rag.types import Source
from tests.indexing.builders import strays
from tests.reliability.row import Outcome, Run

_WORDS = ("mine", "map", "law", "peace", "road", "village", "report", "court", "border", "school")
_FILES = 12
_WHOLE = 5
"""Every so many builds, one is left alone."""
_GENERATIONS = 3
_LATE = "not counted, as the build had ended"


def random_kills(run: Run) -> Outcome:
    """Kill -9 at a random time in a real build (reading, embedding, publishing), again and again"""
    found, chance = Outcome(), run.chance()
    _keep_the_folder_of_processes()
    settings = Settings(
        run.folder / "documents", run.folder / "index", exports=str(run.folder / "exports")
    )
    settings.documents.mkdir()
    _change(settings.documents, chance)
    took = _seconds(settings)
    served = _digests(settings.documents)
    fates: Counter[str] = Counter()
    while fates.total() - fates[_LATE] < run.count(6, 500):
        _change(settings.documents, chance)
        wanted = _digests(settings.documents)
        delay = chance.uniform(0, took)
        alive = _killed(settings, delay)
        with found.trial(f"kill {fates.total() + 1}, {delay:.2f} s after the start"):
            left = bool(strays(settings.index))
            now = _served(settings)
            assert now in (served, wanted), "the index holds neither the old nor the new files"
            fates[_fate(alive=alive, new=now == wanted, left=left)] += 1
            served = now
        if fates.total() % _WHOLE == 0:
            took = _seconds(settings)
            served = wanted
            with found.trial(f"the whole build after kill {fates.total()}"):
                _check_whole(settings, wanted)
        if found.failures:
            break
    kills = fates.total() - fates[_LATE]
    found.figures |= {"kills of a running build": kills, **dict(sorted(fates.items()))}
    return found


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


def _check_whole(settings: Settings, wanted: dict[str, str]) -> None:
    assert _served(settings) == wanted
    assert strays(settings.index) == []
    assert len(list(settings.index.glob("gen-*"))) <= _GENERATIONS
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
