"""Zips that are traps, and files that are not what they seem: each in one status, at once."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest

from rag.errors import (
    DamagedDocumentError,
    EncryptedDocumentError,
    NoTextError,
    ParseError,
    TooComplexError,
    UnsupportedFormatError,
)
from rag.parsing import formats
from rag.parsing.limits import Limits
from rag.types import Document
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
    pytest.param(zipped(HONEST)[:-30], DamagedDocumentError, "damaged zip", id="truncated"),
    pytest.param(b"PK\x03\x04", DamagedDocumentError, "damaged zip", id="header only"),
    pytest.param(_lying(), DamagedDocumentError, "cannot be inflated", id="lying size"),
    pytest.param(_twice(), DamagedDocumentError, "two entries of one name", id="duplicate"),
    pytest.param(overlapping(), DamagedDocumentError, "entries overlap", id="overlap"),
    pytest.param(_packed(zipfile.ZIP_LZMA), DamagedDocumentError, "packed in a way", id="LZMA"),
    pytest.param(zipped(HONEST | {DOCUMENT: LAUGHS}), DamagedDocumentError, "defines entities",
                 id="billion laughs"),
    pytest.param(zipped(HONEST | {DOCUMENT: OUTSIDE}), DamagedDocumentError, "defines entities",
                 id="external entity"),
    pytest.param(zipped(HONEST | {DOCUMENT: OUTSIDE.encode("utf-16")}), DamagedDocumentError,
                 "defines entities", id="external entity in UTF-16"),
    pytest.param(zipped(HONEST | {DOCUMENT: "<w"}), DamagedDocumentError, "broken XML", id="XML"),
    pytest.param(zipped(HONEST | {DOCUMENT: "<w/>"}), DamagedDocumentError, "without a body",
                 id="no body"),
    pytest.param(zipped(odt("") | {"content.xml": "<o/>"}), DamagedDocumentError, "without a body",
                 id="no body in ODT"),
    pytest.param(zipped({"mimetype": "application/epub+zip"}), DamagedDocumentError, "lacks a part",
                 id="no container"),
    pytest.param(b"text", DamagedDocumentError, "is not a DOCX", id="text named DOCX"),
]  # fmt: skip
TOO_MUCH = [
    pytest.param(zipped({DOCUMENT: bytes(2_000_000)}), "over 100 times", id="ratio"),
    pytest.param(zipped({DOCUMENT: bytes(50_000_001)}), "more than 50,000,000", id="entry"),
    pytest.param(zipped({str(part): bytes(49_000_000) for part in range(5)}),
                 "more than 200,000,000", id="total"),
    pytest.param(zipped({str(entry): "" for entry in range(100_000)}), "more than 2,000 entries",
                 id="entries"),
    pytest.param(zipped(HONEST | {DOCUMENT: "<a>" * 10_000}), "nested too deeply", id="depth"),
]  # fmt: skip
OTHERS = [
    pytest.param(zipped(HONEST | {DOCUMENT: zipped({"a.txt": "text"})}), DamagedDocumentError,
                 "broken XML", id="zip for a document"),
    pytest.param(zipped({"a.docx": zipped(HONEST)}), UnsupportedFormatError, "unpack it",
                 id="zip in a zip"),
    pytest.param(zipped({"../../etc/passwd": "x"}), UnsupportedFormatError, "unpack it",
                 id="names that climb"),
    pytest.param(zipped({"xl/workbook.xml": "<w/>"}), UnsupportedFormatError, "Excel", id="Excel"),
    pytest.param(zipped({"ppt/presentation.xml": "<w/>"}), UnsupportedFormatError, "PowerPoint",
                 id="PowerPoint"),
    pytest.param(zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}),
                 UnsupportedFormatError, "OpenDocument", id="spreadsheet"),
    pytest.param(flagged_as_encrypted(zipped(HONEST)), EncryptedDocumentError, "password",
                 id="encrypted zip"),
    pytest.param(ole("EncryptedPackage"), EncryptedDocumentError, "password", id="encrypted DOCX"),
    pytest.param(zipped(odt("") | {"META-INF/manifest.xml": "<m><encryption-data/></m>"}),
                 EncryptedDocumentError, "password", id="encrypted ODT"),
    pytest.param(zipped(epub(["x"]) | {"META-INF/rights.xml": "<r/>"}), EncryptedDocumentError,
                 "copy protection", id="protected book"),
    pytest.param(ole("WordDocument"), UnsupportedFormatError, "save it as .docx", id="old Word"),
    pytest.param(ole("Workbook"), UnsupportedFormatError, "old Office file", id="old Excel"),
    pytest.param(b"{\\rtf1 text}", UnsupportedFormatError, "save it as .docx", id="RTF"),
    pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(99), UnsupportedFormatError, "is an image (PNG)",
                 id="image"),
    pytest.param(b"\x1f\x8b\x08" + bytes(99), UnsupportedFormatError, "is an archive (gzip)",
                 id="gzip"),
    pytest.param(zipped(docx(paragraph(" "))), NoTextError, "is blank", id="blank"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "error", "reason"), [*BROKEN, *OTHERS])
def test_refusals(limits: Limits, data: bytes, error: type[ParseError], reason: str) -> None:
    """What is damaged, locked, packed or of another format is refused by its exact kind."""
    with pytest.raises(ParseError) as caught:
        formats.read(data, "a.docx", limits)
    assert type(caught.value) is error
    assert reason in caught.value.reason


@pytest.mark.parametrize(("data", "reason"), TOO_MUCH)
def test_bombs(
    refusal: Callable[..., ParseError], limits: Limits, data: bytes, reason: str
) -> None:
    """A zip that inflates to too much is refused before it does, at once and in little memory."""
    started = time.monotonic()
    refused = refusal("a.docx", data, replace(limits, memory_bytes=400_000_000, cpu_seconds=4))
    assert type(refused) is TooComplexError
    assert reason in refused.reason
    assert time.monotonic() - started < 5


def test_a_climbing_name_beside_a_document(read: Callable[..., Document]) -> None:
    """Nothing is unpacked to disk: a name that climbs out of the zip does no harm."""
    data = zipped(HONEST | {"../../outside.txt": "x", "nested.zip": zipped({"a": "b"})})
    assert read("a.docx", data).text == "Honest text."
