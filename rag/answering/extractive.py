"""Answers without a language model: the documents' own sentences, chosen and ordered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.text import fold, sentences
from rag.types import Claim, Draft, Reading, Span

NOTHING_READ = "Nothing in the documents resembles the question."
UNCONVINCING = "Nothing in the documents answers it plainly enough."

_LEANS = re.compile(
    r"(?:(?:and|but|so|also|however|moreover|furthermore|in addition|therefore),?\s+)?"
    r"(?:it|its|they|their|them|he|his|him|she|her|this|these|those|such|the (?:latter|former))\b",
    re.IGNORECASE,
)
"""How a sentence begins that cannot be understood without the one before it."""
_ALL_OF_IT = re.compile(
    r"\blist(?:ed|s)?\b|\b(?:all (?:of )?the|what all|name (?:all|the|some))\b"
    r"|\bwhich (?:of the )?(?:\w+ ){0,2}\w+s (?:are|were|do|did|have|has|does)\b"
    r"|\bwhat (?:are|were) the \w+s\b",
    re.IGNORECASE,
)
"""A question for several things ("List ...", "Which reports were ...")."""
_LONGEST = 80
"""In words: what a quotation is not extended beyond."""
_MORE, _FURTHER = 3, 2
"""How many times as many sentences make a list, from how many times as far below the best."""


@dataclass(frozen=True, slots=True)
class ExtractiveAnswerer:
    """Quotes up to `sentences` sentences whose probability of answering reaches `threshold`.

    A sentence beyond the first must score within `margin` of it, and no document gives more
    than `per_document`, so that a long report never crowds out a short statement. Where a list is
    asked for, several times as many may be quoted. A sentence that cannot stand alone is quoted
    with the one before it.
    """

    threshold: float
    sentences: int
    per_document: int
    margin: float

    def draft(self, question: str, readings: Sequence[Reading]) -> Draft:
        """Claims with the best first, and each document's together."""
        if not readings:
            return Draft((), "extractive", NOTHING_READ)
        best = readings[0]
        if best.probability < self.threshold:
            return Draft((), "extractive", _why(best))
        chosen = list(self._chosen(readings, several=bool(_ALL_OF_IT.search(question))))
        order = [reading.passage.document_id for reading in chosen]
        chosen.sort(key=lambda each: order.index(each.passage.document_id))
        claims = [_claim(reading) for reading in chosen]
        return Draft(tuple(each for each in claims if not _said(each, claims)), "extractive")

    def _chosen(self, readings: Sequence[Reading], *, several: bool) -> Iterator[Reading]:
        said: set[str] = set()
        counts: dict[str, int] = {}
        times = _MORE if several else 1
        lowest = readings[0].score - self.margin * (_FURTHER if several else 1)
        for reading in readings:
            source, text = reading.passage.document_id, fold(_quote(reading)).text
            enough = len(said) == self.sentences * times
            if reading.score < lowest or reading.probability < self.threshold or enough:
                continue
            if text in said or counts.get(source, 0) == self.per_document * times:
                continue
            said.add(text)
            counts[source] = counts.get(source, 0) + 1
            yield reading


def _quote(reading: Reading) -> str:
    return reading.evidence.shift(-reading.passage.span.start).of(reading.passage.text)


def _said(claim: Claim, claims: Sequence[Claim]) -> bool:
    """Whether another claim quotes all of this one and more."""
    return any(
        other.passage.document_id == claim.passage.document_id
        and other.quote != claim.quote
        and other.quote.covers(claim.quote)
        for other in claims
    )


def _claim(reading: Reading) -> Claim:
    quote = _standing(reading)
    text = quote.shift(-reading.passage.span.start).of(reading.passage.text)
    return Claim(" ".join(text.split()), reading.passage, quote, reading.answer)


def _standing(reading: Reading) -> Span:
    """The evidence, with the sentence before it where it leans on that one."""
    text, by = reading.passage.text, reading.passage.span.start
    evidence = reading.evidence.shift(-by)
    if not _LEANS.match(evidence.of(text)):
        return reading.evidence
    before = [span for span in sentences(text[: evidence.start]) if span]
    if not before:
        return reading.evidence
    whole = Span(before[-1].start, evidence.end)
    return whole.shift(by) if len(whole.of(text).split()) <= _LONGEST else reading.evidence


def _why(best: Reading) -> str:
    if not best.lacks:
        return UNCONVINCING
    missing = "; ".join(best.lacks)
    return f"{UNCONVINCING} {missing[0].upper()}{missing[1:]}."
