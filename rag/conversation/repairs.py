"""Turns that are no questions of their own: corrections, and consent to a suggested question."""

from __future__ import annotations

import re

from rag.text import content_terms

_CORRECTS = re.compile(
    r"^\W*(?:(?:no|nope|sorry|wait|oops|actually|rather)\b\W*)*"
    r"(?:i\s+(?:meant|mean|was\s+asking\s+about)|make\s+(?:that|it)|not\s+[^,]{1,60},?\s+but)\b"
    r"[\s,:]*(?P<instead>.+?)[\s.!?]*$",
    re.IGNORECASE | re.DOTALL,
)
_NO = re.compile(
    r"^\W*(?:no|nope|sorry|wait|actually|rather)\b\s*[,.:;\u2013\u2014-]+\s*(?P<instead>.+?)[\s.!?]*$",
    re.IGNORECASE | re.DOTALL,
)
_CONSENTS = re.compile(
    r"^\W*(?:yes|yeah|yep|sure|ok|okay|right|correct|please|go ahead|do so|do that|that one)"
    r"(?:\W+(?:please|do|that|it|exactly|go ahead|thanks?|you))*\W*$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_NUMBER = re.compile(r"\b\d[\d.,]*\b")
_NAME = re.compile(r"(?<!^)(?<![.!?]\s)\b[A-Z]\w*(?:[ -](?:of the |of )?[A-Z]\w*)*")
_SHORT = 4


def consents(question: str) -> bool:
    """Whether the words only say yes."""
    return _CONSENTS.match(question) is not None


def corrected(question: str, earlier: str) -> str | None:
    """The earlier question with what "No, I meant ..." puts right; None for other questions.

    A year takes the place of a year, a number of a number, a name of a name, where the earlier
    question has one; a whole sentence takes the place of everything; other words are added.
    """
    match = _CORRECTS.match(question) or _NO.match(question)
    if match is None:
        return None
    instead = match["instead"].strip()
    if len(content_terms(instead)) > _SHORT:
        return instead
    for kind in (_YEAR, _NUMBER, _NAME):
        wanted = kind.fullmatch(instead) or kind.search(f"· {instead}")
        found = list(kind.finditer(earlier))
        if wanted and found:
            last = found[-1]
            return f"{earlier[: last.start()]}{wanted[0]}{earlier[last.end() :]}"
    return f"{earlier} {instead}"
