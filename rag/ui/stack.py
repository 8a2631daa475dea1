"""The files that came by way of the page: a folder of their own among the documents.

What is still arriving and what was removed lie beside them in hidden folders, which no index sees.
Names come from strangers: a file gets one made of harmless letters, and is found again only as an
entry of its folder. All that is known of them is on the disk, so that several servers may take in
files at the same time.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path, PurePosixPath

from rag.errors import ConfigError, RagError
from rag.indexing.storage import Storage, make_folders, remove_tree

FOLDER = "uploads"
MOST_FILES = 500
MOST_BYTES = 2_000_000_000
"""In all, with what was removed and can still be brought back."""
DAYS = 7
"""For so long a removed file can be brought back; after that it goes when the server starts."""
ABANDONED = 600.0
"""Seconds after which a file of which nothing more has arrived does not arrive any more."""

_INCOMING, _REMOVED = ".incoming", ".removed"
_LONGEST = 40
"""Characters of a name: at most 160 bytes of the 255 that a file system takes."""
_PASSING = frozenset({"tmp", "part", "crdownload", "lock", "swp"})
"""Suffixes of files that are not there to stay, which no index reads."""


class FullError(RagError):
    """There is no room for a file; the sentence says of what there is too much."""


class Stack:
    """The uploaded files of one documents folder. Its methods may be called from several threads.

    Each raises OSError where the disk does not let it, and KeyError for a file that is not there.
    """

    def __init__(
        self,
        documents: Path,
        largest: int,
        storage: Storage | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`largest`: bytes of one file."""
        self.largest = largest
        self._folder = documents / FOLDER
        self._storage = storage or Storage()
        self._clock = clock
        self._lock = threading.Lock()

    def tidy(self) -> None:
        """Ends what an earlier server left: files half arrived, and those removed long ago.

        What another server is taking in just now stays.
        """
        if not self._folder.is_dir():
            return
        for left in self._arriving():
            with suppress(FileNotFoundError):  # it has just arrived
                touched = max(each.lstat().st_mtime for each in (left, *left.glob("*")))
                if touched < self._clock() - ABANDONED:
                    remove_tree(self._storage, left)
        for removed in self._entries(_REMOVED):
            begun = removed.name.partition("-")[0]
            if not begun.isdecimal() or int(begun) < self._clock() - DAYS * 86_400:
                remove_tree(self._storage, removed)

    def names(self) -> list[str]:
        """The uploaded files by name, sorted."""
        return sorted(each.name for each in self._entries("") if not each.name.startswith("."))

    def path(self, name: str) -> str:
        """What the index calls the file."""
        return f"{FOLDER}/{name}"

    def begin(self, size: int) -> Path:
        """Where a file of that many bytes may be written; raises FullError, ConfigError.

        Its room is kept until `place` or `drop`.
        """
        if size > self.largest:
            raise FullError(f"A file may have at most {self.largest:,} bytes.")
        self._make_folders()
        with self._alone():
            if len(self.names()) + len(self._arriving()) >= MOST_FILES:
                raise FullError(f"There are {MOST_FILES:,} uploaded files already: remove some.")
            if self._taken() + size > MOST_BYTES:
                raise FullError(
                    f"All uploaded files together may have {MOST_BYTES:,} bytes; those that were "
                    f"removed count for {DAYS} days."
                )
            promised = self._folder / _INCOMING / f"{size}-{secrets.token_hex(16)}"
            self._storage.make_folder(promised)
        return promised / "file"

    def place(self, arrived: Path, name: str) -> str:
        """Puts a whole file among the documents; returns the name that it has there."""
        self._storage.sync(arrived)
        with self._alone():
            kept = self._free(name)
            self._storage.rename(arrived, self._folder / kept)
            self._storage.sync_folder(self._folder)
            self._storage.remove_folder(arrived.parent)
        return kept

    def drop(self, arriving: Path) -> None:
        """Leaves nothing of a file that did not arrive, or is not wanted."""
        with suppress(FileNotFoundError):  # it was placed
            remove_tree(self._storage, arriving.parent)

    def discard(self, name: str) -> None:
        """Deletes an uploaded file for good."""
        with self._alone():
            self._storage.unlink(self._found("", name))

    def remove(self, name: str) -> str:
        """Takes a file away, to be brought back by the key that is returned."""
        with self._alone():
            key = f"{int(self._clock())}-{secrets.token_hex(8)}"
            self._move(self._found("", name), self._folder / _REMOVED / f"{key}-{name}")
        return key

    def restore(self, key: str) -> str:
        """Brings a removed file back; returns its name."""
        with self._alone():
            kept = {"-".join(each.name.split("-", 2)[:2]): each for each in self._entries(_REMOVED)}
            removed = kept[key]
            name = self._free(removed.name.split("-", 2)[2])
            self._move(removed, self._folder / name)
        return name

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other thread or process moves a file meanwhile."""
        if not self._folder.is_dir():  # there is nothing to be moved
            yield
            return
        with self._lock:
            descriptor = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)

    def _move(self, old: Path, new: Path) -> None:
        self._make_folders()
        self._storage.rename(old, new)
        self._storage.sync_folder(old.parent)
        self._storage.sync_folder(new.parent)

    def _make_folders(self) -> None:
        try:
            for name in (_INCOMING, _REMOVED):
                make_folders(self._storage, self._folder / name)
        except OSError as error:
            raise ConfigError(
                f"The documents folder cannot be written ({error.strerror}): no file can be added."
            ) from error

    def _taken(self) -> int:
        files = [*self._entries(""), *self._entries(_REMOVED)]
        promised = (each.name.partition("-")[0] for each in self._arriving())
        return sum(each.lstat().st_size for each in files) + sum(
            int(size) for size in promised if size.isdecimal()
        )

    def _arriving(self) -> list[Path]:
        """What is on its way: a folder for each file, named by the size that it will have."""
        where = self._folder / _INCOMING
        return [*where.iterdir()] if where.is_dir() else []

    def _found(self, folder: str, name: str) -> Path:
        return {each.name: each for each in self._entries(folder)}[name]

    def _entries(self, folder: str) -> list[Path]:
        """The plain files of the folder or of a hidden one in it."""
        where = self._folder / folder
        if not where.is_dir():
            return []
        return [each for each in where.iterdir() if each.is_file() and not each.is_symlink()]

    def _free(self, name: str) -> str:
        """The name, or the same with a number where it is taken."""
        taken = {each.casefold() for each in self.names()}
        stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
        names = chain([name], (f"{stem} ({number}){suffix}" for number in count(2)))
        return next(each for each in names if each.casefold() not in taken)


def safe_name(given: str, kind: str) -> str:
    """A name for a file that a stranger called `given`, of the `kind` that its bytes are.

    It has letters, digits, blanks, hyphens, underscores and brackets of theirs, and their suffix.
    """
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    stem, suffix = (stem, suffix) if dot and stem else (name, "")
    kept = "".join(letter if letter.isalnum() or letter in " -_()" else "_" for letter in stem)
    kept = " ".join(kept.split()).strip(" -_")[:_LONGEST].strip() or "document"
    suffix = "".join(letter for letter in suffix.lower() if letter.isascii() and letter.isalnum())
    suffix = suffix[:8]
    return f"{kept}.{kind if suffix in _PASSING or not suffix else suffix}"
