"""Passages that do not answer although they look like it: retrieved ones, and gutted ones."""

# ruff: noqa: S311 - samples are drawn here, not secrets

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from rag.reader.training.data import Example, sentence_starts
from rag.reader.training.swaps import blurred, blurred_elsewhere, swapped

_CANDIDATES = 8
_SHORTEST = 80
"""Characters of context that must be left when sentences are taken out."""


class Bm25:
    """BM25 (Robertson and Zaragoza 2009; k1 1.2, b 0.75) over a few thousand passages."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._words = CountVectorizer(
            stop_words="english",
            token_pattern=r"(?u)\b\w+\b",  # noqa: S106 - words, not a password
        )
        counts = self._words.fit_transform(texts).astype(np.float32).tocsr()
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        held = np.bincount(counts.indices, minlength=counts.shape[1])
        idf = np.log1p((len(texts) - held + 0.5) / (held + 0.5)).astype(np.float32)
        norm = 1.2 * (0.25 + 0.75 * lengths / max(1.0, float(lengths.mean())))
        rows = np.repeat(np.arange(len(texts)), np.diff(counts.indptr))
        weights = counts.data * 2.2 / (counts.data + norm[rows]) * idf[counts.indices]
        self._weights = csr_matrix((weights, counts.indices, counts.indptr), counts.shape)

    def scores(self, questions: Sequence[str]) -> NDArray[np.float32]:
        """Shape (questions, passages)."""
        asked = self._words.transform(questions).astype(bool).astype(np.float32)
        scores: NDArray[np.float32] = (asked @ self._weights.T).toarray()
        return scores

    def best(self, questions: Sequence[str], k: int) -> list[list[int]]:
        """For each question the rows of its k best passages, best first."""
        rows = []
        for first in range(0, len(questions), 256):
            scores = self.scores(questions[first : first + 256])
            rows += np.argsort(-scores, axis=1, kind="stable")[:, :k].tolist()
        return rows


def retrieved(examples: Iterable[Example], rng: random.Random) -> list[Example]:
    """For each question a passage of the same source that BM25 ranks high and lacks its answers."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        groups[example.source].append(example)
    made = []
    for group in groups.values():
        contexts = list(dict.fromkeys(example.context for example in group))
        asked = [example for example in group if example.answer]
        if len(contexts) < 2 * _CANDIDATES or not asked:
            continue
        best = Bm25(contexts).best([example.question for example in asked], _CANDIDATES)
        for example, rows in zip(asked, best, strict=True):
            answers = [answer.lower() for answer in (*example.answers, example.answer_text)]
            texts = [contexts[row] for row in rows if contexts[row] != example.context]
            wrong = [t for t in texts if not any(answer in t.lower() for answer in answers)]
            if wrong:
                context = rng.choice(wrong[:3])
                made.append(
                    replace(example, context=context, answer=None, kind="retrieved", answers=())
                )
    return made


def removed(example: Example) -> Example | None:
    """The example without the sentences that hold its answer."""
    edges = [*sentence_starts(example.context), len(example.context)]
    target = re.compile(rf"(?i)(?<!\w){re.escape(example.answer_text)}(?!\w)")
    sentences = [example.context[a:b] for a, b in pairwise(edges)]
    left = "".join(s for s in sentences if not target.search(s))
    if not example.answer_text or len(left) < _SHORTEST or target.search(left):
        return None
    return replace(example, context=left, answer=None, kind="removed", answers=())


_PLENTY = 0.3
_SCARCE = {"qamr": 0.105}
"""Chance of each kind of unanswerable twin, and where a source's contexts are single sentences."""


def with_unanswerable(examples: Sequence[Example], seed: int) -> list[Example]:
    """The examples, and beside some of the answerable ones their unanswerable twins."""
    rng = random.Random(f"{seed}:unanswerable")
    looks_alike = {id(e): wrong for e, wrong in _by_question(retrieved(examples, rng), examples)}
    made = []
    for example in examples:
        if example.answer is None:
            made.append(example)
            continue
        chance = _SCARCE.get(example.source, _PLENTY)
        twins = [
            swapped(example, rng) if rng.random() < 3 * chance else None,
            blurred(example, rng) if rng.random() < chance else None,
            removed(example) if rng.random() < chance / 2 else None,
            looks_alike.get(id(example)) if rng.random() < chance else None,
        ]
        made += [twin for twin in twins if twin]
        made.append(blurred_elsewhere(example, rng) if rng.random() < 2 * chance else example)
    return made


def _by_question(
    wrong: Sequence[Example], examples: Sequence[Example]
) -> list[tuple[Example, Example]]:
    by_question = {(e.source, e.question): e for e in wrong}
    return [
        (e, by_question[e.source, e.question])
        for e in examples
        if (e.source, e.question) in by_question
    ]
