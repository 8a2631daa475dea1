"""Two rankings made one.

Scores of different kinds are made comparable over the union of both lists before they are added
(Lee 1997; Bruch, Gai and Ingber 2023 compare such convex combinations with rank fusion). A row
that one list lacks gets that list's lowest score: it was ranked below everything listed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean, pstdev

from rag.ports import Ranking

Fusion = Callable[[Sequence[Ranking]], Ranking]


def z_scores(rankings: Sequence[Ranking]) -> Ranking:
    """The sum of standard scores: distance from the list's mean in standard deviations."""
    return _summed(rankings, _standardised)


def min_max(rankings: Sequence[Ranking]) -> Ranking:
    """The sum of scores stretched to 0..1."""
    return _summed(rankings, _stretched)


def reciprocal_ranks(rankings: Sequence[Ranking], constant: float = 60) -> Ranking:
    """The sum of 1 / (constant + rank) (Cormack, Clarke and Büttcher 2009)."""
    totals: dict[int, float] = {}
    for ranking in rankings:
        for rank, (row, _) in enumerate(ranking, start=1):
            totals[row] = totals.get(row, 0.0) + 1 / (constant + rank)
    return _ranked(totals)


def _summed(rankings: Sequence[Ranking], scale: Callable[[list[float]], list[float]]) -> Ranking:
    rows = {row for ranking in rankings for row, _ in ranking}
    totals = dict.fromkeys(sorted(rows), 0.0)
    for ranking in filter(None, rankings):
        lowest = min(score for _, score in ranking)
        known = dict(ranking)
        scaled = scale([known.get(row, lowest) for row in totals])
        totals = {
            row: total + score for (row, total), score in zip(totals.items(), scaled, strict=True)
        }
    return _ranked(totals)


def _standardised(scores: list[float]) -> list[float]:
    mean, deviation = fmean(scores), pstdev(scores)
    return [(score - mean) / deviation if deviation else 0.0 for score in scores]


def _stretched(scores: list[float]) -> list[float]:
    low, high = min(scores), max(scores)
    return [(score - low) / (high - low) if high > low else 0.0 for score in scores]


def _ranked(totals: dict[int, float]) -> Ranking:
    """Best first; equal scores in the order of rows, so that runs repeat."""
    return sorted(totals.items(), key=lambda item: (-item[1], item[0]))
