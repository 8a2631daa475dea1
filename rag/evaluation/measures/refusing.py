"""Answering what can be answered and refusing the rest: shares, and their mean.

Balanced accuracy is the mean of both shares (Brodersen, Ong, Stephan and Buhmann 2010).
"""

from __future__ import annotations

from collections.abc import Sequence


def answered_share(answered: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """Of the questions that have an answer, the share that were answered."""
    return _share([did for did, can in zip(answered, answerable, strict=True) if can])


def refused_share(answered: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """Of the questions that have none, the share that were refused."""
    return _share([not did for did, can in zip(answered, answerable, strict=True) if not can])


def balanced_accuracy(answered: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """The mean of the two; None unless there are questions of both kinds."""
    right, refused = answered_share(answered, answerable), refused_share(answered, answerable)
    return None if right is None or refused is None else (right + refused) / 2


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None
