"""Stand-ins for the world: an embedder of words and an index in memory, exact and instant."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from rag.errors import IndexMissingError, NoTextError, ParseError
from rag.ports import Ranking, Vectors
from rag.text import content_terms
from rag.types import Document, Hit, Page, Part, Passage, Role, Source, Span

DIMENSION = 64


def document(
    text: str,
    path: str = "a.txt",
    pages: Sequence[int] = (),
    parts: Sequence[Part] = (),
    *,
    secondary: bool = False,
    **more: str,
) -> Document:
    """A document of `text`; `pages` are the offsets at which pages after the first begin."""
    edges = [0, *pages, len(text)]
    spans = [Span(start, end) for start, end in itertools.pairwise(edges)]
    numbered = tuple(Page(place, str(place), span) for place, span in enumerate(spans, start=1))
    identity = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    title = more.pop("title", path)
    return Document(
        identity, path, title, text, numbered, parts=tuple(parts), secondary=secondary, **more
    )


def part(text: str, words: str, role: Role, value: int = 0) -> Part:
    """The part of `text` where `words` first stand."""
    start = text.index(words)
    return Part(Span(start, start + len(words)), role, value)


def passage(of: Document, quote: str) -> Passage:
    """The passage of the document that is `quote`."""
    start = of.text.index(quote)
    return Passage(of.id, Span(start, start + len(quote)), quote)


def hits(*passages: Passage) -> list[Hit]:
    """The passages as a search's result, best first."""
    return [Hit(each, 1 / rank, rank, ("dense",)) for rank, each in enumerate(passages, start=1)]


@dataclass
class WordEmbedder:
    """Texts as bags of their words' stems: alike when they share words."""

    recipe: str = "words"
    dimension: int = DIMENSION
    embedded: list[str] = field(default_factory=list)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (n, DIMENSION), unit rows."""
        self.embedded.extend(texts)
        vectors = np.full((len(texts), DIMENSION), 1e-3, np.float32)
        for row, text in enumerate(texts):
            for term in content_terms(text):
                place = hashlib.sha256(term.stem.encode()).digest()[0] % DIMENSION
                vectors[row, place] += 1
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


@dataclass
class MemoryIndex:
    """An index as a list: rows are places in it."""

    documents: dict[str, Document] = field(default_factory=dict)
    entries: list[tuple[Passage, Vectors]] = field(default_factory=list)
    sources: Sequence[Source] = ()
    generation: int = 1

    @property
    def fingerprint(self) -> str:
        return ",".join(sorted(self.documents))

    def __len__(self) -> int:
        return len(self.entries)

    def document(self, document_id: str) -> Document:
        return self.documents[document_id]

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        return [self.entries[row][0] for row in rows]

    def passages_of(self, document_id: str) -> list[Passage]:
        return [entry[0] for entry in self.entries if entry[0].document_id == document_id]

    def nearest(
        self, vectors: Vectors, k: int, documents: Collection[str] | None = None
    ) -> list[Ranking]:
        stored = np.stack([vector for _, vector in self.entries])
        barred = self._barred(documents)
        return [self._best(stored @ vector - barred, k) for vector in vectors]

    def matching(
        self, questions: Sequence[str], k: int, documents: Collection[str] | None = None
    ) -> list[Ranking]:
        barred = self._barred(documents)
        return [self._best(self._shared(question) - barred, k, least=1) for question in questions]

    def vectors_of(self, texts: Sequence[str]) -> Mapping[str, Vectors]:
        known = {
            self.documents[passage.document_id].searched(passage.span): vector
            for passage, vector in self.entries
        }
        return {text: known[text] for text in texts if text in known}

    def _barred(self, documents: Collection[str] | None) -> Vectors:
        """1,000 for each row of another document, which no score outweighs."""
        allowed = set(self.documents if documents is None else documents)
        if absent := allowed - set(self.documents):
            raise KeyError(absent.pop())
        return np.array([1e3 * (one.document_id not in allowed) for one, _ in self.entries], "f4")

    def _shared(self, question: str) -> Vectors:
        wanted = {term.stem for term in content_terms(question)}
        held = [{term.stem for term in content_terms(entry[0].text)} for entry in self.entries]
        return np.array([len(wanted & stems) for stems in held], np.float32)

    @staticmethod
    def _best(scores: Vectors, k: int, least: float = -1) -> Ranking:
        order = np.argsort(-scores, kind="stable")[:k]
        return [(int(row), float(scores[row])) for row in order if scores[row] >= least]


@dataclass
class MemoryBuild:
    """A generation in the making, in memory."""

    store: MemoryStore
    made: MemoryIndex

    @property
    def previous(self) -> MemoryIndex | None:
        return self.store.live

    def add(self, document: Document, passages: Sequence[Passage], vectors: Vectors) -> None:
        self.made.documents[document.id] = document
        self.made.entries.extend(zip(passages, vectors, strict=True))

    def publish(self, sources: Sequence[Source]) -> MemoryIndex:
        self.made.sources = tuple(sources)
        self.store.live = self.made
        return self.made


@dataclass
class MemoryStore:
    """Where the one live generation is."""

    live: MemoryIndex | None = None
    warnings: Sequence[str] = ()

    def open(self) -> MemoryIndex:
        if self.live is None:
            raise IndexMissingError("Nothing is indexed yet: run `rag index`.")
        return self.live

    def current(self) -> int | None:
        return self.live.generation if self.live else None

    @contextmanager
    def build(self) -> Iterator[MemoryBuild]:
        number = self.live.generation + 1 if self.live else 1
        yield MemoryBuild(self, MemoryIndex(generation=number))

    def verify(self) -> list[str]:
        return []


@dataclass
class MemoryParser:
    """A folder as a dictionary from path to text; an empty text cannot be read."""

    files: dict[str, str] = field(default_factory=dict)
    speakers: dict[str, str] = field(default_factory=dict)
    secondary: set[str] = field(default_factory=set)
    parsed: list[str] = field(default_factory=list)
    recipe: str = "memory"

    def paths(self) -> Sequence[Path]:
        return [Path(name) for name in sorted(self.files)]

    def name(self, path: Path) -> str:
        return path.as_posix()

    def identify(self, path: Path) -> str:
        text = self.files[path.as_posix()]
        if text == "locked":
            raise ParseError(path.as_posix(), "cannot be opened")
        return document(text).id

    def describe(self, document: Document) -> Document:
        speaker = self.speakers.get(document.path, "")
        return replace(document, speaker=speaker, secondary=document.path in self.secondary)

    def parse(self, path: Path) -> Document:
        self.parsed.append(path.as_posix())
        text = self.files[path.as_posix()]
        if not text or text == "locked":
            raise NoTextError(path.as_posix(), "has no text")
        return document(text, path.as_posix())

    def note(self, document: Document) -> str:
        return ""
