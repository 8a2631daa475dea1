"""Area under the receiver operating characteristic: do scores part the answerable from the rest?

The probability that an answerable question scores higher than an unanswerable one, half counted
for a tie (Mann and Whitney 1947; Hanley and McNeil 1982).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def auroc(scores: ArrayLike, answerable: ArrayLike) -> float | None:
    """0.5 is chance; None if there are questions of one kind only."""
    values, positive = np.asarray(scores, np.float64), np.asarray(answerable, np.bool_)
    count, others = int(positive.sum()), int((~positive).sum())
    if not count or not others:
        return None
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    total = float(ranks[places][positive].sum())
    return (total - count * (count + 1) / 2) / (count * others)
