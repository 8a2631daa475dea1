"""One open generation: its documents, vectors and words behind the port `Index`."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from rag.errors import IndexCorruptError, IndexMismatchError
from rag.indexing import corpus as corpora
from rag.indexing import manifest as manifests
from rag.indexing.corpus import Corpus
from rag.indexing.lexical import LexicalTable
from rag.indexing.manifest import Manifest
from rag.indexing.storage import Storage
from rag.indexing.vectors import VectorTable
from rag.indexing.within import nearest_within
from rag.ports import Ranking, Vectors
from rag.types import Document, Passage, Source


class LocalIndex:
    """A generation whose bytes were compared with its manifest, and that nobody changes.

    It stays usable when its folder is removed: everything is loaded, mapped or held open.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        names = [name for name in manifest.files if name.startswith(f"{manifests.LEXICAL}/")]
        self._manifest = manifest
        self._corpus = Corpus(folder / manifests.CORPUS)
        coded = folder / manifests.CODES if manifests.CODES in manifest.files else None
        self._vectors = VectorTable(folder / manifests.VECTORS, coded)
        self._lexical = LexicalTable(folder / name for name in names)
        lengths = {len(self._corpus), len(self._vectors), len(self._lexical), manifest.passages}
        if len(lengths) != 1 or self._corpus.documents != manifest.documents:
            raise IndexCorruptError(f"{folder.name}: its files do not belong together")

    @property
    def generation(self) -> int:
        return self._manifest.generation

    @property
    def fingerprint(self) -> str:
        return self._manifest.fingerprint

    @property
    def sources(self) -> Sequence[Source]:
        return self._corpus.sources

    def __len__(self) -> int:
        return len(self._corpus)

    def document(self, document_id: str) -> Document:
        """Raises KeyError for a document that this generation does not hold."""
        return self._corpus.document(document_id)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """Raises IndexError for a row that this generation does not hold."""
        return self._corpus.passages(rows)

    def passages_of(self, document_id: str) -> list[Passage]:
        """In text order; raises KeyError for a document that this generation does not hold."""
        return self._corpus.passages_of(document_id)

    def nearest(
        self, vectors: Vectors, k: int, documents: Collection[str] | None = None
    ) -> list[Ranking]:
        """Raises IndexMismatchError for another dimension, IndexingError for NaN or infinity,
        KeyError for a document that is not here.
        """
        if documents is None:
            return self._vectors.nearest(vectors, k)
        return nearest_within(self._vectors, vectors, k, self._corpus.runs(documents))

    def matching(
        self, questions: Sequence[str], k: int, documents: Collection[str] | None = None
    ) -> list[Ranking]:
        """Questions are words, never a query language. Raises KeyError as above."""
        runs = None if documents is None else self._corpus.runs(documents)
        return [self._lexical.matching(question, k, runs) for question in questions]

    def vectors_of(self, texts: Sequence[str]) -> Mapping[str, Vectors]:
        """The floats exactly as they were added."""
        rows = self._corpus.rows_of(texts)
        return dict(zip(rows, self._vectors.rows(list(rows.values())), strict=True))


def load(storage: Storage, folder: Path, expected: str | None) -> tuple[LocalIndex, Manifest]:
    """Compares every byte with the manifest, of which `expected` is the SHA-256, then opens.

    Raises IndexCorruptError naming the first file at fault, IndexMismatchError for a format or
    library that cannot be read here.
    """
    manifest = manifests.read(storage, folder, expected)
    if found := manifests.faults(storage, folder, manifest):
        raise IndexCorruptError(found[0])
    return _opened(folder, manifest), manifest


def inspect(storage: Storage, folder: Path, expected: str | None) -> Iterator[str]:
    """Everything that is wrong with a generation, one sentence each."""
    try:
        manifest = manifests.read(storage, folder, expected)
        yield from manifests.strangers(folder, manifest)
        found = manifests.faults(storage, folder, manifest)
        yield from found
        if not found:
            findings = corpora.check(folder / manifests.CORPUS)
            yield from (f"{folder.name}/{manifests.CORPUS}: {finding}" for finding in findings)
            _opened(folder, manifest)
    except (IndexCorruptError, IndexMismatchError) as error:
        yield str(error)


def _opened(folder: Path, manifest: Manifest) -> LocalIndex:
    try:
        return LocalIndex(folder, manifest)
    except OSError as error:
        raise IndexCorruptError(f"{folder.name}: {error.strerror or error}") from error
    except (ValueError, RuntimeError, sqlite3.Error) as error:
        raise IndexMismatchError(
            f"{folder.name} is whole, but the libraries installed here cannot read it "
            f"({error}): run `rag index`"
        ) from error
