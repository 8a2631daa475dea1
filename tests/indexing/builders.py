"""Small documents, passages and vectors for tests; everything follows from the text alone."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from rag.indexing import LocalIndexStore, Storage
from rag.indexing.generation import LocalIndex
from rag.indexing.vectors import VectorTable, VectorWriter
from rag.ports import Build, Vectors
from rag.types import Document, Page, Passage, Source, Span

DIMENSION = 16


def document(path: str, text: str, *, title: str = "", speaker: str = "") -> Document:
    """A document of one page, whose id depends on path and text."""
    identity = hashlib.sha256(f"{path}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()
    pages = (Page(1, "1", Span(0, len(text))),)
    return Document(identity, path, title or path, text, pages, speaker=speaker)


def passages(of: Document) -> list[Passage]:
    """One passage for each line that is not blank."""
    spans = [Span(*match.span()) for match in re.finditer(r"[^\n]*[^\s][^\n]*", of.text)]
    return [Passage(of.id, span, span.of(of.text)) for span in spans]


def vector(text: str, dimension: int = DIMENSION) -> Vectors:
    """A direction that is another for each text and the same for equal ones."""
    seed = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8]
    row = np.random.default_rng(int.from_bytes(seed)).normal(size=dimension)
    return (row / np.linalg.norm(row)).astype(np.float32)


def vectors(texts: Sequence[str], dimension: int = DIMENSION) -> Vectors:
    """Shape (len(texts), dimension)."""
    rows = [vector(text, dimension) for text in texts]
    return np.stack(rows) if rows else np.empty((0, dimension), dtype=np.float32)


def written(folder: Path, rows: Vectors) -> VectorTable:
    """The rows as a published table: `vectors` and, if there are enough of them, `codes`."""
    path, coded = folder / "vectors", folder / "codes"
    writer = VectorWriter(Storage(), path, coded, rows.shape[1], len(rows))
    writer.add(rows)
    writer.finish()
    return VectorTable(path, coded if coded.exists() else None)


def source(of: Document) -> Source:
    """What ingest would say of a document that it read."""
    return Source(of.path, of.id, of.title, len(of.pages), len(passages(of)))


RECIPE = {"parser": "lines 1", "chunker": "lines 1", "embedder": "hash 16"}
LONG = int(os.environ.get("RAG_TEST_SCALE", "1"))
"""1 in every run; 10 and more for the long version of the tests that sample or repeat."""


def store(
    folder: Path, storage: Storage | None = None, recipe: Mapping[str, str] = RECIPE
) -> LocalIndexStore:
    """A store under the usual recipe."""
    return LocalIndexStore(folder, recipe, storage)


def publish(to: LocalIndexStore, *documents: Document) -> LocalIndex:
    """A generation of exactly these documents."""
    with to.build() as build:
        fill(build, documents)
        return build.publish([source(each) for each in documents])


def fill(build: Build, documents: Sequence[Document]) -> None:
    """Adds the documents with all their passages."""
    for each in documents:
        parts = passages(each)
        build.add(each, parts, vectors([part.text for part in parts]))


def corpus(tag: str, count: int = 3) -> list[Document]:
    """Documents of which every line says `tag`."""
    return [
        document(f"{place}.txt", f"Mines of {tag} kill.\nLine {place} of {tag} says more.\n")
        for place in range(count)
    ]


def strays(folder: Path) -> list[str]:
    """What a dead build would leave."""
    return sorted(path.name for path in folder.glob("*.tmp"))


def check_one_generation(index: LocalIndex) -> None:
    """All that the index says is of one build."""
    rows = range(len(index))
    tags = {passage.text.split(" of tag")[1].split()[0] for passage in index.passages(rows)}
    assert tags == {str(index.generation)}
    assert len(index.matching([f"tag{index.generation}"], 99)[0]) == len(rows)
    assert len(index.nearest(vectors(["q"]), 99)[0]) == len(rows)
