"""The nouns hold their invariants."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.types import Answer, Document, Outcome, Page, Part, Role, Span, written_date
from tests.doubles import document, part


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


REPORT = (
    "1 Mines\nMine clear-\nance went on until\nAnnual report\n12\nthe spring.[1]\n"
    "[1] Letter of May.\n1.1 Victims\nYear Killed\n2021 11\n2022 14\n2 Prisoners\nAll were freed.\n"
)


def report() -> Document:
    """A report with headings, a table, a footnote, and a page's furniture amid a sentence."""
    parts = [
        part(REPORT, "1 Mines", Role.HEADING, 1),
        part(REPORT, "Annual report\n12", Role.FURNITURE),
        part(REPORT, "[1] Letter of May.", Role.FOOTNOTE),
        part(REPORT, "1.1 Victims", Role.HEADING, 2),
        part(REPORT, "Year Killed\n2021 11\n2022 14", Role.TABLE, len("Year Killed")),
        part(REPORT, "2 Prisoners", Role.HEADING, 1),
    ]
    return document(REPORT, title="Report", parts=sorted(parts))


def span_of(words: str) -> Span:
    """Where `words` stand in the report."""
    return Span(REPORT.index(words), REPORT.index(words) + len(words))


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ("1 Mines", ()),
        ("Mine clear", ("1 Mines",)),
        ("1.1 Victims", ("1 Mines",)),
        ("2022 14", ("1 Mines", "1.1 Victims")),
        ("All were", ("2 Prisoners",)),
    ],
)
def test_headings_are_those_above_outermost_first(words: str, path: tuple[str, ...]) -> None:
    """A passage stands under the nearest heading of each level, and not under itself."""
    assert report().headings(span_of(words)) == path


@pytest.mark.parametrize(
    ("words", "saying"),
    [
        ("1 Mines", ""),
        ("1 Mines\nMine clear-\nance", "Mine clear-\nance"),
        ("2022 14\n2 Prisoners\nAll were freed.\n", "2022 14\n2 Prisoners\nAll were freed."),
        ("2022 14\n2 Prison", "2022 14"),
        ("Mines", ""),
        ("\n", ""),
    ],
)
def test_headings_say_nothing_themselves(words: str, saying: str) -> None:
    """What is quoted begins behind a heading and ends before one; of headings nothing is left."""
    assert report().saying(span_of(words)).of(REPORT) == saying


def test_a_title_says_nothing_itself() -> None:
    """A line that is the document's title is none of its sentences, whether marked or not."""
    held = document("On the\n mines.\nMines kill.", title="On the mines.")
    assert not held.saying(Span(0, 14))
    assert held.saying(Span(0, 16)) == Span(0, 16)


def test_a_search_sees_what_a_passage_stands_under_and_no_furniture() -> None:
    """Running heads and notes are left out, a broken word is whole, rows have their header."""
    held = report()
    held = replace(held, path="reports/report.pdf")
    sentence = Span(REPORT.index("Mine clear"), REPORT.index("[1] Letter"))
    assert held.searched(sentence) == (
        "Report\n1 Mines\nMine clearance clear-ance went on until the spring.[1]"
    )
    assert held.searched(span_of("2022 14")).splitlines() == [
        "Report", "1.1 Victims", "Year Killed", "2022 14",
    ]  # fmt: skip
    note = span_of("[1] Letter of May.")
    assert held.searched(note).endswith("\n[1] Letter of May.")


@pytest.mark.parametrize(
    ("path", "title", "seen"),
    [
        ("2022/ACME_2022-10K.pdf", "AC 10-K FY22", "ACME 2022 10K\nAC 10-K FY22\nabc"),
        ("ACME_2022-10K.pdf", "Acme 2022 10K", "Acme 2022 10K\nabc"),
        ("paragraph 12", "", "abc"),
        ("notes.md", "", "notes\nabc"),
    ],
)
def test_a_search_sees_the_files_name_where_it_says_more(path: str, title: str, seen: str) -> None:
    """People name files after what is in them; an id of a corpus is no file's name."""
    assert document("abc", path, title=title).searched(Span(0, 3)) == seen


@given(st.lists(st.integers(0, 40), min_size=4, max_size=12), st.integers(0, 40), st.integers(0, 9))
def test_parts_of_agrees_with_a_slow_scan(edges: list[int], start: int, length: int) -> None:
    """The parts of a span are exactly those that share a character with it."""
    pairs = itertools.pairwise(sorted(set(edges)))
    parts = [Part(Span(*pair), Role.FURNITURE) for pair in pairs]
    held = document("x" * 50, parts=parts)
    span = Span(start, start + length)
    expected = [each for each in parts if each.span.overlap(span)]
    assert held.parts_of(span, Role.FURNITURE) == (
        expected or [each for each in parts if each.span.start < start < each.span.end]
        if not length
        else expected
    )


def test_parts_out_of_order_are_refused() -> None:
    """A document whose parts are not sorted cannot exist."""
    parts = [Part(Span(4, 6), Role.FURNITURE), Part(Span(1, 2), Role.FURNITURE)]
    with pytest.raises(ValueError, match="sorted"):
        document("abcdefgh", parts=parts)


def test_a_search_does_not_see_lines() -> None:
    """Words that a change moves to another line are searched as they were."""
    one, other = (document(text).searched(Span(0, 11)) for text in ("the old map", "the\nold map"))
    assert one == other
