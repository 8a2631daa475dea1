"""The conversation: what is asked, what is refused, what is remembered."""

from __future__ import annotations

import pytest

from rag.types import Source
from rag.ui import talk
from rag.ui.desk import REMEMBERED, Desk, Turns, Wish
from rag.ui.evidence import GONE, WELCOME
from rag.ui.talk import converse, objection
from tests.ui.fakes import BROKEN, CRASH, LANDMINES, MISSING, PRISONERS, UNKNOWN, FakeLibrary


def said(library: FakeLibrary, question: str, desk: Desk | None = None) -> list[Turns]:
    """Every state of the conversation while the question is answered."""
    desk = desk or Desk()
    return [desk.turns for _ in converse(library, question, desk, pause=lambda _: None)]


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
    assert shown == [0, 1, 2]
    assert [state[-1].pending for state in states] == [True, True, False]
    assert "evidence-1" in states[1][-1].evidence


def test_errors_are_told_in_their_own_sentence_and_others_in_ours() -> None:
    """A RagError is shown as it is; what nobody foresaw shows none of its text."""
    assert "rag index" in said(FakeLibrary(), BROKEN)[-1][-1].reply.unescape()
    failed = said(FakeLibrary(), CRASH)[-1][-1]
    assert "secret" not in failed.reply.unescape()
    assert not failed.pending


def test_history_holds_only_questions_that_were_searched() -> None:
    """A refused or failed question is nothing that the next one could refer to."""
    library, desk = FakeLibrary(), Desk()
    for question in (LANDMINES, "", BROKEN, MISSING):
        said(library, question, desk)
    assert library.last_asked == (MISSING, [LANDMINES])


def test_yes_asks_what_was_offered_and_anything_else_itself() -> None:
    """One of the documents' own questions is offered after an answer and after none, until all
    were asked or offered; yes to it is that question, in the conversation as well.
    """
    library, desk = FakeLibrary(), Desk()
    said(library, UNKNOWN, desk)
    offered = desk.turns[-1].offered
    assert offered == PRISONERS  # of the three it shares most words with the question
    said(library, "Yes, please!", desk)
    assert library.last_asked == (offered, [UNKNOWN])
    assert desk.turns[-1].question == offered
    assert desk.turns[-1].offered == LANDMINES
    said(library, "No", desk)
    assert library.last_asked[0] == "No"
    assert desk.turns[-1].offered == MISSING
    said(library, "ok", desk)
    assert (library.last_asked[0], desk.turns[-1].offered) == (MISSING, "")
    said(library, "Yes", desk)
    assert library.last_asked[0] == "Yes"


def test_nothing_is_offered_where_it_would_not_fit() -> None:
    """Not after an error, not beside a choice of documents, not to another conversation."""
    library, desk = FakeLibrary(), Desk()
    said(library, BROKEN, desk)
    assert desk.turns[-1].offered == ""
    wish = Wish(documents=("d" * 64,))
    list(converse(library, UNKNOWN, desk, pause=lambda _: None, wish=wish))
    assert desk.turns[-1].offered == ""
    said(library, UNKNOWN, desk)
    list(converse(library, "yes", desk, view=1, pause=lambda _: None))
    assert library.last_asked == ("yes", [])


def test_what_became_of_an_answers_sources_stands_beside_them() -> None:
    """A document that changed or was taken out is named beside answer and evidence, and no more
    once it is back; what there is to say of none is nothing.
    """
    library, desk = FakeLibrary(), Desk()
    said(library, LANDMINES, desk)
    turns, sources = desk.turns, library.sources()
    talk.look_back(library, desk)
    assert desk.turns is turns
    same = library.source.path
    for path, words in ((same, "has changed"), ("b.txt", "taken out of the library")):
        library.sources = lambda path=path: [Source(path, "e" * 64)]  # type: ignore[method-assign, misc]
        talk.look_back(library, desk)
        assert words in desk.turns[-1].since
        assert words in desk.evidence
        assert "evidence-1" in desk.evidence
    library.sources = lambda: sources  # type: ignore[method-assign]
    talk.look_back(library, desk)
    assert desk.turns[-1].since == ""


def test_old_turns_leave_and_their_evidence_is_said_to_be_gone() -> None:
    """The conversation keeps its last turns under their own numbers."""
    library, desk = FakeLibrary(), Desk()
    for _ in range(REMEMBERED + 5):
        said(library, MISSING, desk)
    assert len(desk.turns) == REMEMBERED
    assert desk.turns[-1].number == REMEMBERED + 5
    desk.select(5)
    assert desk.evidence == GONE
    desk.select(6)
    assert "evidence-6" in desk.evidence


def test_stopping_ends_what_is_pending_and_nothing_else() -> None:
    """An interrupted search says so, an interrupted answer keeps what it said and grows no more."""
    for states, words in ((1, talk.STOPPED), (2, "people were hit by landmines")):
        desk = Desk()
        growing = converse(FakeLibrary(), LANDMINES, desk, pause=lambda _: None)
        for _ in range(states):
            next(growing)
        assert desk.busy
        talk.stop(desk)
        left = desk.turns
        assert words in left[-1].reply.unescape()
        assert not left[-1].pending
        list(growing)
        assert desk.turns == left
        talk.stop(desk)
        assert desk.turns == left
    talk.stop(empty := Desk())
    assert empty.turns == ()


@pytest.mark.parametrize("states", [1, 2, 3])
def test_what_an_older_conversation_still_says_is_not_heard(states: int) -> None:
    """However far an answer has come, a new conversation stays as it is: empty, or with its own."""
    desk = Desk()
    growing = converse(FakeLibrary(), LANDMINES, desk, view=1, pause=lambda _: None)
    for _ in range(states):
        next(growing)
    desk.open(2)
    assert len(list(growing)) <= 1
    assert not desk.turns
    assert desk.evidence == WELCOME
    list(converse(FakeLibrary(), MISSING, desk, view=2, pause=lambda _: None))
    assert [turn.question for turn in desk.turns] == [MISSING]


def test_the_order_in_which_presses_arrive_does_not_matter() -> None:
    """A question sent before a new conversation is void when it comes late, one after it begins."""
    desk, library = Desk(), FakeLibrary()
    desk.open(2)
    assert list(converse(library, LANDMINES, desk, view=1)) == []
    assert library.asked == []
    assert not desk.turns
    list(converse(library, MISSING, desk, view=3, pause=lambda _: None))
    desk.open(2)
    assert [turn.question for turn in desk.turns] == [MISSING]


def test_a_second_question_waits_for_the_first() -> None:
    """While an answer is awaited the next question is left alone, and nothing is lost of either."""
    desk, library = Desk(), FakeLibrary()
    growing = converse(library, LANDMINES, desk, pause=lambda _: None)
    next(growing)
    assert said(library, MISSING, desk) == []
    list(growing)
    assert [turn.question for turn in desk.turns] == [LANDMINES]
    assert not desk.busy
