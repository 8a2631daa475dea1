"""The areas of a citation cover the ink of its words, and no other ink: pixel by pixel."""

from __future__ import annotations

import ctypes
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from fpdf import FPDF
from pypdfium2 import raw

from rag.parsing.folder import FolderParser
from rag.parsing.images import PdfPages
from rag.parsing.limits import Recognition
from rag.results import Area
from rag.types import Document, Span
from tests.rendering.conftest import LIMITS, Press
from tests.rendering.inked import blank, column, inside, line, pixels, turned

BEFORE = "Reports were written. Letters were sent to all of the offices there. "
CITED = "The affirmed figures of every office differ, and fjords flow quickly (page 7)."
AFTER = " Nobody replied. Many judged that quite typical of the offices."
Quote = Callable[[Document, str], Span]


def assert_inked(press: Press, document: Document, span: Span, slack: int = 1) -> None:
    """On every page, at two sizes: all red pixels inside the areas, all black ones outside, but for
    so many pixels at the edges.
    """
    for number in range(1, len(document.pages) + 1):
        for width in (700, 1_600):
            image = press.image(document, number, span, width=width)
            assert not image.approximate
            red, black = pixels(image.png)
            assert red.any()
            assert red.shape == (image.height, image.width)
            [areas] = image.areas
            outside = red & ~inside(areas, red.shape, slack)
            assert int(outside.sum()) == 0
            foreign = black & inside(areas, red.shape, -slack)
            assert int(foreign.sum()) == 0


def simple() -> FPDF:
    """A paragraph over several lines of which the middle is cited."""
    pdf = blank()
    column(pdf, 15, 90, 20, [(BEFORE, False), (CITED, True), (AFTER, False)])
    return pdf


def test_a_sentence_in_a_paragraph(press: Press, quote: Quote) -> None:
    """One area for each line, from the first cited word to the last."""
    document = press.read(bytes(simple().output()))
    span = quote(document, CITED)
    assert_inked(press, document, span)
    [areas] = press.image(document, 1, span).areas
    assert len(areas) == span.of(document.text).count("\n") + 1 == 3


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_that_is_turned(press: Press, quote: Quote, degrees: int) -> None:
    """A sheet that lies on its side in the file, and is turned upright to be shown."""
    document = press.read(turned(simple(), degrees))
    assert_inked(press, document, quote(document, CITED))


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_that_is_shown_on_its_side(press: Press, quote: Quote, degrees: int) -> None:
    """A line that runs up, down or upside down is covered all the same."""
    pdf = blank()
    line(pdf, 15, 40, [("Reports were ", False), ("written and sent", True), (" to all.", False)])
    document = press.read(turned(pdf, degrees, upright=False))
    assert_inked(press, document, quote(document, "written and sent"))


def test_two_columns(press: Press, quote: Quote) -> None:
    """A sentence from the foot of one column to the head of the next leaves both neighbours out."""
    pdf = blank()
    column(pdf, 12, 58, 20, [(BEFORE * 3, False), ("The figures of every office differ", True)])
    column(pdf, 78, 58, 20, [("and fjords flow quickly.", True), (AFTER * 4, False)])
    document = press.read(bytes(pdf.output()))
    span = quote(document, "The figures of every office differ and fjords flow quickly.")
    assert_inked(press, document, span)
    [areas] = press.image(document, 1, span).areas
    assert {area.left > 0.5 for area in areas} == {True, False}


def test_ligatures(press: Press, quote: Quote) -> None:
    """Where one glyph stands for two letters, the area holds the whole of it."""
    pdf = blank()
    words = "ﬁnal eﬀects of the aﬄuent ﬂow"
    column(pdf, 15, 90, 20, [("All ﬁrms saw the ", False), (words, True), (" of ﬁgures.", False)])
    document = press.read(bytes(pdf.output()))
    written = words if words in document.text else "final effects of the affluent flow"
    assert_inked(press, document, quote(document, written))


def test_words_divided_at_the_end_of_a_line(press: Press, quote: Quote) -> None:
    """Hyphen and both halves of the word are inside."""
    pdf = blank()
    line(pdf, 15, 20, [("They spoke of ", False), ("inter-", True)])
    line(pdf, 15, 25, [("national law", True), (" and of treaties.", False)])
    document = press.read(bytes(pdf.output()))
    assert_inked(press, document, quote(document, "inter- national law"))


def test_writing_from_right_to_left(press: Press, quote: Quote) -> None:
    """The cited word of a Hebrew line is marked where it stands, between its neighbours."""
    words = ("שלום", "לכולם", "מכאן")
    pdf = blank()
    shown = [(f" {word[::-1]} ", word == words[1]) for word in reversed(words)]
    line(pdf, 40, 20, shown)
    document = press.read(bytes(pdf.output()))
    written = words[1] if words[1] in document.text else words[1][::-1]
    assert_inked(press, document, quote(document, written))


def test_a_sentence_over_two_pages(press: Press, quote: Quote) -> None:
    """Each page shows its own part of the quotation."""
    pdf = blank()
    column(pdf, 15, 90, 170, [(BEFORE, False), ("The figures of every office", True)])
    pdf.add_page()
    column(pdf, 15, 90, 20, [("differ, and fjords flow quickly.", True), (AFTER, False)])
    document = press.read(bytes(pdf.output()))
    span = quote(document, "The figures of every office differ, and fjords flow quickly.")
    assert [page.number for page in document.pages_of(span)] == [1, 2]
    assert_inked(press, document, span)


def test_one_cell_of_a_table(press: Press, quote: Quote) -> None:
    """What stands far apart on one line is marked apart, and its neighbours not at all."""
    pdf = blank()
    for row in range(4):
        for at, left in enumerate((15, 60, 100)):
            line(pdf, left, 20 + 5 * row, [(f"cell {row}{at}", (row, at) == (2, 1))])
    document = press.read(bytes(pdf.output()))
    assert_inked(press, document, quote(document, "cell 21"))


def test_writing_up_the_margin(press: Press, quote: Quote) -> None:
    """A line that stands on end is covered as well, without what is printed beside it."""
    pdf = blank()
    column(pdf, 30, 90, 20, [(BEFORE * 4, False)])
    with pdf.rotation(90, 15, 100):
        line(pdf, 15, 100, [("printed upwards ", False), ("in the margin", True)])
    document = press.read(bytes(pdf.output()))
    assert_inked(press, document, quote(document, "in the margin"))


def test_a_page_that_is_cropped(press: Press, quote: Quote) -> None:
    """Areas count from the corner of what is shown, not of the sheet."""
    data = bytes(simple().output())
    box = b"/MediaBox [0 0 419.53 595.28]"
    assert box in data
    cropped = data.replace(box, b"/MediaBox [0 0 419 595]/CropBox [20 50 400 580]")
    document = press.read(cropped)
    assert_inked(press, document, quote(document, CITED))


@pytest.mark.skipif(not shutil.which("tesseract"), reason="Tesseract is not installed")
def test_a_scan(tmp_path: Path, quote: Quote) -> None:
    """Where the words were recognised in an image, they are marked on the image."""
    scan = FPDF(format=(148, 210))
    scan.add_page()
    with pdfium.PdfDocument(bytes(simple().output())) as file:
        scan.image(file[0].render(scale=300 / 72).to_pil(), x=0, y=0, w=148)
    recognition = Recognition("eng", 120.0)
    parser = FolderParser(tmp_path, LIMITS, recognition=recognition)
    press = Press(tmp_path, parser, PdfPages(parser, LIMITS, recognition=recognition))
    document = press.read(bytes(scan.output()))
    assert document.parts
    assert_inked(press, document, quote(document, CITED), slack=4)
    unread = PdfPages(parser, LIMITS).draw(document, 1, 700)
    assert unread.text == ""


def glyphs(page: pdfium.PdfPage) -> list[tuple[float, float, float, float]]:
    """The ink of each printed character of an upright, uncropped page, as pdfium measures it."""
    width, height = page.get_size()
    text = page.get_textpage()
    edges = [ctypes.c_double() for _ in range(4)]
    found = []
    for at in range(text.count_chars()):
        code = chr(raw.FPDFText_GetUnicode(text.raw, at))
        if raw.FPDFText_IsGenerated(text.raw, at) == 1 or code.isspace() or code < " ":
            continue
        raw.FPDFText_GetCharBox(text.raw, at, *edges)
        left, right, bottom, top = (edge.value for edge in edges)
        if right > left and top > bottom:
            found.append((left / width, 1 - top / height, right / width, 1 - bottom / height))
    return found


REAL = [
    "pdf/026-latex-multicolumn/multicolumn.pdf",
    "pdf/004-pdflatex-4-pages/pdflatex-4-pages.pdf",
    "pdf/009-pdflatex-geotopo/GeoTopo-komprimiert.pdf",
    "pdf/015-arabic/habibi.pdf",
    "filings/documents/Pfizer_2023Q2_10Q.pdf",
]


@pytest.mark.parametrize("name", REAL)
def test_real_pages(evaluation_sets: Path, name: str) -> None:
    """On documents of others, at least 99 of 100 cited characters lie wholly inside the areas, and
    as few others as 1 of 100 are touched.
    """
    path = evaluation_sets / name
    parser = FolderParser(path.parent, LIMITS)
    pages, document = PdfPages(parser, LIMITS), parser.parse(path)
    dice = random.Random(7)  # noqa: S311 - not for secrets
    cited = covered = touched = 0
    with pdfium.PdfDocument(path) as file:
        for page in document.pages[:3]:
            drawn = pages.draw(document, page.number, 1_200)
            assert drawn.text == page.span.of(document.text).removesuffix("\n")
            ink = np.array(glyphs(file[page.number - 1]))
            words = [match.span() for match in re.finditer(r"\S+", drawn.text)]
            for _ in range(10 if words else 0):
                first = dice.randrange(len(words))
                last = min(len(words), first + dice.randrange(1, 40)) - 1
                span = Span(words[first][0], words[last][1])
                image = Press(path.parent, parser, pages).image(
                    document, page.number, span.shift(page.span.start)
                )
                own = [drawn.boxes[at] for at in range(span.start, span.end)]
                middles = (ink[:, :2] + ink[:, 2:]) / 2
                mine = _any_holds([box for box in own if box], np.hstack([middles, middles]))
                areas = [_grown(area, 1.5 / image.width) for area in image.areas[0]]
                cited += int(mine.sum())
                covered += int((mine & _any_holds(areas, ink)).sum())
                touched += int((~mine & _any_holds(areas, np.hstack([middles, middles]))).sum())
    assert cited > 100
    assert covered >= 0.99 * cited
    assert touched <= 0.01 * cited


def _any_holds(
    areas: list[Area], boxes: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """For each box whether one of the areas holds all of it."""
    held = np.zeros(len(boxes), dtype=np.bool_)
    for area in areas:
        held |= (
            (area.left <= boxes[:, 0])
            & (area.top <= boxes[:, 1])
            & (boxes[:, 2] <= area.right)
            & (boxes[:, 3] <= area.bottom)
        )
    return held


def _grown(area: Area, by: float) -> Area:
    return Area(area.left - by, area.top - by, area.right + by, area.bottom + by)
