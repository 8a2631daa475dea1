"""Formats that are known by their first bytes and not read: what they are, and what to do."""

from __future__ import annotations

from rag.errors import EncryptedDocumentError, ParseError, UnsupportedFormatError

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IMAGE = "is an image ({}); recognise its text, and save that as .txt or as a searchable .pdf"
_ARCHIVE = "is an archive ({}); unpack it into the documents folder"
_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": _IMAGE.format("PNG"),
    b"\xff\xd8\xff": _IMAGE.format("JPEG"),
    b"GIF8": _IMAGE.format("GIF"),
    b"II*\0": _IMAGE.format("TIFF"),
    b"MM\0*": _IMAGE.format("TIFF"),
    b"\x1f\x8b\x08": _ARCHIVE.format("gzip"),
    b"7z\xbc\xaf\x27\x1c": _ARCHIVE.format("7-Zip"),
    b"Rar!\x1a\x07": _ARCHIVE.format("RAR"),
    b"BZh": _ARCHIVE.format("bzip2"),
    b"\xfd7zXZ\0": _ARCHIVE.format("xz"),
    b"{\\rtf": "is a rich text file (RTF); save it as .docx",
    b"%!PS": "is a PostScript file; convert it to .pdf",
    b"SQLite format 3\0": "is a database; export its tables as .csv",
}


def refusal(data: bytes, path: str) -> ParseError | None:
    """Why a file that begins like `data` is not read; None if nothing speaks against it."""
    if data.startswith(OLE):
        return _of_old_office(data, path)
    for signature, reason in _SIGNATURES.items():
        if data.startswith(signature):
            return UnsupportedFormatError(path, reason)
    return None


def _of_old_office(data: bytes, path: str) -> ParseError:
    """Office's container of before 2007, in which encrypted files of today still lie."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return EncryptedDocumentError(path, "is protected by a password; save a copy without one")
    if "WordDocument".encode("utf-16-le") in data:
        return UnsupportedFormatError(path, "is an old Word document (.doc); save it as .docx")
    return UnsupportedFormatError(path, "is an old Office file; save it as .docx, .pdf or .csv")
