"""Near neighbours among rows too many to compare with each: short codes first, then the rows.

Each pair of numbers of a row becomes one of sixteen (product quantisation, Jégou, Douze and
Schmid 2011), by which registers full of rows are compared at once (André, Kermarrec and Le
Scouarnec 2015). What looks best is scored again by the stored floats, so that scores are exact
and only the choice of candidates is not. docs/performance.md says what was measured.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from rag.indexing.rows import RowFile
from rag.indexing.storage import Storage
from rag.ports import Ranking, Vectors

EXACT_BELOW = 20_000
"""In rows: fewer are compared one by one, in a millisecond or two."""
LISTS_FROM = 300_000
"""In rows: more are sorted into lists, of which a search visits the nearest ones."""
SHARE = 8
"""One list in so many is visited, but never fewer than `_FEWEST`."""
_FEWEST = 16
_CANDIDATES = 4
_LEAST_CANDIDATES = 200
_SAMPLE = 40  # rows for each list, to learn where lists lie
_LEAST_SAMPLE = 16_384
_AT_ONCE = 16_384
_BLOCK = 1 << 20
_Writer: Any = vars(faiss)["PyCallbackIOWriter"]  # FAISS's stubs do not know these
_Reader: Any = vars(faiss)["PyCallbackIOReader"]
_Parameters: Any = faiss.SearchParametersIVF
Found = tuple[NDArray[np.float32], NDArray[np.int64]]


def kind(dimension: int, count: int) -> str:
    """FAISS's name for the codes of so many rows; empty where rows are compared one by one."""
    if count < EXACT_BELOW or dimension % 2:
        return ""
    codes = f"PQ{dimension // 2}x4fs"
    return codes if count < LISTS_FROM else f"IVF{math.isqrt(count)},{codes}"


def write(storage: Storage, path: Path, rows: RowFile) -> None:
    """Codes of all rows into a new file; memory for the codes and for a sample of the rows.

    One thread learns: what it does is too small to be shared. Equal rows give equal files.
    Raises OSError.
    """
    index: Any = faiss.index_factory(
        rows.dimension, kind(rows.dimension, len(rows)), faiss.METRIC_INNER_PRODUCT
    )
    faiss.omp_set_num_threads(1)
    wanted = max(_LEAST_SAMPLE, _SAMPLE * getattr(index, "nlist", 0))
    index.train(rows.rows(np.unique(np.linspace(0, len(rows) - 1, wanted, dtype=int)).tolist()))
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    for first in range(0, len(rows), _AT_ONCE):
        index.add(rows.block(first, min(_AT_ONCE, len(rows) - first)))
    with storage.create(path) as file:
        faiss.write_index(index, _Writer(lambda data: storage.write(file, data), _BLOCK))


class CodedTable:
    """Codes in memory, rows on the disk. Read-only; safe to share between threads."""

    def __init__(self, path: Path, rows: RowFile) -> None:
        """Raises OSError, and ValueError or RuntimeError for a file of another kind."""
        self._rows = rows
        faiss.set_deserialization_vector_byte_limit(4 * path.stat().st_size)
        with path.open("rb", buffering=_BLOCK) as file:
            self._index: Any = faiss.read_index(_Reader(file.read))
        self._lists: int = getattr(self._index, "nlist", 0)
        if (self._index.ntotal, self._index.d) != (len(rows), rows.dimension):
            raise ValueError(f"{path.name} does not belong to its rows")

    def nearest(self, queries: Vectors, k: int) -> list[Ranking]:
        """For each query row k rows of (almost) the largest inner products, best first."""
        wanted = min(len(self._rows), max(_LEAST_CANDIDATES, _CANDIDATES * k))
        _, found = self._found(queries, wanted, k)
        return [self._scored(query, row, k) for query, row in zip(queries, found, strict=True)]

    def _found(self, queries: Vectors, wanted: int, k: int) -> Found:
        """Candidates, with -1 for "nothing"; more lists are visited where they hold too few."""
        if not self._lists:
            found: Found = self._index.search(queries, wanted)
            return found
        visited = max(_FEWEST, self._lists // SHARE)
        while True:
            visited = min(visited, self._lists)
            parameters = _Parameters(nprobe=visited)
            found = self._index.search(queries, wanted, params=parameters)
            if visited == self._lists or (found[1][:, k - 1] >= 0).all():
                return found
            visited *= 2

    def _scored(self, query: Vectors, found: NDArray[np.int64], k: int) -> Ranking:
        """Sums along rows, not a matrix product: equal rows get equal scores, and stay in order."""
        numbers = np.sort(found[found >= 0])
        scores = (self._rows.rows(numbers.tolist()) * query).sum(axis=1)
        best = np.argsort(-scores, kind="stable")[:k]
        return [(int(numbers[place]), float(scores[place])) for place in best]
