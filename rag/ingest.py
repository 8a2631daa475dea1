"""From a folder of files to a published generation; what has not changed is taken over."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import numpy as np

from rag.errors import ParseError
from rag.ports import Build, Chunker, Embedder, Index, IndexStore, Parser, Progress, Vectors
from rag.types import Document, Passage, Source

BATCH = 1_024
"""Passages gathered from several documents before they are embedded, sorted by length."""
SLICE = 256
"""Passages embedded together, and between two reports of progress."""
AHEAD = 2
"""Files read for each core or worker before their turn."""

_Cut: TypeAlias = tuple[Source, Document | None, list[Passage]]


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
    """One run over the documents folder.

    `hands`: how many files can be read, and slices of passages embedded, at the same time; 0 where
    this machine does both, with its cores.
    """

    parser: Parser
    chunker: Chunker
    embedder: Embedder
    store: IndexStore
    progress: Progress
    hands: int = 0
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
        """Every file's source; once it is exhausted, all passages are in the build.

        Files are read and cut ahead of the embedding, in threads: what one waits for, the other
        does meanwhile. The outcome is that of doing one after another.
        """
        waiting: list[_Cut] = []
        read: dict[str, Source] = {}
        before = {each.digest: each for each in build.previous.sources} if build.previous else {}
        cuts = _ahead(lambda path: self._cut(build.previous, before, path), paths, self.hands)
        for done, (source, document, passages) in enumerate(cuts, start=1):
            self.progress(f"Reading {source.path}", done, len(paths))
            twin = read.get(source.digest)
            if document is not None and twin is not None:
                yield replace(source, note=f"the same file as {twin.path}, indexed once")
                continue
            if document is not None:
                waiting.append((source, document, passages))
                read[document.id] = source
            yield source
            if sum(len(passages) for *_, passages in waiting) >= BATCH * max(1, self.hands):
                self._flush(build, waiting, done / len(paths))
        self._flush(build, waiting, 1)

    def _cut(self, previous: Index | None, before: Mapping[str, Source], path: Path) -> _Cut:
        source, document = self._read(previous, before, path)
        passages = self.chunker.chunk(document) if document else []
        return replace(source, passages=len(passages)), document, passages

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
        source = Source(name, document.id, document.title, len(document.pages), note=note)
        source = replace(source, secondary=document.secondary, language=document.language)
        return replace(source, digest=document.id), document

    def _digest(self, path: Path) -> str:
        """SHA-256 of the file, or empty where it cannot be read: parsing will say why."""
        try:
            return self.parser.identify(path)
        except ParseError:
            return ""

    def _flush(self, build: Build, waiting: list[_Cut], share: float) -> None:
        """Embeds what is new among the passages waiting, adds all of them, and empties the list.

        `share` of all files has been read: what is still to come is estimated by it.
        """
        documents = [(document, passages) for _, document, passages in waiting if document]
        texts = [
            document.searched(each.span) for document, passages in documents for each in passages
        ]
        known = dict(build.previous.vectors_of(texts)) if build.previous else {}
        self._carried += sum(text in known for text in texts)
        new = sorted(
            {text for text in texts if text not in known}, key=lambda text: (len(text), text)
        )
        expected = round((self._embedded + len(new)) / share)
        size = SLICE * max(1, self.hands)
        for first in range(0, len(new), size):
            self.progress("Embedding passages", self._embedded, expected)
            batch = new[first : first + size]
            known.update(zip(batch, self.embedder.embed(batch), strict=True))
            self._embedded += len(batch)
        for document, passages in documents:
            rows = [known[document.searched(each.span)] for each in passages]
            build.add(document, passages, _rows(rows))
        waiting.clear()


def _ahead(work: Callable[[Path], _Cut], paths: Sequence[Path], hands: int) -> Iterator[_Cut]:
    """What `work` makes of each path, in order; a few are done before they are asked for."""
    hands = hands or os.cpu_count() or 1
    rest = iter(paths)
    pool = ThreadPoolExecutor(hands)
    try:
        running = deque(pool.submit(work, path) for path in islice(rest, AHEAD * hands))
        while running:
            done = running.popleft().result()
            running.extend(pool.submit(work, path) for path in islice(rest, 1))
            yield done
    finally:
        pool.shutdown(cancel_futures=True)


def _rows(vectors: Sequence[Vectors]) -> Vectors:
    return np.stack(vectors) if vectors else np.zeros((0, 0), np.float32)
