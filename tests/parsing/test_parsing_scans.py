"""Pages that are images, and text layers without meaning; most of it needs Tesseract."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import pypdfium2 as pdfium
import pytest

from rag.errors import NoTextError, ParseError
from rag.parsing import child, tesseract
from rag.parsing.folder import FolderParser
from rag.parsing.layout import laid_out
from rag.parsing.limits import Limits, Recognition
from rag.parsing.page_reading import PageRead, said
from rag.parsing.recognise import Recogniser
from rag.parsing.scans import Layer, listed
from rag.parsing.sheet import Sheet
from rag.types import Document, Part, Role, Span
from tests import pdfs
from tests.pdfs import Mark

FONT = str(Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))
LINES = [
    "The mission counted 274 victims",
    "of mines after the war, and of",
    "them 36 were civilians.",
]
needs_tesseract = pytest.mark.skipif(
    not shutil.which("tesseract"),
    reason="Tesseract is not installed (apt-get install tesseract-ocr)",
)

Parse = Callable[..., tuple[FolderParser, Document]]


@pytest.fixture
def parse(tmp_path: Path, limits: Limits) -> Parse:
    """Parses bytes as a PDF of which scans are to be recognised."""

    def parsed(
        data: bytes, recognition: Recognition | None = None
    ) -> tuple[FolderParser, Document]:
        (tmp_path / "a.pdf").write_bytes(data)
        room = replace(limits, seconds=120.0, cpu_seconds=120)
        parser = FolderParser(tmp_path, room, recognition=recognition or Recognition())
        return parser, parser.parse(tmp_path / "a.pdf")

    return parsed


@needs_tesseract
def test_a_scan_is_read_and_boxed(parse: Parse) -> None:
    """A page that is a noisy, slightly turned image has its text, its confidence and its boxes."""
    typed = pdfs.lines_pdf([["A typed page."]])
    scan = pdfs.photographed_pdf([LINES], FONT)
    parser, document = parse(pdfs.joined_pdf([typed, scan, typed]))
    assert document.text == "\n".join(["A typed page.", *LINES, "A typed page."])
    page = document.pages[1]
    parts = document.parts_of(Span(0, len(document.text)), Role.RECOGNISED)
    assert [part.span.of(document.text) for part in parts] == LINES
    assert all(80 <= part.value <= 100 for part in parts)
    assert re.fullmatch(r"recognised text on 1 page, (8|9)\d %", parser.note(document))
    with pdfium.PdfDocument(scan) as file:
        laid = laid_out(file[0], Recogniser(Recognition()))
    assert laid.text == page.span.of(document.text).rstrip("\n")
    # The lines begin 150 pixels from the left and the top, at 150 pixels an inch, and are 45 apart.
    for number, line in enumerate(LINES):
        boxes = [box for box in laid.boxes[laid.text.index(line) :][: len(line)] if box]
        assert abs(boxes[0].left - 72) < 12
        assert abs(boxes[0].top - (72 + 21.6 * number)) < 15
        assert boxes[-1].right > 150


@needs_tesseract
def test_a_layer_without_meaning_is_not_believed(parse: Parse) -> None:
    """Where a file does not say what its glyphs stand for, the page is read by its looks."""
    marks = [Mark(60, 100 + 20 * at, line, 14) for at, line in enumerate(LINES)]
    data = pdfs.unmapped_pdf(pdfs.placed_pdf([marks], font=FONT))
    parser, document = parse(data)
    assert document.text == "\n".join(LINES)
    assert parser.note(document).startswith("recognised text on 1 page, 9")


@needs_tesseract
def test_a_stamp_on_a_scan_is_not_all(parse: Parse) -> None:
    """Typed words on an image of a page give way to what is recognised; those on a picture stay."""
    stamped = pdfs.stamped_pdf([*LINES, *LINES, *LINES], FONT, "Archive 7")
    _, document = parse(stamped)
    assert LINES[0] in document.text
    assert document.parts_of(Span(0, len(document.text)), Role.RECOGNISED)
    parser, picture = parse(pdfs.stamped_pdf([], FONT, "A title on a picture of the country"))
    assert picture.text == "A title on a picture of the country"
    assert parser.note(picture) == ""


def test_doubtful_text_is_marked() -> None:
    """Pages of which little is sure are named; confidence is weighed by the length of lines."""
    pages = [
        PageRead(Sheet("typed", [], 0, 0)),
        *(
            PageRead(
                Sheet("x" * 100, [], 0, 0),
                [
                    Part(Span(0, 90), Role.RECOGNISED, most),
                    Part(Span(90, 100), Role.RECOGNISED, 10),
                ],
                Layer.ABSENT,
            )
            for most in (95, 60, 50)
        ),
    ]
    assert list(said(pages, "")) == [
        "recognised text on 3 pages, 62 %",
        "doubtful on pages 3-4",
    ]


@needs_tesseract
def test_a_picture_without_words(parse: Parse) -> None:
    """A page on which nothing can be recognised is said to be one; if all are, it is the reason."""
    parser, document = parse(pdfs.lines_pdf([["First."], [], ["Third."]]))
    assert parser.note(document) == (
        "no text layer on page 2, and no text recognised; 1 of 3 pages without text"
    )
    with pytest.raises(NoTextError, match="its 2 pages are scans in which no text was recognised"):
        parse(pdfs.scanned_pdf(2))


@needs_tesseract
def test_a_missing_language_is_named(parse: Parse) -> None:
    """A language that Tesseract lacks is named with the package that brings it."""
    with pytest.raises(NoTextError, match=r"lacks klingon \(apt-get install tesseract-ocr-klingon"):
        parse(pdfs.scanned_pdf(1), Recognition("eng+klingon"))


@needs_tesseract
def test_time_for_recognising_runs_out(parse: Parse) -> None:
    """Pages for which no time is left stay unread and are named; the rest of the file is read."""
    data = pdfs.joined_pdf([pdfs.lines_pdf([["Typed."]]), pdfs.photographed_pdf([LINES], FONT)])
    parser, document = parse(data, Recognition(seconds=0.0))
    assert document.text == "Typed.\n"
    assert parser.note(document) == (
        "no text layer on page 2: the time for recognising ran out (parsing.ocr_seconds);"
        " 1 of 2 pages without text"
    )


def test_without_tesseract(parse: Parse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without it every scan is named, with the command that installs it; the rest is read."""
    monkeypatch.setenv("PATH", str(tmp_path))
    parser, document = parse(pdfs.lines_pdf([["First."], [], [], ["Fourth."], []]))
    assert document.text == "First.\nFourth.\n"
    assert parser.note(document) == (
        "no text layer on pages 2-3, 5: Tesseract is not installed (apt-get install tesseract-ocr);"
        " 3 of 5 pages without text"
    )
    with pytest.raises(ParseError) as caught:
        parse(pdfs.scanned_pdf(3))
    assert caught.value.reason == (
        "its 3 pages are scans without a text layer:"
        " Tesseract is not installed (apt-get install tesseract-ocr)"
    )
    assert "tesseract" not in parser.recipe


def test_the_recipe_knows_who_recognises(tmp_path: Path, limits: Limits) -> None:
    """Another Tesseract, or other languages, and the same files are read anew."""
    plain, eng, rus = (
        FolderParser(tmp_path, limits, recognition=each).recipe
        for each in (None, Recognition(), Recognition("rus"))
    )
    if tesseract.edition():
        assert len({plain, eng, rus}) == 3
    else:
        assert plain == eng == rus


def test_a_slow_child_has_the_time_that_it_asks_for(tmp_path: Path, limits: Limits) -> None:
    """More time is given to a child only if it says that it recognises, and if it was allowed."""
    (tmp_path / "a.pdf").write_bytes(b"%PDF-")
    said = "print('{\"recognising\": true}', flush=True)"
    end = 'time.sleep(1.2); print(\'{"end": {"title": "t", "remarks": []}}\')'
    few = replace(limits, seconds=0.7)

    def outcome(code: str, recognition: Recognition | None) -> str:
        command = (sys.executable, "-I", "-c", f"import time\n{code}")
        try:
            with (tmp_path / "a.pdf").open("rb") as file:
                return child.extract(command, file, "a.pdf", few, recognition).title
        except ParseError as error:
            return error.reason

    assert outcome(f"{said}; {end}", Recognition(seconds=30)) == "t"
    assert outcome(end, Recognition(seconds=30)) == "took more than 0.7 s to read"
    assert outcome(f"{said}; {end}", None) == "took more than 0.7 s to read"


@pytest.mark.parametrize("languages", ["", "-l", "eng;rm", "eng rus", "../eng", "eng+"])
def test_languages_are_names(languages: str) -> None:
    """Nothing but names of languages is ever handed to the program."""
    with pytest.raises(ValueError, match="not names of languages"):
        Recognition(languages)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [([3], "page 3"), ([1, 2, 3, 7], "pages 1-3, 7"), ([2, 4], "pages 2, 4")],
)
def test_page_numbers_in_words(numbers: list[int], words: str) -> None:
    """Runs of pages are named by their ends."""
    assert listed(numbers) == words
