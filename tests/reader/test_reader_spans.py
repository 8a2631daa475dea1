"""Spans: the best ones, against trying all."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from rag.reader.spans import LONGEST_ANSWER, best_ends, found_in, whole_sentences
from rag.reader.windows import windows
from rag.types import Span

NUMBERS = st.integers(-1_000, 1_000).map(lambda number: number / 100)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=60))
def test_best_ends_agree_with_trying_all(pairs: list[tuple[float, float]]) -> None:
    """For every first token no allowed last token is better than the one that is found."""
    starts, ends = np.array(pairs, np.float32).T
    last, worth = best_ends(starts, ends)
    for first in range(len(pairs)):
        tried = [starts[first] + end for end in ends[first : first + LONGEST_ANSWER]]
        assert worth[first] == max(tried)
        assert first <= last[first] < first + LONGEST_ANSWER


def test_each_sentence_has_its_own_best_span(tokenizer: Tokenizer) -> None:
    """Sentences compete within one window, and the margin is taken against "no answer"."""
    text = "The bridge opened. It is 274 metres long."
    window = next(windows(tokenizer, [1, 2], text))
    scores = np.zeros((len(window.ids), 2), np.float32)
    scores[0] = (1, 2)
    scores[window.context + 1] = (5, 4)
    scores[window.context + 5, 0] = 7
    scores[window.context + 6, 1] = 3
    first, second = found_in(window, scores, 0.5, [Span(0, 18), Span(19, 41)])
    assert (first.span.of(text), first.margin) == ("bridge", 6)
    assert (second.span.of(text), second.margin) == ("274 metres", 7)
    assert second.verdict == 0.5


def test_evidence_grows_to_whole_sentences() -> None:
    """A span across a border of sentences takes both; one inside takes its own."""
    held = [Span(0, 10), Span(11, 20), Span(21, 30)]
    assert whole_sentences(held, Span(12, 15)) == Span(11, 20)
    assert whole_sentences(held, Span(18, 25)) == Span(11, 30)
    assert whole_sentences(held, Span(0, 30)) == Span(0, 30)
