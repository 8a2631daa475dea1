"""Reading goes ahead of embedding, and what comes out is as if it did not."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from rag import ingest
from rag.chunking import SentenceChunker
from rag.errors import ModelUnavailableError
from rag.ingest import Ingest
from rag.ports import Progress, Vectors
from rag.types import Document
from tests.doubles import MemoryParser, MemoryStore, WordEmbedder

SOON = 60  # seconds after which waiting for another thread is a failure


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's number of cores decides how far ahead is read."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)


def files(count: int) -> dict[str, str]:
    """Texts of different lengths by name, in an order in which lengths go up and down."""
    return {f"{n:03}.txt": f"Paper {n}. " + "Mines kill. " * (n * 7 % 11) for n in range(count)}


def run(
    parser: MemoryParser, embedder: WordEmbedder, progress: Progress = lambda *_: None
) -> MemoryStore:
    """The store after one run."""
    store = MemoryStore()
    Ingest(parser, SentenceChunker(20, 5), embedder, store, progress).run()
    return store


def test_reading_goes_on_while_passages_are_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first passages are embedded while a later file is still being read, and not after it."""
    monkeypatch.setattr(ingest, "BATCH", 1)
    embedding = threading.Event()

    class Parser(MemoryParser):
        def parse(self, path: Path) -> Document:
            if path.name == "003.txt":
                assert embedding.wait(SOON)
            return super().parse(path)

    class Embedder(WordEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            embedding.set()
            return super().embed(texts)

    assert len(run(Parser(files(5)), Embedder()).open()) >= 5


def test_files_are_read_side_by_side() -> None:
    """Two files are being read at the same moment on two cores."""
    both = threading.Barrier(2)

    class Parser(MemoryParser):
        def parse(self, path: Path) -> Document:
            both.wait(SOON)
            return super().parse(path)

    assert len(run(Parser(files(4)), WordEmbedder()).open().documents) == 4


def test_no_more_is_read_ahead_than_a_few_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many documents there are, few of them are in memory before they are embedded."""
    monkeypatch.setattr(ingest, "BATCH", 1)

    @dataclass
    class Embedder(WordEmbedder):
        parser: MemoryParser = field(default_factory=MemoryParser)
        most: int = 0

        def embed(self, texts: Sequence[str]) -> Vectors:
            done = len({text.split("\n")[0] for text in self.embedded})
            self.most = max(self.most, len(self.parser.parsed) - done)
            return super().embed(texts)

    parser = MemoryParser(files(200))
    embedder = Embedder(parser=parser)
    run(parser, embedder)
    assert len(parser.parsed) == 200
    assert 1 <= embedder.most <= 2 * ingest.AHEAD + 2


def test_many_hands_read_and_embed_more_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many files as there are workers are being read at the same moment, and slices grow with
    them; what comes out is the same.
    """
    monkeypatch.setattr(ingest, "SLICE", 2)
    every = threading.Barrier(5)
    sizes = []

    class Parser(MemoryParser):
        def parse(self, path: Path) -> Document:
            every.wait(SOON)
            return super().parse(path)

    class Embedder(WordEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            sizes.append(len(texts))
            return super().embed(texts)

    store = MemoryStore()
    chunker = SentenceChunker(20, 5)
    Ingest(Parser(files(10)), chunker, Embedder(), store, lambda *_: None, hands=5).run()
    assert max(sizes) == 10
    alone = run(MemoryParser(files(10)), WordEmbedder()).open()
    assert [each.text for each, _ in store.open().entries] == [
        each.text for each, _ in alone.entries
    ]


def test_what_is_read_ahead_comes_out_in_order() -> None:
    """Passages, vectors and sources are those of reading one file after another."""
    texts = {**files(40), "005.txt": "", "copy": files(40)["007.txt"]}
    store = run(MemoryParser(texts), WordEmbedder())
    index = store.open()
    assert [source.path for source in index.sources] == sorted(texts)
    assert index.sources[5].reason == "has no text"
    assert index.sources[-1].note == "the same file as 007.txt, indexed once"
    paths = [index.document(passage.document_id).path for passage, _ in index.entries]
    assert paths == sorted(paths)
    for passage, vector in index.entries:
        text = index.document(passage.document_id).searched(passage.span)
        np.testing.assert_array_equal(vector, WordEmbedder().embed([text])[0])


def test_batches_hold_texts_of_like_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within one gathering of documents shorter passages are embedded before longer ones."""
    embedder = WordEmbedder()
    run(MemoryParser(files(40)), embedder)
    assert len(embedder.embedded) >= 40
    assert embedder.embedded == sorted(embedder.embedded, key=lambda text: (len(text), text))


def test_progress_says_how_much_is_still_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count up to all of them; passages done never exceed those expected."""
    monkeypatch.setattr(ingest, "BATCH", 8)
    monkeypatch.setattr(ingest, "SLICE", 4)
    said: list[tuple[str, int, int]] = []
    embedder = WordEmbedder()
    run(MemoryParser(files(40)), embedder, lambda *what: said.append(what))
    reading = [what for what in said if what[0].startswith("Reading")]
    assert [done for _, done, _ in reading] == list(range(1, 41))
    embedding = [(done, total) for what, done, total in said if what == "Embedding passages"]
    assert [done for done, _ in embedding] == sorted({done for done, _ in embedding})
    assert all(done < total for done, total in embedding)
    assert embedding[-1][1] == len(embedder.embedded)


def test_an_error_ends_the_run_and_its_threads() -> None:
    """A model that fails is the error of the whole run; nothing goes on reading afterwards."""

    class Broken(WordEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            raise ModelUnavailableError("no such processor")

    before = threading.active_count()
    with pytest.raises(ModelUnavailableError):
        run(MemoryParser(files(10)), Broken())
    assert threading.active_count() == before
