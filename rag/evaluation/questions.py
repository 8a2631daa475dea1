"""What an evaluation set consists of, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.types import Turn


@dataclass(frozen=True, slots=True)
class Question:
    """One question and what is known of its answer.

    `turns` are the user's, oldest first; the last is the one that is measured. `said` is what was
    answered to each before it, as far as the set tells. `evidence` are
    verbatim strings of the documents; `starts` are offsets of the `answers` in the relevant entry
    (-1: unknown); `pages` are (document path, page number from 1); `relevant` maps ids of corpus
    entries to grades; `own` is the id of the entry about which the question was asked.
    """

    id: str
    turns: tuple[str, ...]
    kind: str
    answerable: bool = True
    answers: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()
    evidence: tuple[str, ...] = ()
    pages: tuple[tuple[str, int], ...] = ()
    relevant: Mapping[str, int] = field(default_factory=dict)
    own: str = ""
    said: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The turn that is measured."""
        return self.turns[-1]

    def before(self, at: int) -> tuple[Turn, ...]:
        """The turns before the one at this place."""
        said = (*self.said, *[""] * len(self.turns))
        return tuple(map(Turn, self.turns[:at], said[:at]))


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a corpus that a set brings along."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions, the corpus to ask (none: that of the library), and what was wrong with the set.

    `digest` is the SHA-256 of the set's files; a fault is one sentence that names its place.
    """

    name: str
    questions: tuple[Question, ...]
    entries: tuple[Entry, ...] | None
    faults: tuple[str, ...]
    digest: str
