"""Kinds of index against comparing every row: recall of the ten nearest, time, bytes.

    python -m benchmarks.kinds 100000 IVF1024,SQ8:256 HNSW32,SQ8:256 RaBitQfs PQ192x4fs

A kind is a name of FAISS's index_factory and, after a colon, lists visited or efSearch. Candidates
are scored again by the rows. One thread; processor time. Needs memory for the rows twice.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from benchmarks import texts
from benchmarks.growth import prepared
from benchmarks.measuring import keep, milliseconds, timed
from rag.ports import Vectors

_CANDIDATES, _TEN, _SEED = 200, 10, 1


def main() -> None:
    """All kinds over the same made rows and real questions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int)
    parser.add_argument("kinds", nargs="+")
    parser.add_argument("--work", type=Path, default=Path("/tmp/rag-growth"))  # noqa: S108
    parser.add_argument("--corpora", type=Path, default=texts.CORPORA)
    options = parser.parse_args()
    options.work.mkdir(exist_ok=True)
    made, asked = prepared(options.work, options.corpora)
    rows = np.vstack([vectors for _, vectors in made.batches(options.rows, 10_000, _SEED)])
    queries = np.stack(list(asked.values()))
    _, exact = faiss.knn(queries, rows, _TEN, faiss.METRIC_INNER_PRODUCT)
    figures = {kind: _measured(kind, rows, queries, exact) for kind in ("Flat", *options.kinds)}
    keep(f"kinds-{options.rows}", {"rows": options.rows, "kinds": figures})


def _measured(kind: str, rows: Vectors, queries: Vectors, exact: Any) -> dict[str, Any]:  # noqa: ANN401
    name, _, depth = kind.partition(":")
    faiss.omp_set_num_threads(1)
    index: Any = faiss.index_factory(rows.shape[1], name, faiss.METRIC_INNER_PRODUCT)
    parameters = None
    if name.startswith("IVF"):
        parameters = faiss.SearchParametersIVF(nprobe=int(depth))
    elif name.startswith("HNSW"):
        parameters = faiss.SearchParametersHNSW(efSearch=int(depth))
    sample = np.linspace(0, len(rows) - 1, min(len(rows), 41_000), dtype=int)
    building = timed(lambda: (index.train(rows[sample]), index.add(rows)))
    found: list[set[int]] = []

    def search(query: Vectors) -> None:
        _, [numbers] = index.search(query[None], _CANDIDATES, params=parameters)
        numbers = np.sort(numbers[numbers >= 0])
        scores = (rows[numbers] * query).sum(axis=1)
        found.append(set(numbers[np.argsort(-scores, kind="stable")[:_TEN]].tolist()))

    spent = [timed(lambda query=query: search(query)) for query in queries]
    shares = [
        len(some & set(best)) / _TEN for some, best in zip(found, exact.tolist(), strict=True)
    ]
    figures = {
        "recall_at_10": round(float(np.mean(shares)), 4),
        **milliseconds(spent),
        "megabytes": round(len(faiss.serialize_index(index)) / 1e6, 1),
        "build_cpu_s": round(building[1], 1),
    }
    print(kind, figures, flush=True)
    return figures


if __name__ == "__main__":
    main()
