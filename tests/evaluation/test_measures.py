"""Every measure against a value worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rag.evaluation.gold import Place
from rag.evaluation.measures.auroc import auroc
from rag.evaluation.measures.best_f1 import best_f1
from rag.evaluation.measures.bootstrap import interval
from rag.evaluation.measures.calibration import reliability
from rag.evaluation.measures.citations import (
    citation_precision,
    citation_recall,
    evidence_among,
)
from rag.evaluation.measures.exactness import exactness
from rag.evaluation.measures.latency import percentile
from rag.evaluation.measures.pages import right_page
from rag.evaluation.measures.refusing import answered_share, balanced_accuracy, refused_share
from rag.evaluation.measures.retrieval import ranking_measures
from rag.evaluation.measures.risk_coverage import aurc, risks
from rag.evaluation.measures.squad import exact_match, f1, normalised
from rag.types import Span
from tests.doubles import document


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("The  Bridge, at Ely!", "bridge at ely"),
        ("an apple a day", "apple day"),
        ("Theatre", "theatre"),
        ("U.S.", "us"),
        ("the", ""),
    ],
)
def test_words_are_levelled_by_squads_rules(text: str, level: str) -> None:
    """Case, punctuation, articles as whole words, white space."""
    assert normalised(text) == level


def test_f1_by_hand() -> None:
    """Two of three words said are two of four asked for: 2 * 2 / (3 + 4); the best gold counts."""
    assert f1("the red brick house", ["a red house with garden"]) == pytest.approx(4 / 7)
    assert f1("red", ["blue", "the red"]) == 1
    assert f1("", ["red"]) == 0
    assert f1("the", ["an"]) == 1  # nothing is left of either
    assert f1("red red", ["red"]) == pytest.approx(2 / 3)  # words count as often as they are said


def test_exact_match_by_hand() -> None:
    """After levelling the words are the same, or they are not."""
    assert exact_match("The Bridge.", ["tower", "bridge"]) == 1
    assert exact_match("a bridge in Ely", ["bridge"]) == 0


def test_best_f1_by_hand() -> None:
    """Answering the two surest gains 1 and 0.5; the third, unanswerable, would cost 1."""
    best, threshold = best_f1([0.9, 0.8, 0.7, 0.6], [1.0, 0.5, None, 0.4])
    assert best == pytest.approx((1 + 1 + 0.5) / 4)
    assert threshold == 0.8
    assert best_f1([0.9], [None]) == (1.0, math.inf)


def test_ndcg_is_that_of_ir_measures_and_of_the_formula() -> None:
    """Grades 3 at rank 2 and 1 at rank 3, ideal 3 then 1, discounted by log2(rank + 1)."""
    found = ranking_measures({"q": {"a": 3, "b": 1}}, {"q": ["x", "a", "b"]})["q"]
    gained, ideal = 3 / math.log2(3) + 1 / math.log2(4), 3 + 1 / math.log2(3)
    assert found["nDCG@10"] == pytest.approx(gained / ideal)
    assert found["RR"] == 0.5
    assert (found["Success@1"], found["Success@3"]) == (0, 1)
    assert found["R@5"] == 1


def test_a_question_that_found_nothing_scores_nothing_and_stays() -> None:
    """No ranking, or an empty one, is 0 in every measure."""
    found = ranking_measures({"q": {"a": 1}, "r": {"a": 1}, "s": {}}, {"q": [], "s": ["a"]})
    assert found.keys() == {"q", "r", "s"}
    assert {value for each in found.values() for value in each.values()} == {0}


def test_ranks_beyond_the_depth_do_not_count() -> None:
    """What stands at rank 101 is not found."""
    found = ranking_measures({"q": {"a": 1}}, {"q": [*(f"x{n}" for n in range(100)), "a"]})
    assert found["q"]["R@100"] == 0


def place(start: int, end: int, document: str = "a") -> Place:
    """Characters of a document."""
    return Place(document, Span(start, end))


def test_citation_recall_and_precision_by_hand() -> None:
    """Cited 0-20 and 50-60; evidence 10-30: ten of twenty are covered, ten of thirty belong."""
    cited, evidence = [place(0, 20), place(50, 60)], [[place(10, 30)]]
    assert citation_recall(cited, evidence) == 0.5
    assert citation_precision(cited, evidence) == pytest.approx(1 / 3)
    assert citation_recall([], evidence) == citation_precision([], evidence) == 0
    assert citation_recall([place(10, 30, "b")], evidence) == 0


def test_any_place_of_a_group_will_do_and_all_groups_are_needed() -> None:
    """The second place of the first group is cited whole; the second group is not cited."""
    evidence = [[place(0, 10), place(100, 110)], [place(200, 210)]]
    assert citation_recall([place(100, 110)], evidence) == 0.5
    assert citation_precision([place(100, 110)], evidence) == 1


def test_evidence_is_shown_when_half_of_the_shorter_is() -> None:
    """Five of ten characters suffice, four do not; another document never does."""
    assert evidence_among([place(5, 50)], [[place(0, 10)]]) == 1
    assert evidence_among([place(6, 50)], [[place(0, 10)]]) == 0
    assert evidence_among([place(0, 10, "b")], [[place(0, 10)]]) == 0


def test_exactness_is_lost_by_one_character_or_one_page() -> None:
    """The quote, its pages and its answering words are derived anew from the source."""
    source = document("One page.Another page.", pages=[9])
    good = {
        "document": {"id": source.id}, "start": 9, "end": 22, "quote": "Another page.",
        "pages": [2], "page_labels": ["2"], "answer": {"start": 9, "end": 16},
    }  # fmt: skip
    bad = [
        {**good, "quote": "another page."},
        {**good, "pages": [1]},
        {**good, "end": 99},
        {**good, "answer": {"start": 0, "end": 16}},
        {**good, "document": {"id": "unknown"}},
    ]
    known = {source.id: source}
    assert exactness([good], known.get) == 1
    assert [exactness([each], known.get) for each in bad] == [0] * len(bad)
    assert exactness([good, bad[0]], known.get) == 0.5
    assert exactness([], known.get) is None


def test_right_page_by_hand() -> None:
    """One of the pages of one of the things shown."""
    assert right_page([[("a", 1)], [("a", 2), ("a", 3)]], [("a", 3)]) == 1
    assert right_page([[("b", 3)]], [("a", 3)]) == 0


def test_auroc_by_hand() -> None:
    """Of six pairs four are in order and one is a tie: 4.5 / 6."""
    assert auroc([0.9, 0.5, 0.3, 0.5, 0.1], [True, True, True, False, False]) == pytest.approx(
        4.5 / 6
    )
    assert auroc([0.1, 0.2], [True, True]) is None


def test_aurc_by_hand() -> None:
    """Losses 0, 1, 0 by falling score: risks 0, 1/2, 1/3, and their mean."""
    assert list(risks([0.9, 0.5, 0.1], [0, 1, 0])) == pytest.approx([0, 1 / 2, 1 / 3])
    assert aurc([0.5, 0.9, 0.1], [1, 0, 0]) == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)
    assert aurc([], []) is None


def test_ties_share_their_loss() -> None:
    """With all scores equal, every coverage has the mean risk, whatever the order."""
    assert list(risks([0.5, 0.5], [0, 1])) == list(risks([0.5, 0.5], [1, 0])) == [0.5, 0.5]


def test_shares_and_balanced_accuracy_by_hand() -> None:
    """Two of three answered, one of two refused."""
    answered, answerable = [True, True, False, True, False], [True, True, True, False, False]
    assert answered_share(answered, answerable) == pytest.approx(2 / 3)
    assert refused_share(answered, answerable) == 0.5
    assert balanced_accuracy(answered, answerable) == pytest.approx((2 / 3 + 0.5) / 2)
    assert balanced_accuracy([True], [True]) is None


def test_reliability_by_hand() -> None:
    """Bins of a tenth; a score of 1 belongs to the last."""
    bins = reliability([0.11, 0.19, 1.0], [True, False, True])
    assert [(round(mean, 2), share, n) for mean, share, n in bins] == [(0.15, 0.5, 2), (1, 1, 1)]


def test_percentiles_by_hand() -> None:
    """The nearest rank, without values in between."""
    assert percentile([4, 1, 3, 2], 0.5) == 2
    assert percentile([4, 1, 3, 2], 0.95) == 4
    assert percentile([], 0.5) is None


def test_the_bootstrap_of_nothing_is_nothing_and_of_a_constant_is_the_constant() -> None:
    """And the same seed gives the same interval, around the difference."""
    gains = np.array([0.0, 1.0] * 50)
    low, high = interval(lambda rows: float(gains[rows].mean()), 100, 7) or (9, 9)
    assert 0.3 < low < 0.5 < high < 0.7
    assert interval(lambda rows: float(gains[rows].mean()), 100, 7) == (low, high)
    assert interval(lambda _: 0.0, 100, 7) == (0, 0)
    assert interval(lambda _: None, 100, 7) is None
