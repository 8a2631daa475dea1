"""From what an answerer says to what may be shown: every claim held against its source.

The only place where a `Citation` is made. Quotes are cut from the document by offset, so that
they cannot be invented; what a claim says beyond its quote is not shown as said by the source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat

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
    Written,
)

OMITTED = " […] "
"""Stands in a statement where its quotation is interrupted by a running head or a page number."""
NO_SUPPORT = "No sentence of the draft was found in the documents."
NOTHING_HELD = (
    "Nothing that the model wrote is supported by the documents: these are their own sentences."
)
AROUND = 800
"""Characters before and behind a quotation that its passage may have held."""
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
    said = _Said(document)
    for part in draft.parts or (draft,):
        said.add(part)
    citations = tuple(said.citations.values())
    notes = list(draft.notes)
    if said.removed:
        notes.append(_counted(len(said.removed)) if said.written_by else NOTHING_HELD)
    return Answer(
        question=evidence.question,
        outcome=Outcome.ANSWERED if said.statements else Outcome.ABSTAINED,
        statements=tuple(said.statements),
        citations=citations,
        presented=tuple(_presented(evidence.readings, citations, document)),
        retrieved=tuple(evidence.hits),
        score=max((reading.probability for reading in evidence.readings), default=0.0),
        written_by=said.written_by or QUOTED_BY,
        generation=evidence.generation,
        fingerprint=evidence.fingerprint,
        reason=None if said.statements else draft.reason or NO_SUPPORT,
        searched=evidence.searched,
        notes=tuple(notes),
        removed=tuple(said.removed),
    )


@dataclass(slots=True)
class _Said:
    """What is said so far: statements, each once, and one citation for each place."""

    document: Callable[[str], Document]
    statements: list[Statement] = field(default_factory=list)
    citations: dict[tuple[str, Span], Citation] = field(default_factory=dict)
    removed: list[Removed] = field(default_factory=list)
    written_by: str = ""

    def add(self, draft: Draft) -> None:
        """The sentences that a model wrote, as far as they hold; the claims if none does."""
        written = [each for each in map(self._written, draft.sentences, repeat(draft)) if each]
        if written:
            self.written_by = draft.written_by
        for statement in written or [each for each in map(self._claimed, draft.claims) if each]:
            if statement not in self.statements:
                self.statements.append(statement)

    def _claimed(self, claim: Claim) -> Statement | None:
        """A claim in the document's own words, if it is; None else."""
        source = self.document(claim.passage.document_id)
        status = _status(claim, source)
        if status is Status.UNSUPPORTED:
            return None
        number = self._cited(source, claim.quote, claim.answer)
        return Statement(_words(source, claim.quote), (number,), status, source.speaker)

    def _written(self, sentence: Written, draft: Draft) -> Statement | None:
        """A sentence in a model's words with what it rests on; None if it does not hold."""
        cited = [each for each in sentence.passages if _genuine(each, self.document)]
        verdict = check(
            sentence.text,
            [_source(each, self.document) for each in cited],
            [_source(each, self.document) for each in draft.given if each not in cited],
        )
        places = [
            (self.document(cited[which].document_id), span.shift(cited[which].span.start))
            for which, span in verdict.rests_on
        ]
        places = [(source, place) for source, place in places if source.saying(place)]
        if verdict.status is Status.UNSUPPORTED or not places:
            self.removed.append(Removed(sentence.text, verdict.reason or NO_SUPPORT))
            return None
        numbers = [self._cited(source, place) for source, place in places]
        voices = dict.fromkeys(source.speaker for source, _ in places)
        return Statement(
            sentence.text,
            tuple(dict.fromkeys(numbers)),
            verdict.status,
            "; ".join(filter(None, voices)),
            verdict.reason,
        )

    def _cited(self, source: Document, place: Span, answer: Span | None = None) -> int:
        new = _citation(len(self.citations) + 1, source, place, Status.VERBATIM, answer)
        return self.citations.setdefault((source.id, place), new).number


def held_anew(statement: Statement, cited: Sequence[Citation]) -> Statement:
    """A statement that was kept elsewhere, with the status that its quotations give it now.

    A sentence in a model's words is held against what stands around them as well.
    """
    if any(each.status is Status.UNSUPPORTED for each in cited):
        return replace(statement, status=Status.UNSUPPORTED)
    if any(statement.text == _words(each.document, each.span) for each in cited):
        return replace(statement, status=Status.VERBATIM, doubt="")
    verdict = check(statement.text, [_around(each.document, each.span) for each in cited])
    return replace(statement, status=verdict.status, doubt=verdict.reason)


def _words(source: Document, quote: Span) -> str:
    """The quotation as it is said, on one line."""
    return " ".join(source.prose(quote, OMITTED).split())


def _genuine(passage: Passage, document: Callable[[str], Document]) -> bool:
    return passage.text == passage.span.of(document(passage.document_id).text)


def _source(passage: Passage, document: Callable[[str], Document]) -> Source:
    return Source(passage.text, _about(document(passage.document_id)))


def _around(source: Document, quote: Span) -> Source:
    wide = Span(max(0, quote.start - AROUND), min(len(source.text), quote.end + AROUND))
    return Source(wide.of(source.text), _about(source))


def _about(source: Document) -> str:
    return f"{source.title} {source.publisher} {source.attribution}"


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
    """Verbatim when the claim is its quote, case and white space aside; not a heading alone."""
    inside = claim.passage.span.covers(claim.quote) and len(source.saying(claim.quote)) > 0
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
