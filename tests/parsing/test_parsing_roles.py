"""What the stretches of a PDF's pages are: furniture, footnotes, headings, tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.parsing import pdf
from rag.parsing.extract import Leaf
from rag.parsing.folder import FolderParser
from rag.parsing.limits import Limits
from rag.parsing.lines import Line, Word
from rag.parsing.outline import Entry
from rag.parsing.roles import parts_of
from rag.parsing.sheet import Sheet
from rag.types import Document, Role, Span
from tests import pdfs
from tests.parsing.conftest import LIMITS
from tests.pdfs import Mark

WORDS = "The commission heard of many cases in the districts along the former line of contact"


def _body(page: int, lines: int = 20, top: float = 120) -> list[Mark]:
    """Lines of prose, each with words that stand nowhere else."""
    return [
        Mark(60, top + 14 * at, f"Line {chr(97 + page)}{chr(97 + at)}: {WORDS}.")
        for at in range(lines)
    ]


def _said(document: Document, role: Role) -> list[str]:
    everything = Span(0, len(document.text))
    return [part.span.of(document.text) for part in document.parts_of(everything, role)]


def test_running_heads_and_page_numbers(read: Callable[..., Document]) -> None:
    """Heads of odd and even pages and numbers that count are furniture; the text keeps them."""
    pages = [
        [
            *_body(number),
            Mark(60, 50, "Report on mines" if number % 2 else "Part one: victims", 9),
            Mark(60 if number % 2 else 500, 800, f"Page {number + 1} of 12", 9),
        ]
        for number in range(12)
    ]
    document = read("a.pdf", pdfs.placed_pdf(pages))
    for page, number in zip(document.pages, range(12), strict=True):
        text = page.span.of(document.text)
        head = "Report on mines" if number % 2 else "Part one: victims"
        foot = f"Page {number + 1} of 12"
        parts = document.parts_of(page.span, Role.FURNITURE)
        assert [part.span.of(document.text) for part in parts] == [head, foot]
        assert text.startswith(head)
        assert text.rstrip("\n").endswith(foot)


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param(["i", "ii", "iii", "iv", "v"], id="roman"),
        pytest.param(["- 8 -", "- 9 -", "- 10 -", "- 11 -", "- 12 -"], id="from eight"),
        pytest.param(["F-1", "F-2", "F-3", "F-4", "F-5"], id="with a letter"),
    ],
)
def test_kinds_of_page_numbers(read: Callable[..., Document], numbers: list[str]) -> None:
    """Page numbers are known by their counting, however they are written."""
    pages = [[*_body(at), Mark(290, 810, number)] for at, number in enumerate(numbers)]
    assert _said(read("a.pdf", pdfs.placed_pdf(pages)), Role.FURNITURE) == numbers


def test_what_is_no_furniture(read: Callable[..., Document]) -> None:
    """Last lines that differ, or figures that do not count, are text; so is a page's only line."""
    years = ["2019", "2024", "2007", "2011", "1998"]
    pages = [[*_body(at), Mark(60, 800, f"Killed in {year}")] for at, year in enumerate(years)]
    assert _said(read("a.pdf", pdfs.placed_pdf(pages)), Role.FURNITURE) == []
    assert _said(read("b.pdf", pdfs.numbered_pdf(9)), Role.FURNITURE) == []


def test_footnotes(read: Callable[..., Document]) -> None:
    """Small print at the foot is divided at its numbers, and goes on on the next page."""
    notes = [
        [Mark(60, 720, "1 See the report of the mission,", 8), Mark(60, 730, "chapter two.", 8),
         Mark(60, 740, "2 Interview of 3 May 2022, and the", 8)],
        [Mark(60, 740, "minutes of it.", 8), Mark(60, 750, "* Both names are used.", 8)],
    ]  # fmt: skip
    pages = [[*_body(at), *some] for at, some in enumerate(notes)]
    document = read("a.pdf", pdfs.placed_pdf(pages))
    assert _said(document, Role.FOOTNOTE) == [
        "1 See the report of the mission,\nchapter two.",
        "2 Interview of 3 May 2022, and the",
        "minutes of it.",
        "* Both names are used.",
    ]


def test_footnotes_of_columns(read: Callable[..., Document]) -> None:
    """Each column may end in notes of its own."""
    marks = [
        mark
        for at in range(30)
        for mark in (
            Mark(50, 120 + 14 * at, f"Left line {at} goes on with some words"),
            Mark(320, 120 + 14 * at, f"Right line {at} goes on with other words"),
        )
    ]
    marks += [Mark(50, 560, "1 A note on the left side.", 8)]
    marks += [Mark(320, 560, "2 A note on the right side.", 8)]
    document = read("a.pdf", pdfs.placed_pdf([marks]))
    assert _said(document, Role.FOOTNOTE) == [
        "1 A note on the left side.",
        "2 A note on the right side.",
    ]
    assert document.text.index("2 A note") > document.text.index("Right line 29")
    assert document.text.index("1 A note") < document.text.index("Right line 0 ")


def test_small_print_that_is_no_footnote(read: Callable[..., Document]) -> None:
    """Small type above large type is a caption, and small type without a mark is small type."""
    marks = [*_body(0, 10), Mark(60, 300, "1 Map of the district", 8), *_body(1, 10, top=350)]
    marks += [Mark(60, 700, "Printed on recycled paper.", 8)]
    assert _said(read("a.pdf", pdfs.placed_pdf([marks])), Role.FOOTNOTE) == []


def _chapters() -> list[list[Mark]]:
    return [
        [
            Mark(60, 80, f"{number} Chapter {name}", 18, "B"),
            Mark(60, 120, f"{number}.1 Findings on {name}", 12, "B"),
            *_body(number, 5, top=150),
            Mark(60, 260, "A bold remark", 10, "B"),
            Mark(150, 260, "that a sentence goes on behind, as remarks do.", 10),
            Mark(60, 290, f"{number}.2 Views on {name} that are so long that", 12, "B"),
            Mark(60, 304, "they need two lines", 12, "B"),
            *_body(number + 9, 5, top=330),
        ]
        for number, name in ((1, "mines"), (2, "prisoners"), (3, "missing persons"))
    ]


def test_headings_by_their_type(read: Callable[..., Document]) -> None:
    """Larger and bolder lines are headings, by size; a bold beginning of a sentence is none."""
    document = read("a.pdf", pdfs.placed_pdf(_chapters()))
    everything = Span(0, len(document.text))
    found = [
        (part.value, part.span.of(document.text))
        for part in document.parts_of(everything, Role.HEADING)
    ]
    assert found[:3] == [
        (1, "1 Chapter mines"),
        (2, "1.1 Findings on mines"),
        (2, "1.2 Views on mines that are so long that\nthey need two lines"),
    ]
    assert len(found) == 9
    place = document.text.index("Line ke:")
    assert document.headings(Span(place, place + 1)) == (
        "1 Chapter mines",
        "1.2 Views on mines that are so long that they need two lines",
    )


def test_headings_by_the_outline(read: Callable[..., Document]) -> None:
    """The outline names headings that are set like the body, and gives those alike their levels."""
    pages = [
        [Mark(60, 80, title), *_body(at)] for at, title in enumerate(("II. Mines", "III. Maps"))
    ]
    document = read("a.pdf", pdfs.placed_pdf(pages, outline={"Mines": 0, "III. Maps": 1}))
    parts = document.parts_of(Span(0, len(document.text)), Role.HEADING)
    assert [(part.value, part.span.of(document.text)) for part in parts] == [
        (1, "II. Mines"),
        (2, "III. Maps"),
    ]


ROWS = [
    ("District", "2020", "2021", "2022"),
    ("Aghdam", "1,204", "7.5 %", "12"),
    ("Fuzuli", "83", "1.5 %", "5"),
    ("Jabrayil", "9", "-", "40"),
    ("Zangilan", "1,310", "4 %", "2"),
]


def _table(rows: Sequence[Sequence[str]], top: float) -> list[Mark]:
    return [
        Mark(x, top + 15 * at, cell)
        for at, row in enumerate(rows)
        for x, cell in zip((60, 250, 350, 450), row, strict=True)
    ]


def test_tables(read: Callable[..., Document]) -> None:
    """Rows of aligned cells are a table with a header; the prose around it is none."""
    marks = [*_body(0, 8), *_table(ROWS, 260), *_body(1, 8, top=370)]
    document = read("a.pdf", pdfs.placed_pdf([marks]))
    (table,) = document.parts_of(Span(0, len(document.text)), Role.TABLE)
    rows = [" ".join(row) for row in ROWS]
    assert table.span.of(document.text) == "\n".join(rows)
    assert document.text[table.span.start :][: table.value] == rows[0]
    place = document.text.index(rows[3])
    assert rows[0] in document.searched(Span(place, place + len(rows[3])))


def test_a_header_of_several_lines(read: Callable[..., Document]) -> None:
    """What stands over the columns of figures belongs to their header, and a group's title not."""
    marks = [
        *_body(0, 8),
        Mark(350, 245, "Killed"),
        *_table([("", "in 2020", "in 2021", "in 2022")], 260),
        Mark(60, 275, "Districts in the east"),
        *_table(ROWS[1:], 290),
    ]
    document = read("a.pdf", pdfs.placed_pdf([marks]))
    (table,) = document.parts_of(Span(0, len(document.text)), Role.TABLE)
    header = Span(table.span.start, table.span.start + table.value)
    assert header.of(document.text) == "Killed\nin 2020 in 2021 in 2022"
    assert table.span.of(document.text).endswith("Zangilan 1,310 4 % 2")


def test_lists_are_no_tables(read: Callable[..., Document]) -> None:
    """Items behind bullets or numbers stand in line, and are prose all the same."""
    items = [
        (sign, f"item {at} that is about something")
        for at, sign in enumerate(("a)", "b)", "c)", "d)"))
    ]
    marks = [
        mark
        for at, (sign, item) in enumerate(items)
        for mark in (Mark(60, 120 + 15 * at, sign), Mark(90, 120 + 15 * at, item))
    ]
    document = read("a.pdf", pdfs.placed_pdf([marks]))
    assert _said(document, Role.TABLE) == []
    assert document.text.split("\n")[0] == "a) item 0 that is about something"


def test_the_filings(evaluation_sets: Path) -> None:
    """On real filings headings, furniture and tables are found where a reader sees them."""
    path = evaluation_sets / "filings" / "documents" / "ADOBE_2022_10K.pdf"
    extract = pdf.read(path.read_bytes(), path.name, LIMITS)
    pages = [
        [(part.role, part.value, part.span.of(page.text)) for part in page.parts]
        for page in extract.pages
    ]
    numbered = [
        number
        for number, parts in enumerate(pages, start=1)
        if (Role.FURNITURE, 0, str(number)) in parts
    ]
    assert len(numbered) > 90
    assert (Role.HEADING, 2, "ITEM 1A. RISK FACTORS") in pages[19]
    (table,) = (part for part in extract.pages[56].parts if part.role is Role.TABLE)
    assert "2022\n" in extract.pages[56].text[table.span.start :][: table.value]
    assert "Net income $ 4,756 $ 4,822 $ 5,260" in table.span.of(extract.pages[56].text)


LINES = st.lists(
    st.tuples(
        st.text("ab1. \u05d0-", min_size=1, max_size=9),
        st.floats(0, 600), st.floats(0, 850), st.sampled_from([0.0, 6.0, 10.0, 14.0]),
        st.booleans(), st.booleans(),
    ),
    max_size=12,
)  # fmt: skip


@given(st.lists(LINES, min_size=1, max_size=5), st.lists(st.text("ab1", max_size=3), max_size=3))
def test_any_lines_give_sound_parts(
    pages: list[list[tuple[str, float, float, float, bool, bool]]], titles: list[str]
) -> None:
    """Whatever stands on the pages: parts are sorted, inside the text, and of one role apart."""
    sheets: list[Sheet] = []
    for some in pages:
        start, lines = 0, []
        for text, left, top, size, bold, turned in some:
            span = Span(start, start + len(text))
            word = Word(start, start + len(text), left, left + 5 * len(text))
            lines.append((span, Line(*_ends(span), left, top, word.right, top + 10, size, [word],
                                     bold, turned)))  # fmt: skip
            start += len(text) + 1
        sheets.append(Sheet("\n".join(each[0] for each in some), lines, 600, 850))
    outline = [Entry(title, at, 1) for at, title in enumerate(titles)]
    labels = [str(number) for number in range(1, len(sheets) + 1)]
    found = parts_of(sheets, [[] for _ in sheets], labels, outline)
    for sheet, parts in zip(sheets, found, strict=True):
        # A leaf refuses parts that are not sorted, overlap, or lie outside.
        Leaf("1", sheet.text, tuple(parts))


def _ends(span: Span) -> tuple[int, int]:
    return span.start, span.end


def test_a_hyphen_and_a_page_break(tmp_path: Path, limits: Limits) -> None:
    """A word that is broken at a line's end is one word for search, and stays as it is printed."""
    marks = [Mark(60, 100, "a rule of interna-"), Mark(60, 114, "tional law, which is old")]
    (tmp_path / "a.pdf").write_bytes(pdfs.placed_pdf([marks]))
    document = FolderParser(tmp_path, limits).parse(tmp_path / "a.pdf")
    assert document.text == "a rule of interna-\ntional law, which is old"
    assert "international" in document.searched(Span(0, len(document.text)))
