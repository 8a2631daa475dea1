"""Answers in a language model's words: drafts only, of which nothing is shown unchecked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from rag.answering.prompt import NO_ANSWER, messages
from rag.errors import WriterError
from rag.ports import Answerer
from rag.support import clean, parse
from rag.types import Draft, Passage, Reading, Written

PASSAGES, SENTENCES = 8, 5
"""How many passages a model is given, and how many sentences it is asked for."""
MOST = 20
"""Sentences of a model that are looked at."""
DECLINED = "The model found no answer in these passages: these are the documents' own sentences."


class Writes(Protocol):
    """A language model."""

    @property
    def model(self) -> str:
        """Its name."""

    def write(self, messages: Sequence[dict[str, str]]) -> str:
        """What it writes; raises WriterError."""


@dataclass(frozen=True, slots=True)
class Writer:
    """The port `Answerer`: `quoting` drafts first, and what it says stands if the model fails.

    Where `quoting` abstains the model is not asked: whether the documents answer is for the
    reader to say, and a model would rather say something.
    """

    endpoint: Writes
    quoting: Answerer

    def draft(self, question: str, readings: Sequence[Reading]) -> Draft:
        """The model's sentences, with the quotations to fall back on and a note if need be."""
        quoted = self.quoting.draft(question, readings)
        if not quoted.claims:
            return quoted
        passages = list(_passages(readings))
        try:
            text = clean(self.endpoint.write(messages(question, passages, SENTENCES)))
        except WriterError as error:
            return replace(quoted, notes=(*quoted.notes, str(error)))
        written = tuple(
            Written(said, tuple(_cited(numbers, passages)))
            for said, numbers in list(parse(text))[:MOST]
        )
        if text.strip().upper().startswith(NO_ANSWER) or not written:
            return replace(quoted, notes=(*quoted.notes, DECLINED))
        return replace(
            quoted, written_by=self.endpoint.model, sentences=written, given=tuple(passages)
        )


def _passages(readings: Sequence[Reading]) -> Iterator[Passage]:
    """The passages of the best readings, each once."""
    seen: dict[str, None] = {}
    for reading in readings:
        if reading.passage.id not in seen and len(seen) < PASSAGES:
            seen[reading.passage.id] = None
            yield reading.passage


def _cited(numbers: Sequence[int], passages: Sequence[Passage]) -> Iterator[Passage]:
    """The passages of these numbers; numbers that were invented vanish."""
    return (passages[number - 1] for number in numbers if 1 <= number <= len(passages))
