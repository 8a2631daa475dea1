"""From bytes to characters, and by which encoding, where it was not UTF-8."""

from __future__ import annotations

import codecs
import re

# UTF-32 comes first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NAMES = {"cp1251": "Windows-1251", "cp1252": "Windows-1252", "cp1254": "Windows-1254"}
_FOREIGN_WORD = re.compile(rb"(?<![A-Za-z\xc0-\xff])[\xb8\xa8\xc0-\xff]{3,}(?![A-Za-z\xc0-\xff])")
_MIXED_WORD = re.compile(rb"[A-Za-z][\xc0-\xff]|[\xc0-\xff][A-Za-z]")
# In these alone Windows-1254 differs from 1252: Turkish letters in the places of Icelandic ones.
_TURKISH = re.compile(rb"[\xd0\xdd\xde\xf0\xfd\xfe]")
_SOUND = 4


def decode(data: bytes, declared: str = "") -> tuple[str, tuple[str, ...]]:
    """The text without its byte order mark, and which encoding it had but UTF-8, or what is broken.

    A mark decides; then UTF-8, which other text hardly ever is by chance; then what the file
    itself has `declared`; then a guess.
    """
    mark, encoding = next((pair for pair in _MARKS if data.startswith(pair[0])), (b"", "utf-8"))
    body = data[len(mark) :]
    try:
        return body.decode(encoding), (() if encoding == "utf-8" else (f"{encoding.upper()} text",))
    except UnicodeDecodeError:
        lenient = body.decode(encoding, "replace")
    if mark or _mostly_sound(lenient):
        return lenient, (f"broken {encoding.upper()} text",)
    said = _by(declared, body)
    if said is not None:
        return said, (f"not UTF-8: read as {codecs.lookup(declared).name}, which it declares",)
    guess = _guess(body)
    return body.decode(guess, "replace"), (f"not UTF-8: read as {_NAMES[guess]}",)


def _mostly_sound(text: str) -> bool:
    """Whether far more characters beyond ASCII came through than were replaced."""
    replaced = text.count("\N{REPLACEMENT CHARACTER}")
    beyond = len(text) - len(text.encode("ascii", "ignore")) - replaced
    return beyond > _SOUND * replaced


def _by(declared: str, body: bytes) -> str | None:
    """The text by a declared encoding of text, if it is known and fits."""
    try:
        return body.decode(declared) if declared else None
    except (LookupError, ValueError):
        return None


def _guess(body: bytes) -> str:
    """Windows-1251, 1254 or 1252, the three in which the documents' countries wrote.

    In Cyrillic, whole words lie beyond ASCII; in Latin script, such letters stand among others.
    On short sentences this is right where statistics of letters take “quotes” for Cyrillic.
    """
    if len(_FOREIGN_WORD.findall(body)) > len(_MIXED_WORD.findall(body)):
        return "cp1251"
    return "cp1254" if _TURKISH.search(body) else "cp1252"
