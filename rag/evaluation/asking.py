"""Questions put to a library, in blocks; the answers come as JSON, as any client gets them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rag.errors import ConfigError
from rag.evaluation.questions import Question
from rag.library import Asking, Library, checked
from rag.schema import answer_json


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as JSON, or the reason why there is none."""

    answer: dict[str, Any] | None
    error: str = ""


class Asker(Protocol):
    """Whoever answers."""

    def ask(self, questions: Sequence[Question]) -> Iterator[Reply]:
        """One reply for each question, in order; raises RagError if none can be had at all."""


def conversation(question: Question) -> list[Asking]:
    """Every turn with those before it: a conversation is held from its beginning."""
    return [(turn, question.turns[:at]) for at, turn in enumerate(question.turns)]


@dataclass(frozen=True, slots=True)
class LibraryAsker:
    """Asks a library here. `whole`: every turn is asked, not only the last."""

    library: Library
    whole: bool

    def ask(self, questions: Sequence[Question]) -> Iterator[Reply]:
        """The block is searched together; a question that cannot be asked fails alone."""
        talks = [conversation(each)[0 if self.whole else -1 :] for each in questions]
        refused = [refusal(each) for each in questions]
        askings = [
            asking for talk, no in zip(talks, refused, strict=True) if not no for asking in talk
        ]
        answers = self.library.ask_all(askings)
        for talk, no in zip(talks, refused, strict=True):
            if no:
                yield Reply(None, no)
            else:
                yield Reply(answer_json([next(answers) for _ in talk][-1]))


def refusal(question: Question) -> str:
    """Why the question cannot be asked; empty if it can."""
    try:
        for turn in question.turns:
            checked(turn)
    except ConfigError as error:
        return str(error)
    return ""
