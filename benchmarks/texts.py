"""Passages and questions: real ones of BEIR folders, and any number made of their words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from rag.ports import Embedder, Vectors

CORPORA = Path(__file__).parents[2] / "shared" / "eval"
NAMES = ("squad2", "clapnq", "cranfield", "cacm", "doc2dial")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_SHORTEST, _LONGEST = 30, 220  # characters of a sentence


def lines(path: Path) -> list[str]:
    """The texts of a corpus.jsonl or queries.jsonl."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def passages(corpora: Path = CORPORA) -> list[str]:
    """All passages of the open corpora that are there."""
    paths = (corpora / name / "corpus.jsonl" for name in NAMES)
    return [text for path in paths if path.is_file() for text in lines(path)]


def sentences(texts: Sequence[str], count: int, seed: int = 0) -> list[str]:
    """A sample of the sentences of middling length."""
    found = dict.fromkeys(each for text in texts for each in _SENTENCE.split(text))
    fitting = [each for each in found if _SHORTEST < len(each) < _LONGEST]
    order = np.random.default_rng(seed).permutation(len(fitting))[:count]
    return [fitting[place] for place in order]


def embedded(texts: Sequence[str], embedder: Embedder, cache: Path) -> Vectors:
    """Their vectors, kept in `cache` for the next run."""
    if not cache.is_file():
        np.save(cache, embedder.embed(texts))
    vectors: Vectors = np.load(cache, allow_pickle=False)
    return vectors


class Made:
    """Any number of passages with vectors, the same for the same seed.

    Words are drawn as often as they occur in the corpora. A vector lies between those of two real
    sentences, nearer to the first: spread over the directions that real texts take, and denser
    than they are.
    """

    def __init__(self, texts: Sequence[str], vectors: Vectors, words: int = 80) -> None:
        self._words = np.array([word for text in texts for word in text.split()], dtype=object)
        self._vectors = vectors
        self._count = words

    def batches(self, count: int, size: int, seed: int = 0) -> Iterator[tuple[list[str], Vectors]]:
        """`count` passages in batches of `size`."""
        random = np.random.default_rng(seed)
        for first in range(0, count, size):
            some = min(size, count - first)
            drawn = random.integers(0, len(self._words), (some, self._count))
            texts = [" ".join(row) for row in self._words[drawn]]
            one, two = random.integers(0, len(self._vectors), (2, some))
            weight = random.uniform(0.3, 1, (some, 1)).astype(np.float32)
            mixed = self._vectors[one] + weight * self._vectors[two]
            yield texts, mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
