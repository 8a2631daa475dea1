"""What a server remembers between requests, and several processes of it remember together.

In memory by default; in a file where `server.state` names one, which all processes of one machine
then share. Nothing in it outlives its use: logins, wrong guesses, and verdicts on uploads.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.errors import ConfigError

_EDITION = 1
"""Raised whenever a table changes; a file of another edition is begun anew."""
_TABLES = """
CREATE TABLE sessions (digest TEXT PRIMARY KEY, until REAL NOT NULL);
CREATE TABLE guesses (digest TEXT PRIMARY KEY, wrong INTEGER NOT NULL, last REAL NOT NULL);
CREATE TABLE arrivals (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    called TEXT NOT NULL, name TEXT NOT NULL, verdict TEXT NOT NULL, open INTEGER NOT NULL
);
"""
_NAMES = ("sessions", "guesses", "arrivals")
_PATIENCE = 10.0
"""Seconds for which another process may hold the file."""
_OWNER_ONLY = 0o600


class State:
    """A few small tables. Safe to share between threads, and by its file between processes."""

    def __init__(self, file: Path | None = None) -> None:
        """Raises ConfigError for a file that cannot be opened, or is something else."""
        self._lock = threading.RLock()
        try:
            if file is not None:  # made by us, so that nobody else may read it
                os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, _OWNER_ONLY))
            self._tables = sqlite3.connect(
                file or ":memory:",
                timeout=_PATIENCE,
                isolation_level=None,
                check_same_thread=False,
            )
            self._tables.execute("PRAGMA journal_mode = WAL")  # who reads waits for nobody
            self._tables.execute("PRAGMA synchronous = NORMAL")
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(
                f"The file that server.state names cannot be used ({error}): {file}."
            ) from error

    def _prepare(self) -> None:
        with self.change():
            [edition] = self.rows("PRAGMA user_version")[0]
            if edition != _EDITION:
                for name in _NAMES:
                    self._tables.execute(f"DROP TABLE IF EXISTS {name}")
                for statement in filter(str.strip, _TABLES.split(";")):
                    self._tables.execute(statement)
                self._tables.execute(f"PRAGMA user_version = {_EDITION}")

    @contextmanager
    def change(self) -> Iterator[None]:
        """What is read and written inside happens at once for all others, or not at all."""
        with self._lock:
            self._tables.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._tables.execute("ROLLBACK")
                raise
            self._tables.execute("COMMIT")

    def rows(self, statement: str, *values: object) -> list[Any]:
        """What one statement of SQL gives, row by row."""
        with self._lock:
            return self._tables.execute(statement, values).fetchall()

    def shorten(self, table: str, most: int) -> None:
        """Leaves the `most` rows of the table that were written last."""
        last = f"SELECT rowid FROM {table} ORDER BY rowid DESC LIMIT 1 OFFSET ?"  # noqa: S608 - ours
        self.rows(f"DELETE FROM {table} WHERE rowid <= ({last})", most)  # noqa: S608

    def close(self) -> None:
        """Lets go of the file."""
        self._tables.close()
