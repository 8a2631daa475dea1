"""Which pages of a PDF have no text layer that is worth reading, and what is said of them."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Sequence
from enum import Enum

import pypdfium2 as pdfium
from pypdfium2 import raw

from rag.parsing.glyphs import Glyphs
from rag.parsing.recognise import Recognised
from rag.parsing.sheet import Sheet

_BROKEN = re.compile(r"[\ue000-\uf0a6\uf0a8-\uf0b6\uf0b8-\uf8ff\ufffd\x00-\x08\x0e-\x1f]")
_GARBLED = 0.5
"""Of the characters: so many that the file does not name make a layer worthless."""
_SAMPLE = 200
_STAMP = 100
"""In characters: what a scanner or an archive prints on an image of a page."""
_MORE = 3
"""Times as much text must be recognised to take the place of a stamp."""
_COVERED = 0.5
_MOST_OBJECTS = 500


class Layer(Enum):
    """What a page's text layer is: good, absent where something is shown, without meaning, or a
    few words on an image of the page.
    """

    GOOD = "good"
    ABSENT = "absent"
    GARBLED = "garbled"
    STAMP = "stamp"


def layer_of(page: pdfium.PdfPage, glyphs: Glyphs) -> Layer:
    """What the text layer of a page is worth; that of a page which shows nothing is good."""
    printed = _printed(glyphs.codes)
    if not printed:
        empty = raw.FPDFPage_CountObjects(page.raw) == 0
        return Layer.GOOD if empty else Layer.ABSENT
    if _is_garbled(glyphs):
        return Layer.GARBLED
    stamp = printed <= _STAMP and _is_image(page, glyphs)
    return Layer.STAMP if stamp else Layer.GOOD


def preferred(layer: Layer, sheet: Sheet, found: Recognised | None) -> Recognised | None:
    """What was recognised, if that is more than the text layer says."""
    least = _MORE * _printed(sheet.text) if layer is Layer.STAMP else 0
    return found if found and _printed(found.sheet.text) > least else None


def listed(numbers: Sequence[int]) -> str:
    """Page numbers in words: "page 3", "pages 1-4, 9"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    written = ", ".join(f"{one}" if one == two else f"{one}-{two}" for one, two in runs)
    return f"{'page' if len(numbers) == 1 else 'pages'} {written}"


def _printed(text: str) -> int:
    return len("".join(text.split()))


def _is_garbled(glyphs: Glyphs) -> bool:
    """Whether most characters of a sample are unknown to the file itself."""
    count = len(glyphs.codes)
    places = range(0, count, max(1, count // _SAMPLE))
    sample = [at for at in places if not glyphs.codes[at].isspace()]
    bad = sum(bool(_BROKEN.match(glyphs.codes[at])) or glyphs.unmapped(at) for at in sample)
    return len(sample) > 0 and bad > _GARBLED * len(sample)


def _is_image(page: pdfium.PdfPage, glyphs: Glyphs) -> bool:
    """Whether one image, or a form that may hold one, covers most of the page."""
    area = glyphs.width * glyphs.height
    sides = [ctypes.c_float() for _ in range(4)]
    for at in range(min(_MOST_OBJECTS, raw.FPDFPage_CountObjects(page.raw))):
        item = raw.FPDFPage_GetObject(page.raw, at)
        if raw.FPDFPageObj_GetType(item) not in {raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_FORM}:
            continue
        if raw.FPDFPageObj_GetBounds(item, *map(ctypes.byref, sides)):
            left, bottom, right, top = (side.value for side in sides)
            if (right - left) * (top - bottom) >= _COVERED * area:
                return True
    return False
