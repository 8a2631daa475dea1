"""A watched folder is indexed after each change, and errors end nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import pytest

from rag.errors import ConfigError, IndexBusyError, IndexingError, RagError
from rag.ingest import Ingested
from rag.watching import watch

PATIENCE = 60.0
Outcome = Ingested | RagError


class Folder:
    """A folder whose files' names are what an ingest finds; the next outcomes may be errors."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.heard: Queue[Outcome] = Queue()
        self.errors: list[RagError] = []

    def ingest(self) -> Ingested:
        """Publishes, as its generation, the number of files."""
        if self.errors:
            raise self.errors.pop(0)
        return Ingested((), len(list(self.path.iterdir())), published=True)

    def until(self, generation: int) -> None:
        """Waits until that many files were found."""
        while True:
            outcome = self.heard.get(timeout=PATIENCE)
            if isinstance(outcome, Ingested) and outcome.generation == generation:
                return


@contextmanager
def watched(path: Path, *errors: RagError) -> Iterator[Folder]:
    """The folder while a thread watches it."""
    folder, stop = Folder(path), threading.Event()
    folder.errors.extend(errors)
    thread = threading.Thread(target=watch, args=(path, folder.ingest, folder.heard.put, stop))
    thread.start()
    try:
        yield folder
    finally:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_files_that_come_and_go_are_noticed(tmp_path: Path) -> None:
    """Added, renamed and removed: each is a new look at the folder."""
    with watched(tmp_path) as folder:
        folder.until(0)
        (tmp_path / "a.txt").write_text("one")
        folder.until(1)
        (tmp_path / "b").mkdir()
        folder.until(2)
        (tmp_path / "a.txt").rename(tmp_path / "b" / "c.txt")
        folder.until(1)


def test_a_busy_index_is_tried_again_without_a_change(tmp_path: Path) -> None:
    """Another writer delays the ingest, and nothing needs to happen in the folder."""
    with watched(tmp_path, IndexBusyError("busy"), IndexBusyError("busy")) as folder:
        folder.until(0)
        assert not folder.errors


def test_an_error_is_told_and_the_next_change_tried(tmp_path: Path) -> None:
    """A full disk ends one ingest, not the watching."""
    with watched(tmp_path, IndexingError("The disk is full.")) as folder:
        assert str(folder.heard.get(timeout=PATIENCE)) == "The disk is full."
        (tmp_path / "a.txt").write_text("one")
        folder.until(1)


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    """What cannot be watched is said at once."""
    folder = Folder(tmp_path)
    with pytest.raises(ConfigError, match="not there to be watched"):
        watch(tmp_path / "none", folder.ingest, folder.heard.put, threading.Event())
