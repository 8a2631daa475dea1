"""The measures of the field: exact match, F1, and how well a score parts right from wrong."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

import numpy as np
from sklearn.metrics import roc_auc_score

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalised(text: str) -> str:
    """Rajpurkar et al. 2016: lower case, no punctuation, no articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact(found: str, accepted: Sequence[str]) -> float:
    """1 if `found` equals an accepted answer; where none is accepted, if nothing was found."""
    return float(normalised(found) in map(normalised, accepted or [""]))


def f1(found: str, accepted: Sequence[str]) -> float:
    """The best F1 of words with an accepted answer; where none is accepted, 1 for nothing."""
    return max(_f1(normalised(found).split(), normalised(a).split()) for a in accepted or [""])


def _f1(found: list[str], truth: list[str]) -> float:
    if not found or not truth:
        return float(found == truth)
    common = sum((Counter(found) & Counter(truth)).values())
    return 2 * common / (len(found) + len(truth))


def auroc(truth: Sequence[bool], scores: Sequence[float]) -> float:
    """Chance that a score for a true one is above one for a false one (Fawcett 2006)."""
    return float(roc_auc_score(truth, scores))


def best_over_all(
    figures: Sequence[float], truth: Sequence[bool], scores: Sequence[float]
) -> float:
    """Mean over all questions at the best threshold: `figures` where answered, 1 if rightly not."""
    order = np.argsort(-np.asarray(scores), kind="stable")
    answered = np.asarray(figures, float)[order]
    refused = 1.0 - np.asarray(truth, float)[order]
    totals = np.concatenate([[0.0], np.cumsum(answered - refused)]) + refused.sum()
    return float(totals.max() / len(order))


def refused_at(
    answered: float, truth: Sequence[bool], scores: Sequence[float]
) -> tuple[float, float]:
    """Share of the unanswerable refused where `answered` of the answerable are answered.

    The second number is the threshold.
    """
    good = np.sort([s for s, t in zip(scores, truth, strict=True) if t])
    bad = np.asarray([s for s, t in zip(scores, truth, strict=True) if not t])
    threshold = float(good[int(np.floor((1 - answered) * len(good)))])
    return float((bad < threshold).mean()), threshold
