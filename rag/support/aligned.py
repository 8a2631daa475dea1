"""A written sentence beside the sentences of its sources that it resembles most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from rag.support.words import Kind, Word, held, listed, words
from rag.text import sentences, terms
from rag.types import Span

_NEAREST = 3
"""Sentences of a source that one written sentence may rest on."""
_FOLLOWS, _GAP = 0.5, 5
"""A sentence follows another if this share of its words does; of where they differ, the length."""
_OPENS = listed(
    "after against among at before between by during for from in of on since to under until with "
    "within without"
)
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
    said = _as_placed(said, parts[0].words) if parts else said
    return Aligned(
        text, said, tuple(parts[:_NEAREST]), tuple(parts), tuple(sources), everything, known
    )


def _as_placed(said: tuple[Word, ...], near: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words in the order of the source where only its opening stands at the other end:
    "It burned in 1998" beside "In 1998 it burned".
    """
    ours, theirs = ([word.key for word in each] for each in (said, near))
    for size in range(min(len(ours), len(theirs)) // 2, 1, -1):
        if theirs[0] in _OPENS and ours[-size:] == theirs[:size]:
            return said[-size:] + said[:-size]
        if ours[0] in _OPENS and ours[:size] == theirs[-size:]:
            return said[size:] + said[:size]
    return said


def exchanged(said: Sequence[Word], source: Sequence[Word]) -> Iterator[tuple[slice, slice]]:
    """Where other words stand in the place of the source's, between words that are the same.

    Pairs of (place in the source, place in what is said); none if it does not follow the source.
    """
    match = SequenceMatcher(None, [w.key for w in source], [w.key for w in said], autojunk=False)
    same = sum(block.size for block in match.get_matching_blocks())
    if not said or same / len(said) < _FOLLOWS:
        return
    for what, start, end, first, last in match.get_opcodes():
        if what == "replace" and max(end - start, last - first) <= _GAP:
            yield slice(start, end), slice(first, last)
