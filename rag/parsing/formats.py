"""Which reader a file belongs to: its first bytes decide, then its name."""

from __future__ import annotations

from pathlib import PurePosixPath

from rag.errors import DamagedDocumentError, UnsupportedFormatError
from rag.parsing.extract import Extract
from rag.parsing.limits import Limits

_PDF = b"%PDF-"
_PDF_WITHIN = 1_024
_TEXT_SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown"})


def read(data: bytes, path: str, limits: Limits) -> Extract:
    """What the file `path` holds, of which `data` are the bytes; raises ParseError."""
    suffix = PurePosixPath(path).suffix.lower()
    # Some writers put bytes before the header; in a text, the same words are but a mention.
    if data.startswith(_PDF) or (suffix == ".pdf" and _PDF in data[:_PDF_WITHIN]):
        from rag.parsing import pdf  # noqa: PLC0415 - its libraries take 0.3 s to load

        return pdf.read(data, path, limits)
    if suffix == ".pdf":
        raise DamagedDocumentError(path, "is not a PDF, although its name says so")
    if suffix in _TEXT_SUFFIXES:
        from rag.parsing import plain  # noqa: PLC0415 - so is each reader, when it is needed

        return plain.read(data, path, limits)
    raise UnsupportedFormatError(path, "is of no format read here; convert it to .pdf, .txt or .md")
