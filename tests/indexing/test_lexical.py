"""BM25 against its formula, and words of every kind."""

from __future__ import annotations

import math
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.indexing.lexical import LexicalTable, LexicalWriter, terms
from rag.indexing.storage import Storage
from tests.indexing.builders import LONG


def table(folder: Path, texts: list[str]) -> LexicalTable:
    writer = LexicalWriter(Storage(), folder / "lexical")
    for row, text in enumerate(texts):
        writer.add(row, text)
    writer.finish()
    return LexicalTable((folder / "lexical").iterdir())


def robertson(texts: list[str], question: str) -> dict[int, float]:
    """The formula by hand, with k1 = 1.2, b = 0.75 and Lucene's idf, over exact lengths."""
    bags = [Counter(terms(text)) for text in texts]
    mean = sum(bag.total() for bag in bags) / len(bags)
    scores: dict[int, float] = {}
    for term, repeated in Counter(terms(question)).items():
        held = sum(term in bag for bag in bags)
        idf = math.log(1 + (len(bags) - held + 0.5) / (held + 0.5))
        for row, bag in enumerate(bags):
            if count := bag[term]:
                norm = 1.2 * (1 - 0.75 + 0.75 * bag.total() / mean)
                gain = repeated * idf * 2.2 * count / (count + norm)
                scores[row] = scores.get(row, 0) + gain
    return scores


SHORT = [
    "Mines kill people in the liberated territories.",
    "The mine maps were not handed over, said the Ombudsman; mines, mines, mines.",
    "Cultural heritage and mosques.",
    "People returned to the territories. People were displaced.",
    "The Commissioner visited Aghdam and Khankendi with people of the Council.",
]
QUESTIONS = [
    "mines people",
    "Which territories?",
    "the mine maps of mines",
    "mosque heritage people",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_scores_are_those_of_the_formula(tmp_path: Path, question: str) -> None:
    """For texts short enough that their length is stored exactly, scores agree to 1e-5."""
    found = dict(table(tmp_path, SHORT).matching(question, 10))
    assert found == pytest.approx(robertson(SHORT, question), rel=1e-5)


@pytest.mark.parametrize("question", QUESTIONS)
def test_long_texts_differ_by_the_rounding_of_their_length(tmp_path: Path, question: str) -> None:
    """Lengths above 40 words are rounded down by up to an eighth: scores stay within 7 percent."""
    texts = [" ".join([text] * (3 + 5 * row)) for row, text in enumerate(SHORT)]
    found = dict(table(tmp_path, texts).matching(question, 10))
    assert found == pytest.approx(robertson(texts, question), rel=0.07)


def test_the_best_come_first_and_ties_in_order_of_rows(tmp_path: Path) -> None:
    """Rankings fall in score, repeat no row, and are cut to k."""
    words = table(tmp_path, ["a mine", "a mine", "mine mine", "none"] * 5)
    ranking = words.matching("mine", 100)
    assert ranking == sorted(ranking, key=lambda pair: (-pair[1], pair[0]))
    assert sorted(row for row, _ in ranking) == [row for row in range(20) if row % 4 != 3]
    assert words.matching("mine", 3) == ranking[:3]
    assert words.matching("mine", 0) == []


@pytest.mark.parametrize("question", ["", "  ", "?", "the of who", "unseen", "\0", "\ud800", "𝓶𝔂"])
def test_nothing_in_common_finds_nothing(tmp_path: Path, question: str) -> None:
    """No word, stop words only, unknown words, or no text at all: an empty ranking."""
    assert table(tmp_path, SHORT).matching(question, 5) == []
    (tmp_path / "empty").mkdir()
    assert table(tmp_path / "empty", []).matching(question + "mines", 5) == []


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Мины на освобождённых территориях.", "мины"),
        ("Azad edilmiş ərazilərdə minalar; Şuşa, İmişli.", "ŞUŞA"),
        ("Azad edilmiş ərazilərdə minalar; Şuşa, İmişli.", "imisli"),
        ("解放地区的地雷造成伤亡", "地雷"),
        ("الألغام في الأراضي المحررة", "الألغام"),
        ("मुक्त क्षेत्रों में बारूदी सुरंगें", "सुरंगें"),
        ("해방된 영토의 지뢰 피해", "지뢰"),
        ("The oﬃce of Ｆｕｌｌ width", "office full"),
        ("Article 9 (c), No. 1,274", "article 9"),
        ("Café NAÏVE", "cafe naive"),
    ],
)
def test_words_of_other_languages_are_found(tmp_path: Path, text: str, question: str) -> None:
    """Any script, with or without spaces, marks and compatibility forms."""
    ranking = table(tmp_path, ["something else entirely", text]).matching(question, 5)
    assert [row for row, _ in ranking] == [1]


def test_questions_are_words_not_syntax(tmp_path: Path) -> None:
    """What a query language would obey, or fail at, is read as words."""
    words = table(tmp_path, SHORT)
    plain = words.matching("mine text row", 5)
    for question in [
        "text:mine row",
        '+mine -text "row',
        "mine^ * (text) row~",
        "mine\\ /text/ [row",
    ]:
        assert words.matching(question, 5) == plain

    @settings(max_examples=100 * LONG)
    @given(st.text(max_size=60))
    def survives(question: str) -> None:
        ranking = words.matching(question, 3)
        assert all(0 <= row < len(SHORT) and score > 0 for row, score in ranking)

    survives()


def test_enormous_questions_are_answered_by_their_rarest_words(tmp_path: Path) -> None:
    """100,000 characters take a moment, and the one word that matters still counts."""
    texts = [f"common filler word{number % 1500}" for number in range(3000)] + ["heritage"]
    words = table(tmp_path, texts)
    question = " ".join(f"word{number % 3000} x{number}" for number in range(7500)) + " heritage"
    assert len(question) > 90_000
    start = time.perf_counter()
    ranking = words.matching(question, 3001)
    assert time.perf_counter() - start < 2
    assert 3000 in dict(ranking)
    assert words.matching("a" * 100_000, 5) == []


def test_more_passages_than_one_segment_keep_their_rows(tmp_path: Path) -> None:
    """Rows are those of adding, however the engine splits and merges what it stores."""
    texts = [f"common token{row}" for row in range(2000)]
    words = table(tmp_path, texts)
    assert len(words) == 2000
    for row in range(0, 2000, 97):
        assert words.matching(f"token{row}", 3)[0][0] == row
