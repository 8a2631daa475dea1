"""Who is asked: a library here, or a page over the network."""

from __future__ import annotations

from typing import Any

import pytest

from rag.errors import RagError
from rag.evaluation.asking import LibraryAsker
from rag.evaluation.corpus import Corpus
from rag.evaluation.gold import Shelf, locate
from rag.evaluation.judging import judge
from rag.evaluation.questions import Entry, Question
from rag.evaluation.server import ServerAsker
from rag.schema import answer_json
from tests.evaluation.conftest import make_bench

TALK = Question("t", ("How long is the bridge?", "And when was it opened?"), "follow-up")
TEXT = "The bridge is 274 metres long. It was opened in 1998. It was opened in 1998."


def test_a_conversation_is_held_from_its_beginning() -> None:
    """The last answer is the one that is measured, and it knows what was asked before."""
    bench = make_bench(Corpus([Entry("bridge", "Bridge", TEXT)]))
    [reply] = LibraryAsker(bench.library, whole=True).ask([TALK])
    assert reply.answer
    assert reply.answer["question"] == TALK.text
    assert reply.answer["searched"].startswith(TALK.turns[0])


def test_each_turn_knows_what_was_answered_before() -> None:
    """Words of the earlier answer are searched for the follow-up."""
    bench = make_bench(Corpus([Entry("bridge", "Bridge", TEXT)]))
    [held] = LibraryAsker(bench.library, whole=True).ask([TALK])
    [alone] = LibraryAsker(bench.library, whole=False).ask([TALK])
    assert held.answer
    assert alone.answer
    assert "274" in held.answer["searched"]
    assert "274" not in alone.answer["searched"]


def test_a_question_that_cannot_be_asked_does_not_harm_its_neighbours() -> None:
    """It has a reason instead of an answer."""
    bench = make_bench(Corpus([Entry("bridge", "Bridge", TEXT)]))
    asked = [TALK, Question("x", ("   ",), "empty"), TALK]
    first, second, third = LibraryAsker(bench.library, whole=False).ask(asked)
    assert first == third
    assert first.answer is not None
    assert (second.answer, "empty" in second.error) == (None, True)


def test_a_server_is_asked_turn_by_turn() -> None:
    """With what was said so far; the time of the round trip is a stage of its own."""
    library = make_bench(Corpus([Entry("bridge", "Bridge", TEXT)])).library
    asked: list[tuple[str, list[Any]]] = []

    def ask(question: str, history: list[Any]) -> Any:  # noqa: ANN401
        asked.append((question, history))
        said = answer_json(library.ask(question))
        for citation in (*said["citations"], *said["presented"]):
            citation["document"]["file"] = citation["document"].pop("path")
        return said

    [reply] = ServerAsker(ask, iter(range(100)).__next__).ask([TALK])
    quotes = [{"quote": each.quote} for each in library.ask(TALK.turns[0]).citations]
    earlier = {"question": TALK.turns[0], "citations": quotes}
    assert asked == [(TALK.turns[0], []), (TALK.turns[1], [earlier])]
    assert quotes
    assert reply.answer
    assert reply.answer["timings_ms"]["request"] == 1_000
    for shown in (*reply.answer["citations"], *reply.answer["presented"]):
        assert shown["document"]["path"] == "bridge"
        assert "file" not in shown["document"]


def test_a_server_that_refuses_or_is_gone() -> None:
    """A refusal fails one question; a lost connection ends the run in one sentence."""

    def refuse(question: str, history: list[str]) -> Any:  # noqa: ANN401
        raise ValueError("busy")

    def gone(question: str, history: list[str]) -> Any:  # noqa: ANN401
        raise ConnectionError("refused")

    [reply] = ServerAsker(refuse).ask([TALK])
    assert reply.error == "the server refused: busy"
    [reply] = ServerAsker(lambda *_: "hello").ask([TALK])
    assert reply.error == "the server's reply is no answer"
    with pytest.raises(RagError, match="does not answer any more"):
        list(ServerAsker(gone).ask([TALK]))


def test_evidence_is_found_wherever_it_stands() -> None:
    """All occurrences are places of one group; an answer's sentence is its evidence."""
    shelf = Shelf(make_bench(Corpus([Entry("bridge", "Bridge", TEXT)])).library)
    opened = Question("q", ("When?",), "when", evidence=("It was opened in 1998.",))
    [group] = locate(opened, shelf).evidence
    assert [place.span.start for place in group] == [31, 54]
    long = Question("q", ("How long?",), "how", answers=("274 metres",), relevant={"bridge": 1})
    assert locate(long, shelf).quotes == ("The bridge is 274 metres long.",)


def test_a_page_of_an_unknown_document_is_a_fault() -> None:
    """The set speaks of something that is not there."""
    shelf = Shelf(make_bench(Corpus([Entry("bridge", "Bridge", TEXT)])).library)
    [fault] = locate(Question("q", ("?",), "", pages=(("tunnel", 1),)), shelf).faults
    assert "no document 'tunnel'" in fault


def test_pages_are_judged_by_what_is_shown() -> None:
    """The first citation stands on the gold page, so the answer is right."""
    library = make_bench(Corpus([Entry("bridge", "Bridge", TEXT)])).library
    question = Question("q", ("How long is the bridge?",), "how", pages=(("bridge", 1),))
    answer = answer_json(library.ask(question.text))
    shelf = Shelf(library)
    measures = judge(question, locate(question, shelf), answer, shelf)
    assert (measures["page@1"], measures["page@5"], measures["loss"]) == (1, 1, 0)
    nothing = judge(question, locate(question, shelf), None, shelf)
    assert (nothing["page@1"], nothing["answered"], nothing["loss"]) == (0, 0, 1)
