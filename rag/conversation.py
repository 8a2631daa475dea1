"""What a follow-up question lacks, taken from the questions before it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text import content_terms, terms

_POINTS_BACK = re.compile(
    r"\b(it|its|they|them|their|theirs|he|him|his|she|her|hers|this|that|these|those|there|then|"
    r"former|latter|same|others?|one|ones|why|so|else)\b",
    re.IGNORECASE,
)
_SAYS = re.compile(
    r"\b(it|they|he|she)\s+(said|(say|state|claim|mention|think|report|ask)(s|d|ed)?|thought)\b",
    re.IGNORECASE,
)
"""In "What does it say about mines?" the pronoun stands for the documents, not for a turn."""
_CONTINUES = re.compile(r"^\W*(and|but|or|so|also|what about|how about|then)\b", re.IGNORECASE)
SHORT = 3
"""A question of at most this many content words may be an ellipsis ("How many of them?")."""


def standalone(question: str, history: Sequence[str]) -> str:
    """The question as it should be searched: with the earlier turns in front where it needs them.

    `history` holds the user's earlier questions, oldest first. A question depends on them when it
    continues ("And ..."), points back with a pronoun while saying little, or hardly says anything.
    """
    if not history or not depends(question):
        return question
    kept: list[str] = []
    for earlier in reversed(history):
        kept.insert(0, earlier)
        if not depends(earlier):
            break
    return " ".join([*kept, question])


def depends(question: str) -> bool:
    """Whether the question cannot be understood without the ones before it."""
    content = len(content_terms(question))
    if _CONTINUES.match(question) or content <= 1:
        return True
    if content > 1 and _SAYS.search(question):
        return False
    points_back = content <= 2 * SHORT and _POINTS_BACK.search(question) is not None
    return points_back or (content <= SHORT and len(terms(question)) <= 2 * SHORT)
