"""Whether what comes is of the kind that its name promises: by content type and first bytes."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import PurePosixPath

from rag.errors import FetchError

HEAD = 1024
"""Bytes that are enough to know a kind."""
_ANY = ("application/octet-stream", "binary/octet-stream")


@dataclass(frozen=True, slots=True)
class Kind:
    """One format: how it is called, its content types, and what its first bytes look like."""

    name: str
    types: tuple[str, ...]
    begins: tuple[bytes, ...] = ()

    def check_type(self, content_type: str) -> None:
        """Raises FetchError for another content type; none at all is left to the bytes."""
        said = content_type.partition(";")[0].strip().lower()
        if said and said not in self.types:
            raise FetchError(f"is sent as {said!r} instead of {self.name}")

    def check_bytes(self, head: bytes) -> None:
        """Raises FetchError when the first bytes are not those of this kind."""
        start = head.removeprefix(codecs.BOM_UTF8).lstrip()
        plain = not self.begins and start and b"\x00" not in head
        if not (plain or start.startswith(self.begins or b"\x00")):
            raise FetchError(f"is not {self.name}, although it is sent as such")


_HTML = Kind("HTML", ("text/html", "application/xhtml+xml"), (b"<",))
_TEXT = Kind("plain text", ("text/plain", "text/markdown", "text/x-markdown"))
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_KINDS = {
    ".htm": _HTML,
    ".html": _HTML,
    ".md": _TEXT,
    ".txt": _TEXT,
    ".pdf": Kind("PDF", ("application/pdf", "application/x-pdf", *_ANY), (b"%PDF-",)),
    ".docx": Kind("DOCX", (_OFFICE, "application/zip", *_ANY), (b"PK\x03\x04",)),
}


def kind_of(name: str) -> Kind:
    """The kind that a file's name promises; raises FetchError for one that is not fetched."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in _KINDS:
        raise FetchError(f"files named {suffix or 'without a suffix'} are not fetched")
    return _KINDS[suffix]
