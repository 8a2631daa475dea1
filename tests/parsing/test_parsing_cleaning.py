"""Cleaning and titles: pure functions of text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.parsing.cleaning import clean, clean_line
from rag.parsing.titles import title_of

ANY_TEXT = st.text(st.characters(exclude_categories=()))
HOSTILE = st.text(
    st.sampled_from("a é\r\n\t\x00\x0c\x85\u2028\ud800\udc00\u200b\u202e\ufeff\U000e0041")
)


@given(ANY_TEXT | HOSTILE)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    """Cleaning is idempotent, so offsets into clean text never move."""
    assert clean(clean(text)) == clean(text)


@given(ANY_TEXT | HOSTILE)
def test_clean_text_can_be_stored_and_shown(text: str) -> None:
    """Clean text encodes to UTF-8 and holds no control but line break and tab."""
    cleaned = clean(text)
    assert cleaned.encode().decode() == cleaned
    assert {c for c in cleaned if unicodedata.category(c) == "Cc"} <= {"\n", "\t"}


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs", "M"])))
def test_ordinary_text_is_left_alone(text: str) -> None:
    """Letters, digits, signs, marks and spaces of any script come through unaltered."""
    assert clean(text) == text


@pytest.mark.parametrize(
    ("dirty", "cleaned"),
    [
        pytest.param("a\r\nb\rc\n", "a\nb\nc\n", id="line ends"),
        pytest.param("a\x85b\u2028c\u2029d", "a\nb\nc\nd", id="line separators"),
        pytest.param("a\0b\x1bc\x7f\td", "a b c \td", id="controls"),
        pytest.param("a\ud800b\uffff", "a\ufffdb\ufffd", id="broken characters"),
        pytest.param("pay\u202etxt\u202c\u2066x\u2069", "paytxtx", id="direction"),
        pytest.param("ze\u200bro\u2060\ufeff", "zero", id="zero width"),
        pytest.param("hi\U000e0068\U000e0069", "hi", id="tags"),
        pytest.param("ﬁ e\u0301 ½ \u00a0 \u00ad", "ﬁ e\u0301 ½ \u00a0 \u00ad", id="kept"),
    ],
)
def test_cleaning_by_hand(dirty: str, cleaned: str) -> None:
    """Each kind of unwanted character becomes what is promised, and no other does."""
    assert clean(dirty) == cleaned


def test_a_clean_line_is_one_line() -> None:
    """Titles and names keep their words and lose their line breaks."""
    assert clean_line("  A\r\n title\u200b\t here ") == "A title here"


@pytest.mark.parametrize(
    ("path", "text", "own", "title"),
    [
        pytest.param("a.md", "intro\n\n## Findings ##\n", "Own", "Findings", id="heading"),
        pytest.param("a.md", "#hash\n", "", "a", id="a hash is no heading"),
        pytest.param("a.txt", "# Not a heading here.\n", "", "a", id="only in Markdown"),
        pytest.param("a.pdf", "Head of the page\n", "Annual report", "Annual report", id="own"),
        pytest.param("a.pdf", "Head of the page\n", "untitled", "Head of the page", id="untitled"),
        pytest.param("a_b.pdf", "", "0000764478-23-000006", "a b", id="own is a number"),
        pytest.param("a_b.pdf", "", "Microsoft Word - x", "a b", id="own is a program's"),
        pytest.param("a_b.pdf", "", "report final.docx", "a b", id="own is a file name"),
        pytest.param("d/a_b.txt", "It ends as a sentence.\n", "", "a b", id="sentence"),
        pytest.param("a_b.txt", "It does run on\nin the next line\n", "", "a b", id="runs on"),
        pytest.param("a_b.txt", "\n\n  Mines of war \n\nAs", "", "Mines of war", id="first line"),
    ],
)  # fmt: skip
def test_titles(path: str, text: str, own: str, title: str) -> None:
    """The title is the first source that serves: heading, properties, first line, file name."""
    assert title_of(path, text, own) == title
