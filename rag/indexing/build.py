"""One generation in the making."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from rag.errors import IndexingError
from rag.indexing import manifest as manifests
from rag.indexing.corpus import CorpusWriter
from rag.indexing.generation import LocalIndex, load
from rag.indexing.lexical import LexicalWriter
from rag.indexing.manifest import Manifest, Pointer, Sealed
from rag.indexing.spool import Spool
from rag.indexing.storage import Storage, write_file
from rag.indexing.vectors import VectorWriter
from rag.ports import Index, Vectors
from rag.types import Document, Passage, Source

CURRENT = "CURRENT"
TEMPORARY = ".tmp"
_SPOOL = "spool"


class LocalBuild:
    """Collects documents in a temporary folder, and turns it into the live generation.

    Rows are in the order of (document path, start), whatever the order of adding.
    """

    def __init__(
        self,
        storage: Storage,
        root: Path,
        number: int,
        recipe: Mapping[str, str],
        previous: Index | None,
    ) -> None:
        self.previous = previous
        self._storage = storage
        self._root = root
        self._number = number
        self._recipe = dict(recipe)
        self._folder = root / f"{manifests.folder_name(number)}{TEMPORARY}"
        self._open = True
        with self._writing():
            storage.make_folder(self._folder)
            self._spool = Spool(storage, self._folder / _SPOOL)

    def add(self, document: Document, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Takes one document with the vectors of its passages, shape (len(passages), d).

        Raises IndexingError when the disk fails, the vectors are not unit rows of one dimension,
        or the same path or content was added before; ValueError for passages of another document.
        """
        with self._writing():
            self._spool.add(document, passages, vectors)

    def publish(self, sources: Sequence[Source]) -> LocalIndex:
        """Returns once the generation is live and on the disk; raises IndexingError.

        The generation is opened, every byte compared, before it becomes the live one.
        """
        with self._writing():
            self._open = False
            self._spool.close()
            manifest = self._assemble(sources)
            self._storage.unlink(self._folder / _SPOOL)
            pointer = self._seal(manifest)
            final = self._root / manifests.folder_name(self._number)
            self._storage.rename(self._folder, final)
            self._storage.sync_folder(self._root)
            index, _ = load(self._storage, final, pointer.manifest)
            self._make_live(pointer)
        return index

    def close(self) -> None:
        """Releases what is open; the folder is the store's to remove."""
        self._open = False
        self._spool.close()

    def _assemble(self, sources: Sequence[Source]) -> Manifest:
        """Writes all files but the manifest; their sizes and hashes are not known yet."""
        with (
            closing(LexicalWriter(self._storage, self._folder / manifests.LEXICAL)) as words,
            closing(CorpusWriter(self._folder / manifests.CORPUS, self._recipe)) as corpus,
            closing(self._vector_writer()) as table,
        ):
            for entry in self._spool:
                first = corpus.passages
                for row, text in enumerate(corpus.add(entry), start=first):
                    words.add(row, text)
                if entry.spans:
                    table.add(entry.vectors)
            fingerprint = corpus.finish(sources)
            documents, passages = corpus.documents, corpus.passages
            words.finish()
            table.finish()
        return Manifest(self._number, self._recipe, fingerprint, documents, passages, files={})

    def _vector_writer(self) -> VectorWriter:
        path, coded = self._folder / manifests.VECTORS, self._folder / manifests.CODES
        spool = self._spool
        return VectorWriter(self._storage, path, coded, spool.dimension, spool.passages)

    def _seal(self, manifest: Manifest) -> Pointer:
        """Makes every file durable, and the manifest that vouches for them."""
        files: dict[str, Sealed] = {}
        for path in sorted(path for path in self._folder.rglob("*") if path.is_file()):
            self._storage.sync(path)
            name = path.relative_to(self._folder).as_posix()
            files[name] = Sealed(*self._storage.digest(path))
        sealed = replace(manifest, files=files)
        write_file(self._storage, self._folder / manifests.NAME, manifests.encode(sealed))
        self._storage.sync_folder(self._folder / manifests.LEXICAL)
        self._storage.sync_folder(self._folder)
        _, digest = self._storage.digest(self._folder / manifests.NAME)
        return Pointer(self._number, digest)

    def _make_live(self, pointer: Pointer) -> None:
        temporary = self._root / f"{CURRENT}{TEMPORARY}"
        write_file(self._storage, temporary, manifests.encode_pointer(pointer))
        self._storage.rename(temporary, self._root / CURRENT)
        self._storage.sync_folder(self._root)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A step that failed fails the build: later steps refuse, and nothing is published."""
        if not self._open:
            raise IndexingError("this build has ended: start another one")
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            self._open = False
            raise IndexingError(
                f"the index could not be written ({getattr(error, 'strerror', None) or error}); "
                "what was there before is unchanged"
            ) from error
