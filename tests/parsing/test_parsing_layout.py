"""The order in which a page's lines are read, and where each character stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import pypdfium2 as pdfium
import pytest

from rag.parsing.layout import Laid, laid_out
from rag.types import Document
from tests import pdfs
from tests.pdfs import Mark

FONT = str(Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))
LEFT = [f"Left line {number} goes on with some words" for number in range(1, 13)]
RIGHT = [f"Right line {number} goes on with other words" for number in range(1, 13)]


def _laid(data: bytes, page: int = 0) -> Laid:
    with pdfium.PdfDocument(data) as document:
        return laid_out(document[page])


def _columns(left: float = 50, right: float = 320, top: float = 150) -> list[Mark]:
    """Two columns, drawn line by line across both."""
    return [
        mark
        for number in range(12)
        for mark in (
            Mark(left, top + 14 * number, LEFT[number]),
            Mark(right, top + 14 * number, RIGHT[number]),
        )
    ]


TITLE = Mark(150, 100, "A title that runs across both of the columns", 12)
NOTE = Mark(
    50, 400, "A line under the columns, from the left edge of the one to the end of the other."
)


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(list, id="line by line"),
        pytest.param(lambda marks: sorted(marks, key=lambda mark: mark.x), id="column by column"),
        pytest.param(lambda marks: sorted(marks, key=lambda mark: -mark.x), id="right one first"),
        pytest.param(lambda marks: marks[::-1], id="backwards"),
        pytest.param(
            lambda marks: (
                marks[::5] + marks[1::5] + [mark for at, mark in enumerate(marks) if at % 5 > 1]
            ),
            id="in disorder",
        ),
    ],
)
def test_two_columns(order: Callable[[list[Mark]], list[Mark]]) -> None:
    """However a file draws two columns, they are read one after the other."""
    data = pdfs.placed_pdf([order([TITLE, *_columns(), NOTE])])
    assert _laid(data).text.split("\n") == [TITLE.text, *LEFT, *RIGHT, NOTE.text]


def test_three_columns() -> None:
    """Three columns, drawn across, are read one after the other."""
    columns = [
        [f"Words of line {number} in column {column}" for number in range(10)] for column in "ABC"
    ]
    marks = [
        Mark(40 + 180 * across, 150 + 14 * number, columns[across][number])
        for number in range(10)
        for across in range(3)
    ]
    lines = _laid(pdfs.placed_pdf([marks])).text.split("\n")
    assert lines == [line for column in columns for line in column]


def test_a_heading_between_columns_divides_them() -> None:
    """Both columns above a line across the page are read before it, both below after it."""
    middle = Mark(
        50, 340, "A line between, from the left edge of the page to its right edge at the end"
    )
    below = [Mark(mark.x, mark.y + 230, f"Below: {mark.text}") for mark in _columns()]
    lines = _laid(pdfs.placed_pdf([[*_columns(), middle, *below]])).text.split("\n")
    assert lines[:24] == [*LEFT, *RIGHT]
    assert lines[24] == middle.text
    assert lines[25:] == [f"Below: {line}" for line in (*LEFT, *RIGHT)]


def test_a_table_is_read_across() -> None:
    """Aligned cells are no columns: a row is a line, also when its cells are drawn apart."""
    rows = [
        ["Region", "Killed", "Injured"],
        *([f"District {n}", str(n), str(9 * n)] for n in range(12)),
    ]
    marks = [
        Mark(x, 150 + 14 * at, cell)
        for at, row in enumerate(rows)
        for x, cell in zip((50, 250, 400), row, strict=True)
    ]
    assert _laid(pdfs.placed_pdf([marks])).text == "\n".join(" ".join(row) for row in rows)


def test_a_table_drawn_by_columns_is_read_in_rows() -> None:
    """Figures come after what they are about; columns of words stay as they are drawn."""
    columns = [
        ["District", "Aghdam", "Fuzuli", "Jabrayil"],
        ["2021", "12", "1,204", "7 %"],
        ["2022", "(3)", "5", "40"],
    ]
    marks = [
        Mark(60 + 150 * across, 150 + 14 * down, cell)
        for across, column in enumerate(columns)
        for down, cell in enumerate(column)
    ]
    rows = [" ".join(row) for row in zip(*columns, strict=True)]
    assert _laid(pdfs.placed_pdf([marks])).text.split("\n") == rows
    signed = [Mark(60 + 200 * (at // 3), 150 + 14 * (at % 3), f"word {at}") for at in range(6)]
    assert _laid(pdfs.placed_pdf([signed])).text.split("\n") == [mark.text for mark in signed]


def test_head_and_foot_stand_at_the_ends() -> None:
    """What stands apart at the top and the bottom is read first and last, whenever it is drawn."""
    body = [Mark(50, 150 + 14 * at, line) for at, line in enumerate(LEFT)]
    foot, head = Mark(290, 800, "7"), Mark(50, 40, "Report on mines")
    lines = _laid(pdfs.placed_pdf([[foot, *body, head]])).text.split("\n")
    assert lines == [head.text, *LEFT, foot.text]


def test_ligatures_and_scripts() -> None:
    """Ligatures and other scripts stay as they are; what is written leftwards as pdfium has it."""
    hebrew = "עברית טקסט"
    lines = ["oﬃce, ﬁnd, ﬂow", "Հայաստան", "Azərbaycan", hebrew[::-1]]
    marks = [Mark(50, 100 + 20 * at, line) for at, line in enumerate(lines)]
    text = _laid(pdfs.placed_pdf([marks], font=FONT)).text
    assert text.split("\n") == ["office, find, flow", "Հայաստան", "Azərbaycan", hebrew]


def test_a_small_number_is_set_apart_from_its_word() -> None:
    """The number of a note stays in its line, and is no part of the word before it."""
    marks = [Mark(50, 100, "people"), Mark(82.5, 96, "1", 6), Mark(90, 100, "were hit")]
    assert _laid(pdfs.placed_pdf([marks])).text == "people 1 were hit"


def _drawn(page: pdfium.PdfPage, laid: Laid) -> list[float]:
    """For every printed character, the share of dark pixels in its box."""
    image = page.render(scale=4, grayscale=True).to_numpy()
    shares: list[float] = []
    for character, box in zip(laid.text, laid.boxes, strict=True):
        if box is None or character.isspace():
            continue
        top, bottom, left, right = (
            round(4 * side) for side in (box.top, box.bottom, box.left, box.right)
        )
        shares.append(float((image[top:bottom, left:right] < 128).mean()))
    return shares


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_boxes_hold_their_characters(degrees: int) -> None:
    """On the page as it is shown, turned or not, each character's box is where its ink is."""
    marks = [Mark(60, 100, "MMMM HHHH", 20), *_columns()]
    data = pdfs.turned_pdf(pdfs.placed_pdf([marks]), degrees)
    with pdfium.PdfDocument(data) as document:
        page = document[0]
        laid = laid_out(page)
        shares = _drawn(page, laid)
    assert len(shares) == sum(not character.isspace() for character in laid.text)
    assert min(shares) > 0.02
    width, height = page_size(degrees)
    boxes = [box for box in laid.boxes if box]
    assert all(0 <= box.left < box.right <= width for box in boxes)
    assert all(0 <= box.top < box.bottom <= height for box in boxes)


def page_size(degrees: int) -> tuple[float, float]:
    """Width and height of a page of A4 as it is shown."""
    return (842, 596) if degrees % 180 else (596, 842)


def test_boxes_follow_the_text(read: Callable[..., Document]) -> None:
    """The words of a document's page lead to boxes in one row, at their place on the page."""
    data = pdfs.placed_pdf([[TITLE, *_columns(), NOTE]])
    laid, page = _laid(data), read("a.pdf", data).pages[0]
    document = read("a.pdf", data)
    assert laid.text == page.span.of(document.text)
    for lines, left in ((LEFT, 50), (RIGHT, 320)):
        for number, line in enumerate(lines):
            start = laid.text.index(line)
            _is_at(laid, range(start, start + len(line)), left, 150 + 14 * number)


def _is_at(laid: Laid, places: Sequence[int], left: float, baseline: float) -> None:
    boxes = [box for box in map(laid.boxes.__getitem__, places) if box]
    assert abs(min(box.left for box in boxes) - left) < 1
    assert all(box.top < baseline < box.bottom for box in boxes)


def test_the_samples_keep_their_characters(evaluation_sets: Path) -> None:
    """On real pages no printed character is lost or doubled."""
    for file in sorted((evaluation_sets / "filings" / "documents").glob("*.pdf"))[:4]:
        with pdfium.PdfDocument(file) as document:
            for number in range(0, len(document), 7):
                page = document[number]
                laid = laid_out(page)
                own = page.get_textpage().get_text_range()
                assert sorted("".join(laid.text.split())) == sorted(_printed(own))
                assert len(laid.boxes) == len(laid.text)


def _printed(text: str) -> str:
    return "".join(
        text.translate({2: "-", 0xFFFE: "-", 0x200B: None, 0xF0B7: "•", 0xF0A7: "▪"}).split()
    )
