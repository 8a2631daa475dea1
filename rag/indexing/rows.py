"""Unit rows on the disk, in the format of FAISS's flat index: a header, then float after float.

Written row by row and read row by row, so that neither needs memory for the whole table.
"""

from __future__ import annotations

import os
import struct
import weakref
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from rag.errors import IndexingError
from rag.indexing.storage import Storage
from rag.ports import Vectors

HEADER = struct.Struct("<4siqqqBiQ")
"""Kind, row length, rows, two numbers without meaning, whether trained, metric, floats."""
_KIND, _FILLER, _TRAINED, _INNER_PRODUCT = b"IxFI", 1 << 20, 1, 0
_FLOAT = 4  # bytes


class RowWriter:
    """Writes `count` rows of `dimension` numbers into a new file; raises OSError."""

    def __init__(self, storage: Storage, path: Path, dimension: int, count: int) -> None:
        self._storage = storage
        self._missing = count
        size = dimension * count
        head = (_KIND, dimension, count, _FILLER, _FILLER, _TRAINED, _INNER_PRODUCT, size)
        self._file = storage.create(path)
        try:
            storage.write(self._file, HEADER.pack(*head))
        except OSError:
            self._file.close()
            raise

    def add(self, rows: Vectors) -> None:
        """Appends rows, shape (n, d)."""
        self._storage.write(self._file, np.ascontiguousarray(rows, dtype="<f4").tobytes())
        self._missing -= len(rows)

    def finish(self) -> None:
        """Raises ValueError unless it was given as many rows as it was told."""
        self.close()
        if self._missing:
            raise ValueError(f"{self._missing} rows are missing")

    def close(self) -> None:
        """Releases the file."""
        self._file.close()


class RowFile:
    """A written file, held open. Read-only; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Raises OSError, and ValueError for a file of another kind."""
        self._path = path
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)
        size = os.fstat(self._descriptor).st_size
        head = os.pread(self._descriptor, HEADER.size, 0)
        if len(head) < HEADER.size:
            raise ValueError(f"{path.name} has no header")
        self.dimension: int
        self._length: int
        kind, self.dimension, self._length, *_ = HEADER.unpack(head)
        self._width = _FLOAT * self.dimension
        if kind != _KIND or size != HEADER.size + self._length * self._width:
            raise ValueError(f"{path.name} is not a table of rows")

    def __len__(self) -> int:
        return self._length

    def rows(self, numbers: Sequence[int]) -> Vectors:
        """The rows as they were written, shape (len(numbers), d)."""
        wanted = np.asarray(numbers, dtype=np.int64)
        edges = (np.flatnonzero(np.diff(wanted) != 1) + 1).tolist()
        starts = [0, *edges, len(wanted)] if len(wanted) else []
        firsts = wanted[starts[:-1]].tolist()
        runs = zip(firsts, pairwise(starts), strict=True)
        data = b"".join([self._bytes(first, stop - start) for first, (start, stop) in runs])
        return np.frombuffer(data, dtype="<f4").reshape(len(wanted), self.dimension)

    def block(self, first: int, count: int) -> Vectors:
        """Neighbouring rows, shape (count, d)."""
        return np.frombuffer(self._bytes(first, count), dtype="<f4").reshape(count, -1)

    def _bytes(self, first: int, count: int) -> bytes:
        """Raises IndexingError where the file no longer holds what it did when it was opened."""
        start, size = HEADER.size + first * self._width, count * self._width
        data = b""
        while len(data) < size:  # the system may give less than it is asked for
            more = os.pread(self._descriptor, size - len(data), start + len(data))
            if not more:
                raise IndexingError(f"{self._path.name} was cut off: run `rag index`")
            data += more
        return data
