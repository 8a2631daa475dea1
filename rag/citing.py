"""From what an answerer says to what may be shown: every claim held against its source.

The only place where a `Citation` is made. Quotes are cut from the document by offset, so that
they cannot be invented; what a claim says beyond its quote is not shown as said by the source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rag.support import Source, check
from rag.text import fold
from rag.types import (
    Answer,
    Citation,
    Claim,
    Document,
    Draft,
    Hit,
    Outcome,
    Passage,
    Reading,
    Removed,
    Span,
    Statement,
    Status,
)

OMITTED = " […] "
"""Stands in a statement where its quotation is interrupted by a running head or a page number."""
NO_SUPPORT = "No sentence of the draft was found in the documents."
NOTHING_HELD = (
    "Nothing that the model wrote is supported by the documents: these are their own sentences."
)
QUOTED_BY = "extractive"
"""Who writes where nothing is written."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answer is checked against and reported with."""

    question: str
    searched: str
    hits: Sequence[Hit]
    readings: Sequence[Reading]
    generation: int
    fingerprint: str


def cite(draft: Draft, evidence: Evidence, document: Callable[[str], Document]) -> Answer:
    """The checked answer: claims that hold, numbered citations, and what else was found.

    `document` gives a document by its id; KeyError passes through.
    """
    statements, citations, removed = _written(draft, document)
    written_by, notes = draft.written_by, draft.notes
    if draft.sentences and not statements:
        notes = (*notes, NOTHING_HELD)
        written_by = QUOTED_BY
    elif removed:
        notes = (*notes, _counted(len(removed)))
    if not statements:
        statements, citations = _claimed(draft, document)
    return Answer(
        question=evidence.question,
        outcome=Outcome.ANSWERED if statements else Outcome.ABSTAINED,
        statements=statements,
        citations=citations,
        presented=tuple(_presented(evidence.readings, citations, document)),
        retrieved=tuple(evidence.hits),
        score=max((reading.probability for reading in evidence.readings), default=0.0),
        written_by=written_by,
        generation=evidence.generation,
        fingerprint=evidence.fingerprint,
        reason=None if statements else draft.reason or NO_SUPPORT,
        searched=evidence.searched,
        notes=notes,
        removed=removed,
    )


Said: TypeAlias = tuple[tuple[Statement, ...], tuple[Citation, ...]]


def _claimed(draft: Draft, document: Callable[[str], Document]) -> Said:
    """Claims in the documents' own words."""
    statements: list[Statement] = []
    citations: dict[tuple[str, Span], Citation] = {}
    for claim in draft.claims:
        source = document(claim.passage.document_id)
        status = _status(claim, source)
        if status is Status.UNSUPPORTED:
            continue
        citation = citations.setdefault(
            (source.id, claim.quote),
            _citation(len(citations) + 1, source, claim.quote, status, claim.answer),
        )
        said = " ".join(source.prose(claim.quote, OMITTED).split())
        statements.append(Statement(said, (citation.number,), status, source.speaker))
    return tuple(statements), tuple(citations.values())


def _written(
    draft: Draft, document: Callable[[str], Document]
) -> tuple[tuple[Statement, ...], tuple[Citation, ...], tuple[Removed, ...]]:
    """Sentences in a model's words: those that hold, what they rest on, and the others."""
    statements: list[Statement] = []
    citations: dict[tuple[str, Span], Citation] = {}
    removed: list[Removed] = []
    for sentence in draft.sentences:
        cited = [each for each in sentence.passages if _genuine(each, document)]
        others = [each for each in draft.given if each not in cited]
        verdict = check(
            sentence.text,
            [_source(each, document) for each in cited],
            [_source(each, document) for each in others],
        )
        if verdict.status is Status.UNSUPPORTED or not verdict.rests_on:
            removed.append(Removed(sentence.text, verdict.reason or NO_SUPPORT))
            continue
        numbers = []
        for which, span in verdict.rests_on:
            source, place = document(cited[which].document_id), span.shift(cited[which].span.start)
            known = citations.setdefault(
                (source.id, place),
                _citation(len(citations) + 1, source, place, Status.VERBATIM, None),
            )
            numbers.append(known.number)
        voices = dict.fromkeys(
            document(cited[which].document_id).speaker for which, _ in verdict.rests_on
        )
        statements.append(
            Statement(
                sentence.text,
                tuple(dict.fromkeys(numbers)),
                verdict.status,
                "; ".join(filter(None, voices)),
                verdict.reason,
            )
        )
    return tuple(statements), tuple(citations.values()), tuple(removed)


def _genuine(passage: Passage, document: Callable[[str], Document]) -> bool:
    return passage.text == passage.span.of(document(passage.document_id).text)


def _source(passage: Passage, document: Callable[[str], Document]) -> Source:
    held = document(passage.document_id)
    return Source(passage.text, f"{held.title} {held.publisher} {held.attribution}")


def _counted(count: int) -> str:
    what = "1 sentence was" if count == 1 else f"{count} sentences were"
    return f"{what} removed: the documents do not support what the model wrote there."


def quoted(places: Iterable[tuple[Document, Span]]) -> tuple[Citation, ...]:
    """These stretches of documents as citations, numbered from 1 in their order."""
    return tuple(
        _citation(number, source, span, Status.VERBATIM, None)
        for number, (source, span) in enumerate(places, start=1)
    )


def _status(claim: Claim, source: Document) -> Status:
    """Verbatim when the claim is its quote, case and white space aside."""
    inside = claim.passage.span.covers(claim.quote) and len(claim.quote) > 0
    if not inside or claim.passage.text != claim.passage.span.of(source.text):
        return Status.UNSUPPORTED
    said, quoted = (fold(text).text.strip() for text in (claim.text, claim.quote.of(source.text)))
    return Status.VERBATIM if said == quoted else Status.UNSUPPORTED


def _citation(
    number: int, source: Document, span: Span, status: Status, answer: Span | None
) -> Citation:
    if answer is not None and not span.covers(answer):
        answer = None
    return Citation(
        number, source, span, span.of(source.text), source.pages_of(span), status, answer
    )


PRESENTED = 5


def _presented(
    readings: Iterable[Reading], cited: Sequence[Citation], document: Callable[[str], Document]
) -> Iterable[Citation]:
    """The best further sentences, at most PRESENTED, each shown once, numbered after `cited`."""
    shown = {(citation.document.id, citation.span) for citation in cited}
    for reading in readings:
        place = (reading.passage.document_id, reading.evidence)
        if place in shown or len(shown) >= len(cited) + PRESENTED:
            continue
        shown.add(place)
        yield _citation(
            len(shown), document(place[0]), reading.evidence, Status.VERBATIM, reading.answer
        )
