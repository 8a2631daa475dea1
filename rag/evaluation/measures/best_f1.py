"""F1 over answerable and unanswerable questions at the best threshold.

Rajpurkar, Jia and Liang 2018, "Know What You Don't Know: Unanswerable Questions for SQuAD", and
its evaluation script ("best_f1"): abstaining scores 1 on a question without an answer and 0 on
one that has an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby


def best_f1(scores: Sequence[float], values: Sequence[float | None]) -> tuple[float, float]:
    """The best mean, and the lowest score that is answered to reach it.

    `values`: the F1 of each question if it is answered; None where nothing is the right answer.
    """
    total = float(sum(value is None for value in values))
    best, threshold = total, float("inf")
    ordered = sorted(zip(scores, values, strict=True), key=lambda pair: -pair[0])
    for score, tied in groupby(ordered, key=lambda pair: pair[0]):
        total += sum(-1.0 if value is None else value for _, value in tied)
        if total > best:
            best, threshold = total, score
    return best / len(values), threshold
