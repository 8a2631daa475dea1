"""The nouns hold their invariants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.types import Answer, Document, Outcome, Page, Span, written_date
from tests.doubles import document


@st.composite
def paged(draw: st.DrawFn) -> tuple[Document, Span]:
    """A document of some pages, empty ones among them, and a span in it."""
    lengths = draw(st.lists(st.integers(0, 5), min_size=1, max_size=8))
    starts = [sum(lengths[:place]) for place in range(1, len(lengths))]
    text = "x" * sum(lengths)
    edges = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    return document(text, pages=starts), Span(*edges)


@given(paged())
def test_pages_of_agrees_with_a_slow_scan(case: tuple[Document, Span]) -> None:
    """The pages of a span are exactly those that share a character with it."""
    held, span = case
    found = held.pages_of(span)
    if span:
        assert found == tuple(page for page in held.pages if page.span.overlap(span))
    else:
        assert len(found) == 1
        assert found[0].span.start <= span.start <= found[0].span.end


def test_pages_that_leave_a_gap_are_refused() -> None:
    """A document whose pages do not tile its text cannot exist."""
    with pytest.raises(ValueError, match="tile"):
        Document("d", "p", "t", "abcd", (Page(1, "1", Span(0, 1)), Page(2, "2", Span(2, 4))))


def test_a_span_beyond_the_text_has_no_page() -> None:
    """Asking for the page of characters that do not exist is an error."""
    with pytest.raises(ValueError, match="outside"):
        document("abc").pages_of(Span(2, 9))


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2)])
def test_impossible_spans_are_refused(start: int, end: int) -> None:
    """A span neither begins before the text nor ends before it begins."""
    with pytest.raises(ValueError, match="not a span"):
        Span(start, end)


def test_spans_compare_by_place() -> None:
    """Covering, overlap and shifting agree with the characters they stand for."""
    outer, inner = Span(2, 8), Span(3, 5)
    assert outer.covers(inner)
    assert not inner.covers(outer)
    assert outer.overlap(Span(6, 12)) == 2
    assert outer.overlap(Span(9, 12)) == 0
    assert inner.shift(2).of("abcdefgh") == "fg"


@pytest.mark.parametrize(
    ("iso", "written"),
    [
        ("2023-01-15", "15 January 2023"),
        ("2022-10", "October 2022"),
        ("2021", "2021"),
        ("", ""),
        ("2023-02-31", "2023-02-31"),
    ],
)
def test_dates_are_written_as_exactly_as_they_are_known(iso: str, written: str) -> None:
    """A date is shown in words without adding a day or month that nobody gave."""
    assert written_date(iso) == written


def test_attribution_falls_back_from_speaker_to_publisher_to_title() -> None:
    """Somebody or something is always named as the one who says it."""
    said = document("x", speaker="Ombudsman of Azerbaijan", publisher="P", date="2023-01-15")
    assert said.attribution == "Ombudsman of Azerbaijan, 15 January 2023"
    assert document("x", publisher="P").attribution == "P"
    assert document("x", title="T").attribution == "T"


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.ABSTAINED])
def test_an_answer_without_statements_needs_to_abstain_with_a_reason(outcome: Outcome) -> None:
    """Neither an answer without citations nor an abstention without a reason can exist."""
    with pytest.raises(ValueError, match=r"answered|abstention"):
        Answer("q", outcome, (), (), (), (), 0.0, "test", 1, "f")
