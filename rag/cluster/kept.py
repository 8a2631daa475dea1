"""What the workers have done so far: a run that is cut off is gone on with, not begun anew."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from rag.errors import IndexingError
from rag.indexing.spool import decode_document, encode_document, encode_text
from rag.ports import Vectors
from rag.types import Document

_TABLES = """
CREATE TABLE IF NOT EXISTS documents (key BLOB PRIMARY KEY, head TEXT, text BLOB, note TEXT);
CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB);
"""


class Kept:
    """Documents and vectors in a file, by the hash of what they were made of and how.

    What fails to be kept is an IndexingError. Methods may be called from several threads.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._rows = sqlite3.connect(file, check_same_thread=False)
            self._rows.execute("PRAGMA journal_mode = WAL")
            self._rows.execute("PRAGMA synchronous = OFF")  # a lost machine begins anew
            self._rows.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise _unkept(error) from error

    def document(self, *made_of: str) -> tuple[Document, str] | None:
        """What was read of a file before, and what to know of it."""
        for head, text, note in self._all(
            "SELECT head, text, note FROM documents WHERE key = ?", made_of
        ):
            return decode_document(head, text)[0], note
        return None

    def keep_document(self, document: Document, note: str, *made_of: str) -> None:
        """Remembers what was read of a file."""
        head, text = encode_document(document, ()).decode(), encode_text(document.text)
        self._write(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)",
            [(_key(made_of), head, text, note)],
        )

    def vectors(self, recipe: str, texts: Sequence[str]) -> Mapping[str, Vectors]:
        """Those of these texts that were embedded before, shape (d,) each."""
        found = {}
        for text in texts:
            for (vector,) in self._all("SELECT vector FROM vectors WHERE key = ?", (recipe, text)):
                found[text] = np.frombuffer(vector, np.float32)
        return found

    def keep_vectors(self, recipe: str, texts: Sequence[str], vectors: Vectors) -> None:
        """Remembers what was embedded: `vectors` has a row for each text."""
        rows = [
            (_key((recipe, text)), np.ascontiguousarray(vector, np.float32).tobytes())
            for text, vector in zip(texts, vectors, strict=True)
        ]
        self._write("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def forget(self) -> None:
        """Removes the file: all that it holds is published."""
        self.close()
        for each in self._file.parent.glob(f"{self._file.name}*"):
            each.unlink(missing_ok=True)

    def close(self) -> None:
        """Lets go of the file, and leaves it where it is."""
        self._rows.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _all(self, statement: str, made_of: Sequence[str]) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._rows.execute(statement, (_key(made_of),)).fetchall()
        except sqlite3.Error as error:
            raise _unkept(error) from error

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        try:
            with self._lock, self._rows:
                self._rows.executemany(statement, rows)
        except sqlite3.Error as error:
            raise _unkept(error) from error


def _key(made_of: Sequence[str]) -> bytes:
    digest = hashlib.sha256()
    for each in made_of:
        digest.update(hashlib.sha256(encode_text(each)).digest())
    return digest.digest()


def _unkept(error: Exception) -> IndexingError:
    return IndexingError(f"what the workers do cannot be kept in the index folder ({error})")
