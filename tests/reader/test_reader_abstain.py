"""Doubt: answer types, covered words, the calibrated probability, and what is lacking."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from rag.reader.abstain import Asked, Calibration, Evidence, calibration_in, features, lacks
from rag.reader.answer_types import AnswerType, expected
from rag.reader.coverage import share, stems, wanted
from rag.reader.spans import Found
from rag.types import Span

PASSAGE = "All the ships came home. Captain Ross had led them since 1842."


def evidence(answer: str, margin: float = 0.0, plain: float = 0.5) -> Evidence:
    """What is found at `answer`, in its sentence."""
    start = PASSAGE.index(answer)
    sentence = Span(0, 24) if start < 24 else Span(25, len(PASSAGE))
    return Evidence(
        Found(sentence, Span(start, start + len(answer)), margin, 0.0),
        PASSAGE,
        stems(PASSAGE),
        plain,
    )


def asked(question: str) -> Asked:
    """The question, with only the passage read."""
    return Asked(question, stems(PASSAGE))


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many ships sank?", AnswerType.NUMBER),
        ("What percentage of the crew survived?", AnswerType.NUMBER),
        ("How long did the voyage last?", AnswerType.DURATION),
        ("When did they sail?", AnswerType.DATE),
        ("In what year did they sail?", AnswerType.DATE),
        ("Who led them?", AnswerType.PERSON),
        ("To whom was the cargo sold?", AnswerType.PERSON),
        ("Where did they land?", AnswerType.PLACE),
        ("Why did they sail?", AnswerType.OTHER),
        ("Wie viele Schiffe sanken?", AnswerType.OTHER),
        ("", AnswerType.OTHER),
    ],
)
def test_what_a_question_asks_for(question: str, kind: AnswerType) -> None:
    """The coarse class shows in a question's first words; other languages expect nothing."""
    assert expected(question).kind is kind


@pytest.mark.parametrize(
    ("question", "answer", "met"),
    [
        ("How many ships sank?", "34 ships", True),
        ("How many ships sank?", "twelve", True),
        ("How many ships sank?", "all the ships", False),
        ("When did they sail?", "in March 1842", True),
        ("When did they sail?", "with great courage", False),
        ("Who led them?", "Captain Ross", True),
        ("Who led them?", "the government", True),
        ("Who led them?", "very slowly", False),
        ("Why did they sail?", "anything", True),
    ],
)
def test_whether_an_answer_is_of_that_kind(question: str, answer: str, met: bool) -> None:  # noqa: FBT001
    """Form alone decides: digits and number words, dates, names and bodies."""
    assert expected(question).met_by(answer) is met


def test_a_missing_number_is_named_with_what_it_counts() -> None:
    """The reader says which number is not there, in the question's own words."""
    assert lacks(asked("How many ships came home?"), evidence("All the ships")) == (
        "no number of ships is given",
    )


def test_words_that_nothing_holds_are_named() -> None:
    """A question about something else is told so, first words first."""
    missing = lacks(asked("Which admiral punished the pirates?"), evidence("Captain Ross"))
    assert missing == ("nothing that was read mentions “admiral”, “punished”, “pirates”",)


def test_nothing_is_lacking_where_all_is_there() -> None:
    """A good answer carries no complaint."""
    assert lacks(asked("Who led the ships?"), evidence("Captain Ross")) == ()


def test_typing_errors_and_other_forms_are_forgiven_but_not_numbers() -> None:
    """Words may be misspelt; a wrong year is another year."""
    held = stems(PASSAGE)
    assert share(wanted("captian punished"), held) == 0.5
    assert share(wanted("capptain"), held) == 1
    assert share(wanted("1843"), held) == 0
    assert share([], held) == 1


def test_words_about_asking_are_not_wanted() -> None:
    """What the document is called in a question need not stand in the passage."""
    assert [word.word for word in wanted("What does the statement say about ships?")] == ["ships"]


def test_features_by_hand() -> None:
    """Each feature against its definition."""
    values = features(asked("Who led Ross in 1842?"), evidence("Captain Ross", 8, 0.5), rival=0)
    assert values == {
        "margin": math.tanh(1),
        "verdict": 0,
        "lead": math.tanh(1),
        "plain": 0,
        "type_met": 1,
        "type_unmet": 0,
        "words_near": 1,
        "words_around": 1,
        "words_nowhere": 0,
        "names_nowhere": 0,
        "numbers_apart": 0,
    }


def test_the_probability_is_logistic(tmp_path: Path) -> None:
    """The stored model gives what its formula gives, and never leaves 0 to 1."""
    path = tmp_path / "abstention.json"
    path.write_text(json.dumps({"intercept": -1, "weights": {"margin": 2}}))
    assert calibration_in(path) == Calibration(-1, {"margin": 2})
    assert calibration_in(path).probability({"margin": 0.5}) == 0.5
    assert 0 < Calibration(0, {"margin": 1e9}).probability({"margin": -1}) < 1e-9
