"""Which reader a file belongs to: its first bytes decide, then its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from rag.errors import DamagedDocumentError, ParseError, UnsupportedFormatError
from rag.parsing.extract import Extract
from rag.parsing.limits import Limits, Recognition
from rag.parsing.signatures import refusal

# Each reader is imported where it is needed: the child loads no library that its file is not for.
# ruff: noqa: PLC0415

_PDF = b"%PDF-"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
WITHIN = 1_024
"""Bytes in which a file shows of what format it is."""
_TEXT = frozenset({".txt", ".text", ".md", ".markdown", ".csv", ".tsv"})
_HTML = frozenset({".html", ".htm", ".xhtml"})
_ZIPPED = frozenset({".docx", ".docm", ".odt", ".epub"})
_MARKUP = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,500}?-->\s*)?"
    rb"<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
# A memorandum may begin with "From:" and "Subject:"; what only mail servers write, may not.
_MAIL = re.compile(
    rb"(?=(?:.*\n){0,60}?From:)(?:[A-Za-z-]{1,40}:.{0,998}\r?\n(?:[ \t].{0,998}\r?\n){0,20}){0,20}?"
    rb"(?:Received|Return-Path|Message-ID|MIME-Version):",
    re.IGNORECASE,
)


def is_pdf(data: bytes, path: str) -> bool:
    """Whether a file that begins with `data` is a PDF."""
    # Some writers put bytes before the header; in a text, the same words are but a mention.
    named = PurePosixPath(path).suffix.lower() == ".pdf"
    return data.startswith(_PDF) or (named and _PDF in data[:WITHIN])


def read(
    data: bytes,
    path: str,
    limits: Limits,
    recognition: Recognition | None = None,
    announce: Callable[[], None] = lambda: None,
) -> Extract:
    """What the file `path` holds, of which `data` are the bytes; raises ParseError.

    `announce` is called before text is recognised in scans, which takes its time.
    """
    kind = kind_of(data, path)
    if kind == "pdf":
        from rag.parsing import pdf
        from rag.parsing.recognise import Recogniser

        recogniser = Recogniser(recognition, announce) if recognition else None
        return pdf.read(data, path, limits, recogniser)
    if kind == "zip":
        from rag.parsing import zipped

        return zipped.read(data, path, limits)
    if kind == "html":
        from rag.parsing import html

        return html.read(data, path, limits)
    if kind == "eml":
        from rag.parsing import mail

        return mail.read(data, path, limits)
    from rag.parsing import plain

    return plain.read(data, path, limits)


def kind_of(data: bytes, path: str) -> str:
    """Which of "pdf", "zip", "html", "eml" and "txt" a file is that begins with `data`; raises
    ParseError for one of no format that is read.
    """
    suffix = PurePosixPath(path).suffix.lower()
    if is_pdf(data, path):
        return "pdf"
    if data.startswith(_ZIP):
        return "zip"
    refused = refusal(data, path)
    if refused:
        raise refused
    # The same letters in UTF-16 have zeros between them.
    if suffix in _HTML or _MARKUP.match(data[: 2 * WITHIN].lstrip(b"\xff\xfe").replace(b"\0", b"")):
        return "html"
    if suffix == ".eml" or _MAIL.match(data[: 16 * WITHIN]):
        return "eml"
    if suffix in _TEXT:
        return "txt"
    raise _unknown(path, suffix)


def _unknown(path: str, suffix: str) -> ParseError:
    if suffix == ".pdf" or suffix in _ZIPPED:
        article = "an" if suffix == ".epub" else "a"
        name = suffix.removeprefix(".").upper()
        return DamagedDocumentError(path, f"is not {article} {name}, although its name says so")
    return UnsupportedFormatError(
        path, "is of no format read here; convert it to .pdf, .docx, .html, .txt or .md"
    )
