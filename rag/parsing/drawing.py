"""The child's side of page images: one page of a PDF drawn, and where its characters stand."""

from __future__ import annotations

import base64
import io
from math import sqrt
from typing import Any

import pypdfium2 as pdfium

from rag.errors import (
    DamagedDocumentError,
    EncryptedDocumentError,
    TooComplexError,
    UnsupportedFormatError,
)
from rag.parsing.layout import Laid, laid_out
from rag.parsing.recognise import Recogniser

MOST_PIXELS = 12_000_000
_FINE = 5
_WRONG_PASSWORD = 4
_PDF = b"%PDF-"
_WITHIN = 1_024


def draw(
    data: bytes, path: str, number: int, width: int, recogniser: Recogniser | None = None
) -> dict[str, Any]:
    """Page `number` (from 1) of a PDF as a PNG about `width` pixels wide, in base64.

    With it come the page's text and for each of its characters [left, top, right, bottom] in
    fractions of the image, or null; those of a scan with a `recogniser` only. Raises ParseError.
    """
    if _PDF not in data[:_WITHIN]:
        raise UnsupportedFormatError(path, "has no pages to draw: it is no PDF")
    try:
        document = pdfium.PdfDocument(data)
        if not 1 <= number <= len(document):
            raise DamagedDocumentError(path, f"has no page {number:,}")
        page = document[number - 1]
        png, size = _drawn(page, path, width)
        laid = laid_out(page, recogniser)
    except pdfium.PdfiumError as error:
        if error.err_code == _WRONG_PASSWORD:
            raise EncryptedDocumentError(path, "is protected by a password") from error
        raise DamagedDocumentError(path, f"page {number:,} cannot be drawn") from error
    return {
        "png": base64.b64encode(png).decode(),
        "size": size,
        "text": laid.text,
        "boxes": _fractions(laid, *page.get_size()),
    }


def _drawn(page: pdfium.PdfPage, path: str, width: int) -> tuple[bytes, tuple[int, int]]:
    """The PNG and its size in pixels, made smaller where a page is too long or wide."""
    across, down = page.get_size()
    if not (across > 0 and down > 0):
        raise DamagedDocumentError(path, "has a page without a size")
    scale = min(width / across, sqrt(MOST_PIXELS / (across * down)))
    if scale * min(across, down) < 1:
        raise TooComplexError(path, "has a page that is too narrow to be drawn")
    image = page.render(scale=scale, may_draw_forms=False).to_pil()
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue(), image.size


def _fractions(laid: Laid, width: float, height: float) -> list[list[float] | None]:
    return [
        [
            round(box.left / width, _FINE),
            round(box.top / height, _FINE),
            round(box.right / width, _FINE),
            round(box.bottom / height, _FINE),
        ]
        if box
        else None
        for box in laid.boxes
    ]
