"""Windows: nothing is lost, nothing is too long, and offsets lead back to the text."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from rag.reader.windows import (
    LONGEST_QUESTION,
    LONGEST_ROW,
    OVERLAP,
    encodable,
    question_ids,
    windows,
)

TEXTS = st.lists(
    st.sampled_from(
        ["bridge", "opened", "1998", "ﬁ", "😀", "שלום", "a\u0301", "\x00", "\ud800", "\n"]
    ),
    max_size=900,
).map(" ".join)


@given(text=TEXTS, asked=st.integers(0, LONGEST_QUESTION))
def test_windows_hold_every_token(tokenizer: Tokenizer, text: str, asked: int) -> None:
    """The pieces, laid side by side, are the tokens of the whole text, in order."""
    whole = tokenizer.encode(encodable(text), add_special_tokens=False)
    pieces = list(windows(tokenizer, [7] * asked, text))
    assert {offset for piece in pieces for offset in piece.offsets} == set(whole.offsets)
    assert [piece.offsets for piece in pieces] == [sorted(piece.offsets) for piece in pieces]


@given(text=TEXTS, asked=st.integers(0, LONGEST_QUESTION))
def test_no_row_is_longer_than_the_network_reads(
    tokenizer: Tokenizer, text: str, asked: int
) -> None:
    """Rows keep to the limit, and types tell question from passage token by token."""
    for piece in windows(tokenizer, [7] * asked, text):
        assert len(piece.ids) == len(piece.types) <= LONGEST_ROW
        assert piece.context == piece.types.index(1)
        assert len(piece.ids) == piece.context + len(piece.offsets) + 1


@given(text=TEXTS)
def test_neighbouring_windows_overlap(tokenizer: Tokenizer, text: str) -> None:
    """An answer of up to `OVERLAP` tokens stands whole in one window."""
    pieces = list(windows(tokenizer, [7] * 5, text))
    for left, right in pairwise(pieces):
        assert len(set(left.offsets) & set(right.offsets)) == OVERLAP


def test_offsets_count_code_points(tokenizer: Tokenizer) -> None:
    """Emoji and accents before a word do not move its span."""
    text = "😀 é bridge"
    piece = next(windows(tokenizer, [], text))
    assert piece.span(piece.context + 1, piece.context + 1).of(text) == "bridge"


def test_of_a_long_question_the_end_is_kept(tokenizer: Tokenizer) -> None:
    """What is asked stands at the end of a long-winded question."""
    assert question_ids(tokenizer, "the " * 500 + "bridge")[-1] == 2
    assert len(question_ids(tokenizer, "the " * 500)) == LONGEST_QUESTION


def test_a_text_without_words_has_no_windows(tokenizer: Tokenizer) -> None:
    """Blank passages are not read."""
    assert list(windows(tokenizer, [1], " \n ")) == []


def test_a_very_long_passage_is_read_to_its_end(tokenizer: Tokenizer) -> None:
    """100,000 characters become many windows, the last of which holds the last word."""
    text = "the bridge " * 9_091
    assert max(last for piece in windows(tokenizer, [1], text) for _, last in piece.offsets) == len(
        text.rstrip()
    )
