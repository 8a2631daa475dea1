"""All mentions by the rule: every one, none twice, none that is not."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.chunking import SentenceChunker
from rag.mentions import NEIGHBOURS, asked, mentioning, outline
from rag.text import sentences, terms
from rag.types import Document, Role
from tests.doubles import document, part

TEXT = (
    "Mines were laid in 1993. The maps were kept back. No map shows every mine.\n\n"
    "Villages wait. Demining goes on. In the village a mine exploded; its map was wrong."
)


def found(of: Document, question: str, words: int = 12, overlap: int = 6) -> list[str]:
    """The texts of the mentions, over passages of a few words that overlap."""
    passages = SentenceChunker(words, overlap).chunk(of)
    spans = mentioning(outline(of, passages), asked(question), of.language)
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))
    return [span.of(of.text) for span in spans]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("mines", 3),
        ("Where are mines mentioned?", 3),
        ("map", 3),
        ("maps of mines", 3),
        ("village mines map", 1),
        ("demining village", 1),
        ("Mines and mosques", 0),
        ("1993", 1),
    ],
)
def test_mentions_are_counted(question: str, expected: int) -> None:
    """By stems, whatever the form of the words and however passages overlap."""
    assert len(found(document(TEXT), question)) == expected


def test_neighbours_count_together_once() -> None:
    """Words divided among neighbouring sentences are one mention, beside those of one sentence."""
    assert found(document(TEXT), "maps of mines") == [
        "Mines were laid in 1993. The maps were kept back.",
        "No map shows every mine.",
        "In the village a mine exploded; its map was wrong.",
    ]


def test_what_lies_too_far_apart_is_no_mention() -> None:
    """Three neighbours may share the words, four may not."""
    near = "A dam broke. It rained. Floods came."
    far = "A dam broke. It rained. It snowed. Floods came."
    assert found(document(near), "dam flood") == [near]
    assert found(document(far), "dam flood") == []
    assert found(document("A dam broke.\n\nFloods came."), "dam flood") == []


def test_the_words_of_asking_are_not_asked_for() -> None:
    """What only does the asking is left out, but not if nothing else is asked."""
    assert asked("What does the report say about prisoners of war?") == ("prisoners", "war")
    assert asked("Which reports?") == ("reports",)
    assert asked("What about it?") == ("What", "about", "it")


def test_a_broken_word_is_found_whole() -> None:
    """A word divided at the end of a line is found as one, and with its hyphen."""
    text = "They spoke of inter-\nnational law. It was late."
    assert len(found(document(text), "international law")) == 1


def test_running_heads_are_no_mentions() -> None:
    """What every page repeats counts nowhere, not even inside a sentence that it interrupts."""
    text = "Mines were found and\n\nREPORT ON MINES\n\nremoved. Maps were kept."
    of = document(text, parts=[part(text, "REPORT ON MINES", Role.FURNITURE)])
    assert found(of, "report mines removed") == [
        "Mines were found and\n\nREPORT ON MINES\n\nremoved."
    ]
    assert len(found(of, "mines")) == 1


def test_a_note_inside_a_sentence_counts_by_itself() -> None:
    """A footnote that interrupts a sentence is a text of its own: both count, neither together."""
    text = "The mine that\n\n1 A dam is no mine.\n\nexploded was old. Rain fell."
    of = document(text, parts=[part(text, "1 A dam is no mine.", Role.FOOTNOTE)])
    passages = SentenceChunker(12, 6).chunk(of)
    spans = mentioning(outline(of, passages), ["mine"], "")
    assert len(spans) == 2
    assert mentioning(outline(of, passages), ["dam", "exploded"], "") == []


def test_words_of_other_languages_are_stemmed_as_such() -> None:
    """A document's language decides how its words are compared."""
    text = "Мины взорвались. Карты минных полей скрыли. Дождь шёл."
    assert len(found(document(text, language="ru"), "мина")) == 2
    assert found(document(text, language="en"), "мина") == []


@given(
    st.lists(
        st.sampled_from(["Mines kill.", "Maps help.", "Rain fell.", "A mine map."]), max_size=30
    ),
    st.integers(4, 20),
    st.integers(0, 10),
)
def test_single_words_are_counted_as_a_slow_scan_counts_them(
    lines: list[str], words: int, overlap: int
) -> None:
    """Whatever the size of the passages, as many as there are sentences with the word."""
    of = document(" ".join(lines) or "-")
    slow = [
        span
        for span in sentences(of.text)
        if "mine" in {term.stem for term in terms(span.of(of.text))}
    ]
    assert found(of, "mine", words, overlap) == [span.of(of.text) for span in slow]


@given(st.text(max_size=300), st.text(min_size=1, max_size=20))
def test_any_text_can_be_listed(text: str, question: str) -> None:
    """Odd characters raise nothing, and every mention holds at most a few sentences."""
    of = document(text)
    for each in found(of, question):
        assert each in text
        assert len(sentences(each)) <= NEIGHBOURS + 2
