"""Sentences, terms and folding keep to the characters that are there."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text import content_terms, fold, initials, sentences, stem, terms
from rag.types import Span

ODD = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="aB .!?\n\r\t\u200f\u05d0\ufb01😀\x00\ud800\"“”'", max_size=200),
)


@given(ODD)
def test_sentences_hold_every_character_that_is_not_white_space(text: str) -> None:
    """Splitting loses nothing, repeats nothing, and keeps the order."""
    spans = sentences(text)
    assert spans == sorted(spans)
    assert all(before.end <= after.start for before, after in itertools.pairwise(spans))
    inside = {place for span in spans for place in range(span.start, span.end)}
    assert all(place in inside for place, character in enumerate(text) if not character.isspace())


@given(ODD)
def test_sentences_are_stripped(text: str) -> None:
    """No sentence begins or ends with white space, and none is empty."""
    assert all(span.of(text) == span.of(text).strip() != "" for span in sentences(text))


def test_abbreviations_and_decimals_do_not_end_a_sentence() -> None:
    """The points of "Dr." and "3.5" stay inside their sentence."""
    text = "Dr. Smith counted 3.5 million. Nobody else did."
    assert [span.of(text) for span in sentences(text)] == [
        "Dr. Smith counted 3.5 million.",
        "Nobody else did.",
    ]


def test_a_signature_is_one_block(statement_text: str) -> None:
    """Lines that say something only together are kept together."""
    last = sentences(statement_text)[-1].of(statement_text)
    assert last.startswith("Sabina Aliyeva")
    assert last.endswith("January 15, 2023")


def test_headings_do_not_swallow_the_sentence_after_them() -> None:
    """A short line before a full sentence stays by itself."""
    text = "Landmines\n\nMany people were hit by mines in those years, it says."
    assert next(span.of(text) for span in sentences(text)) == "Landmines"


@pytest.mark.parametrize("number", ["45. ", "(a) ", "b) ", "IV. ", "• ", "12.) "])
def test_an_item_has_as_many_sentences_as_it_has(number: str) -> None:
    """A numbered paragraph of a ruling is not one sentence; its number belongs to the first."""
    text = f"{number}The parties met. They parted.\n{number}Nobody wrote it down. It rained."
    assert [span.of(text) for span in sentences(text)] == [
        f"{number}The parties met.",
        "They parted.",
        f"{number}Nobody wrote it down.",
        "It rained.",
    ]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "Первое предложение. Второе предложение."),
        ("az", "Birinci cümlə. İkinci cümlə."),
        ("tr", "Birinci cümle. İkinci cümle."),
        ("hy", "Առաջին նախադասություն։ Երկրորդ նախադասություն։"),
        ("de", "Der erste Satz. Der zweite Satz."),
        ("fr", "La première phrase. La seconde phrase."),
    ],
)
def test_other_languages_have_sentences_too(language: str, text: str) -> None:
    """Two sentences are two in each language that reports are written in."""
    assert len(sentences(text, language)) == 2


@given(ODD)
def test_folding_maps_back_to_where_it_came_from(text: str) -> None:
    """Each folded character knows the one original character that it was made of."""
    folded = fold(text)
    assert len(folded.offsets) == len(folded.text) + 1
    for place in range(len(folded.text)):
        original = folded.original(Span(place, place + 1))
        assert len(original) == 1
        assert folded.text[place] in fold(original.of(text)).text


def test_folding_levels_what_people_type_differently() -> None:
    """Case, accents, ligatures, curly quotes and runs of white space make no difference."""
    assert fold("“Ağdam’s\n ﬁeld”").text == fold('"agdam\'s field"').text


def test_the_folded_length_may_differ_from_the_original() -> None:
    """A quote found in folded text is cut from the original at the right place."""
    text = "Die Straße — und der ﬁeld."
    folded = fold(text)
    start = folded.text.index("field")
    assert folded.original(Span(start, start + 5)).of(text) == "ﬁeld"


def test_terms_stand_where_they_say() -> None:
    """Numbers keep their separators; spans cut the very word."""
    text = "About 4,000 Azerbaijanis' fates, and 3.5 km."
    words = [term.word for term in terms(text)]
    assert words == ["About", "4,000", "Azerbaijanis", "fates", "and", "3.5", "km"]
    assert all(term.span.of(text) == term.word for term in terms(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [("landmines", "Landmine"), ("4,000", "4000"), ("Watch's", "watch"), ("returned", "returning")],
)
def test_stems_join_the_forms_of_a_word(one: str, other: str) -> None:
    """Plural, tense, case, possessive and thousands separators do not keep words apart."""
    assert stem(one) == stem(other)


def test_content_terms_leave_out_function_words() -> None:
    """What carries no meaning of its own is not searched for."""
    assert [term.word for term in content_terms("How many of the people were hit?")] == [
        "many",
        "people",
        "hit",
    ]


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("The Human Rights Watch report", "hrw"),
        ("the International Committee of the Red Cross said", "icrc"),
        ("Parliamentary Assembly of the Council of Europe", "pace"),
        ("the United Nations", "un"),
    ],
)
def test_names_are_known_by_their_initials(text: str, short: str) -> None:
    """A body is found under the name that is short for it."""
    assert short in initials(text)


@pytest.mark.parametrize("text", ["", "no names here", "Only one", "İ 😀 \ud800 Ab"])
def test_without_names_there_are_no_initials(text: str) -> None:
    """Words in lower case, and a single name, are not short for anything."""
    assert initials(text) == frozenset()
