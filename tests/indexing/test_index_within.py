"""A search among some of the documents finds what a search of all would, without the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import IndexingError, IndexMismatchError
from rag.indexing import within
from rag.indexing.generation import LocalIndex
from tests.indexing.builders import LONG, document, publish, store, vectors

WORDS = ("mine", "map", "law", "peace", "mine mine", "map of mines")
DOCUMENTS = [
    document(f"{number:02}", "".join(f"{WORDS[(number + at) % 6]} {at}\n" for at in range(number)))
    for number in range(12)
]
"""Of 0 to 11 passages each."""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LocalIndex:
    """All of them in one generation."""
    return publish(store(tmp_path_factory.mktemp("index")), *DOCUMENTS)


chosen = st.sets(st.sampled_from(DOCUMENTS)).map(lambda some: [each.id for each in some])


@settings(max_examples=60 * LONG, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen, st.integers(1, 70))
def test_both_searches_equal_the_whole_ranking_filtered(
    index: LocalIndex, documents: list[str], k: int
) -> None:
    """Rows in the same order with the same scores as in a search of everything, and no others."""
    held = {
        row
        for row, passage in enumerate(index.passages(range(len(index))))
        if passage.document_id in documents
    }
    queries = vectors(["question", "another"])
    everything = [
        *index.nearest(queries, len(index)),
        *index.matching(["maps of mines", "peace"], len(index)),
    ]
    found = [
        *index.nearest(queries, k, documents),
        *index.matching(["maps of mines", "peace"], k, documents),
    ]
    for whole, some in zip(everything, found, strict=True):
        expected = [(row, score) for row, score in whole if row in held][:k]
        assert [row for row, _ in some] == [row for row, _ in expected]
        scores = [score for _, score in expected]
        assert [score for _, score in some] == pytest.approx(scores, rel=1e-5, abs=1e-6)


def test_vectors_are_multiplied_portion_by_portion(
    index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few fit into memory at once, the result is the same, ties included."""
    ids = [each.id for each in DOCUMENTS]
    whole = index.nearest(vectors(["q", "r"]), 20, ids)
    monkeypatch.setattr(within, "_AT_ONCE", 3)
    portioned = index.nearest(vectors(["q", "r"]), 20, ids)
    for one, other in zip(whole, portioned, strict=True):
        assert [row for row, _ in one] == [row for row, _ in other]


def test_equal_passages_keep_the_order_of_rows(tmp_path: Path) -> None:
    """Ties among some documents are broken as among all."""
    twins = [document(str(n), "twin\n", title="t") for n in range(9)]
    index = publish(store(tmp_path / "index"), *twins)
    some = [twins[n].id for n in (7, 1, 4)]
    assert [row for row, _ in index.nearest(vectors(["twin"]), 9, some)[0]] == [1, 4, 7]
    assert [row for row, _ in index.matching(["twin"], 9, some)[0]] == [1, 4, 7]


def test_no_documents_are_no_search(index: LocalIndex) -> None:
    """An empty choice finds nothing, and one without passages as little."""
    for some in ([], [DOCUMENTS[0].id]):
        assert index.nearest(vectors(["a", "b"]), 5, some) == [[], []]
        assert index.matching(["mines", "law"], 5, some) == [[], []]


def test_bad_questions_are_refused_as_ever(index: LocalIndex) -> None:
    """An unknown document, another dimension, NaN, another shape: an error that says so."""
    some = [DOCUMENTS[5].id]
    spoilt = vectors(["a"])
    spoilt[0, 0] = np.nan
    with pytest.raises(KeyError):
        index.nearest(vectors(["a"]), 5, ["0" * 64])
    with pytest.raises(KeyError):
        index.matching(["a"], 5, ["0" * 64])
    with pytest.raises(IndexMismatchError, match="rag index"):
        index.nearest(vectors(["a"], 8), 5, some)
    with pytest.raises(IndexingError, match="finite"):
        index.nearest(spoilt, 5, some)
    with pytest.raises(IndexingError, match="table"):
        index.nearest(vectors(["a"])[0], 5, some)
    assert index.nearest(vectors(["a"]), 0, some) == [[]]
