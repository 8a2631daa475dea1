"""Nearest neighbours by inner product, in FAISS: exact for few rows, from codes for many.

Files are FAISS's own formats, but written and read through our hands: `faiss.write_index` to a
path may lose an error of the disk, and loading does not notice altered bytes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import faiss
import numpy as np

from rag.errors import IndexingError, IndexMismatchError
from rag.indexing import codes
from rag.indexing.codes import CodedTable
from rag.indexing.rows import HEADER, RowFile, RowWriter
from rag.indexing.storage import Storage
from rag.ports import Ranking, Vectors

_UNIT = 1e-2
_TABLE = 2  # axes: rows and columns
_Bytes: Any = vars(faiss)["ZeroCopyIOReader"]  # FAISS's stubs lack it
_LINE = 64  # what processors like numbers to be aligned to


def checked(vectors: Vectors) -> Vectors:
    """The rows as contiguous float32; raises IndexingError unless all have unit length."""
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    if rows.ndim != _TABLE:
        raise IndexingError(f"vectors must form a table, not shape {rows.shape}")
    lengths = np.linalg.norm(rows, axis=1)
    if not np.all(np.abs(lengths - 1) < _UNIT):  # false for NaN, too
        raise IndexingError("the embedder gave a vector that is not of unit length")
    return rows


def check_queries(queries: Vectors, dimension: int) -> None:
    """Raises IndexMismatchError for another dimension, IndexingError for NaN or infinity."""
    if queries.shape[1] != dimension:
        raise IndexMismatchError(
            f"the index holds vectors of {dimension} numbers, the question's has "
            f"{queries.shape[1]}: run `rag index`"
        )
    if not np.isfinite(queries).all():
        raise IndexingError("the embedder gave a vector that is not made of finite numbers")


class VectorWriter:
    """Writes `count` unit rows to `path` and, where they are many, their codes to `coded`."""

    def __init__(
        self, storage: Storage, path: Path, coded: Path, dimension: int, count: int
    ) -> None:
        self._storage = storage
        self._path, self._coded = path, coded
        self._rows = RowWriter(storage, path, max(dimension, 1), count)

    def add(self, rows: Vectors) -> None:
        """Appends unit rows, shape (n, d); raises OSError."""
        self._rows.add(rows)

    def finish(self) -> None:
        """Completes the files; raises OSError."""
        self._rows.finish()
        rows = RowFile(self._path)
        if codes.kind(rows.dimension, len(rows)):
            codes.write(self._storage, self._coded, rows)

    def close(self) -> None:
        """Releases what is open."""
        self._rows.close()


class Searched(Protocol):
    """Rows that can be searched."""

    def nearest(self, queries: Vectors, k: int) -> list[Ranking]:
        """For each query row the k largest inner products; 1 <= k <= number of rows."""


class VectorTable:
    """A published table of unit rows, shape (n, d). Read-only; safe to share between threads."""

    def __init__(self, path: Path, coded: Path | None) -> None:
        """`coded`: the file of the rows' codes, if they have any."""
        self._rows = RowFile(path)
        self._table: Searched = CodedTable(coded, self._rows) if coded else ExactTable(path)

    def __len__(self) -> int:
        return len(self._rows)

    def nearest(self, vectors: Vectors, k: int) -> list[Ranking]:
        """For each query row the k largest inner products; equal ones in the order of rows.

        Raises IndexMismatchError for another dimension, IndexingError for NaN or infinity.
        """
        queries = np.ascontiguousarray(vectors, dtype=np.float32)
        count = min(k, len(self))
        if queries.ndim != _TABLE:
            raise IndexingError(f"queries must form a table, not shape {queries.shape}")
        if count <= 0 or not len(queries):
            return [[] for _ in queries]
        check_queries(queries, self._rows.dimension)
        # One query is answered ten times faster by one thread than by many that wait for another.
        faiss.omp_set_num_threads(1 if len(queries) == 1 else os.cpu_count() or 1)
        return self._table.nearest(queries, count)

    def rows(self, numbers: Sequence[int]) -> Vectors:
        """The stored rows, exactly as they were added, shape (len(numbers), d)."""
        return self._rows.rows(numbers)


class ExactTable:
    """All rows in memory, and compared one by one."""

    def __init__(self, path: Path) -> None:
        self._data = _read_aligned(path)
        faiss.set_deserialization_vector_byte_limit(4 * self._data.nbytes)
        # The index keeps pointing into the bytes, which therefore live as long as it does.
        reader = _Bytes(faiss.swig_ptr(self._data), self._data.nbytes)
        self._index = faiss.read_index(reader)

    def nearest(self, queries: Vectors, k: int) -> list[Ranking]:
        """For each query row the k largest inner products, best first."""
        scores, rows = self._index.search(queries, k)
        return [_ranking(*pair) for pair in zip(rows.tolist(), scores.tolist(), strict=True)]


def _ranking(rows: list[int], scores: list[float]) -> Ranking:
    """FAISS says -1 for "nothing"; that label stays here."""
    found = [(row, score) for row, score in zip(rows, scores, strict=True) if row >= 0]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def _read_aligned(path: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The file's bytes, laid in memory so that the numbers after the header are aligned."""
    size = path.stat().st_size
    room = np.empty(size + _LINE, dtype=np.uint8)
    start = -(room.ctypes.data + HEADER.size) % _LINE
    data = room[start : start + size]
    with path.open("rb", buffering=0) as file:
        filled = 0
        while filled < size and (count := file.readinto(data.data[filled:])):
            filled += count
    if filled < size:
        raise OSError(f"{path.name} is shorter than it was")
    return data
