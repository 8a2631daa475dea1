"""Whether the exported model is the model: its vectors, and what is found by them.

    python -m benchmarks.alike [--corpora FOLDER]

Against sentence-transformers in float32: the cosine of each of 1,000 passages, and nDCG@10 of
dense search on squad2 (Järvelin and Kekäläinen 2002; a question has one relevant paragraph).
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import texts
from benchmarks.measuring import keep
from rag.embedding.model_files import installed_model
from rag.embedding.openvino import OpenVINOEmbedder
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.ports import Embedder

_PASSAGES, _QUESTIONS, _DEPTH = 1_000, 500, 10


def main() -> None:
    """Both embedders over the same passages and questions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpora", type=Path, default=texts.CORPORA)
    options = parser.parse_args()
    some = texts.passages(options.corpora)[:_PASSAGES]
    with tempfile.TemporaryDirectory() as exports:
        files = installed_model()
        embedders: dict[str, Embedder] = {
            "openvino": OpenVINOEmbedder(files, Path(exports)),
            "float32": SentenceTransformerEmbedder(files),
        }
        vectors = {name: each.embed(some) for name, each in embedders.items()}
        gains = {
            name: _gain(options.corpora / "squad2", each, vectors[name])
            for name, each in embedders.items()
        }
    cosines = (vectors["openvino"] * vectors["float32"]).sum(axis=1)
    figures = {
        "passages": len(some),
        "least_cosine": round(float(cosines.min()), 6),
        "median_cosine": round(float(np.median(cosines)), 6),
        "questions": _QUESTIONS,
        "ndcg_at_10": {name: round(gain, 4) for name, gain in gains.items()},
    }
    print(figures)
    keep("alike", figures)


def _gain(folder: Path, embedder: Embedder, vectors: np.ndarray) -> float:
    """nDCG@10 over the first answerable questions; `vectors` begin with the folder's passages."""
    places = {name: place for place, name in enumerate(_ids(folder / "corpus.jsonl"))}
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8") as file:
        relevant = {
            row["query-id"]: row["corpus-id"] for row in csv.DictReader(file, delimiter="\t")
        }
    ids, asked = _ids(folder / "queries.jsonl"), texts.lines(folder / "queries.jsonl")
    known = [(each, text) for each, text in zip(ids, asked, strict=True) if each in relevant]
    chosen = known[:_QUESTIONS]
    scores = embedder.embed([text for _, text in chosen]) @ vectors[: len(places)].T
    gains = []
    for (question, _), row in zip(chosen, scores, strict=True):
        rank = int((row > row[places[relevant[question]]]).sum()) + 1
        gains.append(1 / np.log2(1 + rank) if rank <= _DEPTH else 0.0)
    return float(np.mean(gains))


def _ids(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line)["_id"] for line in file]


if __name__ == "__main__":
    main()
