"""From what an answerer says to what may be shown: every claim held against its source.

The only place where a `Citation` is made. Quotes are cut from the document by offset, so that
they cannot be invented; what a claim says beyond its quote is not shown as said by the source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rag.text import fold
from rag.types import (
    Answer,
    Citation,
    Claim,
    Document,
    Draft,
    Hit,
    Outcome,
    Reading,
    Span,
    Statement,
    Status,
)

OMITTED = " […] "
"""Stands in a statement where its quotation is interrupted by a running head or a page number."""
NO_SUPPORT = "No sentence of the draft was found in the documents."


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
    reason = draft.reason or NO_SUPPORT
    cited = tuple(citations.values())
    return Answer(
        question=evidence.question,
        outcome=Outcome.ANSWERED if statements else Outcome.ABSTAINED,
        statements=tuple(statements),
        citations=cited,
        presented=tuple(_presented(evidence.readings, cited, document)),
        retrieved=tuple(evidence.hits),
        score=max((reading.probability for reading in evidence.readings), default=0.0),
        written_by=draft.written_by,
        generation=evidence.generation,
        fingerprint=evidence.fingerprint,
        reason=None if statements else reason,
        searched=evidence.searched,
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
