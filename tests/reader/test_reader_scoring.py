"""Measures, against values worked out by hand."""

from __future__ import annotations

import pytest

from rag.reader.training.scoring import auroc, best_over_all, exact, f1, normalised, refused_at


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("The  Bridge, opened!", "bridge opened"),
        ("an answer a day", "answer day"),
        ("U.S.", "us"),
        ("", ""),
        ("theatre", "theatre"),
    ],
)
def test_normalisation(text: str, plain: str) -> None:
    """Case, punctuation, articles as whole words and spacing do not count."""
    assert normalised(text) == plain


@pytest.mark.parametrize(
    ("found", "accepted", "value"),
    [
        ("in March 1842", ["March 1842"], 0.8),
        ("the ships", ["ships"], 1),
        ("two ships", ["three boats", "two big ships"], 0.8),
        ("ships", ["boats"], 0),
        ("ships ships", ["ships"], 2 / 3),
        ("", [], 1),
        ("ships", [], 0),
    ],
)
def test_f1(found: str, accepted: list[str], value: float) -> None:
    """Words in common against words in each, for the accepted answer that fits best."""
    assert f1(found, accepted) == pytest.approx(value)


def test_exact_match() -> None:
    """Equal after normalisation to any accepted answer, or rightly empty."""
    assert exact("The ships", ["boats", "ships"]) == 1
    assert exact("two ships", ["ships"]) == 0
    assert exact("", []) == 1


def test_auroc_counts_pairs() -> None:
    """Three of four pairs of a true and a false one are in order."""
    assert auroc([True, False, True, False], [4, 3, 2, 1]) == 0.75


def test_the_best_threshold_over_all() -> None:
    """Answering the best two: 1 and 0.5 for them, 0 for the false one between, 1 for the last."""
    assert best_over_all([1, 0, 0.5, 0], [True, False, True, False], [4, 3, 2, 1]) == 0.75


def test_refusals_where_so_many_are_answered() -> None:
    """Answering half of the answerable refuses every unanswerable one below that half."""
    truth = [True, True, False, False]
    assert refused_at(0.5, truth, [1, 3, 2, 0.5]) == (1.0, 3)
    assert refused_at(1.0, truth, [1, 3, 2, 0.5]) == (0.5, 1)
