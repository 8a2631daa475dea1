"""Every kind of search side by side, to the same depth, on the same questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.bootstrap import Bench
from rag.evaluation.asking import refusal
from rag.evaluation.gold import Gold, Place, Shelf
from rag.evaluation.measures.citations import evidence_among
from rag.evaluation.measures.retrieval import DEPTH, FIRST_FOUND, NAMES, ranking_measures
from rag.evaluation.questions import Question
from rag.types import Document, Hit

Ranked = dict[str, list[str]]
"""By question the items found, best first: ids of entries, or else of passages."""


@dataclass(frozen=True, slots=True)
class Rankings:
    """For one kind of search, by question: measures, ranks of what is relevant, items found."""

    measures: Mapping[str, Mapping[str, float]]
    ranks: Mapping[str, list[int]]
    ranked: Ranked


def rank_all(
    bench: Bench, shelf: Shelf, questions: Sequence[Question], golds: Mapping[str, Gold]
) -> dict[str, Rankings]:
    """By name of the search. Where a set brings no judgements of its own, passages are judged by
    whether they hold evidence, and measured only as to what is found first.
    """
    askable = [each for each in questions if not refusal(each)]
    askings = [(each.text, each.before(len(each.turns) - 1)) for each in askable]
    found: dict[str, Rankings] = {}
    for name, retriever in bench.retrievers.items():
        lists = bench.library.search_all(askings, DEPTH, retriever) if askings else []
        hits = {each.id: held for each, held in zip(askable, lists, strict=True)}
        found[name] = _ranked(questions, hits, golds, shelf)
    return found


def _ranked(
    questions: Sequence[Question],
    hits: Mapping[str, Sequence[Hit]],
    golds: Mapping[str, Gold],
    shelf: Shelf,
) -> Rankings:
    judged: dict[str, dict[str, int]] = {}
    ranked: Ranked = {}
    own = any(question.relevant for question in questions)
    for question in questions:
        held = [(_document(hit, shelf), hit) for hit in hits.get(question.id, ())]
        if own:
            ranked[question.id] = [document.path for document, _ in held]
            relevant = dict(question.relevant)
        else:
            ranked[question.id] = [hit.passage.id for _, hit in held]
            relevant = {
                hit.passage.id: 1
                for document, hit in held
                if _holds(document, hit, question, golds[question.id])
            }
        known = question.relevant or golds[question.id].evidence or question.pages
        if known and (own or question.answerable):
            judged[question.id] = relevant
    measures = ranking_measures(judged, ranked, NAMES if own else FIRST_FOUND)
    ranks = {
        name: [rank for rank, item in enumerate(ranked[name], start=1) if item in judged[name]]
        for name in judged
    }
    return Rankings(measures, ranks, ranked)


def _document(hit: Hit, shelf: Shelf) -> Document:
    document = shelf.by_id(hit.passage.document_id)
    if document is None:
        raise KeyError(hit.passage.document_id)
    return document


def _holds(document: Document, hit: Hit, question: Question, gold: Gold) -> bool:
    """Whether the passage holds evidence, or stands on a page that does."""
    if question.pages:
        pages = [(document.path, page.number) for page in document.pages_of(hit.passage.span)]
        return any(page in question.pages for page in pages)
    return bool(evidence_among([Place(document.path, hit.passage.span)], gold.evidence))
