"""Files that are a zip underneath: what lies inside says what they are."""

from __future__ import annotations

from rag.errors import UnsupportedFormatError
from rag.parsing.archive import Archive
from rag.parsing.extract import Extract
from rag.parsing.limits import Limits

# Each reader is imported where it is needed: the child loads no library that its file is not for.
# ruff: noqa: PLC0415

_TEXT = "application/vnd.oasis.opendocument.text"
_EPUB = "application/epub+zip"
_UNREAD = {
    "xl/workbook.xml": "is an Excel workbook; save its sheets as .csv",
    "xl/workbook.bin": "is an Excel workbook; save its sheets as .csv",
    "ppt/presentation.xml": "is a PowerPoint presentation; save it as .pdf",
}


def read(data: bytes, path: str, limits: Limits) -> Extract:
    """The text of a word processor's file or an e-book; raises ParseError."""
    archive = Archive(data, path)
    if "word/document.xml" in archive.names:
        from rag.parsing import docx

        return docx.read(archive, limits)
    kind = archive.text_of("mimetype").strip()
    if kind in {_TEXT, f"{_TEXT}-template"}:
        from rag.parsing import odt

        return odt.read(archive, limits)
    if kind == _EPUB or "META-INF/container.xml" in archive.names:
        from rag.parsing import epub

        return epub.read(archive, limits)
    for name, reason in _UNREAD.items():
        if name in archive.names:
            raise UnsupportedFormatError(path, reason)
    if kind.startswith("application/vnd.oasis.opendocument."):
        raise UnsupportedFormatError(path, "is an OpenDocument file without text; save it as .pdf")
    raise UnsupportedFormatError(path, "is an archive (zip); unpack it into the documents folder")
