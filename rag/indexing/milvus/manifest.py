"""What vouches for a generation: kept among its documents, under numbers below zero."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from rag.errors import IndexCorruptError, IndexMismatchError
from rag.types import Source

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a document is: its first row among the passages, its parts among the documents."""

    id: str
    first: int
    start: int
    parts: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """`rows` is the SHA-256 over all passages with their vectors, in order."""

    recipe: dict[str, str]
    fingerprint: str
    rows: str
    passages: int
    dimension: int
    documents: tuple[Entry, ...]
    sources: tuple[Source, ...]
    format: int = FORMAT


def encode(manifest: Manifest) -> bytes:
    """Canonical JSON in ASCII."""
    return json.dumps(asdict(manifest), sort_keys=True).encode()


def decode(data: bytes) -> Manifest:
    """Raises IndexCorruptError for bytes that `encode` did not write, IndexMismatchError for
    another format.
    """
    try:
        fields: dict[str, Any] = json.loads(data)
        made = fields["format"]
        if made == FORMAT:
            documents = tuple(Entry(**each) for each in fields.pop("documents"))
            sources = tuple(Source(**each) for each in fields.pop("sources"))
            return Manifest(documents=documents, sources=sources, **fields)
    except (ValueError, TypeError, KeyError) as error:
        raise IndexCorruptError("the manifest on the server is not as it was written") from error
    raise IndexMismatchError(
        f"the index on the server has format {made}, and this version of rag reads {FORMAT}: "
        "run `rag index`"
    )
