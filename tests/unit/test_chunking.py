"""Passages cover the document, in whole sentences, within their size."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.chunking import SentenceChunker
from rag.text import sentences
from rag.types import Part, Role, Span
from tests.doubles import document, part

CHUNKER = SentenceChunker(max_words=12, overlap_words=6, max_characters=80)
TEXTS = st.text(alphabet="ab .!\n😀\u05d0\ud800", max_size=400)


@given(TEXTS)
def test_passages_hold_every_character_that_is_not_white_space(text: str) -> None:
    """Nothing of a document is out of reach of a search."""
    passages = CHUNKER.chunk(document(text))
    inside = {place for each in passages for place in range(each.span.start, each.span.end)}
    assert all(place in inside for place, character in enumerate(text) if not character.isspace())


@given(TEXTS)
def test_passages_are_slices_of_the_document(text: str) -> None:
    """A passage's text is the document's text at its span, in order, without repetition of ends."""
    passages = CHUNKER.chunk(document(text))
    assert all(each.text == each.span.of(text) for each in passages)
    ends = [each.span.end for each in passages]
    assert ends == sorted(set(ends))


@given(TEXTS)
def test_passages_stay_within_their_size(text: str) -> None:
    """No passage has more words than asked for, whatever the text."""
    assert all(len(each.text.split()) <= 12 for each in CHUNKER.chunk(document(text)))


@pytest.mark.parametrize("text", ["x" * 1_000, "word " * 200, "a" * 100 + " " + "b" * 100])
def test_one_enormous_line_is_cut(text: str) -> None:
    """Where there is no sentence to keep whole, words are, and where there is no word, sizes."""
    passages = CHUNKER.chunk(document(text))
    assert max(len(each.text) for each in passages) <= 80
    assert "".join(text.split()) == "".join("".join(each.text.split()) for each in passages)


def test_passages_are_whole_sentences_and_overlap_by_them(statement_text: str) -> None:
    """Passages begin and end where sentences do, and neighbours share their border sentence."""
    chunker = SentenceChunker(max_words=120, overlap_words=40)
    passages = chunker.chunk(document(statement_text))
    spans = sentences(statement_text)
    assert {each.span.start for each in passages} <= {span.start for span in spans}
    assert {each.span.end for each in passages} <= {span.end for span in spans}
    pairs = list(itertools.pairwise(passages))
    assert sum(before.span.overlap(after.span) > 0 for before, after in pairs) >= len(pairs) // 2


def test_an_empty_document_has_no_passages() -> None:
    """White space alone is nothing to search."""
    assert CHUNKER.chunk(document(" \n\n ")) == []


TEXT = (
    "Part one\nThe first sentence is here. It goes on to\nAnnual report 7\nthe next page. A third "
    "one.\n[1] A note of its own.\nPart two\nThe last sentence is here.\n"
)
PARTS = sorted(
    [
        part(TEXT, "Part one", Role.HEADING, 1),
        part(TEXT, "Annual report 7", Role.FURNITURE),
        part(TEXT, "[1] A note of its own.", Role.FOOTNOTE),
        part(TEXT, "Part two", Role.HEADING, 1),
    ]
)


def test_interruptions_end_passages_and_notes_have_their_own() -> None:
    """A footnote is a passage, a heading a sentence, and only a broken sentence holds furniture."""
    passages = SentenceChunker(20, 5).chunk(document(TEXT, parts=PARTS))
    assert [each.text for each in passages] == [
        (
            "Part one\nThe first sentence is here. It goes on to\nAnnual report 7\nthe next page. "
            "A third one."
        ),
        "[1] A note of its own.",
        "Part two\nThe last sentence is here.",
    ]


def test_a_page_begins_a_passage_and_a_change_stays_on_its_page() -> None:
    """A longer sentence on one page leaves the passages of all other pages as they are."""
    pages = [
        "".join(f"Sentence {line} stands on page {number}. " for line in range(9))
        for number in range(4)
    ]
    starts = [len("".join(pages[:number])) for number in range(1, 4)]
    before = {each.text for each in CHUNKER.chunk(document("".join(pages), pages=starts))}
    pages[1] = pages[1].replace("4 stands", "4 of this little text stands")
    starts = [len("".join(pages[:number])) for number in range(1, 4)]
    changed = document("".join(pages), pages=starts)
    new = [each for each in CHUNKER.chunk(changed) if each.text not in before]
    assert {page.number for each in new for page in changed.pages_of(each.span)} == {2}


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from(list(Role))), max_size=6))
def test_whatever_its_parts_all_but_furniture_is_in_passages(
    places: list[tuple[int, Role]],
) -> None:
    """Wherever parts stand, nothing else is lost, and every passage is a slice."""
    text = "Some words. More of them\n\nstand here, and there. " * 3
    starts = dict(places)
    parts = [Part(Span(start, start + 1), role, 1) for start, role in sorted(starts.items())]
    passages = CHUNKER.chunk(document(text, parts=parts))
    inside = {place for each in passages for place in range(each.span.start, each.span.end)}
    left_out = {start for start, role in starts.items() if role is Role.FURNITURE}
    wanted = {place for place, each in enumerate(text) if not each.isspace()} - left_out
    assert wanted <= inside
    assert all(each.text == each.span.of(text) for each in passages)
