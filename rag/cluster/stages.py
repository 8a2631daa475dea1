"""Reading, cutting and embedding as `Ingest` asks for them, done by workers.

Each call waits for its result, so that no more is under way than `Ingest` has asked for. Results
are kept by the hash of the content: a file of the same bytes is not read twice, nor a text
embedded twice, however often the run is begun.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from rag.cluster.kept import Kept
from rag.cluster.tasks import CopyParser, Made, cut, embed, read
from rag.cluster.workers import RayWorkers
from rag.errors import ParseError
from rag.ports import Chunker, Embedder, Parser, Vectors
from rag.types import Document, Passage

PIECE = 64
"""Texts that a worker embeds in one task: seconds of work, which are done again if it is lost."""


class Copies(Parser, Protocol):
    """A parser whose files' bytes can be had."""

    def copied(self, path: Path) -> tuple[bytes, str]:
        """The file's bytes at one moment, and their SHA-256; raises ParseError."""


@dataclass(slots=True)
class ClusterParser:
    """Finds files here, and has them read by workers, which need not see the folder."""

    here: Copies
    there: Made[CopyParser]
    workers: RayWorkers
    kept: Kept
    _notes: dict[str, str] = field(default_factory=dict, init=False)

    @property
    def recipe(self) -> str:
        return self.here.recipe

    def paths(self) -> Sequence[Path]:
        return self.here.paths()

    def name(self, path: Path) -> str:
        return self.here.name(path)

    def identify(self, path: Path) -> str:
        return self.here.identify(path)

    def describe(self, document: Document) -> Document:
        return self.here.describe(document)

    def parse(self, path: Path) -> Document:
        """Raises ParseError, and WorkersError."""
        name = self.name(path)
        data, digest = self.here.copied(path)
        made_of = (self.recipe, name, digest)
        found = self.kept.document(*made_of)
        if found is None:
            done = self.workers.run(read, self.there, name, digest, data)
            if isinstance(done, str):
                raise ParseError(name, done)
            self.kept.keep_document(*done, *made_of)
            found = done
        document, self._notes[digest] = found
        return document

    def note(self, document: Document) -> str:
        return self._notes.get(document.id, "")


@dataclass(frozen=True, slots=True)
class ClusterChunker:
    """Has documents cut by workers."""

    here: Chunker
    there: Made[Chunker]
    workers: RayWorkers

    @property
    def recipe(self) -> str:
        return self.here.recipe

    def chunk(self, document: Document) -> list[Passage]:
        """Raises WorkersError."""
        return self.workers.run(cut, self.there, document)


@dataclass(slots=True)
class ClusterEmbedder:
    """Has texts embedded by workers. `make` is called before the first: what they load is made
    once, where they share a folder with this machine.
    """

    here: Embedder
    there: Made[Embedder]
    workers: RayWorkers
    kept: Kept
    make: Callable[[], None]
    _ready: bool = field(default=False, init=False)

    @property
    def recipe(self) -> str:
        return self.here.recipe

    @property
    def dimension(self) -> int:
        return self.here.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (n, d), unit rows; raises ModelError, and WorkersError."""
        known = dict(self.kept.vectors(self.recipe, texts))
        new = list(dict.fromkeys(text for text in texts if text not in known))
        if new and not self._ready:
            self.make()
            self._ready = True
        pieces = [new[first : first + PIECE] for first in range(0, len(new), PIECE)]
        done = self.workers.each(embed, [(self.there, piece) for piece in pieces])
        for piece, vectors in zip(pieces, done, strict=True):
            self.kept.keep_vectors(self.recipe, piece, vectors)
            known.update(zip(piece, vectors, strict=True))
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        return np.stack([known[text] for text in texts])
