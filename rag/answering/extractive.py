"""Answers without a language model: the documents' own sentences, chosen and ordered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.text import fold
from rag.types import Claim, Draft, Reading

NOTHING_READ = "Nothing in the documents resembles the question."
UNCONVINCING = "Nothing in the documents answers it plainly enough."


@dataclass(frozen=True, slots=True)
class ExtractiveAnswerer:
    """Quotes up to `sentences` sentences whose probability of answering reaches `threshold`.

    A sentence beyond the first must score within `margin` of it, and no document gives more
    than `per_document`, so that a long report never crowds out a short statement.
    """

    threshold: float
    sentences: int
    per_document: int
    margin: float

    def draft(self, question: str, readings: Sequence[Reading]) -> Draft:  # noqa: ARG002 - the port
        """Claims with the best first, and each document's together."""
        if not readings:
            return Draft((), "extractive", NOTHING_READ)
        best = readings[0]
        if best.probability < self.threshold:
            return Draft((), "extractive", _why(best))
        chosen = list(self._chosen(readings))
        order = [reading.passage.document_id for reading in chosen]
        chosen.sort(key=lambda each: order.index(each.passage.document_id))
        return Draft(tuple(_claim(reading) for reading in chosen), "extractive")

    def _chosen(self, readings: Sequence[Reading]) -> Iterator[Reading]:
        said: set[str] = set()
        counts: dict[str, int] = {}
        for reading in readings:
            source, text = reading.passage.document_id, fold(_quote(reading)).text
            near = reading.score >= readings[0].score - self.margin
            if not near or reading.probability < self.threshold or len(said) == self.sentences:
                continue
            if text in said or counts.get(source, 0) == self.per_document:
                continue
            said.add(text)
            counts[source] = counts.get(source, 0) + 1
            yield reading


def _quote(reading: Reading) -> str:
    return reading.evidence.shift(-reading.passage.span.start).of(reading.passage.text)


def _claim(reading: Reading) -> Claim:
    text = " ".join(_quote(reading).split())
    return Claim(text, reading.passage, reading.evidence, reading.answer)


def _why(best: Reading) -> str:
    if not best.lacks:
        return UNCONVINCING
    missing = "; ".join(best.lacks)
    return f"{UNCONVINCING} {missing[0].upper()}{missing[1:]}."
