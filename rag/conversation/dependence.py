"""Whether a question can be understood without the ones before it, by rules on English words."""

from __future__ import annotations

import re

from rag.text import Term, content_terms

_CONTINUES = re.compile(
    r"^\W*(?:and|but|or|so|also|then|what about|how about|what else|who else|where else)\b",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|these|those|the former|"
    r"the latter|the same|the others?|ones|that one|this one)\b"
    r"|\b(?:this|that|there|then|so)(?=\W*$)"
    r"|\b(?:about|after|before|by|for|from|in|like|of|on|than|to|with) (?:this|that)\b"
    r"|^\W*(?:this|that)\b",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\b(?:is|was) it (?:\w+ ){1,3}(?:to|that|for)\b|\bit (?:is|was) (?:\w+ ){1,3}(?:to|that)\b",
    re.IGNORECASE,
)
""""Is it possible to ...": the pronoun stands for nothing."""
_SAYS = re.compile(
    r"\b(?:it|they|he|she)\s+(?:said|(?:say|state|claim|mention|think|report|ask)(?:s|d|ed)?|"
    r"thought)\b",
    re.IGNORECASE,
)
"""In "What does it say about mines?" the pronoun stands for the documents, not for a turn."""
_MEASURES = {"many", "much", "long", "old", "often", "far", "big", "large", "high", "exactly"}
FEW, SOME = 2, 6
"""Content words: up to FEW without a name are an ellipsis; up to SOME, a pronoun points back."""


def depends(question: str) -> bool:
    """Whether the question cannot be understood without the ones before it.

    It continues ("And ..."), says hardly anything ("How many died?"), or points back with a pronoun
    while saying little. In a longer question a pronoun mostly stands for something in it.
    """
    if points_back(question):
        return True
    words = _content(question)
    short = len(words) <= FEW and not any(_named(word) for word in words)
    return short and not _SAYS.search(question)


def points_back(question: str) -> bool:
    """Whether its words say that it goes on from something: for a part of a question, that is
    what it takes to depend on the parts before it.
    """
    words = _content(question)
    if _CONTINUES.match(question) or len(words) <= 1:
        return True
    if _SAYS.search(question):
        return False
    plain = _EXPLETIVE.sub(" ", question)
    return len(words) <= SOME and _POINTS_BACK.search(plain) is not None


def _content(question: str) -> list[Term]:
    return [term for term in content_terms(question) if term.word.lower() not in _MEASURES]


def _named(term: Term) -> bool:
    """Whether the word is a name or a number, as far as its writing shows."""
    return term.word[0].isdigit() or (term.word[0].isupper() and term.span.start > 0)
