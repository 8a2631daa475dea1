"""Fusion against sums worked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.ports import Ranking
from rag.retrieval.fusion import Fusion, min_max, reciprocal_ranks, z_scores

DENSE: Ranking = [(1, 0.9), (2, 0.5), (3, 0.1)]
LEXICAL: Ranking = [(3, 12.0), (1, 4.0)]
ALL = pytest.mark.parametrize(
    "fuse", [z_scores, min_max, reciprocal_ranks], ids=lambda f: f.__name__
)


def test_min_max_by_hand() -> None:
    """Scores are stretched to 0..1; the row that BM25 lacks counts as its lowest."""
    assert dict(min_max([DENSE, LEXICAL])) == pytest.approx({1: 1.0, 3: 1.0, 2: 0.5})


def test_z_scores_by_hand() -> None:
    """Standard scores with the population's deviation: 0.3266 and, over 12, 4, 4, 3.7712."""
    expected = {
        1: 0.4 / 0.32659863 + (4 - 20 / 3) / 3.77123617,
        2: 0.0 + (4 - 20 / 3) / 3.77123617,
        3: -0.4 / 0.32659863 + (12 - 20 / 3) / 3.77123617,
    }
    assert dict(z_scores([DENSE, LEXICAL])) == pytest.approx(expected)


def test_reciprocal_ranks_by_hand() -> None:
    """1 / (60 + rank), added up."""
    expected = {1: 1 / 61 + 1 / 62, 2: 1 / 62, 3: 1 / 63 + 1 / 61}
    assert dict(reciprocal_ranks([DENSE, LEXICAL])) == pytest.approx(expected)


@ALL
def test_nothing_found_is_nothing_fused(fuse: Fusion) -> None:
    """Empty lists are no trouble."""
    assert fuse([[], []]) == []
    assert [row for row, _ in fuse([DENSE, []])] == [1, 2, 3]


@ALL
@given(st.dictionaries(st.integers(0, 30), st.floats(-5, 5), max_size=10))
def test_every_row_comes_out_once_and_best_first(fuse: Fusion, scores: dict[int, float]) -> None:
    """Fusion neither loses nor repeats a row, and orders by its own score."""
    ranking = sorted(scores.items(), key=lambda item: -item[1])
    fused = fuse([ranking, LEXICAL])
    assert sorted(row for row, _ in fused) == sorted({*scores, 1, 3})
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)


@ALL
def test_equal_scores_are_ordered_by_row(fuse: Fusion) -> None:
    """Two runs give the same order."""
    assert [row for row, _ in fuse([[(5, 1.0), (2, 1.0)], [(2, 1.0), (5, 1.0)]])] == [2, 5]
