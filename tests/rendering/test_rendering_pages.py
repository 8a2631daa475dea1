"""Pages are drawn from the very file that was read, within limits, and remembered."""

from __future__ import annotations

import io
import itertools
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rag.errors import (
    DamagedDocumentError,
    ParseError,
    UnsupportedFormatError,
)
from rag.parsing import child, drawing, images
from rag.parsing.images import WIDEST, PdfPages
from rag.types import Document, Page, Span
from tests import pdfs
from tests.rendering.conftest import LIMITS, Press

Quote = Callable[[Document, str], Span]


def as_read(data: bytes, press: Press, pages: int = 1) -> Document:
    """A document of these bytes as if they had been read, for files of which no text is read."""
    (press.folder / "a.pdf").write_bytes(data)
    identity = press.parser.identify(press.folder / "a.pdf")
    held = tuple(Page(number, str(number), Span(0, 0)) for number in range(1, pages + 1))
    return Document(identity, "a.pdf", "A", "", held)


def test_a_page_is_a_png_of_the_width_asked_for(press: Press) -> None:
    """Each page is its own image, and no image is wider than the limit."""
    document = press.read(pdfs.numbered_pdf(3))
    for number, width in ((1, 300), (3, 1_000), (2, 100_000)):
        image = press.image(document, number, width=width)
        with Image.open(io.BytesIO(image.png)) as png:
            assert png.format == "PNG"
            assert png.size == (image.width, image.height)
        assert abs(image.width - min(width, WIDEST)) <= 1
        assert abs(image.height / image.width - 297 / 210) < 0.01


def test_a_page_is_drawn_once(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that was just drawn is remembered, also under another span; another size is not."""
    document = press.read(pdfs.numbered_pdf(2))
    first = press.image(document, 1, Span(0, 4))
    monkeypatch.setattr(child, "heard", lambda *_, **__: pytest.fail("drawn again"))
    again = press.image(document, 1, Span(5, 7))
    assert again.png is first.png
    assert again.areas != first.areas
    with pytest.raises(pytest.fail.Exception):
        press.image(document, 1, width=301)


def test_what_is_remembered_is_bounded(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page that was not looked at for the longest time goes first."""
    document = press.read(pdfs.numbered_pdf(3))
    size = images._size(press.pages.draw(document, 1, 300))
    monkeypatch.setattr(images, "_REMEMBERED", int(2.5 * size))
    for number in (2, 1, 3):
        press.pages.draw(document, number, 300)
    assert [number for _, number, _ in press.pages._known] == [1, 3]


def test_threads_share_what_is_drawn(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many who ask at once get right pages, and never more than two processes draw."""
    document = press.read(pdfs.numbered_pdf(4))
    at_work, most, lock, real = 0, 0, threading.Lock(), child.heard

    def counted(*given: Any, **named: Any) -> bytes:  # noqa: ANN401 - passed on
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        try:
            return real(*given, **named)
        finally:
            with lock:
                at_work -= 1

    monkeypatch.setattr(child, "heard", counted)
    numbers = list(itertools.islice(itertools.cycle((1, 2, 3, 4)), 16))
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda number: press.pages.draw(document, number, 200), numbers))
    assert most == 2
    for number, each in zip(numbers, drawn, strict=True):
        assert pdfs.sentence_of(number) in each.text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda path: path.write_bytes(pdfs.numbered_pdf(2)), "has changed since it was read"),
        (lambda path: path.unlink(), "is no longer in the documents folder"),
        (lambda path: path.rename(path.with_name("b.pdf")), "is no longer in the documents folder"),
    ],
    ids=["changed", "removed", "renamed"],
)
def test_another_file_is_never_shown(
    press: Press, change: Callable[[Path], object], reason: str
) -> None:
    """The hash decides: what stands in the file's place is not drawn."""
    document = press.read(pdfs.numbered_pdf(1))
    change(press.folder / "a.pdf")
    with pytest.raises(ParseError, match=reason):
        press.image(document, 1)


def test_only_pdfs_have_pages_to_draw(press: Press) -> None:
    """A text is refused in a sentence."""
    document = press.read(b"Just words.", "a.txt")
    with pytest.raises(UnsupportedFormatError, match="no PDF"):
        press.image(document, 1)


def sized(width: float, height: float) -> bytes:
    """A page of this size in points."""
    box = f"[0 0 {width:g} {height:g}]".encode()
    return pdfs.drawing_pdf(b"BT /F1 9 Tf 20 20 Td (mines) Tj ET").replace(b"[0 0 600 800]", box)


@pytest.mark.parametrize("size", [(14_400, 14_400), (200, 14_000), (14_000, 200), (3, 3)])
def test_odd_sizes_are_drawn_smaller(press: Press, size: tuple[float, float]) -> None:
    """However long or wide a page is, its image has no more pixels than allowed."""
    drawn = press.pages.draw(as_read(sized(*size), press), 1, WIDEST)
    assert 0 < drawn.width * drawn.height <= drawing.MOST_PIXELS * 1.01


BOMB = pdfs.drawing_pdf(
    b"BT /F1 9 Tf " + (b"0 9 Td (" + b"a " * 15_000 + b") Tj\n") * 1_000 + b"ET"
)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        pytest.param(b"%PDF-1.7\nno more", DamagedDocumentError, id="damaged"),
        pytest.param(pdfs.numbered_pdf(1)[:600], DamagedDocumentError, id="cut off"),
        pytest.param(BOMB, ParseError, id="bomb"),
        pytest.param(pdfs.pageless_pdf(), DamagedDocumentError, id="no pages"),
    ],
)
def test_hostile_files_are_stopped(press: Press, data: bytes, error: type[ParseError]) -> None:
    """Damage and bombs end the child, not this process, and are said of the file."""
    few = replace(LIMITS, seconds=20.0, cpu_seconds=2, memory_bytes=1 << 29)
    pages = PdfPages(press.parser, few)
    with pytest.raises(error, match=r"a\.pdf"):
        pages.draw(as_read(data, press), 1, 1_000)


@pytest.mark.parametrize(
    "words",
    [
        "{}",
        '{"png": "", "size": [1, 1], "text": "a", "boxes": []}',
        '{"png": "?", "size": [1, 1], "text": "", "boxes": []}',
        '{"png": "", "size": [1], "text": "", "boxes": []}',
        '{"png": "", "size": [1, 1], "text": "a", "boxes": [[1]]}',
    ],
)
def test_a_child_that_says_nonsense_is_not_believed(press: Press, words: str) -> None:
    """What a taken-over child says is checked, and becomes an error of the file."""
    script = f"import sys; print({words!r}); print('{{\"end\": {{}}}}')"
    pages = PdfPages(press.parser, LIMITS, (sys.executable, "-c", script))
    with pytest.raises(DamagedDocumentError, match="garbled"):
        pages.draw(as_read(pdfs.numbered_pdf(1), press), 1, 100)


def test_a_page_that_is_not_there(press: Press) -> None:
    """The file decides how many pages there are, not who asks."""
    document = as_read(pdfs.numbered_pdf(2), press, pages=3)
    with pytest.raises(DamagedDocumentError, match="no page 3"):
        press.pages.draw(document, 3, 100)


def test_a_page_that_reads_otherwise_now(press: Press, quote: Quote) -> None:
    """Where the text was laid out otherwise when it was read, words lead to nearly the same areas,
    which are called approximate; words that are not found have none.
    """
    document = press.read(pdfs.lines_pdf([["One mine. Two maps.", "One mine. No law."]]))
    before = press.image(document, 1, quote(document, "No law."))
    text = "Ｏne  MINE.\n\nTwo maps. One mine. No law. Added."
    other = replace(document, text=text, pages=(Page(1, "1", Span(0, len(text))),))
    spans = [quote(other, words) for words in ("No law.", "Two maps. One mine.", "Added.")]
    after = press.image(other, 1, *spans)
    assert not before.approximate
    assert after.approximate
    assert after.areas[0] == before.areas[0]
    assert [len(areas) for areas in after.areas] == [1, 2, 0]


def test_spans_of_other_pages_have_no_areas_here(press: Press, quote: Quote) -> None:
    """A span is marked on the pages that it touches, and a blank one nowhere."""
    document = press.read(pdfs.lines_pdf([["First page."], ["Second page."]]))
    first, second = quote(document, "First page."), quote(document, "Second page.")
    both = Span(first.start, second.end)
    for number, expected in ((1, [1, 0, 1, 0]), (2, [0, 1, 1, 0])):
        areas = press.image(document, number, first, second, both, Span(11, 12)).areas
        assert [len(each) for each in areas] == expected
