"""How cost grows with the number of passages: building, memory, searching, and what is missed.

    python -m benchmarks.growth [--sizes 1000 10000 100000 1000000] [--work FOLDER] [--built]

Building and serving are processes of their own. `fused` is all of a search but the encoding of
the question; `whole` is with it. Recall is that of the ten nearest, against comparing every row.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import texts
from benchmarks.measuring import RESULTS, keep, memory, milliseconds, timed
from rag.embedding.model_files import installed_model
from rag.embedding.openvino import OpenVINOEmbedder
from rag.indexing import LocalIndexStore, codes
from rag.indexing import manifest as manifests
from rag.indexing.rows import RowFile
from rag.ports import Vectors
from rag.retrieval.hybrid import HybridRetriever
from rag.types import Document, Page, Passage, Source, Span

SIZES = (1_000, 10_000, 100_000, 1_000_000)
RECIPE = {"benchmark": "growth"}
_DOCUMENT = 100  # passages
_SENTENCES, _QUESTIONS, _WARM = 10_000, 300, 20
_TEN = 10


class Known:
    """An embedder that has done its work before: what is measured is the search alone."""

    recipe = "known"

    def __init__(self, known: dict[str, Vectors], dimension: int) -> None:
        self._known = known
        self.dimension = dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (n, d)."""
        return np.stack([self._known[text] for text in texts])


def main() -> None:
    """All sizes, each in two child processes; or one of those."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--work", type=Path, default=Path("/tmp/rag-growth"))  # noqa: S108
    parser.add_argument("--corpora", type=Path, default=texts.CORPORA)
    parser.add_argument("--built", action="store_true", help="Search what was built before.")
    parser.add_argument("--child", nargs=2, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.work.mkdir(exist_ok=True)
    if options.child:
        stage, size = options.child
        work = {"build": build, "serve": serve}[stage]
        print(json.dumps(work(options.work, options.corpora, int(size))))
        return
    prepared(options.work, options.corpora)
    before = _before() if options.built else {}
    rows = []
    for size in options.sizes:
        row: dict[str, Any] = {"passages": size, "kind": codes.kind(384, size) or "exact"}
        row |= before.get(size, {})
        for stage in ("serve",) if size in before else ("build", "serve"):
            row |= _child(options, stage, size)
        rows.append(row)
        print(json.dumps(row), flush=True)
        keep("growth", {"sizes": rows})


def _before() -> dict[int, dict[str, Any]]:
    """The figures of the last run by size."""
    kept = json.loads((RESULTS / "growth.json").read_text("utf-8"))
    return {row["passages"]: row for row in kept["sizes"]}


def _child(options: argparse.Namespace, stage: str, size: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.growth", "--work", str(options.work)]
    command += ["--corpora", str(options.corpora), "--child", stage, str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _embedder(work: Path) -> OpenVINOEmbedder:
    return OpenVINOEmbedder(installed_model(), work / "models")


def prepared(work: Path, corpora: Path) -> tuple[texts.Made, dict[str, Vectors]]:
    """What passages are made of, and the questions with their vectors."""
    found = texts.passages(corpora)
    some = texts.sentences(found, _SENTENCES)
    vectors = texts.embedded(some, _embedder(work), work / "sentences.npy")
    questions = texts.lines(corpora / "squad2" / "queries.jsonl")[: _QUESTIONS + _WARM]
    asked = texts.embedded(questions, _embedder(work), work / "questions.npy")
    return texts.Made(found, vectors), dict(zip(questions, asked, strict=True))


def build(work: Path, corpora: Path, size: int) -> dict[str, Any]:
    """Everything but reading files and embedding: what `Build` does."""
    made, _ = prepared(work, corpora)
    start, spent = time.perf_counter(), time.process_time()
    sources = []
    with LocalIndexStore(work / f"index-{size}", RECIPE).build() as building:
        for number, (some, vectors) in enumerate(made.batches(size, _DOCUMENT)):
            document, passages = _document(number, some)
            building.add(document, passages, vectors)
            sources.append(Source(document.path, document.id, passages=len(passages)))
        adding = time.perf_counter() - start
        building.publish(sources)
    seconds = time.perf_counter() - start
    return {
        "build_s": round(seconds, 1),
        "build_cpu_s": round(time.process_time() - spent, 1),
        "publish_s": round(seconds - adding, 1),
        "build_memory_mib": memory()["peak"],
        "bytes": _bytes(work / f"index-{size}"),
    }


def _document(number: int, some: Sequence[str]) -> tuple[Document, list[Passage]]:
    text = "\n".join(some)
    name = f"{number:06}"
    document = Document(
        f"{number:064x}", name, "", text, (Page(1, "1", Span(0, len(text))),), language="en"
    )
    passages, start = [], 0
    for each in some:
        span = Span(start, start + len(each))
        passages.append(Passage(document.id, span, each))
        start = span.end + 1
    return document, passages


def _bytes(index: Path) -> dict[str, int]:
    live = max(index.glob("gen-*"))
    sizes: dict[str, int] = {}
    for path in live.rglob("*"):
        if path.is_file():
            name = path.relative_to(live).parts[0]
            sizes[name] = sizes.get(name, 0) + path.stat().st_size
    return sizes


def serve(work: Path, corpora: Path, size: int) -> dict[str, Any]:
    """Opens the index and searches it, one question after another."""
    asked = _asked(work, corpora)
    before = memory()
    start, spent = time.perf_counter(), time.process_time()
    index = LocalIndexStore(work / f"index-{size}", RECIPE).open()
    figures: dict[str, Any] = {
        "open_s": round(time.perf_counter() - start, 2),
        "open_cpu_s": round(time.process_time() - spent, 2),
    }
    dimension = len(next(iter(asked.values())))
    known, real = Known(asked, dimension), _embedder(work)
    kinds: dict[str, Callable[[str], Any]] = {
        "dense": lambda question: index.nearest(asked[question][None], 50),
        "lexical": lambda question: index.matching([question], 50),
        "fused": lambda question: HybridRetriever(known).retrieve(index, [question], 10),
        "whole": lambda question: HybridRetriever(real).retrieve(index, [question], 10),
    }
    for name, search in kinds.items():
        took = [timed(partial(search, each)) for each in asked]
        figures[name] = milliseconds(took[_WARM:])
    # All searches are done: the rest needs memory of its own.
    figures |= {"serve_memory_mib": memory(), "memory_before_mib": before["resident"]}
    path = max((work / f"index-{size}").glob("gen-*")) / manifests.VECTORS
    queries = np.stack(list(asked.values()))
    exact = _exact(RowFile(path), queries)
    found = [[row for row, _ in index.nearest(query[None], _TEN)[0]] for query in queries]
    shares = [len(set(a) & set(b)) / _TEN for a, b in zip(found, exact, strict=True)]
    figures["recall_at_10"] = round(float(np.mean(shares)), 4)
    return figures


def _asked(work: Path, corpora: Path) -> dict[str, Vectors]:
    questions = texts.lines(corpora / "squad2" / "queries.jsonl")[: _QUESTIONS + _WARM]
    vectors = np.load(work / "questions.npy", allow_pickle=False)
    return dict(zip(questions, vectors, strict=True))


def _exact(rows: RowFile, queries: Vectors, block: int = 50_000) -> list[list[int]]:
    """The ten nearest by comparing every row, block by block."""
    best = np.full((len(queries), _TEN), -np.inf, np.float32)
    numbers = np.full((len(queries), _TEN), -1, np.int64)
    for first in range(0, len(rows), block):
        count = min(block, len(rows) - first)
        scores = np.hstack([best, queries @ rows.block(first, count).T])
        place = np.hstack([numbers, np.tile(np.arange(first, first + count), (len(queries), 1))])
        order = np.argpartition(-scores, _TEN - 1, axis=1)[:, :_TEN]
        best = np.take_along_axis(scores, order, axis=1)
        numbers = np.take_along_axis(place, order, axis=1)
    found: list[list[int]] = numbers.tolist()
    return found


if __name__ == "__main__":
    main()
