"""Documents and passages in SQLite: written once in sorted order, then only read.

The file's bytes depend on its contents alone, not on time, names of folders or order of adding.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import weakref
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from rag.indexing.spool import (
    Entry,
    Fingerprint,
    decode_document,
    decode_text,
    encode_document,
    encode_text,
)
from rag.types import Document, Passage, Source, Span

_SCHEMA = """
PRAGMA page_size = 4096;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, first INTEGER NOT NULL,
    head TEXT NOT NULL, text BLOB NOT NULL);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, start INTEGER NOT NULL, stop INTEGER NOT NULL,
    key BLOB NOT NULL, text BLOB NOT NULL);
CREATE TABLE sources (number INTEGER PRIMARY KEY, source TEXT NOT NULL);
"""
_INDEXES = """
CREATE UNIQUE INDEX documents_by_id ON documents (id);
CREATE INDEX passages_by_key ON passages (key);
"""
_AT_ONCE = 500
_CACHED = 32
_Value = TypeVar("_Value", int, bytes)


class CorpusWriter:
    """Fills a new file; one transaction, journal off, because nobody reads it before it is sealed.

    Rows count passages in the order of adding. Raises sqlite3.Error.
    """

    def __init__(self, path: Path, recipe: dict[str, str]) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(_SCHEMA)
        self._connection.execute("BEGIN")
        self._fingerprint = Fingerprint(recipe)
        self.documents = 0
        self.passages = 0

    def add(self, entry: Entry) -> list[str]:
        """Returns what a search sees of the passages."""
        document = entry.document
        searched = [document.searched(span) for span in entry.spans]
        head, body = encode_document(document, entry.spans), encode_text(document.text)
        self._connection.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?)",
            (self.documents, document.id, self.passages, head.decode(), body),
        )
        keys = [_key(text) for text in searched]
        self._connection.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?)",
            (
                (
                    self.passages + place,
                    span.start,
                    span.end,
                    key,
                    encode_text(span.of(document.text)),
                )
                for place, (span, key) in enumerate(zip(entry.spans, keys, strict=True))
            ),
        )
        self._fingerprint.add(head, body)
        self.documents += 1
        self.passages += len(searched)
        return searched

    def finish(self, sources: Sequence[Source]) -> str:
        """Completes the file; returns the fingerprint of recipe, documents and passages."""
        rows = enumerate(sorted(sources, key=lambda source: source.path))
        self._connection.executemany(
            "INSERT INTO sources VALUES (?, ?)",
            ((number, json.dumps(asdict(source), sort_keys=True)) for number, source in rows),
        )
        for statement in _INDEXES.split(";"):
            self._connection.execute(statement)
        self._connection.execute("COMMIT")
        return str(self._fingerprint)

    def close(self) -> None:
        """Releases the file."""
        self._connection.close()


class Corpus:
    """One published file, open for reading. Safe to share between threads: one at a time reads."""

    def __init__(self, path: Path) -> None:
        self._connection = _connect(path)
        weakref.finalize(self, self._connection.close)
        self._lock = threading.Lock()
        self._cache: OrderedDict[str, Document] = OrderedDict()
        documents = self._rows("SELECT id, first FROM documents ORDER BY number")
        self._ids = [identity for identity, _ in documents]
        self._firsts = [first for _, first in documents]
        self._numbers = {identity: number for number, identity in enumerate(self._ids)}
        self._length: int
        [(self._length,)] = self._rows("SELECT coalesce(max(row), -1) + 1 FROM passages")
        self.sources = tuple(
            Source(**json.loads(source))
            for (source,) in self._rows("SELECT source FROM sources ORDER BY number")
        )

    def __len__(self) -> int:
        return self._length

    @property
    def documents(self) -> int:
        """How many documents there are."""
        return len(self._ids)

    def document(self, document_id: str) -> Document:
        """Raises KeyError for a document that is not here."""
        with self._lock:
            if document := self._cache.get(document_id):
                self._cache.move_to_end(document_id)
                return document
        query = "SELECT head, text FROM documents WHERE number = ?"
        [(head, text)] = self._rows(query, self._numbers[document_id])
        document, _ = decode_document(head, text)
        with self._lock:
            self._cache[document_id] = document
            while len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
        return document

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """One passage for each row, in order; raises IndexError for a row that is not here."""
        found: dict[int, Passage] = {}
        for some in _portions(list(dict.fromkeys(rows))):
            found |= self._passages(f"row IN ({_marks(some)})", *some)
        try:
            return [found[row] for row in rows]
        except KeyError as error:
            raise IndexError(f"no passage has the row {error}") from error

    def passages_of(self, document_id: str) -> list[Passage]:
        """All passages of one document, in text order; raises KeyError if it is not here."""
        rows = self._run(document_id)
        condition = "row >= ? AND row < ? ORDER BY row"
        return list(self._passages(condition, rows.start, rows.stop).values())

    def runs(self, documents: Iterable[str]) -> list[range]:
        """The rows of these documents: sorted runs that do not touch; raises KeyError."""
        found: list[range] = []
        for rows in sorted(map(self._run, set(documents)), key=lambda run: run.start):
            if found and found[-1].stop == rows.start:
                found[-1] = range(found[-1].start, rows.stop)
            elif rows:
                found.append(rows)
        return found

    def rows_of(self, texts: Sequence[str]) -> dict[str, int]:
        """For each text that is what a search sees of a passage here, the first such row."""
        keys = {_key(text): text for text in texts}
        found: dict[str, int] = {}
        for some in _portions(list(keys)):
            condition = f"key IN ({_marks(some)}) GROUP BY key"
            query = f"SELECT key, min(row) FROM passages WHERE {condition}"  # noqa: S608 - marks
            found |= {keys[key]: row for key, row in self._rows(query, *some)}
        return found

    def _run(self, document_id: str) -> range:
        number = self._numbers[document_id]
        stop = (*self._firsts[number + 1 : number + 2], self._length)[0]
        return range(self._firsts[number], stop)

    def _passages(self, condition: str, *values: int) -> dict[int, Passage]:
        query = f"SELECT row, start, stop, text FROM passages WHERE {condition}"  # noqa: S608 - ours
        return {
            row: Passage(
                self._ids[bisect_right(self._firsts, row) - 1],
                Span(start, stop),
                decode_text(text),
            )
            for row, start, stop, text in self._rows(query, *values)
        }

    def _rows(self, query: str, *values: int | bytes) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()


def check(path: Path) -> Iterator[str]:
    """What SQLite itself finds wrong with the file, and rows that are missing in between."""
    with closing(_connect(path)) as connection:
        try:
            findings = [text for (text,) in connection.execute("PRAGMA quick_check")]
            yield from (finding for finding in findings if finding != "ok")
            query = "SELECT count(*), coalesce(max(row), -1) + 1 FROM passages"
            count, length = connection.execute(query).fetchone()
            if count != length:
                yield f"{count} passages for {length} rows"
        except sqlite3.Error as error:
            yield str(error)


def _key(searched: str) -> bytes:
    return hashlib.sha256(encode_text(searched)).digest()


def _portions(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    """Runs of at most as many as SQLite takes in one question."""
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _connect(path: Path) -> sqlite3.Connection:
    """Read-only, and trusting that nobody writes: SQLite then takes no locks beside the file."""
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
