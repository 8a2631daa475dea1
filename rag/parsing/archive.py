"""A zip file that is looked through before anything in it is inflated."""

from __future__ import annotations

import io
import zipfile
import zlib

from rag.errors import (
    DamagedDocumentError,
    EncryptedDocumentError,
    TooComplexError,
)

_ENTRIES = 2_000
_ENTRY_BYTES = 50_000_000
_TOTAL_BYTES = 200_000_000
_RATIO = 100
_SMALL = 1_000_000
"""In bytes: an entry that inflates to no more is no bomb, however well it was packed."""
_LOCAL_HEADER = 30
_ENCRYPTED = 1


class Archive:
    """The entries of one zip, by name; raises ParseError if the zip is damaged or a trap."""

    def __init__(self, data: bytes, path: str) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise DamagedDocumentError(path, "is a damaged zip file") from error
        entries = self._zip.infolist()
        _check_sizes(entries, path)
        _check_shape(entries, self._zip.start_dir, path)
        self.names = frozenset(entry.filename for entry in entries)

    def read(self, name: str) -> bytes:
        """The bytes of one entry, inflated; raises DamagedDocumentError, also if there is none."""
        try:
            return self._zip.read(name)
        except KeyError as error:
            raise DamagedDocumentError(self.path, "lacks a part that it names") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise DamagedDocumentError(self.path, "has a part that cannot be inflated") from error

    def text_of(self, name: str) -> str:
        """The beginning of an entry as ASCII, empty if there is no such entry."""
        return self.read(name)[:200].decode("ascii", "replace") if name in self.names else ""


def _check_sizes(entries: list[zipfile.ZipInfo], path: str) -> None:
    """No more is inflated than is declared here: the library stops there."""
    if len(entries) > _ENTRIES:
        raise TooComplexError(path, f"is a zip of more than {_ENTRIES:,} entries")
    if sum(entry.file_size for entry in entries) > _TOTAL_BYTES:
        raise TooComplexError(path, f"inflates to more than {_TOTAL_BYTES:,} bytes")
    for entry in entries:
        if entry.file_size > _ENTRY_BYTES:
            raise TooComplexError(path, f"has a part of more than {_ENTRY_BYTES:,} bytes")
        if entry.file_size > max(_SMALL, _RATIO * entry.compress_size):
            raise TooComplexError(path, f"has a part that inflates to over {_RATIO} times its size")


def _check_shape(entries: list[zipfile.ZipInfo], end: int, path: str) -> None:
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise EncryptedDocumentError(path, "is protected by a password; save a copy without one")
    if len({entry.filename for entry in entries}) < len(entries):
        raise DamagedDocumentError(path, "is a zip that holds two entries of one name")
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    nexts = [*(entry.header_offset for entry in ordered[1:]), end]
    for entry, following in zip(ordered, nexts, strict=True):
        if entry.header_offset + _LOCAL_HEADER + entry.compress_size > following:
            raise DamagedDocumentError(path, "is a zip whose entries overlap")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise DamagedDocumentError(path, "is packed in a way that such files never are")
