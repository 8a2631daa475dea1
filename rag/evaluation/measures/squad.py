"""Exact match and F1 of an answer's words, by SQuAD's rules.

Rajpurkar, Zhang, Lopyrev and Liang 2016, "SQuAD: 100,000+ Questions for Machine Comprehension of
Text", and its evaluation script: case, punctuation, articles and white space are levelled, and
the best of several gold answers counts.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = frozenset(string.punctuation)


def normalised(text: str) -> str:
    """Lower case, no punctuation, no articles, single spaces."""
    bare = "".join(each for each in text.lower() if each not in _PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def exact_match(said: str, golds: Sequence[str]) -> float:
    """1 if the words are those of a gold answer."""
    return float(any(normalised(said) == normalised(gold) for gold in golds))


def f1(said: str, golds: Sequence[str]) -> float:
    """The harmonic mean of the words' precision and recall, for the nearest gold answer."""
    return max(
        (_f1(normalised(said).split(), normalised(gold).split()) for gold in golds), default=0.0
    )


def _f1(said: list[str], gold: list[str]) -> float:
    if not said or not gold:
        return float(said == gold)
    shared = sum((Counter(said) & Counter(gold)).values())
    return 2 * shared / (len(said) + len(gold))
