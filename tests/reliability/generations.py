"""Who may write, who reads what meanwhile, and whether what is read is what was given."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from rag.errors import ConfigError, IndexBusyError, IndexMissingError
from rag.indexing import manifest as manifests
from tests.indexing.builders import (
    check_one_generation,
    corpus,
    document,
    passages,
    publish,
    store,
    strays,
    vector,
    vectors,
)
from tests.indexing.nobody import as_nobody
from tests.reliability.row import Outcome, Run

_READERS, _WRITERS = 4, 2
_WORDS = ("mine", "map", "law", "peace")


def closed_folders(run: Run) -> Outcome:
    """Folders that are missing, are files, may only be read or may not be read at all"""
    found = Outcome()
    missing = run.folder / "missing"
    with found.trial("nothing there"):
        _raises(IndexMissingError, store(missing).open)
        assert not missing.exists()
    (run.folder / "file").write_text("")
    for place in (run.folder / "file", run.folder / "file" / "index"):
        with found.trial(f"an index at {place.name}"):
            _raises(ConfigError, store(place).build().__enter__)
    # Below a folder that others may enter: the reader is nobody in particular.
    shared = Path(tempfile.mkdtemp(dir=run.folder.parents[1]))
    try:
        publish(store(shared / "index"), *corpus("x"))
        (shared / "index" / ".lock").unlink()
        for mode, said in ((0o555, "1 3 []"), (0o000, "IndexCorruptError")):
            with found.trial(f"mode {mode:o}"):
                _close(shared, 0o555)
                (shared / "index").chmod(mode)
                first, second = as_nobody(shared / "index")
                assert first.startswith(said)
                assert second.startswith("ConfigError the index folder")
    finally:
        for path in [shared, shared / "index", *shared.rglob("*")]:
            path.chmod(0o755)
        shutil.rmtree(shared)
    return found


def _close(shared: Path, mode: int) -> None:
    for path in [*shared.rglob("*"), shared]:
        path.chmod(mode if path.is_dir() else mode & 0o444)


def _raises(error: type[Exception], work: Callable[[], object]) -> None:
    try:
        work()
    except error as raised:
        assert "\n" not in str(raised)  # noqa: PT017 - other errors pass through
        return
    raise AssertionError(f"no {error.__name__} came")


def readers(run: Run) -> Outcome:
    """Readers in other processes while generation after generation is published"""
    found = Outcome()
    folder = run.folder / "index"
    publish(store(folder), *corpus("tag1"))
    pipes = [_process(_read_until_told, folder) for _ in range(run.count(2, _READERS))]
    for pipe, _ in pipes:
        pipe.recv()
    ends = time.monotonic() + run.count(1, 60)
    published = 1
    while published < run.count(12, 100) or time.monotonic() < ends:
        published += 1
        publish(store(folder), *corpus(f"tag{published}"))
    opened = 0
    for pipe, process in pipes:
        with found.trial("a reader"):
            pipe.send("end")
            seen, fault = pipe.recv()
            process.join()
            assert fault == ""
            assert seen > 0
            opened += seen
    found.trials += opened
    found.figures |= {"generations": published, "opened": opened}
    return found


def _read_until_told(folder: Path, pipe: Connection) -> None:
    last, seen = 0, 0
    pipe.send("begun")
    try:
        while not pipe.poll():
            reader = store(folder)
            index = reader.open()
            check_one_generation(index)
            assert reader.warnings == ()
            assert index.generation >= last
            last, seen = index.generation, seen + 1
    except Exception as error:  # noqa: BLE001 - told to the other side
        pipe.send((seen, f"{type(error).__name__} {error}"))
        return
    pipe.send((seen, ""))


def _process(
    work: Callable[[Path, Connection], None], folder: Path
) -> tuple[Connection, multiprocessing.process.BaseProcess]:
    """A process that works on the folder, and the pipe to it."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=work, args=(folder, there), daemon=True)
    process.start()
    there.close()
    return here, process


def writers(run: Run) -> Outcome:
    """Two processes that publish again and again; a third is killed while it holds the lock"""
    found = Outcome()
    folder = run.folder / "index"
    each = run.count(10, 200)
    pipes = [_process(_write, folder) for _ in range(_WRITERS)]
    for pipe, _ in pipes:
        pipe.send(each)
    numbers: list[int] = []
    busy, slowest = 0, 0.0
    for pipe, process in pipes:
        made, refused, slow = pipe.recv()
        process.join()
        numbers += made
        busy, slowest = busy + refused, max(slowest, slow)
    with found.trial("every generation once"):
        found.trials += len(numbers) - 1
        assert sorted(numbers) == list(range(1, 1 + _WRITERS * each))
        assert store(folder).open().generation == len(numbers)
        assert store(folder).verify() == []
    with found.trial("told at once"):
        assert slowest < 1, f"{slowest:.2f} s"
    with found.trial("a lock whose owner was killed"):
        pipe, process = _process(_hold, folder)
        pipe.recv()
        _raises(IndexBusyError, store(folder).build().__enter__)
        process.kill()
        process.join()
        assert publish(store(folder), *corpus("next")).generation == len(numbers) + 1
        assert strays(folder) == []
    found.figures |= {"published": len(numbers), "told to wait": busy}
    return found


def _write(folder: Path, pipe: Connection) -> None:
    """So many generations as it is told; says their numbers, how often it had to wait, and the
    processor seconds that the slowest refusal took.
    """
    made: list[int] = []
    refused, slowest = 0, 0.0
    count = pipe.recv()
    while len(made) < count:
        started = time.process_time()
        try:
            made.append(publish(store(folder), *corpus("x")).generation)
        except IndexBusyError:
            refused += 1
            slowest = max(slowest, time.process_time() - started)
            time.sleep(0.002)
    pipe.send((made, refused, slowest))


def _hold(folder: Path, pipe: Connection) -> None:
    with store(folder).build():
        pipe.send("held")
        time.sleep(600)


def ghosts(run: Run) -> Outcome:
    """Documents added, changed and deleted in any order: the index is the last state, exactly"""
    found = Outcome()
    chance = run.chance()
    for number in range(run.count(8, 300)):
        place = run.folder / "index"
        with found.trial(f"series {number}"):
            state: dict[str, list[str]] = {}
            for _ in range(chance.randint(1, 5)):
                _alter(state, chance)
                _check_is(place, state)
            assert store(place).verify() == []
        shutil.rmtree(place)
    return found


def _alter(state: dict[str, list[str]], chance: random.Random) -> None:
    for path in "abcde":
        if chance.random() < 1 / 3:
            state.pop(path, None)
        elif chance.random() < 1 / 2:
            state[path] = chance.choices(_WORDS, k=chance.randint(0, 4))


def _check_is(place: Path, state: dict[str, list[str]]) -> None:
    """Published, the state is all that any search finds."""
    texts = {
        path: "".join(f"{path} {word} {at}\n" for at, word in enumerate(words))
        for path, words in state.items()
    }
    documents = [document(path, text) for path, text in texts.items()]
    index = publish(store(place), *documents)
    expected = {(each.path, part.text) for each in documents for part in passages(each)}
    rows = {
        (index.document(each.document_id).path, each.text): row
        for row, each in enumerate(index.passages(range(len(index))))
    }
    assert set(rows) == expected
    assert len(index) == len(expected)
    for word in _WORDS:
        hits = {row for row, _ in index.matching([word], 100)[0]}
        assert hits == {row for (_, text), row in rows.items() if f" {word} " in text}
    for (_, text), row in rows.items():
        assert index.nearest(vector(text)[None], 1)[0][0][0] == row


def rebuilds(run: Run) -> Outcome:
    """The same documents in another order, on top of another index: the same bytes and answers"""
    found = Outcome()
    chance = run.chance()
    documents = corpus("x", 30)
    first = publish(store(run.folder / "0"), *documents)
    publish(store(run.folder / "1"), *corpus("other"))
    for number in range(1, run.count(4, 30)):
        with found.trial(f"rebuild {number}"):
            chance.shuffle(documents)
            place = run.folder / str(number)
            again = publish(store(place), *documents)
            assert again.fingerprint == first.fingerprint
            for name in (manifests.CORPUS, manifests.VECTORS):
                one = run.folder / "0" / manifests.folder_name(1) / name
                other = place / manifests.folder_name(again.generation) / name
                assert one.read_bytes() == other.read_bytes()
            assert again.matching(["mines kill 7"], 20) == first.matching(["mines kill 7"], 20)
            assert again.nearest(vectors(["q"]), 20) == first.nearest(vectors(["q"]), 20)
    return found
