"""What a worker does: it reads one file, cuts a document, or embeds some texts. Of Ray it knows
nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import IO, Any, Generic, Protocol, TypeAlias, TypeVar

from rag.errors import ParseError
from rag.ports import Chunker, Embedder, Vectors
from rag.types import Document, Passage

T_co = TypeVar("T_co", covariant=True)
Read: TypeAlias = tuple[Document, str] | str
"""A document and what to know of it, or the reason why the file cannot be read."""


class CopyParser(Protocol):
    """Reads a file's bytes, wherever the file is."""

    def parse_copy(self, copy: IO[bytes], name: str, digest: str) -> Document:
        """The document of these bytes; raises ParseError."""

    def note(self, document: Document) -> str:
        """What a user should know of a document that was just read; often empty."""


@dataclass(frozen=True)
class Made(Generic[T_co]):
    """Something that each worker makes for itself, once: what makes it, and of what."""

    make: Callable[..., T_co]
    of: tuple[Hashable, ...]


def read(parser: Made[CopyParser], name: str, digest: str, data: bytes) -> Read:
    """What is read of a file with these bytes, in a child process of this worker's."""
    reader: CopyParser = _made(parser)
    with tempfile.TemporaryFile() as copy:
        copy.write(data)
        copy.seek(0)
        try:
            document = reader.parse_copy(copy, name, digest)
        except ParseError as error:
            return error.reason
    return document, reader.note(document)


def cut(chunker: Made[Chunker], document: Document) -> list[Passage]:
    """The document's passages."""
    cutter: Chunker = _made(chunker)
    return cutter.chunk(document)


def embed(embedder: Made[Embedder], texts: Sequence[str]) -> Vectors:
    """Shape (n, d), unit rows; raises ModelError."""
    model: Embedder = _made(embedder)
    return model.embed(texts)


@cache
def _made(what: Made[Any]) -> Any:  # noqa: ANN401 - whatever is made
    return what.make(*what.of)
