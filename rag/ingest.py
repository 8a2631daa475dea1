"""From a folder of files to a published generation; what has not changed is taken over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from rag.errors import ParseError
from rag.ports import Build, Chunker, Embedder, Index, IndexStore, Parser, Progress, Vectors
from rag.types import Document, Passage, Source

BATCH = 256
"""Passages gathered from several documents before they are embedded together."""
SLICE = 32
"""Passages embedded between two reports of progress."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one run did: every file's fate, and how many passages were embedded or taken over."""

    sources: tuple[Source, ...]
    generation: int | None
    published: bool
    embedded: int = 0
    carried: int = 0


@dataclass(slots=True)
class Ingest:
    """One run over the documents folder."""

    parser: Parser
    chunker: Chunker
    embedder: Embedder
    store: IndexStore
    progress: Progress
    _embedded: int = field(default=0, init=False)
    _carried: int = field(default=0, init=False)

    def run(self) -> Ingested:
        """Reads, cuts, embeds, publishes. Publishes nothing if nothing changed or was readable."""
        paths = self.parser.paths()
        with self.store.build() as build:
            previous = build.previous
            live = previous.generation if previous else None
            if previous is not None and self._unchanged(previous, paths):
                return Ingested(tuple(previous.sources), live, published=False)
            sources = tuple(self._add_all(build, paths))
            if not any(source.read for source in sources):
                return Ingested(sources, live, published=False)
            index = build.publish(sources)
        return Ingested(
            sources,
            index.generation,
            published=True,
            embedded=self._embedded,
            carried=self._carried,
        )

    def _unchanged(self, previous: Index, paths: Sequence[Path]) -> bool:
        """Whether the same files with the same bytes and metadata are what is indexed."""
        known = {source.path: source for source in previous.sources}
        return len(known) == len(paths) and all(
            (source := known.get(self.parser.name(path))) is not None
            and source.digest == self._digest(path)
            and self._described_alike(previous, source)
            for path in paths
        )

    def _described_alike(self, previous: Index, source: Source) -> bool:
        if source.document_id is None:
            return True
        document = previous.document(source.document_id)
        return self.parser.describe(document) == document

    def _add_all(self, build: Build, paths: Sequence[Path]) -> Iterator[Source]:
        """Every file's source; once it is exhausted, all passages are in the build."""
        waiting: list[tuple[Document, list[Passage]]] = []
        read: dict[str, Source] = {}
        before = {each.digest: each for each in build.previous.sources} if build.previous else {}
        for done, path in enumerate(paths):
            self.progress(f"Reading {self.parser.name(path)}", done, len(paths))
            source, document = self._read(build.previous, before, path)
            twin = read.get(source.digest)
            if document is not None and twin is not None:
                yield replace(source, note=f"the same file as {twin.path}, indexed once")
                continue
            if document is not None:
                passages = self.chunker.chunk(document)
                waiting.append((document, passages))
                source = read[document.id] = replace(source, passages=len(passages))
            yield source
            if sum(len(passages) for _, passages in waiting) >= BATCH:
                self._flush(build, waiting)
        self._flush(build, waiting)

    def _read(
        self, previous: Index | None, before: Mapping[str, Source], path: Path
    ) -> tuple[Source, Document | None]:
        """The file as it was read before, if its bytes are the same; read anew otherwise."""
        name, digest = self.parser.name(path), self._digest(path)
        try:
            if previous and digest in before and before[digest].read:
                document = replace(previous.document(digest), path=name)
                note = before[digest].note
            else:
                document = self.parser.parse(path)
                note = self.parser.note(document)
        except ParseError as error:
            return Source(name, None, reason=error.reason, digest=digest), None
        document = self.parser.describe(document)
        pages = len(document.pages)
        return (
            Source(name, document.id, document.title, pages, note=note, digest=document.id),
            document,
        )

    def _digest(self, path: Path) -> str:
        """SHA-256 of the file, or empty where it cannot be read: parsing will say why."""
        try:
            return self.parser.identify(path)
        except ParseError:
            return ""

    def _flush(self, build: Build, waiting: list[tuple[Document, list[Passage]]]) -> None:
        """Embeds what is new among the passages waiting, adds all of them, and empties the list."""
        texts = [
            document.searched(each.span) for document, passages in waiting for each in passages
        ]
        known = dict(build.previous.vectors_of(texts)) if build.previous else {}
        self._carried += sum(text in known for text in texts)
        new = list(dict.fromkeys(text for text in texts if text not in known))
        for first in range(0, len(new), SLICE):
            self.progress("Embedding passages", first, len(new))
            batch = new[first : first + SLICE]
            known.update(zip(batch, self.embedder.embed(batch), strict=True))
        self._embedded += len(new)
        for document, passages in waiting:
            rows = [known[document.searched(each.span)] for each in passages]
            build.add(document, passages, _rows(rows))
        waiting.clear()


def _rows(vectors: Sequence[Vectors]) -> Vectors:
    return np.stack(vectors) if vectors else np.zeros((0, 0), np.float32)
