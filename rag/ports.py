"""What the stages ask of one another, as protocols. Shapes and units stand here once.

`n` counts texts, `d` is the embedder's dimension. Vectors are float32 with rows of unit length,
so that an inner product is a cosine. Rows are an index's numbers for its passages: 0 .. len - 1.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rag.results import Drawn
from rag.types import Document, Draft, Hit, Passage, Reading, Source

Vectors: TypeAlias = NDArray[np.float32]
Ranking: TypeAlias = list[tuple[int, float]]
"""(row, score) pairs, best first, each row once."""
Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and how many there are."""


class Parser(Protocol):
    """Reads one file into a document."""

    @property
    def recipe(self) -> str:
        """Names the version and settings; another recipe means that files are read again."""

    def paths(self) -> Sequence[Path]:
        """The files to be read, sorted; raises ConfigError when their folder cannot be listed."""

    def name(self, path: Path) -> str:
        """The file's path inside the folder, fit to be shown: what documents and sources carry."""

    def identify(self, path: Path) -> str:
        """SHA-256 of the file's bytes; raises ParseError when it cannot be read."""

    def describe(self, document: Document) -> Document:
        """The document with the catalogue's metadata laid over its own."""

    def parse(self, path: Path) -> Document:
        """The file's text and pages; raises ParseError."""

    def note(self, document: Document) -> str:
        """What a user should know of a document that was just parsed; often empty."""


class Pages(Protocol):
    """Draws pages."""

    def draw(self, document: Document, number: int, width: int) -> Drawn:
        """Page `number` (from 1), about `width` pixels wide.

        Raises ParseError for a document of which no page can be drawn, or whose file is no longer
        the one that was read.
        """


class Chunker(Protocol):
    """Cuts documents into passages."""

    @property
    def recipe(self) -> str: ...

    def chunk(self, document: Document) -> list[Passage]:
        """Whole sentences in text order, which together hold every non-blank character."""


class Embedder(Protocol):
    """Turns texts into vectors of which the inner product says how alike they are."""

    @property
    def recipe(self) -> str:
        """Names the model and the hash of its weights."""

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (n, d), unit rows, in the order of `texts`; raises ModelError."""


class Index(Protocol):
    """One open generation: verified, immutable, safe to share between threads."""

    @property
    def generation(self) -> int: ...

    @property
    def fingerprint(self) -> str:
        """Hash of what was indexed and how; equal contents have equal fingerprints."""

    @property
    def sources(self) -> Sequence[Source]: ...

    def __len__(self) -> int: ...

    def document(self, document_id: str) -> Document:
        """Raises KeyError for a document that this generation does not hold."""

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """One for each row, in their order; raises IndexError for a row that is not there."""

    def passages_of(self, document_id: str) -> list[Passage]:
        """All passages of one document in text order."""

    def nearest(
        self, vectors: Vectors, k: int, documents: Collection[str] | None = None
    ) -> list[Ranking]:
        """For each row of `vectors` the k passages of the largest cosine, or all of fewer.

        `documents` are the ids of those that alone are searched; None is all of them. Raises
        KeyError for one that is not here.
        """

    def matching(
        self, questions: Sequence[str], k: int, documents: Collection[str] | None = None
    ) -> list[Ranking]:
        """For each question the k best passages by BM25; fewer, or none, where no word occurs.

        `documents` as above; how rare a word is follows from all documents in any case.
        """

    def vectors_of(self, texts: Sequence[str]) -> Mapping[str, Vectors]:
        """The stored vector, shape (d,), of each text that was embedded for a passage here."""


class Build(Protocol):
    """A generation in the making; only one exists at a time."""

    @property
    def previous(self) -> Index | None:
        """The generation that is live now, if there is a sound one."""

    def add(self, document: Document, passages: Sequence[Passage], vectors: Vectors) -> None:
        """`vectors` has a row for each passage; each document is added once."""

    def publish(self, sources: Sequence[Source]) -> Index:
        """Makes what was added the live generation, durably and at once."""


class IndexStore(Protocol):
    """Where generations live."""

    @property
    def warnings(self) -> Sequence[str]:
        """What the last `open` had to pass over, one sentence each: users should see them."""

    def open(self) -> Index:
        """The newest sound generation.

        Raises IndexMissingError, IndexMismatchError or IndexCorruptError.
        """

    def current(self) -> int | None:
        """The number of the live generation, or None; cheap enough to ask before every question."""

    def build(self) -> AbstractContextManager[Build]:
        """Takes the writer's lock, or raises IndexBusyError; what is not published is discarded."""

    def verify(self) -> list[str]:
        """One sentence for each byte or count that differs from what was published."""


class Retriever(Protocol):
    """Finds passages."""

    def retrieve(
        self,
        index: Index,
        questions: Sequence[str],
        k: int,
        documents: Collection[str] | None = None,
    ) -> list[list[Hit]]:
        """For each question its k best passages, best first; of these `documents`, if given.

        Raises KeyError for a document that the index does not hold.
        """


class Reader(Protocol):
    """Reads passages with a question in mind."""

    @property
    def recipe(self) -> str: ...

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        """Readings of the sentences worth reading, best first; a passage may have none."""


class Network(Protocol):
    """What a reader runs on."""

    def make(self) -> None:
        """Makes it, if that was not done before."""

    def prepare(self) -> None:
        """Begins to load it, if it was made before, and does not wait for it."""


class Answerer(Protocol):
    """Writes a draft from what was read."""

    def draft(self, question: str, readings: Sequence[Reading]) -> Draft: ...
