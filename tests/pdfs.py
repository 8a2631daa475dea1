"""PDFs made for tests, each as bytes. Every page with text says which page it is."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfReader, PdfWriter

_NUMERALS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")


def label_of(number: int, roman: int) -> str:
    """What is printed on page `number` if the first `roman` pages, at most ten, are roman."""
    return _NUMERALS[number - 1] if number <= roman else str(number - roman)


def sentence_of(number: int, roman: int = 0) -> str:
    """The sentence that stands on page `number`, and nowhere else."""
    return f"This is sheet {number} of the file, printed as page {label_of(number, roman)}."


def numbered_pdf(count: int, roman: int = 0, title: str = "") -> bytes:
    """`count` pages with their sentences, the first `roman` labelled in roman numerals."""
    pdf = FPDF()
    pdf.set_font("Helvetica", size=12)
    if title:
        pdf.set_title(title)
    for number in range(1, count + 1):
        is_first_arabic = number == roman + 1
        if number == 1 and roman:
            pdf.add_page(label_style="r", label_start=1)
        elif is_first_arabic:
            pdf.add_page(label_style="D", label_start=1)
        else:
            pdf.add_page()
        pdf.multi_cell(0, 8, sentence_of(number, roman))
    return bytes(pdf.output())


def lines_pdf(pages: Iterable[Sequence[str]]) -> bytes:
    """One page for each sequence of lines; a page without lines holds an image."""
    pdf = FPDF()
    pdf.set_font("Helvetica", size=12)
    for lines in pages:
        pdf.add_page()
        for line in lines:
            pdf.cell(0, 8, line, new_x="LMARGIN", new_y="NEXT")
        if not lines:
            pdf.image(Image.new("L", (40, 40), 128), x=20, y=20, w=80)
    return bytes(pdf.output())


def typed_pdf(pages: Iterable[Sequence[str]]) -> bytes:
    """One A4 page for each sequence of lines of ASCII, in Helvetica of 10 points; made quickly."""
    contents = [
        b"BT /F1 10 Tf 12 TL 60 790 Td %b ET"
        % b"".join(b"(%b) ' " % re.sub(r"([()\\])", r"\\\1", line).encode() for line in lines)
        for lines in pages
    ]
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R%b>>"
    fonts = b"/Resources<</Font<</F1 3 0 R>>>>"
    numbers = range(4, 4 + 2 * len(contents), 2)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%b]>>"
        % (len(contents), b" ".join(b"%d 0 R" % number for number in numbers)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number, content in zip(numbers, contents, strict=True):
        objects.append(page % (number + 1, fonts))
        objects.append(b"<</Length %d>>stream\n%b\nendstream" % (len(content), content))
    return assembled(objects)


def scanned_pdf(count: int) -> bytes:
    """Pages that hold an image and no text."""
    return lines_pdf([()] * count)


class Mark(NamedTuple):
    """A run of writing: its left end and its baseline in points from the top left corner."""

    x: float
    y: float
    text: str
    size: float = 10
    style: str = ""


def placed_pdf(
    pages: Iterable[Sequence[Mark]], *, font: str = "", outline: Mapping[str, int] | None = None
) -> bytes:
    """A4 pages of 595 by 842 points with these marks, drawn in this order.

    `font` is a TrueType file in place of Helvetica. `outline` gives titles in the order of their
    pages, one on each, with their levels from 0.
    """
    pdf = FPDF(unit="pt", format="A4")
    if font:
        pdf.add_font("font", "", font)
    titles = iter((outline or {}).items())
    for marks in pages:
        pdf.add_page()
        for mark in marks:
            pdf.set_font("font" if font else "Helvetica", mark.style, mark.size)
            pdf.text(mark.x, mark.y, mark.text)
        title = next(titles, None)
        if title:
            pdf.start_section(title[0], title[1])
    return bytes(pdf.output())


def turned_pdf(data: bytes, degrees: int) -> bytes:
    """The same pages, shown turned clockwise."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    for page in writer.pages:
        page.rotate(degrees)
    return _written(writer)


def joined_pdf(files: Iterable[bytes]) -> bytes:
    """All pages of these files in one."""
    writer = PdfWriter()
    for data in files:
        writer.append(io.BytesIO(data))
    return _written(writer)


def unmapped_pdf(data: bytes) -> bytes:
    """The same pages, of which the file does not say what its glyphs stand for."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    for page in writer.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            font.get_object().pop("/ToUnicode", None)
    return _written(writer)


def unnamed_pdf() -> bytes:
    """A page of text in an embedded font, of whose letters the file keeps no record."""
    font = str(Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))
    marks = [Mark(60, 100 + 20 * line, "Nobody can copy this line.", 14) for line in range(9)]
    return unmapped_pdf(placed_pdf([marks], font=font))


def photographed_pdf(
    pages: Iterable[Sequence[str]], font: str, degrees: float = 1.0, pixels: int = 25
) -> bytes:
    """Pages as images of their lines, turned a little and noisy, as a scanner makes them."""
    pdf = FPDF(unit="pt", format="A4")
    for lines in pages:
        pdf.add_page()
        pdf.image(_photograph(lines, font, degrees, pixels), x=0, y=0, w=595)
    return bytes(pdf.output())


def stamped_pdf(lines: Sequence[str], font: str, stamp: str) -> bytes:
    """A page that is an image of its lines, with a few typed words on it."""
    pdf = FPDF(unit="pt", format="A4")
    pdf.add_page()
    pdf.image(_photograph(lines, font, 0, 25), x=0, y=0, w=595)
    pdf.set_font("Helvetica", size=12)
    pdf.text(72, 820, stamp)
    return bytes(pdf.output())


def _photograph(lines: Sequence[str], font: str, degrees: float, pixels: int) -> Image.Image:
    """An A4 page at 150 pixels an inch, in type of so many pixels; 25 are 12 points."""
    image = Image.new("L", (1_240, 1_754), 250)
    draw = ImageDraw.Draw(image)
    type_ = ImageFont.truetype(font, pixels)
    for number, line in enumerate(lines):
        draw.text((150, 150 + 45 * number), line, font=type_, fill=20)
    image = image.rotate(degrees, fillcolor=250, resample=Image.Resampling.BICUBIC)
    grain = np.random.default_rng(1).normal(0, 20, (image.height, image.width))
    return Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype(np.uint8))


def locked_pdf(data: bytes, password: str, algorithm: str = "AES-256") -> bytes:
    """`data` encrypted; with an empty password anyone may open it."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(user_password=password, owner_password="", algorithm=algorithm)
    return _written(writer)


def pageless_pdf() -> bytes:
    """A sound file of no pages."""
    return _written(PdfWriter())


def drawing_pdf(content: bytes, pages: int = 1) -> bytes:
    """A file whose every page shares the one stream `content`, deflated; F1 is Helvetica."""
    stream = zlib.compress(content, 9)
    kids = b" ".join(b"%d 0 R" % (number + 5) for number in range(pages))
    page = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
        b"/Resources<</Font<</F1 3 0 R>>>>>>"
    )
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%b]>>" % (pages, kids),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(stream), stream),
        *[page] * pages,
    ]
    return assembled(objects)


def assembled(objects: Sequence[bytes]) -> bytes:
    """A PDF of numbered objects, the first of them its root, with its table of offsets."""
    out = bytearray(b"%PDF-1.7\n")
    table = [b"0000000000 65535 f \n"]
    for number, content in enumerate(objects, start=1):
        table.append(b"%010d 00000 n \n" % len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n%b" % (len(table), b"".join(table))
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(table), start)
    return bytes(out)


def _written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
