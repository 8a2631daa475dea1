"""Plain text and Markdown: the characters as they are."""

from __future__ import annotations

import codecs
import re

from rag.errors import NoTextError, TooComplexError, UnsupportedFormatError
from rag.parsing.cleaning import clean
from rag.parsing.extract import Extract
from rag.parsing.limits import Limits

# UTF-32 comes first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
_SAMPLE = 65_536
_MOST_CONTROLS = 0.05


def read(data: bytes, path: str, limits: Limits) -> Extract:
    """One page, or as many as form feeds divide; raises ParseError."""
    text, remarks = _decode(data)
    sample = text[:_SAMPLE]
    if len(_CONTROLS.findall(sample)) > _MOST_CONTROLS * len(sample):
        raise UnsupportedFormatError(path, "is binary data, although its name says that it is text")
    if len(text) > limits.characters:
        raise TooComplexError(path, f"holds more than {limits.characters:,} characters")
    pages = text.removesuffix("\f").split("\f")
    if len(pages) > limits.pages:
        raise TooComplexError(path, f"has more than {limits.pages:,} pages")
    cleaned = tuple((str(number), clean(page)) for number, page in enumerate(pages, start=1))
    if not any(page.strip() for _, page in cleaned):
        raise NoTextError(path, "is blank" if data else "is empty")
    return Extract(cleaned, remarks=remarks)


def _decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text without its byte order mark, and what had to be guessed."""
    mark, encoding = next((pair for pair in _MARKS if data.startswith(pair[0])), (b"", "utf-8"))
    try:
        return data[len(mark) :].decode(encoding), ()
    except UnicodeDecodeError:
        if encoding == "utf-8":
            return data.decode("cp1252", "replace"), ("not UTF-8: read as Windows-1252",)
        return data[len(mark) :].decode(encoding, "replace"), (f"broken {encoding.upper()} text",)
