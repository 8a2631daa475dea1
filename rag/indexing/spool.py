"""What a build was given, kept on disk until all of it is known and can be sorted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.errors import IndexingError
from rag.indexing.storage import Storage
from rag.indexing.vectors import checked
from rag.ports import Vectors
from rag.types import Document, Page, Part, Passage, Role, Span


@dataclass(frozen=True, slots=True)
class Entry:
    """One document with its passages in text order and their vectors, shape (n, d)."""

    document: Document
    spans: tuple[Span, ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one entry lies in the file: three runs of bytes, one after another."""

    offset: int
    head: int
    text: int
    shape: tuple[int, int]


class Spool:
    """A file of entries, written in the order of adding and read back in the order of paths.

    Memory holds one entry at a time and a few numbers for each document. `dimension` is that of
    the vectors, 0 before the first; `passages` counts them.
    """

    def __init__(self, storage: Storage, path: Path) -> None:
        self._storage = storage
        self._path = path
        self._file = storage.create(path)
        self._end = 0
        self._places: dict[str, _Place] = {}
        self._paths: dict[str, str] = {}
        self.dimension = 0
        self.passages = 0

    def add(self, document: Document, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Sorts the passages by where they stand.

        Raises OSError; IndexingError for a path or a content that was added already, and vectors
        that are not unit rows of one dimension; ValueError for passages of another document.
        """
        if len(vectors) != len(passages):
            raise ValueError(f"{len(vectors)} vectors for {len(passages)} passages")
        vectors = checked(vectors) if passages else np.empty((0, 0), dtype=np.float32)
        if len({passage.span for passage in passages}) < len(passages) or any(
            passage.document_id != document.id or passage.span.of(document.text) != passage.text
            for passage in passages
        ):
            raise ValueError(f"the passages are not cut, once each, from {document.path}")
        if passages and self.dimension not in {0, vectors.shape[1]}:
            raise IndexingError(f"vectors of {self.dimension} and of {vectors.shape[1]} numbers")
        first = self._paths.setdefault(document.id, document.path)
        if document.path in self._places or first != document.path:
            raise IndexingError(f"{document.path} has the content of {first}: keep one of them")
        order = sorted(range(len(passages)), key=lambda place: passages[place].span)
        spans = [passages[place].span for place in order]
        head = encode_document(document, spans)
        text = encode_text(document.text)
        rows = np.ascontiguousarray(vectors[order], dtype=np.float32)
        shape = (rows.shape[0], rows.shape[1])
        self._places[document.path] = _Place(self._end, len(head), len(text), shape)
        for data in (head, text, rows.tobytes()):
            self._storage.write(self._file, data)
            self._end += len(data)
        self.dimension = shape[1] or self.dimension
        self.passages += len(passages)

    def __iter__(self) -> Iterator[Entry]:
        """The entries, sorted by path."""
        with self._path.open("rb") as file:
            for _, place in sorted(self._places.items()):
                file.seek(place.offset)
                head = file.read(place.head)
                document, spans = decode_document(head.decode(), file.read(place.text))
                rows = np.frombuffer(file.read(4 * place.shape[0] * place.shape[1]), np.float32)
                yield Entry(document, spans, rows.reshape(place.shape))

    def close(self) -> None:
        """Releases the file, and leaves it where it is."""
        self._file.close()


class Fingerprint:
    """The hash of recipe, documents and passages: equal contents have equal ones in any store."""

    def __init__(self, recipe: Mapping[str, str]) -> None:
        self._digest = hashlib.sha256(json.dumps(dict(recipe), sort_keys=True).encode())

    def add(self, head: bytes, text: bytes) -> None:
        """One document as it is encoded below; the order counts."""
        for part in (head, text):
            self._digest.update(hashlib.sha256(part).digest())

    def __str__(self) -> str:
        return self._digest.hexdigest()


def encode_text(text: str) -> bytes:
    """UTF-8 that keeps even lone surrogates, which a damaged file may hold."""
    return text.encode("utf-8", "surrogatepass")


def decode_text(data: bytes) -> str:
    """Undoes `encode_text`."""
    return data.decode("utf-8", "surrogatepass")


def encode_document(document: Document, spans: Sequence[Span]) -> bytes:
    """Everything but the text, as canonical JSON in ASCII."""
    pages = [(page.number, page.label, page.span.start, page.span.end) for page in document.pages]
    spans_ = [(span.start, span.end) for span in spans]
    parts = [(part.span.start, part.span.end, part.role, part.value) for part in document.parts]
    apart = {"text", "pages", "parts", "_by_role"}
    head = {name: getattr(document, name) for name in document.__slots__ if name not in apart}
    head |= {"pages": pages, "parts": parts, "spans": spans_}
    return json.dumps(head, sort_keys=True).encode()


def decode_document(head: str, text: bytes) -> tuple[Document, tuple[Span, ...]]:
    """The document, and where its passages stand."""
    fields = json.loads(head)
    spans = tuple(Span(*edges) for edges in fields.pop("spans"))
    pages = [Page(number, label, Span(*edges)) for number, label, *edges in fields.pop("pages")]
    parts = [
        Part(Span(start, end), Role(role), value) for start, end, role, value in fields.pop("parts")
    ]
    text_ = decode_text(text)
    return Document(**fields, text=text_, pages=tuple(pages), parts=tuple(parts)), spans
