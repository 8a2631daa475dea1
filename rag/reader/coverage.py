"""Which words of a question passages hold: names, numbers, and the rest, typing errors forgiven."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from rag.text import content_terms, initials, terms

_ALIKE = 0.5
_STEM = 5
_SHORTEST = 4
"""Shorter stems must be equal; from `_STEM` on, the beginning is enough."""
_WORDS_ABOUT_ASKING = """
    accord ask author call claim confirm describ document exact give kind know list long mani mean
    mention much name number often old opinion paragraph part passag pleas press question read
    report said say see sentenc simpli speak state statement tell text thing title total type use
    view want way word write written
"""
ABOUT_ASKING = frozenset(_WORDS_ABOUT_ASKING.split())
"""Stems of words with which people ask about a text; that it lacks them says nothing."""
_NAME_OR_NUMBER = re.compile(r"[A-Z]|.*\d")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One word of the question that an answer's surroundings should hold."""

    word: str
    stem: str
    exact: bool

    @property
    def numeric(self) -> bool:
        """Whether it is a number, a year, or holds one."""
        return any(character.isdigit() for character in self.stem)

    def in_words(self, held: frozenset[str]) -> bool:
        """Whether a word with this stem, or one much alike, is among the stems `held`.

        Numbers must be equal. Names and other words may be misspelt or of another form.
        """
        if self.stem in held:
            return True
        if self.numeric or len(self.stem) < _SHORTEST:
            return False
        mine = _pairs(self.stem)
        return any(
            (len(other) >= _STEM and self.stem[:_STEM] == other[:_STEM])
            or _dice(mine, other) >= _ALIKE
            for other in held
            if len(other) >= _SHORTEST and other[0] == self.stem[0]
        )


def wanted(question: str) -> list[Wanted]:
    """The content words of a question in order, each once; `exact` marks names and numbers."""
    found: dict[str, Wanted] = {}
    for term in content_terms(question):
        if term.stem not in ABOUT_ASKING and len(term.stem) > 1:
            exact = term.span.start > 0 and bool(_NAME_OR_NUMBER.match(term.word))
            found.setdefault(term.stem, Wanted(term.word, term.stem, exact))
    return list(found.values())


def stems(text: str) -> frozenset[str]:
    """The stems of all words of a text, and the initials of its names."""
    return frozenset(term.stem for term in terms(text)) | initials(text)


def share(asked: Iterable[Wanted], held: frozenset[str]) -> float:
    """Share of the wanted words that are held; 1 where none is wanted."""
    found = [word.in_words(held) for word in asked]
    return sum(found) / len(found) if found else 1.0


def _pairs(word: str) -> frozenset[str]:
    return frozenset(a + b for a, b in pairwise(word))


def _dice(mine: frozenset[str], other: str) -> float:
    theirs = _pairs(other)
    return 2 * len(mine & theirs) / (len(mine) + len(theirs))
