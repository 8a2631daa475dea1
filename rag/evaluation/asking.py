"""Questions put to a library, in blocks; the answers come as JSON, as any client gets them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rag.conversation import remembered, turns_of
from rag.errors import ConfigError
from rag.evaluation.questions import Question
from rag.library import Asking, Library, checked
from rag.schema import answer_json
from rag.types import Answer, Turn


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
    return [(turn, question.before(at)) for at, turn in enumerate(question.turns)]


@dataclass(frozen=True, slots=True)
class LibraryAsker:
    """Asks a library here. `whole`: every turn is asked in its order, not only the last.

    `written`: a model writes the answers.
    """

    library: Library
    whole: bool
    written: bool = False

    def ask(self, questions: Sequence[Question]) -> Iterator[Reply]:
        """Last turns alone are searched together; a question that cannot be asked fails alone."""
        refused = [refusal(each) for each in questions]
        askings = [
            conversation(each)[-1] for each, no in zip(questions, refused, strict=True) if not no
        ]
        answers = (
            map(self._held, askings)
            if self.whole
            else self.library.ask_all(askings, written=self.written)
        )
        for no in refused:
            yield Reply(None, no) if no else Reply(answer_json(next(answers)))

    def _held(self, asking: Asking) -> Answer:
        """The last answer of a conversation in which each turn knows what was said before."""
        question, history = asking
        before: list[Turn] = []
        for turn in turns_of(history):
            before.append(remembered(self.library.ask(turn.question, before)))
        return self.library.ask(question, before, written=self.written)


def refusal(question: Question) -> str:
    """Why the question cannot be asked; empty if it can."""
    try:
        for turn in question.turns:
            checked(turn)
    except ConfigError as error:
        return str(error)
    return ""
