"""Zips that are traps, and files that are not what they seem, with the refusal of each."""

from __future__ import annotations

import io
import zipfile
from typing import NamedTuple

import pytest

from rag.errors import (
    DamagedDocumentError,
    EncryptedDocumentError,
    NoTextError,
    ParseError,
    TooComplexError,
    UnsupportedFormatError,
)
from tests.files import (
    docx,
    epub,
    flagged_as_encrypted,
    odt,
    ole,
    overlapping,
    paragraph,
    zipped,
)


class Trap(NamedTuple):
    """A file named as a DOCX, and the kind and words of its refusal."""

    data: bytes
    error: type[ParseError]
    reason: str
    id: str


HONEST = docx(paragraph("Honest text."))
DOCUMENT = "word/document.xml"
LAUGHS = (
    '<!DOCTYPE w [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">'
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><w>&i;</w>"
)
OUTSIDE = '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><w>&x;</w>'


def _twice() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(DOCUMENT, "<a/>")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(DOCUMENT, "<b/>")
    return out.getvalue()


def _lying() -> bytes:
    """A bomb whose declared size, in both headers, is one byte."""
    data = bytearray(zipped({DOCUMENT: bytes(5_000_000)}))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        start = archive.start_dir
    data[22:26] = data[start + 24 : start + 28] = (1).to_bytes(4, "little")
    return bytes(data)


def _packed(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr(DOCUMENT, "<a/>")
    return out.getvalue()


BROKEN = [
    Trap(zipped(HONEST)[:-30], DamagedDocumentError, "damaged zip", id="truncated"),
    Trap(b"PK\x03\x04", DamagedDocumentError, "damaged zip", id="header only"),
    Trap(_lying(), DamagedDocumentError, "cannot be inflated", id="lying size"),
    Trap(_twice(), DamagedDocumentError, "two entries of one name", id="duplicate"),
    Trap(overlapping(), DamagedDocumentError, "entries overlap", id="overlap"),
    Trap(_packed(zipfile.ZIP_LZMA), DamagedDocumentError, "packed in a way", id="LZMA"),
    Trap(
        zipped(HONEST | {DOCUMENT: LAUGHS}),
        DamagedDocumentError,
        "defines entities",
        id="billion laughs",
    ),
    Trap(
        zipped(HONEST | {DOCUMENT: OUTSIDE}),
        DamagedDocumentError,
        "defines entities",
        id="external entity",
    ),
    Trap(
        zipped(HONEST | {DOCUMENT: OUTSIDE.encode("utf-16")}),
        DamagedDocumentError,
        "defines entities",
        id="external entity in UTF-16",
    ),
    Trap(zipped(HONEST | {DOCUMENT: "<w"}), DamagedDocumentError, "broken XML", id="XML"),
    Trap(zipped(HONEST | {DOCUMENT: "<w/>"}), DamagedDocumentError, "without a body", id="no body"),
    Trap(
        zipped(odt("") | {"content.xml": "<o/>"}),
        DamagedDocumentError,
        "without a body",
        id="no body in ODT",
    ),
    Trap(
        zipped({"mimetype": "application/epub+zip"}),
        DamagedDocumentError,
        "lacks a part",
        id="no container",
    ),
    Trap(b"text", DamagedDocumentError, "is not a DOCX", id="text named DOCX"),
]
TOO_MUCH = [
    Trap(zipped({DOCUMENT: bytes(2_000_000)}), TooComplexError, "over 100 times", id="ratio"),
    Trap(
        zipped({DOCUMENT: bytes(50_000_001)}), TooComplexError, "more than 50,000,000", id="entry"
    ),
    Trap(
        zipped({str(part): bytes(49_000_000) for part in range(5)}),
        TooComplexError,
        "more than 200,000,000",
        id="total",
    ),
    Trap(
        zipped({str(entry): "" for entry in range(100_000)}),
        TooComplexError,
        "more than 2,000 entries",
        id="entries",
    ),
    Trap(
        zipped(HONEST | {DOCUMENT: "<a>" * 10_000}),
        TooComplexError,
        "nested too deeply",
        id="depth",
    ),
]
OTHERS = [
    Trap(
        zipped(HONEST | {DOCUMENT: zipped({"a.txt": "text"})}),
        DamagedDocumentError,
        "broken XML",
        id="zip for a document",
    ),
    Trap(
        zipped({"a.docx": zipped(HONEST)}), UnsupportedFormatError, "unpack it", id="zip in a zip"
    ),
    Trap(
        zipped({"../../etc/passwd": "x"}),
        UnsupportedFormatError,
        "unpack it",
        id="names that climb",
    ),
    Trap(zipped({"xl/workbook.xml": "<w/>"}), UnsupportedFormatError, "Excel", id="Excel"),
    Trap(
        zipped({"ppt/presentation.xml": "<w/>"}),
        UnsupportedFormatError,
        "PowerPoint",
        id="PowerPoint",
    ),
    Trap(
        zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}),
        UnsupportedFormatError,
        "OpenDocument",
        id="spreadsheet",
    ),
    Trap(
        flagged_as_encrypted(zipped(HONEST)), EncryptedDocumentError, "password", id="encrypted zip"
    ),
    Trap(ole("EncryptedPackage"), EncryptedDocumentError, "password", id="encrypted DOCX"),
    Trap(
        zipped(odt("") | {"META-INF/manifest.xml": "<m><encryption-data/></m>"}),
        EncryptedDocumentError,
        "password",
        id="encrypted ODT",
    ),
    Trap(
        zipped(epub(["x"]) | {"META-INF/rights.xml": "<r/>"}),
        EncryptedDocumentError,
        "copy protection",
        id="protected book",
    ),
    Trap(ole("WordDocument"), UnsupportedFormatError, "save it as .docx", id="old Word"),
    Trap(ole("Workbook"), UnsupportedFormatError, "old Office file", id="old Excel"),
    Trap(b"{\\rtf1 text}", UnsupportedFormatError, "save it as .docx", id="RTF"),
    Trap(b"\x89PNG\r\n\x1a\n" + bytes(99), UnsupportedFormatError, "is an image (PNG)", id="image"),
    Trap(b"\x1f\x8b\x08" + bytes(99), UnsupportedFormatError, "is an archive (gzip)", id="gzip"),
    Trap(zipped(docx(paragraph(" "))), NoTextError, "is blank", id="blank"),
]
