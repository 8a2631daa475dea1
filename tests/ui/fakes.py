"""A library without an engine: real documents and types, answers cut by hand."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.citing import QUOTED_BY
from rag.conversation import turns_of
from rag.errors import IndexMissingError, UnsupportedFormatError
from rag.ingest import Ingested
from rag.ports import Progress
from rag.results import Comparison, Mentioned, Mentions, PageImage, Side
from rag.types import (
    Answer,
    Citation,
    Document,
    Outcome,
    Page,
    Removed,
    Source,
    Span,
    Statement,
    Status,
    Turn,
)

STATEMENT = Path(__file__).parents[2] / "documents" / "ombudsman-statement-2023-01-15.txt"
LANDMINES = "How many people were hit by landmines after the Second Karabakh War?"
MISSING = "How many Azerbaijanis are missing from the First Karabakh War?"
PRISONERS = "What does it say about prisoners of war?"
UNKNOWN = "What does the statement say about fishing quotas?"
BROKEN = "Is there an index?"
CRASH = "What fails?"
SLOW = "What takes long?"
CUT = Removed("All of them were <b>soldiers</b>.", "the passages do not say so")


def document(text: str, **about: Any) -> Document:  # noqa: ANN401 - fields of all kinds
    """A one-page document."""
    given = {"path": "statement.txt", "title": "Statement", **about}
    return Document(id="d" * 64, text=text, pages=(Page(1, "1", Span(0, len(text))),), **given)


def statement() -> Document:
    """The shipped statement, as the parser would give it."""
    return document(
        STATEMENT.read_text("utf-8"),
        path=STATEMENT.name,
        title="Statement on the Human Rights Watch annual report for 2022",
        publisher="Ombudsman of Azerbaijan",
        speaker="Ombudsman of Azerbaijan",
        date="2023-01-15",
    )


def citation(source: Document, quote: str, number: int = 1, answer: str = "") -> Citation:
    """The quote where it first stands in the source."""
    start = source.text.index(quote)
    span = Span(start, start + len(quote))
    at = source.text.index(answer, start) if answer else start
    found = Span(at, at + len(answer)) if answer else None
    pages = source.pages_of(span)
    return Citation(number, source, span, quote, pages, Status.VERBATIM, found)


def answered(
    question: str, citations: Sequence[Citation], presented: Sequence[Citation] = ()
) -> Answer:
    """An answer that states each of its citations."""
    return Answer(
        question=question,
        outcome=Outcome.ANSWERED,
        statements=tuple(
            Statement(each.quote, (each.number,), each.status, each.document.speaker)
            for each in citations
        ),
        citations=tuple(citations),
        presented=tuple(presented),
        retrieved=(),
        score=0.9,
        written_by=QUOTED_BY,
        generation=1,
        fingerprint="f" * 64,
    )


def abstained(question: str, presented: Sequence[Citation], reason: str) -> Answer:
    """An answer that states nothing."""
    nothing = answered(question, presented or [citation(document("."), ".")])
    return replace(
        nothing,
        outcome=Outcome.ABSTAINED,
        statements=(),
        citations=(),
        presented=tuple(presented),
        reason=reason,
    )


class FakeLibrary:
    """Answers the questions above, remembers what it was asked, and can be held up."""

    def __init__(self, source: Document | None = None) -> None:
        self.source = source or statement()
        self.asked: list[tuple[str, tuple[str | Turn, ...]]] = []
        self.narrowed: list[Collection[str] | None] = []
        self.writes = False
        self.generation = 1
        self.go_on = threading.Event()
        self.answers: dict[str, Answer] = {}
        if source is None:
            self.answers = _answers(self.source)

    def ask(
        self,
        question: str,
        history: Sequence[str | Turn] = (),
        *,
        documents: Collection[str] | None = None,
        written: bool = False,
    ) -> Answer:
        self.asked.append((question, tuple(history)))
        self.narrowed.append(documents)
        if question == BROKEN:
            raise IndexMissingError("Nothing is indexed yet: run `rag index`.")
        if question == CRASH:
            raise ZeroDivisionError("secret path /etc/passwd")
        if question == SLOW:
            self.go_on.wait(30)
        if written:
            return replace(self.answers[question], written_by="a model", removed=(CUT,))
        if question in self.answers:
            return self.answers[question]
        near = [citation(self.source, self.source.text.strip()[:200])]
        return abstained(question, near, "No sentence speaks of “fishing” or “quotas”.")

    @property
    def last_asked(self) -> tuple[str, list[str]]:
        """The last question, and those before it."""
        question, history = self.asked[-1]
        return question, [turn.question for turn in turns_of(history)]

    def refresh(self) -> None:
        pass

    def document(self, document_id: str) -> Document:
        return {self.source.id: self.source}[document_id]

    def page_image(
        self, document_id: str, number: int, spans: Sequence[Span] = (), width: int = 1_200
    ) -> PageImage:
        source = self.document(document_id)
        raise UnsupportedFormatError(source.path, "has no pages to draw")

    def mentions(self, question: str) -> Mentions:
        found = [*self.answers[question].citations]
        pages = ((self.source.pages[0], len(found)),)
        counted = (Mentioned(self.source, len(found), pages),)
        silent = (document("", title="The <silent> one"),)
        return Mentions(question, ("mine",), tuple(found), counted, silent, 1, "f" * 64)

    def compare(self, question: str, sources: Sequence[str]) -> Comparison:
        silent = abstained(question, [], "It is silent.")
        one = Side("Statement", "2023-01-15", tuple(sources), self.ask(question))
        return Comparison(question, (one, Side("Another", "", ("e" * 64,), silent)))

    def related(self, document_id: str, span: Span) -> Sequence[Citation]:
        return [citation(self.document(document_id), "46 people were killed.")]

    def sources(self) -> Sequence[Source]:
        return [
            Source(self.source.path, self.source.id, self.source.title, len(self.source.pages), 30),
            Source("scan.pdf", None, reason="no text in it: its pages are scans"),
        ]

    def ingest(self, progress: Progress = lambda *_: None) -> Ingested:
        return Ingested(tuple(self.sources()), self.generation, published=False)

    def examples(self) -> Sequence[str]:
        return [LANDMINES, MISSING, PRISONERS]


def _answers(source: Document) -> dict[str, Answer]:
    mines = (
        "After the end of the Second Karabakh War, a total of 274 people were hit by landmines, "
    )
    war = citation(source, f"{mines}36 of them civilians.", 1, "274")
    civilians = citation(source, "46 people were killed.", 2)
    buried = citation(
        source, "it was discovered that hundreds of thousands of mines were buried", 3
    )
    missing = citation(
        source,
        "About 4,000 Azerbaijanis are still considered missing from the First Karabakh War, and "
        "Armenia refuses to give any information about their fate to their families.",
        1,
        "About 4,000",
    )
    return {
        LANDMINES: answered(LANDMINES, [war, civilians], [buried]),
        MISSING: answered(MISSING, [missing]),
        SLOW: answered(SLOW, [missing]),
    }
