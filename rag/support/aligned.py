"""A written sentence beside the sentences of its sources that it resembles most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rag.support.words import Kind, Word, held, listed, words
from rag.text import sentences, terms
from rag.types import Span

_NEAREST = 3
"""Sentences of a source that one written sentence may rest on."""
TELLING = listed(
    "accord add address author call cite claim comment describ document emphas emphasi express "
    "explain explicit inform mention note passag point quot refer remark report said say see "
    "sourc speak state statement stress text told word write written"
)
"""Stems of words with which one tells what a text says; a source need not hold them."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a source: which source, where in its text, and its words."""

    source: int
    span: Span
    words: tuple[Word, ...]

    @property
    def keys(self) -> frozenset[str]:
        """What its words are compared under."""
        return frozenset(word.key for word in self.words)


@dataclass(frozen=True)
class Aligned:
    """`said` are the written words; `near` the source sentences most like them, best first.

    `everything` holds all keys of the sources, `about` those of their titles and speakers.
    """

    text: str
    said: tuple[Word, ...]
    near: tuple[Sentence, ...]
    all_of: tuple[Sentence, ...]
    sources: tuple[str, ...]
    everything: frozenset[str]
    about: frozenset[str]

    @cached_property
    def wanted(self) -> tuple[str, ...]:
        """Keys of the written words that a source should hold."""
        return tuple(
            word.key
            for word in self.said
            if word.kind in {Kind.CONTENT, Kind.NAME, Kind.NUMBER}
            and word.key not in TELLING
            and not held(word.key, self.about)
        )

    @cached_property
    def share(self) -> float:
        """Share of them that the nearest sentences hold; 0 where nothing is said."""
        near = frozenset().union(*(sentence.keys for sentence in self.near))
        found = [held(key, near) for key in self.wanted]
        return sum(found) / len(found) if found else 0.0

    def rests_on(self) -> tuple[tuple[int, Span], ...]:
        """The nearest sentences that each hold words which those before them lack."""
        missing = set(self.wanted)
        chosen: list[tuple[int, Span]] = []
        for sentence in self.near:
            new = {key for key in missing if held(key, sentence.keys)}
            if new and (not chosen or len(new) > 1):
                chosen.append((sentence.source, sentence.span))
                missing -= new
        return tuple(chosen)


def align(text: str, sources: Sequence[str], about: str) -> Aligned:
    """The sentence with what it is to be compared with."""
    everything = frozenset(term.stem for source in sources for term in terms(source))
    lower = frozenset(
        term.stem for source in sources for term in terms(source) if term.word[0].islower()
    )
    said = words(text, lower)
    parts = [
        Sentence(number, span, words(span.of(source), lower))
        for number, source in enumerate(sources)
        for span in sentences(source)
    ]
    keys = {word.key for word in said if word.kind in {Kind.CONTENT, Kind.NAME, Kind.NUMBER}}
    parts.sort(key=lambda part: -sum(held(key, part.keys) for key in keys))
    known = frozenset(term.stem for term in terms(about))
    return Aligned(
        text, said, tuple(parts[:_NEAREST]), tuple(parts), tuple(sources), everything, known
    )
