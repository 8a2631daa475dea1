"""A reader without a trained model: sentences weighed by cosine, BM25 and their passage's rank.

It stands in where the trained reader cannot run, and shows what that one is worth.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.ports import Embedder
from rag.text import Term, content_terms, initials, sentences
from rag.types import Hit, Passage, Reading, Span

K1, B = 1.2, 0.75
LEXICAL_WEIGHT, PASSAGE_WEIGHT = 0.5, 0.5
"""Beside the sentence's own cosine, all three stretched to 0..1 over one question's sentences."""
COSINE_RANGE = 0.3
"""Cosines that differ by less than this say little: the words decide."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    passage: Passage
    span: Span
    prior: float
    stems: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.span.shift(-self.passage.span.start).of(self.passage.text)


@dataclass(frozen=True, slots=True)
class PlainReader:
    """Reads sentence by sentence; `language` chooses the stems under which words are compared."""

    embedder: Embedder
    language: str = "en"

    @property
    def recipe(self) -> str:
        """Names the reader."""
        return "plain-1"

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        """One reading for each sentence of the passages, best first."""
        asked = content_terms(question, self.language)
        wanted = frozenset(term.stem for term in asked)
        candidates = list(_sentences(hits, wanted, self.language))
        if not candidates:
            return []
        vectors = self.embedder.embed([question, *(each.text for each in candidates)])
        cosines = np.asarray(vectors[1:] @ vectors[0], np.float64)
        weights = rarity(each.stems for each in candidates)
        scores = (
            _stretched(cosines, COSINE_RANGE)
            + LEXICAL_WEIGHT * _stretched(_bm25(asked, candidates, weights))
            + PASSAGE_WEIGHT * _stretched(np.array([each.prior for each in candidates]))
        )
        absent = ", ".join(f"“{word}”" for word in lacking(asked, weights))
        return [
            Reading(
                passage=candidates[at].passage,
                evidence=candidates[at].span,
                score=float(scores[at]),
                probability=_probability(float(cosines[at]), candidates[at], asked, weights),
                lacks=(f"nothing that was read mentions {absent}",) if absent else (),
            )
            for at in sorted(range(len(candidates)), key=lambda at: (-scores[at], at))
        ]


def rarity(sentences_: Iterable[Iterable[str]]) -> dict[str, float]:
    """For each stem how rare it is among the sentences (Robertson's idf); "" stands for unseen."""
    held = [set(stems) for stems in sentences_]
    counts = Counter(stem for stems in held for stem in stems)
    counts[""] = 0
    return {
        stem: math.log(1 + (len(held) - count + 0.5) / (count + 0.5))
        for stem, count in counts.items()
    }


def lacking(asked: Sequence[Term], held: Collection[str]) -> tuple[str, ...]:
    """The names and numbers of a question that nothing read holds, as they are written."""
    return tuple(
        term.word
        for term in asked
        if term.stem not in held
        and (term.word[0].isdigit() or (term.word[0].isupper() and term.span.start > 0))
    )


def _sentences(hits: Sequence[Hit], asked: frozenset[str], language: str) -> Iterable[_Sentence]:
    """Each sentence once, with the score of the best passage that holds it.

    A name whose initials are among the stems that are asked for counts as a word like those.
    """
    seen: set[tuple[str, Span]] = set()
    for hit in hits:
        for inside in sentences(hit.passage.text, language):
            span = inside.shift(hit.passage.span.start)
            if (hit.passage.document_id, span) not in seen:
                seen.add((hit.passage.document_id, span))
                text = inside.of(hit.passage.text)
                stems = (term.stem for term in content_terms(text, language))
                short = sorted(asked.intersection(initials(text)))
                yield _Sentence(hit.passage, span, hit.score, (*stems, *short))


def _bm25(
    asked: Sequence[Term], candidates: Sequence[_Sentence], weights: dict[str, float]
) -> NDArray[np.float64]:
    """Okapi BM25 of each candidate (Robertson and Zaragoza 2009), shape (n,)."""
    mean = sum(len(each.stems) for each in candidates) / len(candidates) or 1.0
    wanted = {term.stem for term in asked}
    scores = np.zeros(len(candidates))
    for at, each in enumerate(candidates):
        length = K1 * (1 - B + B * len(each.stems) / mean)
        for stem, count in Counter(each.stems).items():
            if stem in wanted:
                scores[at] += weights[stem] * count * (K1 + 1) / (count + length)
    return scores


def _probability(
    cosine: float, sentence: _Sentence, asked: Sequence[Term], weights: dict[str, float]
) -> float:
    """That the sentence answers: logistic in its cosine, the share of the question's rarity that
    it covers, and the number of names and numbers asked for that nothing read holds.

    Fitted on SQuAD 2.0's development set and CLAP NQ, both retrieved over all their paragraphs:
    area under the ROC curve 0.66 and 0.93.
    """
    wanted = {term.stem for term in asked}
    total = sum(weights.get(stem, weights[""]) for stem in wanted) or 1.0
    covered = sum(weights[stem] for stem in wanted.intersection(sentence.stems)) / total
    absent = len(lacking(asked, weights))
    return 1 / (1 + math.exp(3.9 - 6.3 * cosine - 0.8 * covered + 1.1 * absent))


def _stretched(values: NDArray[np.float64], least: float = 1e-9) -> NDArray[np.float64]:
    """Values laid over 0..1; a range below `least` is not blown up to the whole of it."""
    low, high = float(values.min()), float(values.max())
    return (values - low) / max(high - low, least)
