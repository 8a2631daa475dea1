"""Intervals for the difference of two runs over the same questions: the paired bootstrap.

Efron and Tibshirani 1993, "An Introduction to the Bootstrap", percentile intervals; in evaluation
of language systems by Berg-Kirkpatrick, Burkett and Klein 2012.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]
RESAMPLES = 2_000


def interval(
    difference: Callable[[Rows], float | None],
    questions: int,
    seed: int,
    resamples: int = RESAMPLES,
    level: float = 0.95,
) -> tuple[float, float] | None:
    """The central `level` of `difference` over `resamples` draws of the questions' rows.

    A draw on which it is not defined (None) is left out; None if it is defined on no draw.
    """
    generator = np.random.default_rng(seed)
    draws = (generator.integers(0, questions, questions) for _ in range(resamples))
    values = [value for rows in draws if (value := difference(rows)) is not None]
    if not values:
        return None
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
