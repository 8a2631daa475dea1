"""A conversation: each question with its answer and evidence, as the page shows them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from rag.errors import RagError
from rag.library import LONGEST_QUESTION
from rag.types import Answer, Source
from rag.ui import evidence, reply
from rag.ui.html import Html, showable

REMEMBERED = 100
"""Turns of one conversation that the server holds; older ones leave the page."""
PACE = 0.08
"""Seconds between the statements of an answer, so that eyes and screen readers can follow."""
STOPPED = "Stopped before an answer was found."
FAILED = "Something failed here, and the server's log has the details. Please ask again."

_log = logging.getLogger(__name__)


class Answering(Protocol):
    """What the page asks of the library."""

    def ask(self, question: str, history: Sequence[str] = ()) -> Answer:
        """The checked answer; `history` holds the earlier questions. Raises RagError."""

    def sources(self) -> Sequence[Source]: ...

    def refresh(self) -> None:
        """Turns to a newer generation of the index, if there is one. Raises RagError."""

    def examples(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Turn:
    """One question, with the HTML of its message and of its evidence.

    `searched` is false for what was never asked of the documents: the next turn then has nothing
    to refer back to. `pending` lasts until the answer, or what stands in for it, is complete.
    """

    number: int
    question: str
    reply: Html
    evidence: Html
    searched: bool = False
    pending: bool = False


Turns: TypeAlias = tuple[Turn, ...]


def objection(question: str) -> str | None:
    """Why a question is not searched for, in one sentence; None if it is."""
    if not question.strip():
        return "Type a question first."
    if len(question) > LONGEST_QUESTION:
        return f"That is {len(question):,} characters; please ask in at most {LONGEST_QUESTION:,}."
    return None


def ask(library: Answering, question: str, history: Sequence[str] = ()) -> Answer:
    """The answer from the newest index; raises RagError."""
    library.refresh()
    return library.ask(showable(question).strip(), history)


def converse(
    library: Answering,
    question: str,
    turns: Turns,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[Turns]:
    """The conversation with the new question, its answer growing by a statement each time."""
    number = turns[-1].number + 1 if turns else 1
    kept = turns[-(REMEMBERED - 1) :]
    turn = Turn(number, _shortened(question), reply.searching(), evidence.READING, pending=True)
    refused = objection(question)
    if refused is not None:
        yield (*kept, _ended(turn, refused))
        return
    yield (*kept, turn)
    try:
        answer = ask(library, question, [turn.question for turn in turns if turn.searched])
    except RagError as error:
        yield (*kept, _ended(turn, str(error)))
        return
    except Exception:  # noqa: BLE001 - whatever it is, the person who asked is told
        _log.exception("a question failed")
        yield (*kept, _ended(turn, FAILED))
        return
    turn = replace(turn, evidence=evidence.evidence(answer, number), searched=True)
    for message in reply.growing(answer, number):
        turn = replace(turn, reply=message)
        yield (*kept, turn)
        pause(PACE)
    yield (*kept, replace(turn, pending=False))


def stopped(turns: Turns) -> Turns:
    """The conversation after its last answer was interrupted."""
    if not turns or not turns[-1].pending:
        return turns
    last = turns[-1]
    return (*turns[:-1], replace(last, pending=False) if last.searched else _ended(last, STOPPED))


def evidence_of(turns: Turns, number: int) -> Html:
    """The evidence of one turn."""
    return next((turn.evidence for turn in turns if turn.number == number), evidence.GONE)


def _ended(turn: Turn, sentence: str) -> Turn:
    return replace(turn, reply=reply.notice(sentence), evidence=evidence.NO_EVIDENCE, pending=False)


def _shortened(question: str) -> str:
    text = showable(question).strip()
    return text if len(text) <= LONGEST_QUESTION else f"{text[:200]}…"
