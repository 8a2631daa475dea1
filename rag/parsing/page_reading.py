"""The pages of one PDF, read one by one: from their text layers, else from their images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pypdfium2 as pdfium
from pypdf import PdfReader

from rag.parsing.cleaning import clean
from rag.parsing.glyphs import Glyphs
from rag.parsing.recognise import Recogniser
from rag.parsing.scans import Layer, layer_of, listed, preferred
from rag.parsing.sheet import Sheet, sheet_of
from rag.parsing.tables import tables_of
from rag.types import Part, Role
from rag.whereabouts import DOUBTFUL


@dataclass(slots=True)
class PageRead:
    """One page: its text with its lines, the parts that it shows by itself, and what was read."""

    sheet: Sheet
    parts: list[Part] = field(default_factory=list)
    layer: Layer = Layer.GOOD
    failed: bool = False

    @property
    def unread(self) -> bool:
        """Whether it is a scan of which nothing was recognised."""
        return self.layer is not Layer.GOOD and not self.sheet.text.strip()

    @property
    def sure(self) -> int | None:
        """The confidence in what was recognised, in percent; None if nothing was."""
        sizes = [
            (len(part.span), part.value) for part in self.parts if part.role is Role.RECOGNISED
        ]
        total = sum(size for size, _ in sizes)
        return round(sum(size * value for size, value in sizes) / total) if total else None


def pages_of(
    document: pdfium.PdfDocument | None, reader: PdfReader | None, count: int
) -> Iterator[PageRead]:
    """Each page by its text layer."""
    for number in range(count):
        page = None if document is None else _pdfium_page(document, number)
        if page is None:
            text = _pypdf_text(reader, number)
            page = PageRead(_blank(text or ""), failed=text is None)
        yield page


def recognise(
    document: pdfium.PdfDocument, pages: Sequence[PageRead], recogniser: Recogniser
) -> None:
    """Puts what is recognised in the place of text layers that are not good."""
    numbers = [at for at, page in enumerate(pages) if page.layer is not Layer.GOOD]
    for at, found in zip(numbers, recogniser.read(_opened(document, numbers)), strict=True):
        page = pages[at]
        better = preferred(page.layer, page.sheet, found)
        if better:
            page.sheet, page.parts = better
            _forget_words(page.sheet)


def said(pages: Sequence[PageRead], obstacle: str | None) -> Iterator[str]:
    """Remarks on pages that failed, were recognised, or were not, and why: an `obstacle`, nothing
    to be recognised (empty), or that nobody asked for it (None).
    """
    numbered = list(enumerate(pages, start=1))
    failed = [number for number, page in numbered if page.failed]
    if failed:
        yield f"{listed(failed)} could not be read"
    sure = {number: page.sure for number, page in numbered if page.sure is not None}
    if sure:
        count = "1 page" if len(sure) == 1 else f"{len(sure):,} pages"
        yield f"recognised text on {count}, {round(sum(sure.values()) / len(sure))} %"
    doubtful = [number for number, value in sure.items() if value < DOUBTFUL]
    if doubtful:
        yield f"doubtful on {listed(doubtful)}"
    unread = [number for number, page in numbered if page.unread]
    if unread and obstacle is not None:
        because = f": {obstacle}" if obstacle else ", and no text recognised"
        yield f"no text layer on {listed(unread)}{because}"


def _pdfium_page(document: pdfium.PdfDocument, number: int) -> PageRead | None:
    """A page by pdfium; None if it fails."""
    try:
        page = document[number]
        glyphs = Glyphs(page)
    except pdfium.PdfiumError:
        return None
    layer = layer_of(page, glyphs)
    if layer is Layer.GARBLED:
        read = PageRead(_blank(), layer=layer)
    else:
        sheet = sheet_of(glyphs)
        read = PageRead(sheet, tables_of(sheet, glyphs.codes), layer)
        _forget_words(sheet)
    glyphs.close()
    page.close()
    return read


def _pypdf_text(reader: PdfReader | None, number: int) -> str | None:
    """The text of a page by pypdf; None if it fails."""
    try:
        return None if reader is None else clean(reader.pages[number].extract_text())
    except Exception:  # noqa: BLE001 - pypdf asks its users to expect any
        return None


def _opened(document: pdfium.PdfDocument, numbers: Sequence[int]) -> Iterator[pdfium.PdfPage]:
    for number in numbers:
        page = document[number]
        yield page
        page.close()


def _blank(text: str = "") -> Sheet:
    return Sheet(text, [], 0, 0)


def _forget_words(sheet: Sheet) -> None:
    """Thousands of pages are held together, and where their words stand is needed no more."""
    for _, line in sheet.lines:
        line.words.clear()
        line.wide.clear()
