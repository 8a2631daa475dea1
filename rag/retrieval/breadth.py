"""So that one long report crowds out no short statement: passages of further documents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from rag.ports import Index, Retriever
from rag.types import Hit

DOCUMENTS, EACH = 5, 2
"""Where the best passages are of fewer documents, the next ones' best passages join them: each
of the best DOCUMENTS documents is read in up to EACH passages, if it is not already."""
DEPTH = 50
"""How far down the ranking further documents are looked for before they are searched alone."""


def retrieve_broadly(
    retriever: Retriever,
    index: Index,
    questions: Sequence[str],
    k: int,
    documents: Collection[str] | None = None,
) -> list[list[Hit]]:
    """For each question its k best passages, and after them the best of further documents.

    The first k are those of `retriever`, unchanged; what follows is ranked below them. Raises
    KeyError for a document that the index does not hold.
    """
    rankings = retriever.retrieve(index, questions, max(k, DEPTH), documents)
    asked = set(_all_of(index) if documents is None else documents)
    return [
        [
            replace(hit, rank=rank)
            for rank, hit in enumerate(
                _broad(retriever, index, question, ranking, k, asked), start=1
            )
        ]
        for question, ranking in zip(questions, rankings, strict=True)
    ]


def _broad(  # noqa: PLR0913, PLR0917 - one step of the function above
    retriever: Retriever,
    index: Index,
    question: str,
    ranking: list[Hit],
    k: int,
    asked: set[str],
) -> Iterator[Hit]:
    best, rest = ranking[:k], ranking[k:]
    yield from best
    shown = {hit.passage.document_id for hit in best}
    wanted = min(DOCUMENTS, len(asked)) - len(shown)
    if not best or wanted <= 0:
        return
    deeper = list(_of_further(rest, shown, wanted))
    yield from deeper
    shown |= {hit.passage.document_id for hit in deeper}
    missing = min(DOCUMENTS, len(asked)) - len(shown)
    if missing > 0:
        [others] = retriever.retrieve(index, [question], missing * EACH, asked - shown)
        floor = ranking[-1].score
        # Scores of another search are not on this one's scale: they count as its lowest.
        yield from (replace(hit, score=floor) for hit in _of_further(others, shown, missing))


def _of_further(ranking: Iterable[Hit], shown: Collection[str], most: int) -> Iterator[Hit]:
    """The best passages of up to `most` documents that are not `shown`, in their order."""
    new = [hit for hit in ranking if hit.passage.document_id not in shown]
    chosen = list(islice(dict.fromkeys(hit.passage.document_id for hit in new), most))
    taken: dict[str, int] = dict.fromkeys(chosen, 0)
    for hit in new:
        place = hit.passage.document_id
        if taken.get(place, EACH) < EACH:
            taken[place] += 1
            yield hit


def _all_of(index: Index) -> Iterator[str]:
    return (source.document_id for source in index.sources if source.document_id)
