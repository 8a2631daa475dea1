"""The reader without a trained model: sentences against formulas and by example."""

from __future__ import annotations

import math

import pytest

from rag.reader.plain import PlainReader, lacking, rarity
from rag.text import content_terms
from tests.doubles import WordEmbedder, document, hits, passage

TEXT = (
    "The bridge was opened in 1998. Its length is 274 metres. "
    "Ferries had crossed the river before. Nobody misses them."
)
BRIDGE = document(TEXT)
WHOLE = passage(BRIDGE, TEXT)
READER = PlainReader(WordEmbedder())


def test_the_sentence_that_shares_the_questions_words_comes_first() -> None:
    """Evidence is the sentence in document coordinates, not the whole passage."""
    best = READER.read("How long, in metres, is the length of the bridge?", hits(WHOLE))[0]
    assert best.evidence.of(TEXT) == "Its length is 274 metres."


def test_each_sentence_is_read_once_where_passages_overlap() -> None:
    """The overlap of two passages gives no evidence twice."""
    later = passage(BRIDGE, TEXT[TEXT.index("Its") :])
    readings = READER.read("ferries", hits(WHOLE, later))
    assert len(readings) == len({reading.evidence for reading in readings}) == 4


def test_readings_come_best_first_with_probabilities() -> None:
    """Scores fall, and what is believed lies between 0 and 1."""
    readings = READER.read("When was the bridge opened?", hits(WHOLE))
    scores = [reading.score for reading in readings]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < reading.probability < 1 for reading in readings)


def test_an_unrelated_question_is_less_probable() -> None:
    """A question about something else is believed less than one that the text answers."""
    asked = READER.read("When was the bridge opened?", hits(WHOLE))[0]
    other = READER.read("Which minister resigned over Quellmalz in 2011?", hits(WHOLE))[0]
    assert other.probability < 0.2 < asked.probability
    assert other.lacks == ("nothing that was read mentions “Quellmalz”, “2011”",)


def test_rarity_is_robertsons_formula() -> None:
    """ln(1 + (N - n + 0.5) / (n + 0.5)), and "" for a word that occurs nowhere."""
    weights = rarity([["a", "b", "a"], ["a"], ["c"]])
    assert weights["a"] == pytest.approx(math.log(1 + 1.5 / 2.5))
    assert weights["b"] == pytest.approx(math.log(1 + 2.5 / 1.5))
    assert weights[""] == pytest.approx(math.log(1 + 3.5 / 0.5))


def test_only_names_and_numbers_are_missed() -> None:
    """A question's first word is not a name because it is capitalised."""
    asked = content_terms("Ferries to Baku or Yerevan in 2022 today?")
    assert lacking(asked, {"baku"}) == ("Yerevan", "2022")


def test_a_name_is_found_by_its_initials() -> None:
    """Who asks for WHO is not told that nobody mentions it, and gets the sentence that does."""
    text = "Ferries crossed. The World Health Organisation sent a doctor. Rain fell."
    source = document(text)
    best = READER.read("Whom did the WHO send?", hits(passage(source, text)))[0]
    assert best.evidence.of(text).startswith("The World Health")
    assert best.lacks == ()


@pytest.mark.parametrize("question", ["the of and", "?", "😀", "\x00", "a" * 5_000])
def test_odd_questions_are_read_without_complaint(question: str) -> None:
    """Only stop words, only signs, one endless word: still one reading a sentence."""
    assert len(READER.read(question, hits(WHOLE))) == 4


def test_nothing_to_read_gives_no_readings() -> None:
    """No hits, no readings."""
    assert READER.read("bridge", []) == []
