"""The whole pipeline: documents in, questions asked, checked answers out. It knows only ports."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from rag.answering.merging import merged
from rag.boxes import boxed
from rag.citing import Evidence, cite
from rag.conversation import (
    AGREE,
    BETWEEN,
    Contextual,
    Lookup,
    divided,
    hits_in_turn,
    lookup,
    readings_in_turn,
    settled,
)
from rag.errors import ConfigError, ParseError, UnsupportedFormatError
from rag.ingest import Ingest, Ingested
from rag.ports import (
    Answerer,
    Chunker,
    Embedder,
    Index,
    IndexStore,
    Network,
    Pages,
    Parser,
    Progress,
    Reader,
    Retriever,
)
from rag.primacy import drafted, read, retrieve
from rag.results import Comparison, Mentions, PageImage
from rag.survey import Outlines, among, compare, mentions, related
from rag.types import Answer, Citation, Document, Draft, Hit, Reading, Source, Span, Turn

Asking: TypeAlias = tuple[str, Sequence[str | Turn]]
"""A question, and the user's earlier ones, oldest first; as turns, with what was answered."""

LONGEST_QUESTION = 2_000
"""In characters; what is longer is not a question."""


@dataclass(frozen=True, slots=True)
class Stages:
    """The concrete objects that a library runs on.

    `network` is what the reader runs on, if anything: it loads while passages are searched;
    `writer` answers in a model's words, where one is set; `examples` are questions to begin with,
    `notices` what is wrong although questions are answered, `remarks` what a user should know of
    one question. `hands`: how many workers read and embed, 0 where this machine does.
    """

    parser: Parser
    chunker: Chunker
    embedder: Embedder
    store: IndexStore
    retriever: Retriever
    reader: Reader
    answerer: Answerer
    network: Network | None = None
    writer: Answerer | None = None
    examples: Callable[[], Sequence[str]] = tuple
    notices: Callable[[], Sequence[str]] = tuple
    pages: Pages | None = None
    remarks: Callable[[str], Sequence[str]] = lambda _: ()
    clock: Callable[[], float] = time.perf_counter
    hands: int = 0


class Library:
    """Documents that can be asked. Questions may come from several threads at once."""

    def __init__(self, stages: Stages, passages: int) -> None:
        """`passages`: how many of them are read for one question."""
        self._stages = stages
        self._passages = passages
        self._index: Index | None = None
        self._opening = threading.Lock()
        self._outlines = Outlines()

    def ingest(self, progress: Progress = lambda *_: None) -> Ingested:
        """Brings the index up to date with the documents folder."""
        stages = self._stages
        done = Ingest(
            stages.parser, stages.chunker, stages.embedder, stages.store, progress, stages.hands
        ).run()
        self.refresh()
        return done

    def make_network(self) -> None:
        """Makes what the reader runs on, if it is not there: else the first question waits."""
        if self._stages.network:
            self._stages.network.make()

    def search(self, question: str, k: int) -> list[Hit]:
        """The k best passages, best first."""
        return self.search_all([(question, ())], k)[0]

    def search_all(
        self, askings: Sequence[Asking], k: int, retriever: Retriever | None = None
    ) -> list[list[Hit]]:
        """For each question the k best passages, best first; `retriever` instead of the own one."""
        index, retriever = self._live(), retriever or self._stages.retriever
        lookups = self._look_up(askings, retriever)
        searched = [each.key for each in lookups]
        return Contextual(retriever, lookups).retrieve(index, searched, k)

    def ask(
        self,
        question: str,
        history: Sequence[str | Turn] = (),
        documents: Collection[str] | None = None,
        *,
        written: bool = False,
    ) -> Answer:
        """A checked answer. `history`: the user's earlier questions or turns, oldest first.

        `written`: in a model's words, checked like all others; raises ConfigError without one.

        Only `documents`, a choice of ids, are searched; None is all of them. Raises ConfigError for
        one that is not there, or a question that is none.
        """
        return next(self.ask_all([(question, history)], documents, written=written))

    def ask_all(
        self,
        askings: Sequence[Asking],
        documents: Collection[str] | None = None,
        *,
        written: bool = False,
    ) -> Iterator[Answer]:
        """The answers in order; questions are searched together, and each bears its share."""
        index, stages = self._live(), self._stages
        answerer = stages.writer if written else stages.answerer
        if answerer is None:
            raise ConfigError("No model is set to write answers: see docs/writer.md.")
        chosen = None if documents is None else among(index, documents)
        questions = [checked(question) for question, _ in askings]
        asked = [
            list(divided(question, history))
            for question, (_, history) in zip(questions, askings, strict=True)
        ]
        if stages.network:
            stages.network.prepare()
        watch = _Watch(stages.clock)
        with watch.timing("search"):
            every = [part for group in asked for part in group]
            lookups = self._look_up(every, stages.retriever, chosen)
            searched = [each.key for each in lookups]
            seeking = Contextual(stages.retriever, lookups)
            found = retrieve(seeking, index, searched, self._passages, chosen)
        share = watch.spent["search"] / max(1, len(every))
        each_part = zip([part for part, _ in every], lookups, found, strict=True)
        for question, group in zip(questions, asked, strict=True):
            yield self._answered(question, [next(each_part) for _ in group], answerer, share)

    def _answered(
        self,
        question: str,
        parts: Sequence[tuple[str, Lookup, list[Hit]]],
        answerer: Answerer,
        share: float,
    ) -> Answer:
        """The answer to one question, of which each part was searched in `share` milliseconds."""
        index, stages = self._live(), self._stages
        watch = _Watch(stages.clock, {"search": share * len(parts)})
        with watch.timing("read"):
            read_for = [read(stages.reader, sought.words, hits, index) for _, sought, hits in parts]
        with watch.timing("answer"):
            every = readings_in_turn(read_for)
            draft = merged(_drafts(answerer, parts, read_for, index))
            evidence = Evidence(
                question,
                BETWEEN.join(sought.searched for _, sought, _ in parts),
                hits_in_turn([hits for _, _, hits in parts]),
                every,
                index.generation,
                index.fingerprint,
            )
            answer = cite(draft, evidence, index.document)
        spent = {**watch.spent, "total": sum(watch.spent.values())}
        notes = (*stages.remarks(question), *answer.notes)
        return replace(answer, notes=notes, timings_ms=spent)

    def mentions(self, question: str, documents: Collection[str] | None = None) -> Mentions:
        """Every place that mentions what is asked, in these documents or all of them."""
        return mentions(self._live(), checked(question), documents, self._outlines)

    def related(self, document_id: str, span: Span) -> tuple[Citation, ...]:
        """The sentences elsewhere that are most like this place of a document, best first."""
        stages = self._stages
        return related(self._live(), stages.retriever, stages.embedder, document_id, span)

    def compare(
        self, question: str, sources: Sequence[str], history: Sequence[str | Turn] = ()
    ) -> Comparison:
        """What each source answers by itself: ids of documents, or names of speakers."""

        def ask(documents: Collection[str]) -> Answer:
            return self.ask(question, history, documents)

        return compare(self._live(), sources, ask, question)

    def page_image(
        self, document_id: str, number: int, spans: Sequence[Span] = (), width: int = 1_200
    ) -> PageImage:
        """Page `number` (from 1) of a document, drawn, with the areas of these spans of its text.

        Raises KeyError for a document that the index does not hold, ConfigError for a page that it
        does not have, ParseError where there is nothing to draw or the file has changed.
        """
        document = self.document(document_id)
        if not 1 <= number <= len(document.pages):
            raise ConfigError(f"{document.path} has no page {number:,}.")
        if self._stages.pages is None:
            raise UnsupportedFormatError(document.path, "has no pages to draw")
        drawn = self._stages.pages.draw(document, number, width)
        return boxed(drawn, document, document.pages[number - 1], spans)

    def holds(self, document_id: str) -> bool:
        """Whether a document's file is still there with the bytes that were read.

        Raises KeyError for a document that the index does not hold.
        """
        parser, document = self._stages.parser, self.document(document_id)
        paths = (path for path in parser.paths() if parser.name(path) == document.path)
        try:
            return any(parser.identify(path) == document_id for path in paths)
        except ParseError:
            return False

    def _look_up(
        self,
        askings: Sequence[Asking],
        retriever: Retriever,
        documents: Collection[str] | None = None,
    ) -> list[Lookup]:
        """The questions with what they lack."""
        index = self._live()
        return settled(
            [lookup(checked(question), history) for question, history in askings],
            lambda texts: retriever.retrieve(index, texts, AGREE, documents),
        )

    def document(self, document_id: str) -> Document:
        """A document of the live generation; raises KeyError for any other."""
        return self._live().document(document_id)

    def fingerprint(self) -> str:
        """Names what is indexed and how."""
        return self._live().fingerprint

    @property
    def generation(self) -> int:
        """The number of the live generation."""
        return self._live().generation

    def sources(self) -> Sequence[Source]:
        """What became of every file."""
        return self._live().sources

    @property
    def writes(self) -> bool:
        """Whether a model is set that can write answers."""
        return self._stages.writer is not None

    def examples(self) -> Sequence[str]:
        """Questions to begin with."""
        return self._stages.examples()

    def refresh(self) -> None:
        """Goes over to the live generation, if another one has been published."""
        live = self._stages.store.current()
        if self._index is not None and self._index.generation != live:
            self._index = self._stages.store.open()

    def warnings(self) -> Sequence[str]:
        """What is wrong although questions are answered, one sentence each."""
        return [*self._stages.store.warnings, *self._stages.notices()]

    def verify(self) -> list[str]:
        """One sentence for each fault of the index on disk."""
        return self._stages.store.verify()

    def _live(self) -> Index:
        with self._opening:
            if self._index is None:
                self._index = self._stages.store.open()
            return self._index


def _drafts(
    answerer: Answerer,
    parts: Sequence[tuple[str, Lookup, list[Hit]]],
    read_for: Sequence[Sequence[Reading]],
    index: Index,
) -> list[tuple[str, Draft]]:
    """Each part's draft, all at once: a model's deadline is that of the whole question."""

    def draft(place: int) -> tuple[str, Draft]:
        part, sought, _ = parts[place]
        return part, drafted(answerer, sought.words, read_for[place], index)

    with ThreadPoolExecutor(len(parts)) as pool:
        return list(pool.map(draft, range(len(parts))))


@dataclass(slots=True)
class _Watch:
    clock: Callable[[], float]
    spent: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        start = self.clock()
        yield
        self.spent[stage] = (self.clock() - start) * 1_000


def checked(question: str) -> str:
    """The question with single spaces; raises ConfigError if it is empty or too long."""
    question = " ".join(question.split())
    if not any(character.isalnum() for character in question):
        raise ConfigError("The question is empty: ask in a few words.")
    if len(question) > LONGEST_QUESTION:
        raise ConfigError(
            f"The question has {len(question):,} characters: shorten it to {LONGEST_QUESTION:,}."
        )
    return question
