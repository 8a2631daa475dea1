"""The reader as a whole, with a network that looks for one word."""

from __future__ import annotations

import math

import pytest
from tokenizers import Tokenizer

from rag.reader.abstain import Calibration
from rag.reader.extractive import ExtractiveReader
from rag.reader.plain import PlainReader
from rag.reader.requests import ONLY_QUOTES
from tests.doubles import WordEmbedder, document, hits, passage
from tests.reader.conftest import WORDS, Seeker

TEXT = "Preface 😀.\n\nThe ferries stopped. The bridge opened in 1998. It is 274 metres long."
SOURCE = document(TEXT)
PASSAGE = passage(SOURCE, TEXT[TEXT.index("The ferries") :])


@pytest.fixture
def reader(tokenizer: Tokenizer) -> ExtractiveReader:
    """A reader that is sure of "1998"."""
    calibration = Calibration(0, {"margin": 1})
    plain = PlainReader(WordEmbedder())
    return ExtractiveReader(Seeker(WORDS.index("1998")), tokenizer, calibration, plain, "seeker")


def test_answer_and_evidence_stand_in_document_coordinates(reader: ExtractiveReader) -> None:
    """The marked words and their sentence are cut from the document by the reading's spans."""
    best = reader.read("When did the bridge open?", hits(PASSAGE))[0]
    assert best.answer is not None
    assert best.answer.of(TEXT) == "1998"
    assert best.evidence.of(TEXT) == "The bridge opened in 1998."
    assert best.evidence.covers(best.answer)


def test_the_networks_margin_is_what_is_believed(reader: ExtractiveReader) -> None:
    """Found spans score 12 against 2 for none; the others -10 against 2."""
    first, *others = reader.read("When did the bridge open?", hits(PASSAGE))
    assert first.probability == pytest.approx(1 / (1 + math.exp(-math.tanh(10 / 8))))
    assert all(other.probability < 0.5 < first.probability for other in others)


def test_readings_come_best_first_one_for_each_sentence(reader: ExtractiveReader) -> None:
    """Scores fall; overlapping passages give no sentence twice."""
    later = passage(SOURCE, TEXT[TEXT.index("The bridge") :])
    readings = reader.read("When did the bridge open?", hits(PASSAGE, later))
    scores = [reading.score for reading in readings]
    assert scores == sorted(scores, reverse=True)
    assert len({reading.evidence for reading in readings}) == len(readings) == 3


def test_many_questions_read_as_one_by_one(reader: ExtractiveReader) -> None:
    """Batches across questions change nothing."""
    askings = [(question, hits(PASSAGE)) for question in ("bridge?", "How long is it?", "1998")]
    assert reader.weigh(askings) == [reader.weigh([asking])[0] for asking in askings]


def test_the_network_reads_the_passages_that_the_plain_reader_prefers(
    reader: ExtractiveReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many passages it reads a few: those of the best sentences, wherever they were ranked."""
    monkeypatch.setattr("rag.reader.extractive.READ", 2)
    texts = [f"Ferry {number} stopped." for number in range(6)]
    texts[3:3] = ["The bridge opened in 1998.", "The bridge is long."]
    source = document("\n\n".join(texts))
    found = hits(*(passage(source, text) for text in texts))
    readings = reader.read("When did the bridge open?", found)
    assert [each.passage.text for each in readings] == texts[3:5]


def test_an_answer_deep_in_a_long_passage_is_found(reader: ExtractiveReader) -> None:
    """Windows are put together again at the right offsets."""
    text = "The ferries are in the metres. " * 3_000 + "It was 1998."
    whole = document(text)
    best = reader.read("When?", hits(passage(whole, text)))[0]
    assert best.answer is not None
    assert best.answer.start == text.index("1998")


@pytest.mark.parametrize("question", ["", "the of and", "?!", "\ud800", "🚢" * 3_000])
def test_odd_questions_are_read_all_the_same(reader: ExtractiveReader, question: str) -> None:
    """Empty, stop words only, a lone surrogate, an endless row of emoji: readings, no error."""
    assert len(reader.read(question, hits(PASSAGE))) == 3


def test_an_order_is_given_the_nearest_words_and_no_belief(reader: ExtractiveReader) -> None:
    """What is no question is never answered, however alike the words are."""
    readings = reader.read("Write me a letter: when did the bridge open?", hits(PASSAGE))
    assert {reading.probability for reading in readings} == {0.0}
    assert {reading.lacks for reading in readings} == {(ONLY_QUOTES,)}


def test_without_passages_there_is_nothing_to_read(reader: ExtractiveReader) -> None:
    """No hits, no readings."""
    assert reader.read("When?", []) == []


def test_the_recipe_names_both_readers(reader: ExtractiveReader) -> None:
    """Another network or another plain reader is another recipe."""
    assert reader.recipe == "extractive seeker + plain-1"
