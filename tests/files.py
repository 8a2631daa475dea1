"""Office files, e-books and zips made for tests, each as bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from html import escape

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_ODT = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def zipped(entries: Mapping[str, str | bytes]) -> bytes:
    """A zip of these entries, deflated."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def paragraph(text: str, *, style: str = "", inside: str = "") -> str:
    """One paragraph of WordprocessingML; `inside` is markup that follows the text."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    run = f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
    return f"<w:p>{properties}{run}{inside}</w:p>"


def table(rows: Sequence[Sequence[str]]) -> str:
    """A table of WordprocessingML, one paragraph in each cell."""
    cells = ("".join(f"<w:tc><w:tcPr/>{paragraph(text)}</w:tc>" for text in row) for row in rows)
    return "<w:tbl><w:tblPr/>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


def docx(body: str, notes: Mapping[str, str] | None = None) -> dict[str, str | bytes]:
    """The entries of a Word file with this body; `notes` are footnotes by their id."""
    entries: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f"<w:document {_W}><w:body>{body}<w:sectPr/></w:body></w:document>",
        "docProps/core.xml": (
            '<cp xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Report on mines'
            "</dc:title></cp>"
        ),
    }
    if notes:
        inner = "".join(
            f'<w:footnote w:id="{identity}">{paragraph(text)}</w:footnote>'
            for identity, text in notes.items()
        )
        entries["word/footnotes.xml"] = f"<w:footnotes {_W}>{inner}</w:footnotes>"
    return entries


def styles(known: Mapping[str, tuple[str, str]]) -> dict[str, str | bytes]:
    """The entry of a Word file's styles: by their id, their name and that on which they build."""
    inner = "".join(
        f'<w:style w:type="paragraph" w:styleId="{identity}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="{based}"/></w:style>'
        for identity, (name, based) in known.items()
    )
    return {"word/styles.xml": f"<w:styles {_W}>{inner}</w:styles>"}


def odt(body: str) -> dict[str, str | bytes]:
    """The entries of an OpenDocument text with this body."""
    return {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": (
            f"<office:document-content {_ODT}><office:body><office:text>{body}"
            "</office:text></office:body></office:document-content>"
        ),
        "meta.xml": f"<office:document-meta {_ODT}><dc:title>Report on mines</dc:title>"
        "</office:document-meta>",
    }


def epub(chapters: Sequence[str]) -> dict[str, str | bytes]:
    """The entries of an e-book; its files lie in another order than its spine."""
    numbers = range(1, len(chapters) + 1)
    items = "".join(
        f'<item id="c{number}" href="text/part%20{number}.xhtml"'
        ' media-type="application/xhtml+xml"/>'
        for number in reversed(numbers)
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in numbers)
    entries: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": (
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OPS/book.opf"/></rootfiles></container>'
        ),
        "OPS/book.opf": (
            '<package xmlns="http://www.idpf.org/2007/opf"'
            ' xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>A book of mines'
            f"</dc:title></metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"
        ),
    }
    parts = {
        f"OPS/text/part {number}.xhtml": (
            '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>'
            f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{chapter}</body></html>'
        )
        for number, chapter in zip(numbers, chapters, strict=True)
    }
    return {**entries, **parts}


def overlapping() -> bytes:
    """A zip of which two entries share their bytes: their sum is larger than the file."""
    data = bytearray(zipped({"word/document.xml": b"x" * 1_000, "word/other_part.x": b"y" * 1_000}))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        start = archive.start_dir
        first = archive.infolist()[0]
    second = start + 46 + len(first.filename)
    data[second + 42 : second + 46] = bytes(4)
    return bytes(data)


def flagged_as_encrypted(data: bytes) -> bytes:
    """The zip with the flag of encryption set on its first entry, in both places."""
    changed = bytearray(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        start = archive.start_dir
    changed[6] |= 1
    changed[start + 8] |= 1
    return bytes(changed)


def ole(stream: str) -> bytes:
    """The beginning of Office's old container, with a directory that names `stream`."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le")
