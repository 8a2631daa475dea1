"""Documents before what is told of them: a summary is read beside its subjects, and quoted last."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from rag.conversation import voice_asked
from rag.ports import Answerer, Index, Reader, Retriever
from rag.retrieval.breadth import retrieve_broadly
from rag.text import content_terms, initials
from rag.types import Draft, Hit, Reading

BESIDE = 4
"""Passages of secondary documents that are read beside those of the others."""
HANDICAP = 1.0
"""By so much must a secondary document's sentence answer better to be quoted first."""


def retrieve(
    retriever: Retriever,
    index: Index,
    questions: Sequence[str],
    k: int,
    documents: Collection[str] | None = None,
) -> list[list[Hit]]:
    """For each question the passages to be read: of the documents, then of what tells of them.

    Where all of `documents` are of one kind, it is `retrieve_broadly`. Raises KeyError.
    """
    second = _secondary(index)
    held = [each.document_id for each in index.sources if each.document_id]
    chosen = held if documents is None else list(documents)
    first = [each for each in chosen if each not in second]
    beside = [each for each in chosen if each in second]
    if not first or not beside:
        return retrieve_broadly(retriever, index, questions, k, documents)
    found = retrieve_broadly(retriever, index, questions, k, first)
    more = retriever.retrieve(index, questions, BESIDE, beside)
    return [
        [*hits, *(replace(hit, rank=len(hits) + hit.rank) for hit in others)]
        for hits, others in zip(found, more, strict=True)
    ]


def read(reader: Reader, question: str, hits: Sequence[Hit], index: Index) -> list[Reading]:
    """What the reader sees in both kinds of documents, best first, with the handicap on the second.

    Each kind is read by itself: what a summary says does not change how the others are read.
    Headings are read with what they stand over, and are no evidence themselves.
    """
    second = _secondary(index)
    first = [hit for hit in hits if hit.passage.document_id not in second]
    beside = [hit for hit in hits if hit.passage.document_id in second]
    if not beside:
        return list(_saying(reader.read(question, hits), index))
    less = (replace(each, score=each.score - HANDICAP) for each in reader.read(question, beside))
    every = sorted([*reader.read(question, first), *less], key=lambda each: -each.score)
    return list(_saying(every, index))


def _saying(readings: Iterable[Reading], index: Index) -> Iterator[Reading]:
    for each in readings:
        evidence = index.document(each.passage.document_id).saying(each.evidence)
        if evidence:
            yield replace(each, evidence=evidence)


def drafted(answerer: Answerer, question: str, readings: Sequence[Reading], index: Index) -> Draft:
    """What is answered; where the documents leave open what somebody says, what is told of it.

    Then only sentences of secondary documents count that name whose words are asked for.
    """
    first = answerer.draft(question, readings)
    voice = voice_asked(question)
    if first.claims or not voice:
        return first
    second = _secondary(index)
    told = [
        each
        for each in readings
        if each.passage.document_id in second
        and names(each.evidence.of(index.document(each.passage.document_id).text), voice)
    ]
    further = answerer.draft(question, told)
    return further if further.claims else first


def names(text: str, voice: str) -> bool:
    """Whether a text names somebody, in full or by initials."""
    asked = {term.stem for term in content_terms(voice)}
    held = {term.stem for term in content_terms(text)}
    return asked <= held or bool(asked & initials(text) or held & initials(voice))


def _secondary(index: Index) -> set[str]:
    return {each.document_id for each in index.sources if each.secondary and each.document_id}
