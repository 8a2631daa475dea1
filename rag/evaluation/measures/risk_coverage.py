"""Risk against coverage, and the area under that curve.

Geifman and El-Yaniv 2017, "Selective Classification for Deep Neural Networks": answering only
the share `coverage` of which one is surest, how often is one wrong? AURC is the mean risk over
all coverages; less is better.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def risks(scores: ArrayLike, losses: ArrayLike) -> NDArray[np.float64]:
    """The mean loss of the 1, 2, ... n surest questions, shape (n,).

    Questions with equal scores share their mean loss, so that their order does not matter.
    """
    values, lost = np.asarray(scores, np.float64), np.asarray(losses, np.float64)
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    shared = (np.bincount(places, lost) / counts)[places] if len(values) else lost
    order = np.argsort(-values, kind="stable")
    return np.cumsum(shared[order]) / np.arange(1, len(order) + 1)


def aurc(scores: ArrayLike, losses: ArrayLike) -> float | None:
    """The area, 0 to 1; None without questions."""
    curve = risks(scores, losses)
    return float(curve.mean()) if len(curve) else None
