"""Folders of many files, some of which are bad, odd, or change under the reader's hands."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.chunking import SentenceChunker
from rag.errors import IndexingError
from rag.indexing import LocalIndexStore
from rag.indexing.generation import LocalIndex
from rag.ingest import Ingest, Ingested
from rag.parsing.folder import FolderParser
from rag.ports import Vectors
from tests.doubles import WordEmbedder
from tests.indexing.builders import document, publish, store, strays
from tests.reliability.reading import LIMITS
from tests.reliability.row import Outcome, Run

_BAD = {
    "empty.txt": b"",
    "blank.md": b" \n",
    "binary.txt": bytes(range(256)) * 4,
    "nothing.pdf": b"%PDF-1.7\nnothing more",
    "no.docx": b"text",
    "old.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
    "half.zip": b"PK\x03\x04",
    "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(99),
    "unknown.xyz": b"text",
    "deep.html": b"<div>" * 20_000 + b"deep",
}


@dataclass
class Library:
    """A documents folder with its index, read and built as by `rag index` but without a model."""

    folder: Path
    embedder: WordEmbedder = field(default_factory=WordEmbedder)
    parser: FolderParser = field(init=False)

    def __post_init__(self) -> None:
        self.documents.mkdir(parents=True, exist_ok=True)
        self.parser = FolderParser(self.documents, LIMITS)

    @property
    def documents(self) -> Path:
        return self.folder / "documents"

    @property
    def keeper(self) -> LocalIndexStore:
        return store(self.folder / "index")

    def write(self, name: str, text: str) -> Path:
        """A file of the folder."""
        path = self.documents / name
        path.write_text(text)
        return path

    def build(self) -> Ingested:
        """What one run did; raises what it raised."""
        chunker = SentenceChunker(40, 5)
        return Ingest(self.parser, chunker, self.embedder, self.keeper, lambda *_: None).run()

    def served(self) -> dict[str, str]:
        """The text of every indexed document by its path; all passages are in it."""
        index: LocalIndex = self.keeper.open()
        texts: dict[str, str] = {}
        for passage in index.passages(range(len(index))):
            whole = index.document(passage.document_id)
            assert passage.span.of(whole.text) == passage.text
            texts[whole.path] = whole.text
        assert self.keeper.verify() == []
        return texts


def bad_files(run: Run) -> Outcome:
    """Bad files among good ones, and a build that breaks off halfway and is run again"""
    found = Outcome()
    library = Library(run.folder)
    good = {
        f"{number:03}.txt": f"Paper {number} on mines.\n" for number in range(run.count(10, 90))
    }
    for name, text in good.items():
        library.write(name, text)
    for name, data in _BAD.items():
        (library.documents / name).write_bytes(data)
    library.embedder = _Breaking()
    with found.trial("the embedding breaks off"):
        _refused(library.build, MemoryError)
        assert strays(library.folder / "index") == []
    library.embedder = WordEmbedder()
    done = library.build()
    fates = {source.path: source for source in done.sources}
    for name in good:
        with found.trial(name):
            assert fates[name].read
    for name in _BAD:
        with found.trial(name):
            assert not fates[name].read
            assert fates[name].reason
    with found.trial("what is served"):
        assert library.served() == good
    found.figures |= {"indexed": len(good), "reported": len(_BAD)}
    return found


@dataclass
class _Breaking(WordEmbedder):
    """An embedder for which there is no memory."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        raise MemoryError


def _refused(work: Callable[[], object], error: type[BaseException]) -> None:
    try:
        work()
    except error:
        return
    raise AssertionError(f"no {error.__name__} came")


def odd_times(run: Run) -> Outcome:
    """No memory, clocks that jump, names of one spelling or none, files that change, very many"""
    found = Outcome()
    for case in _CASES:
        library = Library(run.folder / case.__name__)
        library.write("a.txt", "The first text.\n")
        library.build()
        with found.trial(case.__doc__ or case.__name__):
            case(library)
    with found.trial("very many documents"):
        found.figures |= {"documents": _very_many(run.folder / "many", run.count(2_000, 100_000))}
    return found


def _no_memory(library: Library) -> None:
    """The build runs out of memory: the old generation stays, and nothing is left"""
    library.write("b.txt", "The second text.\n")
    library.embedder = _Breaking()
    _refused(library.build, MemoryError)
    assert set(library.served()) == {"a.txt"}
    assert strays(library.folder / "index") == []


def _clock(library: Library) -> None:
    """A changed file whose time lies in the past, and one of the future: bytes decide"""
    os.utime(library.write("a.txt", "The first text, changed.\n"), (1, 1))
    os.utime(library.write("b.txt", "The second text.\n"), (1 << 33, 1 << 33))
    library.build()
    assert set(library.served().values()) == {"The first text, changed.\n", "The second text.\n"}
    os.utime(library.documents / "a.txt", (2, 2))
    assert not library.build().published


def _names(library: Library) -> None:
    """Names that differ in case only, and one that is no UTF-8"""
    library.write("A.TXT", "The second text.\n")
    library.write(os.fsdecode(b"caf\xe9.txt"), "The third text.\n")
    library.build()
    assert set(library.served()) == {"a.txt", "A.TXT", r"caf\udce9.txt"}


def _changing(library: Library) -> None:
    """A file that is written to all the time: read whole as it once was, or reported"""
    ended = threading.Event()
    path = library.write("b.txt", "Note x.\n" * 3_000)

    def rewrite() -> None:
        for letter in "yz" * 10_000:
            if ended.is_set():
                return
            path.write_text(f"Note {letter}.\n" * 3_000)
            time.sleep(0.001)

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        done = library.build()
    finally:
        ended.set()
        writer.join()
    (fate,) = (source for source in done.sources if source.path == "b.txt")
    assert fate.read or "changed while being read" in fate.reason or "empty" in fate.reason
    library.build()
    text = library.served()["b.txt"]
    assert text == path.read_text()


def _vanishing(library: Library) -> None:
    """A file that is listed and then gone has a reason"""
    path = library.write("b.txt", "The second text.\n")
    listed = library.parser.paths()
    path.unlink()
    library.parser.paths = lambda: listed  # type: ignore[method-assign]
    (fate,) = (source for source in library.build().sources if source.path == "b.txt")
    assert "cannot be opened" in fate.reason


def _folder_gone(library: Library) -> None:
    """All files are gone: the last index stays, and nothing is published"""
    shutil.rmtree(library.documents)
    library.documents.mkdir()
    assert not library.build().published
    assert set(library.served()) == {"a.txt"}


def _index_gone(library: Library) -> None:
    """The index folder is removed under a reader: it answers on, and a build begins anew"""
    index = library.keeper.open()
    shutil.rmtree(library.folder / "index")
    assert index.passages([0])[0].text == "The first text."
    _refused(library.keeper.open, IndexingError)
    assert library.build().published
    assert set(library.served()) == {"a.txt"}


_CASES = (_no_memory, _clock, _names, _changing, _vanishing, _folder_gone, _index_gone)


def _very_many(folder: Path, count: int) -> int:
    """Documents of one line each, found again one by one."""
    each = [document(f"{number:06}.txt", f"Note {number} of many.\n") for number in range(count)]
    index = publish(store(folder), *each)
    assert len(index) == count
    for number in range(0, count, count // 50):
        (row, _), *_ = index.matching([f"{number}"], 1)[0]
        assert index.passages([row])[0].text == f"Note {number} of many."
    assert store(folder).verify() == []
    return count
