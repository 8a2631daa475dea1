"""The whole pipeline: documents in, questions asked, checked answers out. It knows only ports."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from rag.citing import Evidence, cite
from rag.conversation import standalone
from rag.errors import ConfigError
from rag.ingest import Ingest, Ingested
from rag.ports import (
    Answerer,
    Chunker,
    Embedder,
    Index,
    IndexStore,
    Parser,
    Progress,
    Reader,
    Retriever,
)
from rag.types import Answer, Document, Hit, Source

Asking: TypeAlias = tuple[str, Sequence[str]]
"""A question, and the user's earlier ones, oldest first."""

LONGEST_QUESTION = 2_000
"""In characters; what is longer is not a question."""


@dataclass(frozen=True, slots=True)
class Stages:
    """The concrete objects that a library runs on.

    `examples` are questions to begin with, `notices` what is wrong although questions are answered,
    `remarks` what a user should know of one question.
    """

    parser: Parser
    chunker: Chunker
    embedder: Embedder
    store: IndexStore
    retriever: Retriever
    reader: Reader
    answerer: Answerer
    examples: Callable[[], Sequence[str]] = tuple
    notices: Callable[[], Sequence[str]] = tuple
    remarks: Callable[[str], Sequence[str]] = lambda _: ()
    clock: Callable[[], float] = time.perf_counter


class Library:
    """Documents that can be asked. Questions may come from several threads at once."""

    def __init__(self, stages: Stages, passages: int) -> None:
        """`passages`: how many of them are read for one question."""
        self._stages = stages
        self._passages = passages
        self._index: Index | None = None
        self._opening = threading.Lock()

    def ingest(self, progress: Progress = lambda *_: None) -> Ingested:
        """Brings the index up to date with the documents folder."""
        stages = self._stages
        done = Ingest(stages.parser, stages.chunker, stages.embedder, stages.store, progress).run()
        self.refresh()
        return done

    def search(self, question: str, k: int) -> list[Hit]:
        """The k best passages, best first."""
        return self.search_all([(question, ())], k)[0]

    def search_all(
        self, askings: Sequence[Asking], k: int, retriever: Retriever | None = None
    ) -> list[list[Hit]]:
        """For each question the k best passages, best first; `retriever` instead of the own one."""
        searched = [standalone(checked(question), history) for question, history in askings]
        return (retriever or self._stages.retriever).retrieve(self._live(), searched, k)

    def ask(self, question: str, history: Sequence[str] = ()) -> Answer:
        """A checked answer. `history`: the user's earlier questions, oldest first."""
        return next(self.ask_all([(question, history)]))

    def ask_all(self, askings: Sequence[Asking]) -> Iterator[Answer]:
        """The answers in order; questions are searched together, and each bears its share."""
        index, stages = self._live(), self._stages
        questions = [checked(question) for question, _ in askings]
        searched = [
            standalone(question, history)
            for question, (_, history) in zip(questions, askings, strict=True)
        ]
        watch = _Watch(stages.clock)
        with watch.timing("search"):
            found = stages.retriever.retrieve(index, searched, self._passages)
        share = watch.spent["search"] / max(1, len(questions))
        for question, words, hits in zip(questions, searched, found, strict=True):
            watch = _Watch(stages.clock, {"search": share})
            with watch.timing("read"):
                readings = stages.reader.read(words, hits)
            with watch.timing("answer"):
                draft = stages.answerer.draft(words, readings)
                evidence = Evidence(
                    question, words, hits, readings, index.generation, index.fingerprint
                )
                answer = cite(draft, evidence, index.document)
            spent = {**watch.spent, "total": sum(watch.spent.values())}
            yield replace(answer, notes=tuple(stages.remarks(question)), timings_ms=spent)

    def document(self, document_id: str) -> Document:
        """A document of the live generation; raises KeyError for any other."""
        return self._live().document(document_id)

    def fingerprint(self) -> str:
        """Names what is indexed and how."""
        return self._live().fingerprint

    def sources(self) -> Sequence[Source]:
        """What became of every file."""
        return self._live().sources

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
