"""Follow-ups take what they lack from the turns before; others take nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.conversation import (
    Contextual,
    Lookup,
    divided,
    hits_in_turn,
    lookup,
    settled,
    voice_asked,
)
from rag.conversation.dependence import depends
from rag.conversation.parts import parts
from rag.ports import Index
from rag.types import Hit, Turn
from tests.doubles import MemoryIndex, document, passage

FIRST = "How many people were hit by landmines after the war?"
TEXT = "Landmines hit 274 people. Ferries crossed the lake. The tower burned in 1870."
SOURCE = document(TEXT)
MINES, FERRIES, TOWER = (passage(SOURCE, f"{each}.") for each in TEXT[:-1].split(". "))


@pytest.mark.parametrize(
    "question",
    [
        "And how many were civilians?",
        "Why?",
        "How many of them died?",
        "What about children?",
        "Who said that?",
        "What does HRW say about that?",
        "Who was it sent to?",
        "From which war?",
        "Did things get better or worse after that?",
        "In 2021?",
    ],
)
def test_follow_ups_depend_on_what_came_before(question: str) -> None:
    """A continuation, a pronoun, or a question that hardly says anything."""
    assert depends(question)
    assert lookup(question, [FIRST]).words == f"{FIRST} {question}"


@pytest.mark.parametrize(
    "question",
    [
        "Who signed the statement of the Ombudsman on 15 January 2023?",
        "What does it say about prisoners of war?",
        "How many Azerbaijanis are considered missing from the First Karabakh War?",
        "Is it possible to visit the occupied territories?",
        "What does S-DVI provide?",
        "Is there a listing of all prisoners of 2020?",
    ],
)
def test_whole_questions_are_read_as_they_are(question: str) -> None:
    """A question that stands alone is read alone, whatever came before."""
    assert not depends(question)
    assert lookup(question, [FIRST]).words == question


def test_a_first_question_is_searched_as_it_was_asked() -> None:
    """Without a history nothing is added, and nothing is searched twice."""
    found = lookup("Why?", [])
    assert (found.words, found.searched, found.texts) == ("Why?", "Why?", ("Why?",))


def test_a_chain_of_follow_ups_reaches_back_to_the_question_it_hangs_on() -> None:
    """It is read behind the turns back to the last one that stands alone, and no further."""
    history = ["What is the mandate of the National Preventive Mechanism?", FIRST, "How many died?"]
    assert lookup("And civilians?", history).words == f"{FIRST} How many died? And civilians?"


def test_the_words_of_the_last_answers_are_searched_beside_it() -> None:
    """Names and terms that were cited, once each, and shown with the rest."""
    found = lookup("And how many died?", [Turn(FIRST, "The Ombudsman counts 274 people.")])
    assert found.said == "Ombudsman counts 274"
    assert found.searched == f"{FIRST} And how many died? · Ombudsman counts 274"
    assert found.texts[1].startswith("And how many died? ")


@pytest.mark.parametrize(
    ("correction", "asked"),
    [
        ("No, I meant 2021", "How many were hit in 2021 near Agdam?"),
        ("no, 2021.", "How many were hit in 2021 near Agdam?"),
        ("Sorry, I meant Fuzuli", "How many were hit in 2020 near Fuzuli?"),
        ("I mean children", "How many were hit in 2020 near Agdam? children"),
        (
            "No, I meant how many soldiers were wounded near Agdam in spring?",
            "how many soldiers were wounded near Agdam in spring",
        ),
    ],
)
def test_a_correction_asks_the_earlier_question_anew(correction: str, asked: str) -> None:
    """Year for year, name for name, or added; what was said to the wrong question is forgotten."""
    found = lookup(correction, [Turn("How many were hit in 2020 near Agdam?", "It was 12 people.")])
    assert (found.question, found.said) == (asked, "")


@pytest.mark.parametrize("yes", ["Yes", "yes, please", "OK.", "Sure, go ahead!", "please do"])
def test_consent_asks_the_question_that_was_suggested(yes: str) -> None:
    """A mere yes is never searched for where something was offered."""
    offered = "How many of the people hit by landmines were civilians?"
    assert lookup(yes, [Turn(FIRST, "", offered)]).question == offered
    assert lookup(yes, [Turn(FIRST)]).question == yes


def test_a_correction_is_remembered_as_what_it_asked() -> None:
    """Later follow-ups hang on the mended question; the wrong one and its answer are gone."""
    history = [
        Turn("How many were hit in 2020 near Agdam?", "It was 12 people."),
        Turn("No, I meant 2021", "It was 31 people."),
    ]
    found = lookup("And children?", history)
    assert found.words == "How many were hit in 2021 near Agdam? And children?"
    assert found.said == "31 people"
    again = lookup("No, 2022.", history)
    assert (again.question, again.before) == ("How many were hit in 2022 near Agdam?", ())


def test_consent_is_remembered_as_what_was_offered() -> None:
    """What follows goes on from the suggested question, behind which the earlier one stays."""
    offered = "How many of the people hit by landmines were civilians?"
    found = lookup("And children?", [Turn(FIRST, "", offered), Turn("Yes, please")])
    assert found.words == f"{offered} And children?"
    assert found.before == (offered, FIRST)


@dataclass
class Shelf:
    """The port `Retriever`: a text finds the passages that share a word with it."""

    asked: list[str] = field(default_factory=list)

    def retrieve(
        self,
        index: Index,
        questions: Sequence[str],
        k: int,
        documents: Collection[str] | None = None,
    ) -> list[list[Hit]]:
        self.asked.extend(questions)
        return [list(self._hits(question))[:k] for question in questions]

    def _hits(self, question: str) -> list[Hit]:
        scored = [
            (sum(word in question.lower() for word in each.text.lower().split()), each)
            for each in (MINES, FERRIES, TOWER)
        ]
        scored.sort(key=lambda pair: -pair[0])
        return [
            Hit(each, float(score), rank, ("lexical",))
            for rank, (score, each) in enumerate(scored, start=1)
            if score
        ]


def found_for(question: str, history: Sequence[str | Turn]) -> tuple[Lookup, list[Hit]]:
    """What is looked up, and found."""
    shelf = Shelf()
    index = MemoryIndex()
    [sought] = settled(
        [lookup(question, history)], lambda texts: shelf.retrieve(index, texts, 3, None)
    )
    [hits] = Contextual(shelf, [sought]).retrieve(index, [sought.key], 3)
    return sought, hits


def test_a_changed_subject_carries_nothing_over() -> None:
    """A whole question that shares neither words nor passages with what came before."""
    sought, hits = found_for("Which building burned completely?", ["Did ferries cross?"])
    assert sought.searched == "Which building burned completely?"
    assert [hit.passage for hit in hits] == [TOWER]


def test_earlier_evidence_stays_a_candidate() -> None:
    """What the earlier question found is found again for the follow-up, which alone finds none."""
    sought, hits = found_for("And why?", [Turn("Who did landmines hit?", "Landmines hit 274.")])
    assert sought.dependent
    assert hits[0].passage == MINES
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


def test_the_question_itself_counts_most() -> None:
    """A follow-up that names something new finds it first, although the history is longer."""
    history = ["Did ferries cross the lake?", "Which lake did the ferries cross?"]
    _, hits = found_for("And the tower that burned?", history)
    assert hits[0].passage == TOWER


@pytest.mark.parametrize(
    ("question", "several"),
    [
        (FIRST, (FIRST,)),
        ("Who signed it and when?", ("Who signed it and when?",)),
        (
            "How many people were hit and who buried the mines?",
            ("How many people were hit?", "who buried the mines?"),
        ),
        (
            "Who was hit by landmines? When did the war end?",
            ("Who was hit by landmines?", "When did the war end?"),
        ),
        (
            "What do the Ombudsman and Human Rights Watch say about landmines?",
            (
                "What does the Ombudsman say about landmines?",
                "What does Human Rights Watch say about landmines?",
            ),
        ),
        (
            "Compare Armenia and Azerbaijan on prisoners of war.",
            (
                "What does Armenia say about prisoners of war?",
                "What does Azerbaijan say about prisoners of war?",
            ),
        ),
        ("I read the report. Who wrote it?", ("I read the report. Who wrote it?",)),
    ],
)
def test_questions_in_a_question(question: str, several: tuple[str, ...]) -> None:
    """Divided where each part asks something that can be searched, else left whole."""
    assert parts(question) == several


def test_a_later_part_knows_the_parts_before_it() -> None:
    """A pronoun in the second part hangs on the part before."""
    question = "How many people were hit by landmines? How many of them were civilians?"
    (_, none), (second, before) = divided(question, [])
    assert list(none) == []
    assert lookup(second, before).words == question


def test_hits_of_parts_alternate() -> None:
    """The best of each part comes first, each passage once, ranked anew."""
    one = [Hit(MINES, 3, 1, ()), Hit(FERRIES, 2, 2, ())]
    two = [Hit(TOWER, 9, 1, ()), Hit(MINES, 1, 2, ())]
    merged = hits_in_turn([one, two])
    assert [hit.passage for hit in merged] == [MINES, TOWER, FERRIES]
    assert [hit.rank for hit in merged] == [1, 2, 3]


@given(st.text(max_size=80), st.lists(st.text(max_size=60), max_size=4))
def test_any_text_may_be_asked(question: str, history: list[str]) -> None:
    """Nothing that is typed breaks the rules, and the question is always among what is searched."""
    for part, before in divided(question, history):
        sought = lookup(part, before)
        assert sought.texts[0] == sought.question
        assert sought.question in sought.searched


@pytest.mark.parametrize(
    ("question", "voice"),
    [
        ("What does HRW say about mines?", "HRW"),
        ("And what did the Council of Europe report on prisons?", "the Council of Europe"),
        ("According to Human Rights Watch, who was hit?", "Human Rights Watch"),
        ("How many were hit, according to the Ombudsman?", "the Ombudsman"),
        ("What does it say about mines?", ""),
        ("Who says that the maps were wrong?", ""),
    ],
)
def test_a_question_may_ask_for_somebodys_words(question: str, voice: str) -> None:
    """Only a name counts: a pronoun names nobody."""
    assert voice_asked(question) == voice
