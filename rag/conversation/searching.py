"""Searching for a question and for what came before it, weighed against each other.

The question itself always counts in full. It is searched once more together with the earlier
turns; that ranking counts fully for a question that depends on them, less for one that could
stand alone, and not at all where the subject has changed. Scores are added as standard scores, as
where dense and lexical search are fused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, pstdev

from rag.conversation.lookup import Lookup
from rag.ports import Index, Retriever
from rag.text import content_terms
from rag.types import Hit

WHOLE_WEIGHT = 0.75
"""Of the search with the earlier turns, for a question that could stand alone."""
AGREE = 3
"""A question is on the subject of what came before if both find something among so many."""
DEPTH = 50

Find = Callable[[Sequence[str]], Sequence[Sequence[Hit]]]


def settled(lookups: Sequence[Lookup], find: Find) -> list[Lookup]:
    """The lookups, without the earlier turns where a whole question has changed the subject.

    It has if it shares no word with them, and its AGREE best passages (by `find`) none with theirs.
    """
    doubtful = [each for each in lookups if each.context and not each.dependent]
    doubtful = [each for each in doubtful if not _share_words(each.question, each.context)]
    if not doubtful:
        return list(lookups)
    found = iter(find([text for each in doubtful for text in (each.question, each.context)]))
    changed = {id(each) for each in doubtful if not _agree(next(found), next(found))}
    return [replace(each, before=(), said="") if id(each) in changed else each for each in lookups]


@dataclass(frozen=True, slots=True)
class Contextual:
    """The port `Retriever`, for lookups: each question is the `key` of one of them."""

    retriever: Retriever
    lookups: Sequence[Lookup]

    def retrieve(
        self,
        index: Index,
        questions: Sequence[str],
        k: int,
        documents: Collection[str] | None = None,
    ) -> list[list[Hit]]:
        """For each question up to k passages, best first; raises KeyError as the port does."""
        known = {each.key: each for each in self.lookups}
        wanted = [known[question] for question in questions]
        texts = [text for each in wanted for text in each.texts]
        depth = k if len(texts) == len(wanted) else max(k, DEPTH)
        found = iter(self.retriever.retrieve(index, texts, depth, documents))
        return [_weighed([next(found) for _ in each.texts], each)[:k] for each in wanted]


def _weighed(rankings: Sequence[Sequence[Hit]], lookup: Lookup) -> list[Hit]:
    own = rankings[0]
    if len(rankings) == 1:
        return list(own)
    weight = 1.0 if lookup.dependent else WHOLE_WEIGHT
    hits = {hit.passage.id: hit for hit in (*rankings[1], *own)}
    totals = dict.fromkeys(sorted(hits), 0.0)
    for ranking, share in zip(rankings, (1.0, weight), strict=True):
        for passage, score in _standard(ranking, totals).items():
            totals[passage] += share * score
    order = sorted(totals, key=lambda passage: (-totals[passage], passage))
    return [
        replace(hits[passage], score=totals[passage], rank=rank)
        for rank, passage in enumerate(order, start=1)
    ]


def _standard(ranking: Sequence[Hit], wanted: Collection[str]) -> dict[str, float]:
    """Standard scores of the passages; one that the ranking lacks has its lowest score."""
    if not ranking:
        return {}
    known = {hit.passage.id: hit.score for hit in ranking}
    lowest = min(known.values())
    scores = {passage: known.get(passage, lowest) for passage in wanted}
    mean, deviation = fmean(scores.values()), pstdev(scores.values())
    return {
        passage: (score - mean) / deviation if deviation else 0.0
        for passage, score in scores.items()
    }


def _share_words(question: str, context: str) -> bool:
    asked, before = ({term.stem for term in content_terms(text)} for text in (question, context))
    return bool(asked & before)


def _agree(own: Sequence[Hit], before: Sequence[Hit]) -> bool:
    return any(
        one.passage.document_id == other.passage.document_id
        and one.passage.span.overlap(other.passage.span) > 0
        for one in own[:AGREE]
        for other in before[:AGREE]
    )
