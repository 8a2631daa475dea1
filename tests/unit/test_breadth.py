"""A long report beside short statements: what is read for a question."""

from __future__ import annotations

from collections import Counter

import pytest

from rag.chunking import SentenceChunker
from rag.ports import Index
from rag.retrieval.breadth import DOCUMENTS, EACH, retrieve_broadly
from rag.retrieval.hybrid import HybridRetriever
from rag.types import Document, Hit, Source
from tests.doubles import MemoryStore, WordEmbedder, document

QUESTION = "How many mines were found?"
LONG = document(
    " ".join(f"In village {at} people found {at} mines of that kind." for at in range(200)), "long"
)
SHORTS = [
    document(f"Statement {at}. We found some mines. Rain fell. We left.", f"short {at}")
    for at in range(7)
]


def index(*documents: Document) -> Index:
    """An index on doubles of these documents, each sentence or two a passage."""
    embedder, store = WordEmbedder(), MemoryStore()
    with store.build() as build:
        for each in documents:
            passages = SentenceChunker(10, 0).chunk(each)
            build.add(each, passages, embedder.embed([passage.text for passage in passages]))
        return build.publish([Source(each.path, each.id) for each in documents])


def read(of: Index, k: int, documents: list[str] | None = None) -> list[Hit]:
    """What is read for the question."""
    retriever = HybridRetriever(WordEmbedder())
    [found] = retrieve_broadly(retriever, of, [QUESTION], k, documents)
    [plain] = retriever.retrieve(of, [QUESTION], k, documents)
    assert [hit.passage for hit in found[:k]] == [hit.passage for hit in plain]
    assert [hit.rank for hit in found] == list(range(1, len(found) + 1))
    scores = [hit.score for hit in found]
    assert scores == sorted(scores, reverse=True)
    return found


def test_short_statements_are_read_beside_a_long_report() -> None:
    """A report with 200 better passages leaves room for the best of the next documents."""
    found = read(index(LONG, *SHORTS), 10)
    counts = Counter(hit.passage.document_id for hit in found)
    assert counts[LONG.id] == 10
    assert len(counts) == DOCUMENTS
    assert all(1 <= count <= EACH for place, count in counts.items() if place != LONG.id)
    for place in set(counts) - {LONG.id}:
        best = next(hit for hit in found if hit.passage.document_id == place)
        assert "We found some mines." in best.passage.text


@pytest.mark.parametrize("count", [1, 2, 3])
def test_there_are_no_more_documents_than_there_are(count: int) -> None:
    """With few documents each of them is read; with one, nothing is added."""
    documents = [LONG, *SHORTS][:count]
    found = read(index(*documents), 10)
    assert {hit.passage.document_id for hit in found} == {each.id for each in documents}
    assert len(found) <= 10 + EACH * (count - 1)


def test_enough_documents_need_no_more() -> None:
    """Where the best passages are of many documents, the ranking stays as it is."""
    assert len(read(index(*SHORTS), 6)) == 6


def test_what_was_not_chosen_stays_out() -> None:
    """Further documents are looked for among the chosen ones only."""
    chosen = [LONG.id, SHORTS[3].id]
    found = read(index(LONG, *SHORTS), 10, chosen)
    assert {hit.passage.document_id for hit in found} == set(chosen)


def test_nothing_to_read_is_nothing_read() -> None:
    """No documents chosen: an empty list."""
    assert read(index(LONG), 10, []) == []
