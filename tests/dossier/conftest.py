"""A few documents, a conversation about them, and ways to write it down and read it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rag import dossier
from rag.citing import quoted
from rag.dossier import Checked
from rag.parsing.limits import Limits
from rag.schema import answer_json
from rag.types import Answer, Document, Outcome, Source, Span, Statement, Status
from tests.doubles import document

LIMITS = Limits(60, 60, 1 << 30, 1_000, 1_000_000, 10_000_000)
MADE = "2026-11-25T10:00:00+00:00"

REPORT = document(
    "The mine at the bridge\nexploded in 1993. Two were hurt.\n\nPage two says [1] “so” – *loud*.",
    "report.pdf",
    pages=[48],
    title='A “report” on [mines] & <b>bridges</b> | "1. draft"',
    publisher="Office of Maps",
    speaker="The surveyor",
    date="2022-10",
)
LETTER = document(
    "We deny it. All maps were handed over.", "letter.txt", title="A letter", date="2023-01-15"
)


@dataclass
class Shelf:
    """Documents that can be taken away, and whose files can change."""

    held: list[Document] = field(default_factory=lambda: [REPORT, LETTER])
    changed: set[str] = field(default_factory=set)

    def sources(self) -> Sequence[Source]:
        return [Source(each.path, each.id) for each in self.held]

    def document(self, document_id: str) -> Document:
        return {each.id: each for each in self.held}[document_id]

    def holds(self, document_id: str) -> bool:
        return document_id not in self.changed


def answered(question: str, *places: tuple[Document, str]) -> dict[str, Any]:
    """An answer as JSON that states these words of these documents."""
    spans = []
    for source, words in places:
        start = source.text.index(words)
        spans.append((source, Span(start, start + len(words))))
    citations = quoted(spans)
    statements = tuple(
        Statement(" ".join(each.quote.split()), (each.number,), each.status, each.document.speaker)
        for each in citations
    )
    outcome = Outcome.ANSWERED if places else Outcome.ABSTAINED
    reason = None if places else "Nobody mentions “Quellmalz”."
    return answer_json(
        Answer(question, outcome, statements, citations, (), (), 0.9, "hand", 1, "f", reason)
    )


def in_other_words(answer: dict[str, Any], text: str, status: Status) -> dict[str, Any]:
    """The same answer with its first statement written by somebody."""
    first = answer["statements"][0] | {"text": text, "status": status.value}
    return answer | {"statements": [first, *answer["statements"][1:]]}


CONVERSATION = [
    answered(
        "Who was hurt? [1]",
        (REPORT, "The mine at the bridge\nexploded in 1993."),
        (LETTER, "We deny it."),
    ),
    answered("And <Quellmalz>?"),
    answered(
        "What is on page two?",
        (REPORT, "Page two says [1] “so” – *loud*."),
        (REPORT, "The mine at the bridge\nexploded in 1993."),
    ),
]


@pytest.fixture
def shelf() -> Shelf:
    """Both documents."""
    return Shelf()


@pytest.fixture(params=dossier.SUFFIXES)
def file(request: pytest.FixtureRequest, tmp_path: Path, shelf: Shelf) -> Path:
    """The conversation, written down in each of the formats."""
    path = tmp_path / f"dossier{request.param}"
    path.write_bytes(dossier.write(request.param, CONVERSATION, shelf.document, MADE))
    return path


@pytest.fixture
def verify(shelf: Shelf) -> Callable[[Path], Checked]:
    """Holds a dossier's file against the documents."""
    return lambda path: dossier.check(dossier.read(path, LIMITS), shelf)
