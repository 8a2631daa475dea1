"""A PDF page's text in reading order, and where on the page each of its characters stands.

The parser and whoever shows a cited page both take the text from here, so that an offset in a
page's text leads to a rectangle on its image.
"""

from __future__ import annotations

from dataclasses import dataclass

import pypdfium2 as pdfium

from rag.parsing.glyphs import Box, Glyphs
from rag.parsing.recognise import Recogniser
from rag.parsing.scans import Layer, layer_of, preferred
from rag.parsing.sheet import Sheet, places, sheet_of

__all__ = ["Box", "Laid", "laid_out"]


@dataclass(frozen=True, slots=True)
class Laid:
    """A page's text, and for each of its characters the box, None where nothing is printed.

    `len(boxes) == len(text)`.
    """

    text: str
    boxes: tuple[Box | None, ...]


def laid_out(page: pdfium.PdfPage, recogniser: Recogniser | None = None) -> Laid:
    """The text that a document holds of this page, with boxes; raises pdfium.PdfiumError.

    It is the document's text of the page (but for one line break that may end it there), unless
    the page was read by other means; compare before using the boxes. A page that is a scan has a
    text only with a `recogniser` like the one that the document was read with, and is recognised
    again, which takes seconds.
    """
    glyphs = Glyphs(page)
    layer = layer_of(page, glyphs)
    sheet = sheet_of(glyphs)
    laid = Laid(sheet.text, tuple(_boxes(sheet, glyphs)))
    glyphs.close()
    if layer is Layer.GOOD:
        return laid
    found = preferred(layer, sheet, next(recogniser.read([page])) if recogniser else None)
    if found:
        return Laid(found.sheet.text, tuple(_word_boxes(found.sheet)))
    return Laid("", ()) if layer is Layer.GARBLED else laid


def _boxes(sheet: Sheet, glyphs: Glyphs) -> list[Box | None]:
    boxes: list[Box | None] = [None] * len(sheet.text)
    for span, line in sheet.lines:
        for at, place in enumerate(places(glyphs.codes, line), start=span.start):
            boxes[at] = glyphs.box(place) if place >= 0 else None
    return boxes


def _word_boxes(sheet: Sheet) -> list[Box | None]:
    """A recognised word's box, shared out evenly among its characters."""
    boxes: list[Box | None] = [None] * len(sheet.text)
    for _, line in sheet.lines:
        for word in line.words:
            wide = (word.right - word.left) / (word.end - word.start)
            for at in range(word.start, word.end):
                left = word.left + wide * (at - word.start)
                boxes[at] = Box(left, line.top, left + wide, line.bottom)
    return boxes
