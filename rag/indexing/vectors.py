"""Exact nearest neighbours by inner product, in FAISS; the only module that imports it.

The file is FAISS's own format, but written and read through our hands: `faiss.write_index` to a
path may lose an error of the disk, and loading does not notice altered bytes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from rag.errors import IndexingError, IndexMismatchError
from rag.indexing.storage import Storage
from rag.ports import Ranking, Vectors

_BLOCK = 1 << 20
_UNIT = 1e-2
_TABLE = 2  # axes: rows and columns
_HEADER = 45  # bytes before the numbers in the file of a flat index
_Callbacks: Any = vars(faiss)["PyCallbackIOWriter"]  # FAISS's stubs lack these two
_Bytes: Any = vars(faiss)["ZeroCopyIOReader"]
_LINE = 64  # what processors like numbers to be aligned to


def _new(dimension: int) -> faiss.IndexFlatCodes:
    """The kind of index: exact. The one place to choose an approximate one for larger sizes."""
    return faiss.IndexFlatIP(dimension)


def checked(vectors: Vectors) -> Vectors:
    """The rows as contiguous float32; raises IndexingError unless all have unit length."""
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    if rows.ndim != _TABLE:
        raise IndexingError(f"vectors must form a table, not shape {rows.shape}")
    lengths = np.linalg.norm(rows, axis=1)
    if not np.all(np.abs(lengths - 1) < _UNIT):  # false for NaN, too
        raise IndexingError("the embedder gave a vector that is not of unit length")
    return rows


class VectorWriter:
    """Collects rows in memory; `save` writes them."""

    def __init__(self, dimension: int, expected: int) -> None:
        self._index = _new(max(dimension, 1))
        # FAISS shrinks this at the first add but keeps the room: no doubling as the table grows.
        self._index.codes.resize(4 * dimension * expected)

    def add(self, rows: Vectors) -> None:
        """Appends unit rows, shape (n, d)."""
        self._index.add(rows)

    def save(self, storage: Storage, path: Path) -> None:
        """Writes a new file piece by piece; raises OSError."""
        with storage.create(path) as file:
            writer = _Callbacks(lambda data: storage.write(file, data), _BLOCK)
            faiss.write_index(self._index, writer)


class VectorTable:
    """A published table of unit rows, shape (n, d). Read-only; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._data = _read_aligned(path)
        faiss.set_deserialization_vector_byte_limit(4 * self._data.nbytes)
        # The index keeps pointing into the bytes, which therefore live as long as it does.
        reader = _Bytes(faiss.swig_ptr(self._data), self._data.nbytes)
        self._index = faiss.read_index(reader)

    def __len__(self) -> int:
        return int(self._index.ntotal)

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
        if queries.shape[1] != self._index.d:
            raise IndexMismatchError(
                f"the index holds vectors of {self._index.d} numbers, the question's has "
                f"{queries.shape[1]}: run `rag index`"
            )
        if not np.isfinite(queries).all():
            raise IndexingError("the embedder gave a vector that is not made of finite numbers")
        # One query is answered ten times faster by one thread than by many that wait for another.
        faiss.omp_set_num_threads(1 if len(queries) == 1 else os.cpu_count() or 1)
        scores, rows = self._index.search(queries, count)
        return [_ranking(*pair) for pair in zip(rows.tolist(), scores.tolist(), strict=True)]

    def rows(self, numbers: Sequence[int]) -> Vectors:
        """The stored rows, exactly as they were added, shape (len(numbers), d)."""
        if not numbers:
            return np.empty((0, self._index.d), dtype=np.float32)
        rows: Vectors = self._index.reconstruct_batch(np.asarray(numbers, dtype=np.int64))
        return rows


def _ranking(rows: list[int], scores: list[float]) -> Ranking:
    """FAISS says -1 for "nothing"; that label stays here."""
    found = [(row, score) for row, score in zip(rows, scores, strict=True) if row >= 0]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def _read_aligned(path: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The file's bytes, laid in memory so that the numbers after the header are aligned."""
    size = path.stat().st_size
    room = np.empty(size + _LINE, dtype=np.uint8)
    start = -(room.ctypes.data + _HEADER) % _LINE
    data = room[start : start + size]
    with path.open("rb", buffering=0) as file:
        filled = 0
        while filled < size and (count := file.readinto(data.data[filled:])):
            filled += count
    if filled < size:
        raise OSError(f"{path.name} is shorter than it was")
    return data
