"""One generation in the making, on a Milvus server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import IndexBusyError, IndexingError
from rag.indexing.milvus import schema
from rag.indexing.milvus.index import MilvusIndex, key_of
from rag.indexing.milvus.manifest import Entry, Manifest, encode
from rag.indexing.milvus.schema import NOTHING
from rag.indexing.milvus.server import WRITING, Generation, Server
from rag.indexing.spool import Entry as Given
from rag.indexing.spool import Fingerprint, Spool, encode_document, encode_text
from rag.indexing.storage import Storage
from rag.ports import Vectors
from rag.types import Document, Passage, Source

_ROWS = 256
_PARTS = 16
"""Records sent at a time, a megabyte at most: others wait until the server has taken them."""


class MilvusBuild:
    """Collects documents in a file, then writes them to collections of their own.

    `before` is the generation that was live at the start. Rows are in the order of (document path,
    start), as in the embedded index. They are the passages' primary keys, so that what is sent
    twice is there once.
    """

    def __init__(
        self, server: Server, recipe: Mapping[str, str], previous: MilvusIndex | None, spool: Path
    ) -> None:
        self.previous = previous
        self._server = server
        self._recipe = dict(recipe)
        self.before = server.live()
        self._open = True
        self._made: Generation | None = None
        with self._writing():
            self._spool = Spool(Storage(), spool)

    def add(self, document: Document, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Takes one document with the vectors of its passages, shape (len(passages), d).

        Raises IndexingError when the disk fails, the vectors are not unit rows of one dimension,
        or the same path or content was added before; ValueError for passages of another document.
        """
        with self._writing():
            self._spool.add(document, passages, vectors)

    def publish(self, sources: Sequence[Source]) -> MilvusIndex:
        """Returns once the alias leads to what was added; raises IndexingError.

        Everything is written, flushed and counted before the alias is touched.
        """
        with self._writing():
            self._open = False
            self._spool.close()
            made = self._made = self._server.new()
            schema.create(self._server, made, self._spool.dimension)
            self._write(made, sources)
            for name in (made.documents, made.passages):
                with self._server.asked() as client:
                    client.flush(name, timeout=WRITING)
            index = MilvusIndex(self._server, made)
            if self._server.live() != self.before:
                raise IndexBusyError(
                    "another machine has published meanwhile, and its index stays: "
                    "run `rag index` again"
                )
            self._server.make_live(made)
        return index

    def close(self) -> None:
        """Releases the file, and removes from the server what was not published.

        Raises IndexUnavailableError; what stays behind then is removed by a later build.
        """
        self._open = False
        self._spool.close()
        if self._made is not None and self._made != self._server.live():
            self._server.drop(self._made)

    def _write(self, made: Generation, sources: Sequence[Source]) -> None:
        """All documents and passages, and after them the manifest that vouches for them."""
        fingerprint, digest = Fingerprint(self._recipe), hashlib.sha256()
        texts = _Sender(self._server, made.documents, _PARTS)
        passages = _Sender(self._server, made.passages, _ROWS)
        entries: list[Entry] = []
        first = start = 0
        for number, given in enumerate(self._spool):
            head = encode_document(given.document, given.spans)
            text = encode_text(given.document.text)
            fingerprint.add(head, text)
            parts = schema.divided(schema.packed(head + b"\n" + text))
            entries.append(Entry(given.document.id, first, start, len(parts)))
            texts.add(_records(parts, range(start, start + len(parts))))
            rows = list(_rows(given, number, first))
            for row in rows:
                digest.update(sealed(row))
            passages.add(rows)
            first, start = first + len(rows), start + len(parts)
        passages.finish()
        manifest = Manifest(
            self._recipe,
            str(fingerprint),
            digest.hexdigest(),
            first,
            self._spool.dimension,
            tuple(entries),
            tuple(sorted(sources, key=lambda source: source.path)),
        )
        parts = schema.divided(schema.packed(encode(manifest)))
        texts.add(_records(parts, range(-1, -1 - len(parts), -1)))
        texts.finish()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A step that failed fails the build: later steps refuse, and nothing is published."""
        if not self._open:
            raise IndexingError("this build has ended: start another one")
        try:
            yield
        except OSError as error:
            self._open = False
            raise IndexingError(
                f"the index could not be written ({error.strerror or error}); "
                "what was there before is unchanged"
            ) from error


@dataclass(slots=True)
class _Sender:
    """Records on their way to one collection, `size` at a time."""

    server: Server
    name: str
    size: int
    waiting: list[dict[str, Any]] = field(default_factory=list)

    def add(self, records: Iterable[dict[str, Any]]) -> None:
        """Returns when no more than `size` of them wait."""
        for record in records:
            self.waiting.append(record)
            if len(self.waiting) == self.size:
                self.finish()

    def finish(self) -> None:
        """Sends what waits, and returns when the server has taken it."""
        if self.waiting:
            with self.server.asked() as client:
                client.upsert(self.name, self.waiting, timeout=WRITING)
            self.waiting = []


def sealed(row: Mapping[str, Any]) -> bytes:
    """A passage as it is kept, for the digest over all of them."""
    said = "\0".join(str(row[name]) for name in ("row", "document", "start", "stop", "key"))
    vector = np.asarray(row["dense"], np.float32).tobytes()
    return f"{said}\0{row['text']}\0{row['words']}\0".encode() + vector


def _records(parts: Sequence[str], numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
    for number, part in zip(numbers, parts, strict=True):
        yield {"number": number, "parts": len(parts), "value": part, "nothing": NOTHING}


def _rows(given: Given, number: int, first: int) -> Iterator[dict[str, Any]]:
    document = given.document
    for place, (span, vector) in enumerate(zip(given.spans, given.vectors, strict=True)):
        searched = document.searched(span)
        yield {
            "row": first + place,
            "document": number,
            "start": span.start,
            "stop": span.end,
            "key": key_of(searched),
            "text": schema.packed_passage(encode_text(span.of(document.text))),
            "words": schema.words(searched),
            "dense": vector,
        }
