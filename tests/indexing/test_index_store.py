"""Generations: who may build, who reads what, and what the user is told."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from rag.errors import (
    ConfigError,
    IndexBusyError,
    IndexingError,
    IndexMissingError,
)
from rag.indexing import LocalIndexStore, Storage
from rag.indexing import manifest as manifests
from rag.ports import IndexStore
from tests.indexing.builders import (
    LONG,
    check_one_generation,
    corpus,
    publish,
    store,
    strays,
    vectors,
)

ROOT = Path(__file__).parents[2]
PORT: type[IndexStore] = LocalIndexStore
BUILD = """
import sys
from pathlib import Path
from rag.errors import RagError
from tests.indexing.builders import corpus, publish, store
try:
    publish(store(Path(sys.argv[1])), *corpus("new"))
except RagError as error:
    print(type(error).__name__, error)
"""
OPEN = """
import sys, time
from pathlib import Path
from tests.indexing.builders import store

def held():
    return sum(len(list(Path("/proc/self", name).iterdir())) for name in ("task", "fd"))

store(Path(sys.argv[1])).open()
before = held()
for _ in range(int(sys.argv[2])):
    store(Path(sys.argv[1])).open()
due = time.monotonic() + 10
while held() > before and time.monotonic() < due:
    time.sleep(0.05)
print(max(held() - before, 0), "left")
"""


def everything(folder: Path) -> dict[str, tuple[int, int, str]]:
    """All files with modification time, size and content; folders with their time."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mtime_ns,
            path.stat().st_size,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in folder.rglob("*")
    }


def test_nothing_built_yet(tmp_path: Path) -> None:
    """A missing or empty folder is no damage; the sentence says what to run."""
    for folder in (tmp_path / "missing", tmp_path):
        reader = store(folder)
        with pytest.raises(IndexMissingError, match="run `rag index`"):
            reader.open()
        assert reader.current() is None
        assert len(reader.verify()) == 1
    assert not (tmp_path / "missing").exists()


def test_generations_follow_one_another(tmp_path: Path) -> None:
    """Numbers rise, the newest is served, the one before stays, older ones go."""
    folder = tmp_path / "deep" / "index"
    reader = store(folder)
    for number in range(1, 5):
        index = publish(store(folder), *corpus(f"tag{number}"))
        assert (index.generation, reader.current(), reader.open().generation) == (number,) * 3
    names = sorted(path.name for path in folder.iterdir())
    assert names == [".lock", "CURRENT", "gen-000003", "gen-000004"]


def test_leaving_a_build_discards_it(tmp_path: Path) -> None:
    """Unpublished, by choice or by an error of the caller, nothing changes and nothing is left."""
    publish(store(tmp_path / "index"), *corpus("old"))
    before = everything(tmp_path)
    with store(tmp_path / "index").build():
        pass
    with pytest.raises(KeyboardInterrupt), store(tmp_path / "index").build():
        raise KeyboardInterrupt
    assert everything(tmp_path).keys() == before.keys()
    assert store(tmp_path / "index").open().generation == 1


def test_a_finished_build_takes_nothing_more(tmp_path: Path) -> None:
    """Adding to, or publishing, what was published is refused."""
    with store(tmp_path / "index").build() as build:
        build.publish([])
        with pytest.raises(IndexingError, match="ended"):
            build.publish([])
        with pytest.raises(IndexingError, match="ended"):
            build.add(corpus("x")[0], [], vectors([]))


def test_reading_writes_nothing(tmp_path: Path) -> None:
    """Opening, searching and verifying leave every file and folder as it was."""
    folder = tmp_path / "index"
    publish(store(folder), *corpus("x"))
    before = everything(folder)
    index = store(folder).open()
    index.matching(["mines"], 3)
    index.nearest(vectors(["q"]), 3)
    index.passages([0, 1])
    time.sleep(0.6)  # longer than tantivy's watcher sleeps
    assert store(folder).verify() == []
    assert everything(folder) == before


def test_a_second_writer_is_told_at_once(tmp_path: Path) -> None:
    """In this process or another, the second build fails within a second; the first is unharmed."""
    folder = tmp_path / "index"
    with store(folder).build() as build:
        start = time.perf_counter()
        with pytest.raises(IndexBusyError, match="another process"), store(folder).build():
            pass
        assert time.perf_counter() - start < 1
        command = [sys.executable, "-c", BUILD, str(folder)]
        output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert output.stdout.startswith("IndexBusyError")
        build.publish([])
    assert publish(store(folder)).generation == 2


def test_no_room_for_passing_files_is_not_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no temporary folder can be made, the index is not called corrupt."""
    publish(store(tmp_path / "index"), *corpus("x"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(ConfigError, match="temporary folder"):
        store(tmp_path / "index").open()


def test_an_open_index_outlives_its_files(tmp_path: Path) -> None:
    """What was opened keeps answering the same after its generation was removed."""
    folder = tmp_path / "index"
    index = publish(store(folder), *corpus("first"))
    before = (index.matching(["mines"], 9), index.nearest(vectors(["q"]), 9))
    texts = [passage.text for passage in index.passages(range(len(index)))]
    for number in range(3):
        publish(store(folder), *corpus(f"later{number}"))
    assert not (folder / "gen-000001").exists()
    assert (index.matching(["mines"], 9), index.nearest(vectors(["q"]), 9)) == before
    assert [passage.text for passage in index.passages(range(len(index)))] == texts


def test_readers_during_rebuilds_see_one_generation_each(tmp_path: Path) -> None:
    """Opening and searching while generations come and go: none mixed, none failed, none older."""
    folder = tmp_path / "index"
    publish(store(folder), *corpus("tag1"))
    ended = threading.Event()
    problems: list[BaseException] = []
    opened: list[int] = []

    def read() -> None:
        last = 0
        try:
            while not ended.is_set():
                reader = store(folder)
                index = reader.open()
                check_one_generation(index)
                assert reader.warnings == ()
                assert index.generation >= last
                last = index.generation
                opened.append(last)
        except BaseException as problem:  # noqa: BLE001 - a thread has no other way to tell
            problems.append(problem)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(2, 2 + 25 * LONG):
        publish(store(folder), *corpus(f"tag{number}"))
    ended.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(set(opened)) > 3
    assert store(folder).verify() == []


def test_a_reader_overtaken_before_opening_reads_the_newer_one(tmp_path: Path) -> None:
    """Two builds after the last byte was compared, and before a file is opened: no error."""
    folder = tmp_path / "index"
    publish(store(folder), *corpus("tag1"))

    class Overtaken(Storage):
        done = False

        def digest(self, path: Path) -> tuple[int, str]:
            found = super().digest(path)
            if path.name == manifests.VECTORS and not self.done:
                self.done = True
                publish(store(folder), *corpus("tag2"))
                publish(store(folder), *corpus("tag3"))
            return found

    reader = store(folder, Overtaken())
    check_one_generation(index := reader.open())
    assert index.generation == 3
    assert reader.warnings == ()


def test_one_index_serves_many_threads(tmp_path: Path) -> None:
    """The same object, searched and read from eight threads, always says the same."""
    index = publish(store(tmp_path / "index"), *corpus("tag1", 40))
    expected = (index.nearest(vectors(["q"]), 9), index.matching(["line 7"], 9))
    problems: list[object] = []

    def ask() -> None:
        for number in range(30):
            each = index.passages([number])[0]
            found = (index.nearest(vectors(["q"]), 9), index.matching(["line 7"], 9))
            if found != expected or each not in index.passages_of(each.document_id):
                problems.append(found)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_opening_again_and_again_leaves_no_thread_or_file(tmp_path: Path) -> None:
    """Of what opening an index starts and opens, nothing is left once the indexes are dropped.

    Tried in a process of its own: in this one others' threads come and go.
    """
    publish(store(tmp_path / "index"), *corpus("x"))
    command = [sys.executable, "-c", OPEN, str(tmp_path / "index"), str(20 * LONG)]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert output.stdout == "0 left\n"


def test_a_failing_disk_is_told_in_one_sentence(tmp_path: Path) -> None:
    """What SQLite or tantivy meet by themselves becomes the same error as our own writes."""
    folder = tmp_path / "index"
    publish(store(folder), *corpus("old"))
    with store(folder).build() as build:
        (folder / "gen-000002.tmp" / manifests.CORPUS).mkdir()
        with pytest.raises(IndexingError, match="could not be written"):
            build.publish([])
    assert store(folder).open().generation == 1
    assert strays(folder) == []
