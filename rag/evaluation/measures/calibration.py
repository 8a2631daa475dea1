"""What scores are worth: within bins of the score, the share of questions that have an answer.

The reliability diagram (Murphy and Winkler 1977; Guo, Pleiss, Sun and Weinberger 2017).
"""

from __future__ import annotations

from collections.abc import Sequence

BINS = 10


def reliability(
    scores: Sequence[float], answerable: Sequence[bool]
) -> list[tuple[float, float, int]]:
    """Mean score, share answerable and number of questions of each bin of equal width in 0..1."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for score, can in zip(scores, answerable, strict=True):
        bins.setdefault(min(BINS - 1, max(0, int(score * BINS))), []).append((score, can))
    return [
        (
            sum(score for score, _ in held) / len(held),
            sum(can for _, can in held) / len(held),
            len(held),
        )
        for _, held in sorted(bins.items())
    ]
