"""What was fetched, and what was begun: kept beside the documents in a hidden folder."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.errors import ConfigError, FetchError

FOLDER = ".fetched"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Note:
    """A document as it first came: SHA-256 of its bytes, the day, where from, its ETag."""

    sha256: str
    date: str
    url: str
    etag: str = ""


class Record:
    """The notes, by the document's name; written at once and whole."""

    def __init__(self, documents: Path) -> None:
        self.folder = documents / FOLDER
        self._file = self.folder / "record.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Raises FetchError if another fetch is at work, ConfigError if nothing can be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / "lock").open("a")
        except OSError as error:
            raise ConfigError(
                f"Nothing can be written to the documents folder ({error.strerror})."
            ) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise FetchError("Another fetch is at work here; wait for it.") from error
            yield

    def read(self) -> dict[str, Note]:
        """Raises ConfigError when the file cannot be understood."""
        try:
            found = json.loads(self._file.read_text("utf-8"))
            return {name: Note(**note) for name, note in found.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ConfigError(
                f"{FOLDER}/{self._file.name} in the documents folder cannot be understood;"
                " delete it to begin anew."
            ) from error

    def note(self, name: str, note: Note) -> None:
        """Keeps `note` for `name`, durably."""
        notes = {key: asdict(value) for key, value in self.read().items()}
        notes[name] = asdict(note)
        fresh = self._file.with_suffix(".tmp")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(notes, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._file)


class Partial:
    """The bytes of one address that have come so far, and the mark that says of which version."""

    def __init__(self, folder: Path, url: str) -> None:
        key = hashlib.sha256(url.encode()).hexdigest()[:16]
        self.path = folder / f"{key}.part"
        self._mark = folder / f"{key}.version"

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def version(self) -> str:
        """The strong ETag or date of last change that the server gave, or nothing."""
        return self._mark.read_text("utf-8") if self._mark.exists() else ""

    def begin(self, version: str) -> None:
        """Starts again from nothing, for this version."""
        self.path.write_bytes(b"")
        self._mark.write_text(version, "utf-8")

    def append(self, chunks: Iterable[bytes], most: int) -> bool:
        """Adds what comes, as long as all of it is no more than `most` bytes; says whether so."""
        size = self.size
        with self.path.open("ab") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > most:
                    return False
                file.write(chunk)
        return True

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self._mark.unlink(missing_ok=True)

    def place(self, target: Path) -> None:
        """Makes the bytes the document, at once and durably."""
        with self.path.open("rb+") as file:
            os.fsync(file.fileno())
        self.path.replace(target)
        self.discard()


def digest_of(path: Path) -> str:
    """SHA-256 of a file's bytes, or nothing if there is no such file."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
