"""The conversation: what is asked, what is refused, what is remembered."""

from __future__ import annotations

import pytest

from rag.ui import talk
from rag.ui.evidence import GONE
from rag.ui.talk import Turns, converse, evidence_of, objection, stopped
from tests.ui.fakes import BROKEN, CRASH, LANDMINES, MISSING, FakeLibrary


def said(library: FakeLibrary, question: str, turns: Turns = ()) -> list[Turns]:
    """Every state of the conversation while the question is answered."""
    return list(converse(library, question, turns, pause=lambda _: None))


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "?" * 2_001, "x" * 100_000])
def test_a_question_that_cannot_be_searched_is_refused_in_a_sentence(question: str) -> None:
    """Empty and endless questions never reach the library, and the page stays small."""
    library = FakeLibrary()
    (state,) = said(library, question)
    assert library.asked == []
    assert objection(question) is not None
    assert len(state[-1].reply) + len(state[-1].question) < 1_000
    assert not state[-1].pending


def test_an_answer_grows_by_a_statement_and_then_stands() -> None:
    """First the search is announced, then each statement appears, then nothing is pending."""
    states = said(FakeLibrary(), LANDMINES)
    shown = [state[-1].reply.count('class="statement') for state in states]
    assert shown == [0, 1, 2, 2]
    assert [state[-1].pending for state in states] == [True, True, True, False]
    assert "evidence-1" in states[1][-1].evidence


def test_errors_are_told_in_their_own_sentence_and_others_in_ours() -> None:
    """A RagError is shown as it is; what nobody foresaw shows none of its text."""
    assert "rag index" in said(FakeLibrary(), BROKEN)[-1][-1].reply.unescape()
    failed = said(FakeLibrary(), CRASH)[-1][-1]
    assert "secret" not in failed.reply.unescape()
    assert not failed.pending


def test_history_holds_only_questions_that_were_searched() -> None:
    """A refused or failed question is nothing that the next one could refer to."""
    library = FakeLibrary()
    turns: Turns = ()
    for question in (LANDMINES, "", BROKEN, MISSING):
        turns = said(library, question, turns)[-1]
    assert library.asked[-1] == (MISSING, (LANDMINES,))


def test_old_turns_leave_and_their_evidence_is_said_to_be_gone() -> None:
    """The conversation keeps its last turns under their own numbers."""
    library = FakeLibrary()
    turns: Turns = ()
    for _ in range(talk.REMEMBERED + 5):
        turns = said(library, MISSING, turns)[-1]
    assert len(turns) == talk.REMEMBERED
    assert turns[-1].number == talk.REMEMBERED + 5
    assert evidence_of(turns, 5) == GONE
    assert "evidence-6" in evidence_of(turns, 6)


def test_stopping_ends_what_is_pending_and_nothing_else() -> None:
    """An interrupted search says so, an interrupted answer keeps what it said."""
    states = said(FakeLibrary(), LANDMINES)
    assert talk.STOPPED in stopped(states[0])[-1].reply.unescape()
    assert stopped(states[1])[-1].reply == states[1][-1].reply
    assert not stopped(states[1])[-1].pending
    assert stopped(states[-1]) == states[-1]
    assert stopped(()) == ()
