"""Follow-ups take what they lack from the questions before; others take nothing."""

from __future__ import annotations

import pytest

from rag.conversation import depends, standalone

FIRST = "How many people were hit by landmines after the war?"


@pytest.mark.parametrize(
    "question",
    [
        "And how many were civilians?",
        "Why?",
        "How many of them died?",
        "What about children?",
        "Who said that?",
    ],
)
def test_follow_ups_are_searched_with_what_came_before(question: str) -> None:
    """A continuation, a pronoun or a bare question word needs the earlier question."""
    assert depends(question)
    assert standalone(question, [FIRST]) == f"{FIRST} {question}"


@pytest.mark.parametrize(
    "question",
    [
        "Who signed the statement of the Ombudsman on 15 January 2023?",
        "What does it say about prisoners of war?",
        "How many Azerbaijanis are considered missing from the First Karabakh War?",
    ],
)
def test_whole_questions_stay_as_they_are(question: str) -> None:
    """A question that stands alone is searched alone, whatever came before."""
    assert standalone(question, [FIRST]) == question


def test_a_chain_of_follow_ups_reaches_back_to_the_question_it_hangs_on() -> None:
    """Earlier turns are taken back to the last one that stands alone, and no further."""
    history = ["What is the mandate of the National Preventive Mechanism?", FIRST, "How many died?"]
    assert standalone("And civilians?", history) == f"{FIRST} How many died? And civilians?"


def test_without_a_history_nothing_is_added() -> None:
    """The first question is searched as it was asked."""
    assert standalone("Why?", []) == "Why?"
