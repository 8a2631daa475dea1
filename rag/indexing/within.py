"""Nearest neighbours among some of the rows: exact, by multiplying these rows alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rag.errors import IndexingError
from rag.indexing.vectors import VectorTable, check_queries
from rag.ports import Ranking, Vectors

_AT_ONCE = 16_384
_TABLE = 2  # axes: rows and columns


def nearest_within(
    table: VectorTable, vectors: Vectors, k: int, runs: Sequence[range]
) -> list[Ranking]:
    """For each query row the k largest inner products within the runs; equal ones in row order.

    Raises IndexMismatchError for another dimension, IndexingError for NaN or infinity.
    """
    queries = np.ascontiguousarray(vectors, dtype=np.float32)
    if queries.ndim != _TABLE:
        raise IndexingError(f"queries must form a table, not shape {queries.shape}")
    best: list[Ranking] = [[] for _ in queries]
    if k <= 0 or not runs or not len(queries):
        return best
    check_queries(queries, table.rows([]).shape[1])
    for rows in _portions(runs):
        scores = queries @ table.rows(rows).T
        for place, values in enumerate(scores):
            least = np.partition(values, -k)[-k] if k < len(values) else -np.inf
            found = [(rows[at], float(values[at])) for at in np.flatnonzero(values >= least)]
            merged = [*best[place], *found]
            best[place] = sorted(merged, key=lambda pair: (-pair[1], pair[0]))[:k]
    return best


def _portions(runs: Sequence[range]) -> Iterator[list[int]]:
    """The rows of the runs in order, so many at once that their vectors fit into memory."""
    rows = [row for run in runs for row in run]
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]
