"""PDFs in which the words to be cited are printed in red, and all others in black.

The colours are nowhere in the text, so that they are an oracle: every red pixel must lie inside the
areas of the citation, and every black one outside.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from fpdf import FPDF
from numpy.typing import NDArray
from PIL import Image
from pypdf import PdfReader, PdfWriter

from rag.results import Area

Inks = Sequence[tuple[str, bool]]
"""Runs of words, and whether they are cited."""
_FONT = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
_LINE = 5.0
"""Millimetres from line to line: tight for type of 12 points."""
_DARK = 110


def blank() -> FPDF:
    """A file of one empty page, with a font that has many scripts and ligatures."""
    pdf = FPDF(format=(148, 210))
    pdf.set_auto_page_break(auto=False)
    pdf.add_font("D", fname=str(_FONT))
    pdf.set_font("D", size=12)
    pdf.add_page()
    return pdf


def column(pdf: FPDF, left: float, width: float, top: float, inks: Inks) -> None:
    """Writes the words into a column, broken where they must be; millimetres."""
    pdf.set_left_margin(left)
    pdf.set_right_margin(pdf.w - left - width)
    pdf.set_xy(left, top)
    for words, cited in inks:
        pdf.set_text_color(*((255, 0, 0) if cited else (0, 0, 0)))
        pdf.write(_LINE, words)


def line(pdf: FPDF, left: float, top: float, inks: Inks) -> None:
    """Writes the words side by side on one line, from left to right as they are given."""
    pdf.set_xy(left, top)
    for words, cited in inks:
        pdf.set_text_color(*((255, 0, 0) if cited else (0, 0, 0)))
        pdf.cell(pdf.get_string_width(words), _LINE, words)


def turned(pdf: FPDF, degrees: int, *, upright: bool = True) -> bytes:
    """The file with every page turned clockwise when it is shown; if `upright`, after its content
    was turned the other way, so that it looks as before.
    """
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(bytes(pdf.output()))))
    for page in writer.pages:
        if upright:
            page.rotate(360 - degrees)
            page.transfer_rotation_to_content()
        page.rotate(degrees)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pixels(png: bytes) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where the image is red, and where it is black, each of shape (height, width)."""
    with Image.open(io.BytesIO(png)) as image:
        shades = np.asarray(image.convert("RGB"), dtype=np.int16)
    red, green, blue = shades[..., 0], shades[..., 1], shades[..., 2]
    return (red > 2 * _DARK) & (green < _DARK) & (blue < _DARK), red < _DARK


def inside(areas: Iterable[Area], shape: tuple[int, int], grown: int) -> NDArray[np.bool_]:
    """The pixels of the areas, each made larger by `grown` pixels on every side, or smaller."""
    height, width = shape
    mask = np.zeros(shape, dtype=np.bool_)
    for area in areas:
        top, bottom = round(area.top * height) - grown, round(area.bottom * height) + grown
        left, right = round(area.left * width) - grown, round(area.right * width) + grown
        mask[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = True
    return mask
