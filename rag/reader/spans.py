"""The best answers in a window's scores, as code points of its passage."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.reader.windows import Window
from rag.types import Span

LONGEST_ANSWER = 40
"""In tokens."""


@dataclass(frozen=True, slots=True)
class Found:
    """The best span that begins in one sentence, in its passage's code points, and its worth.

    `margin` is the span's score less that of "no answer"; `verdict` is the network's other
    opinion, on whether the passage answers at all. Both are logits: above 0 for an answer.
    """

    sentence: Span
    span: Span
    margin: float
    verdict: float


def best_ends(
    starts: NDArray[np.float32], ends: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """For each first token the last token of its best span, and that span's score.

    All have shape (tokens,); a span has at most `LONGEST_ANSWER` tokens.
    """
    length = len(starts)
    scores = starts[:, None] + ends[None, :]
    allowed = np.tri(length, dtype=bool).T & np.tri(length, k=LONGEST_ANSWER - 1, dtype=bool)
    scores = np.where(allowed, scores, -np.inf)
    last = scores.argmax(axis=1)
    return last, scores[np.arange(length), last]


def found_in(
    window: Window, scores: NDArray[np.float32], verdict: float, sentences: Sequence[Span]
) -> Iterator[Found]:
    """For each of the passage's sentences that the window touches the best span from there.

    `scores` has shape (tokens or more, 2).
    """
    inside = scores[window.context : window.context + len(window.offsets)]
    null = float(scores[0].sum())
    last, worth = best_ends(inside[:, 0], inside[:, 1])
    first_of = [start for start, _ in window.offsets]
    for sentence in sentences:
        low, high = bisect_left(first_of, sentence.start), bisect_left(first_of, sentence.end)
        if low < high:
            first = low + int(worth[low:high].argmax())
            span = Span(window.offsets[first][0], window.offsets[int(last[first])][1])
            yield Found(sentence, span, float(worth[first]) - null, verdict)


def whole_sentences(sentences: Sequence[Span], span: Span) -> Span:
    """The sentences that `span` touches, from the first one's start to the last one's end."""
    starts = [sentence.start for sentence in sentences]
    first = max(0, bisect_right(starts, span.start) - 1)
    last = max(first, bisect_left(starts, span.end) - 1)
    return Span(min(starts[first], span.start), max(sentences[last].end, span.end))
