"""The one question that the page suggests after an answer, taken from the documents' own."""

from __future__ import annotations

from collections.abc import Sequence

from rag.text import content_terms
from rag.ui.desk import Turn


def offer(examples: Sequence[str], turns: Sequence[Turn]) -> str:
    """Of the examples that were neither asked nor offered in these turns, the one that shares most
    words with the last question; the first of several, "" if none is left.
    """
    known = {" ".join(said.split()) for turn in turns for said in (turn.question, turn.offered)}
    asked = _stems(turns[-1].question) if turns else set()
    left = [each for each in examples if " ".join(each.split()) not in known]
    return max(left, key=lambda each: len(asked & _stems(each)), default="")


def _stems(text: str) -> set[str]:
    return {term.stem for term in content_terms(text)}
