"""One page's characters as pdfium keeps them: their codes, their places, their sizes."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass
from math import hypot

import pypdfium2 as pdfium
from pypdfium2 import raw

_FINE = 100
"""Device units in a point, where pdfium maps a page to whole ones."""
_FAR = 1_000
_cell_of = raw.FPDFText_GetLooseCharBox
_BOLD = re.compile(rb"bold|black|heavy|demi|[-, ]bd\b|(?:cm|ec|la|sf)(?:ss)?bx", re.IGNORECASE)
_SLANTED = re.compile(rb"italic|oblique|slanted", re.IGNORECASE)
_HEAVY = 600


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page as it is shown, turned and cropped: in points, from the top left
    corner to the right and down. `right > left` and `bottom > top`; times dpi / 72 it is pixels.
    """

    left: float
    top: float
    right: float
    bottom: float


class Glyphs:
    """The characters of one open page in pdfium's own order; an index is pdfium's own.

    Raises pdfium.PdfiumError if the page has no readable text layer.
    """

    def __init__(self, page: pdfium.PdfPage) -> None:
        self._page = page
        self._textpage = page.get_textpage()
        self._handle = self._textpage.raw
        self._rectangle = raw.FS_RECTF()
        self._reference = ctypes.byref(self._rectangle)
        self._matrix = raw.FS_MATRIX()
        self._name = ctypes.create_string_buffer(64)
        self._flags = ctypes.c_int()
        self.width, self.height = page.get_size()
        self._turn = _Turn(page)
        count = self._textpage.count_chars()
        codes = self._textpage.get_text_range() if count > 0 else ""
        if len(codes) != count:
            # The quick way leaves out characters without meaning, and the index with them.
            codes = "".join(chr(raw.FPDFText_GetUnicode(self._handle, at)) for at in range(count))
        self.codes = codes

    def edges(self, first: int, last: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the cells of the first and the last character of a word;
        what pdfium made up has none.
        """
        cell = self._rectangle
        _cell_of(self._handle, first, self._reference)
        left, top, right, bottom = cell.left, cell.top, cell.right, cell.bottom
        if last > first:
            _cell_of(self._handle, last, self._reference)
            if cell.left >= left and cell.bottom == bottom:
                right = cell.right
            else:
                left, right = min(left, cell.left), max(right, cell.right)
                top, bottom = max(top, cell.top), min(bottom, cell.bottom)
        return self._turn.shown(left, top, right, bottom)

    def box(self, at: int) -> Box | None:
        """The cell of a character that was printed; None for what pdfium made up."""
        if raw.FPDFText_IsGenerated(self._handle, at) == 1:
            return None
        left, top, right, bottom = self.edges(at, at)
        return Box(left, top, right, bottom) if right > left and bottom > top else None

    def size(self, at: int) -> float:
        """The size of the type of a character in points, as it is shown."""
        size = raw.FPDFText_GetFontSize(self._handle, at)
        if not raw.FPDFText_GetMatrix(self._handle, at, self._matrix):
            return float(size)
        return float(size * hypot(self._matrix.c, self._matrix.d))

    def bold(self, at: int) -> bool:
        """Whether a character is set in bold type, by its font's name, else by its weight."""
        raw.FPDFText_GetFontInfo(self._handle, at, self._name, len(self._name), self._flags)
        name = self._name.value
        if _BOLD.search(name):
            return True
        # What is known of the weight is mostly guessed from the stems, and from slanted ones badly.
        heavy = raw.FPDFText_GetFontWeight(self._handle, at) >= _HEAVY
        return bool(heavy and not _SLANTED.search(name))

    def unmapped(self, at: int) -> bool:
        """Whether the file does not say which character it is."""
        return bool(raw.FPDFText_HasUnicodeMapError(self._handle, at) == 1)

    def turned(self, at: int) -> bool:
        """Whether a character does not stand upright on the page as it is shown."""
        if not raw.FPDFText_GetMatrix(self._handle, at, self._matrix):
            return False
        return self._turn.tilts(self._matrix.a, self._matrix.b)

    def close(self) -> None:
        """Frees the text; the page stays open."""
        self._textpage.close()


class _Turn:
    """The way from a page's own coordinates to those of the page as it is shown."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        self._page = page
        width, height = page.get_size()
        self._device = (max(1, round(width * _FINE)), max(1, round(height * _FINE)))
        self._x, self._y = self._mapped(0, 0)
        right, up = self._mapped(_FAR, 0), self._mapped(0, _FAR)
        self._xx, self._yx = (right[0] - self._x) / _FAR, (right[1] - self._y) / _FAR
        self._xy, self._yy = (up[0] - self._x) / _FAR, (up[1] - self._y) / _FAR

    def _mapped(self, x: float, y: float) -> tuple[float, float]:
        across, down = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(
            self._page.raw, 0, 0, *self._device, 0, x, y, ctypes.byref(across), ctypes.byref(down)
        )
        return across.value / _FINE, down.value / _FINE

    def shown(
        self, left: float, top: float, right: float, bottom: float
    ) -> tuple[float, float, float, float]:
        """Left, top, right and bottom as they are shown."""
        x1 = self._x + self._xx * left + self._xy * top
        y1 = self._y + self._yx * left + self._yy * top
        x2 = self._x + self._xx * right + self._xy * bottom
        y2 = self._y + self._yx * right + self._yy * bottom
        return (x1, y1, x2, y2) if x1 <= x2 and y1 <= y2 else _sorted(x1, y1, x2, y2)

    def tilts(self, a: float, b: float) -> bool:
        """Whether a line of writing along (a, b) does not run from left to right as shown."""
        across, down = self._xx * a + self._xy * b, self._yx * a + self._yy * b
        return across < 0 or abs(down) > abs(across) / 10


def _sorted(x1: float, y1: float, x2: float, y2: float) -> tuple[float, float, float, float]:
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
