"""What one open page holds: the turns of its conversation, and whose evidence is shown.

Several events of one page can be under way at once: an answer that still grows while a new
conversation is begun. So nothing is passed from event to event: each writes here and shows what
stands here afterwards, one at a time (`showing`). The page counts its conversations (`view`);
what comes for an older one changes nothing any more.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from rag.types import Answer
from rag.ui import evidence
from rag.ui.html import Html

REMEMBERED = 100
"""Turns of one conversation that the server holds; older ones leave the page."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a question is to be answered: by a model, without the turns before it, and from the
    documents of these ids alone, if there are any.
    """

    written: bool = False
    alone: bool = False
    documents: tuple[str, ...] = ()


AS_USUAL = Wish()
NOTHING = Html()


@dataclass(frozen=True, slots=True)
class Turn:
    """One question, with the HTML of its message and of its evidence, and its answer.

    There is no answer to what was never asked of the documents: the next turn then has nothing to
    refer back to. `pending` lasts until the answer, or what stands in for it, is complete.
    `offered` is the question that is suggested after it, and asked by whoever says yes; `since`
    tells what became of the answer's sources after it was given.
    """

    number: int
    question: str
    reply: Html
    evidence: Html
    answer: Answer | None = None
    pending: bool = False
    wish: Wish = AS_USUAL
    offered: str = ""
    since: Html = NOTHING


Turns: TypeAlias = tuple[Turn, ...]


class Desk:
    """The conversation of one open page. Its methods may be called from several threads.

    `showing` is held from looking at the desk until what was seen has been sent to the page;
    `sent` are the turns that a question's own event sent last.
    `judging` is the turn that the form for the right answer is about, `judged` those that have had
    their verdict.
    """

    def __init__(self, *, inquiring: bool = False) -> None:
        """`inquiring`: its user is asked whether answers are right."""
        self.inquiring = inquiring
        self.showing = asyncio.Lock()
        self.judging = 0
        self.judged: set[int] = set()
        self._lock = threading.Lock()
        self.sent: Turns = ()
        self._view = 0
        self._turns: Turns = ()
        self._selected = 0
        self._beside = evidence.WELCOME

    def __deepcopy__(self, memo: dict[int, object]) -> Desk:
        """An empty desk: Gradio copies the first one for every page that opens."""
        return Desk(inquiring=self.inquiring)

    @property
    def turns(self) -> Turns:
        """The turns, oldest first."""
        return self._turns

    @property
    def view(self) -> int:
        """The number of the conversation."""
        return self._view

    @property
    def busy(self) -> bool:
        """Whether an answer is still awaited or growing."""
        return any(turn.pending for turn in self._turns[-1:])

    def open(self, view: int, turns: Turns = ()) -> None:
        """Makes room for the conversation `view`, unless a later one is begun already."""
        with self._lock:
            if view >= self._view:
                self._clear(view)
                self._turns = turns
                self._selected = turns[-1].number if turns else 0

    def rewind(self, view: int, number: int) -> None:
        """Takes away the turn of that number and those after it, to ask otherwise."""
        with self._lock:
            if view == self._view and number and not self.busy:
                self._turns = tuple(turn for turn in self._turns if turn.number < number)

    def lay(self, passage: Html) -> None:
        """Shows a passage that belongs to no turn."""
        with self._lock:
            self._beside, self._selected = passage, 0

    def begin(self, view: int, turn: Turn) -> Turn | None:
        """The turn under its number, now the last one; None if it came too late or too early.

        Too late is a turn of an older conversation, too early one before the last is complete.
        """
        with self._lock:
            if view < self._view or (view == self._view and self.busy):
                return None
            if view > self._view:
                self._clear(view)
            number = self._turns[-1].number + 1 if self._turns else 1
            begun = replace(turn, number=number)
            self._turns = (*self._turns[-(REMEMBERED - 1) :], begun)
            self._selected = number
            return begun

    def update(self, view: int, turn: Turn) -> bool:
        """Puts the turn in the place of the pending one; False if that is no longer awaited."""
        with self._lock:
            if view != self._view or not self.busy or self._turns[-1].number != turn.number:
                return False
            self._turns = (*self._turns[:-1], turn)
            return True

    def _clear(self, view: int) -> None:
        self._view, self._turns, self._selected = view, (), 0
        self._beside = evidence.WELCOME
        self.judging, self.judged = 0, set()

    def turn(self, number: int) -> Turn | None:
        """The turn of that number, if it is still here."""
        return next((turn for turn in self._turns if turn.number == number), None)

    def earlier(self, number: int) -> list[Answer]:
        """The answers that the turn of that number goes on from, oldest first."""
        turn = self.turn(number)
        if turn is not None and turn.wish.alone:
            return []
        return [turn.answer for turn in self._turns if turn.answer and turn.number < number]

    def offered(self, view: int) -> str:
        """The question that yes would ask in the conversation `view` now, "" if there is none."""
        last = self._turns[-1] if self._turns and view == self._view else None
        return last.offered if last else ""

    def note(self, notes: Mapping[int, Html]) -> None:
        """Puts beside the turns of these numbers what became of their sources."""
        with self._lock:
            if any(notes.get(turn.number, turn.since) != turn.since for turn in self._turns):
                self._turns = tuple(
                    replace(turn, since=notes.get(turn.number, turn.since)) for turn in self._turns
                )

    def select(self, number: int) -> None:
        """Shows the evidence of this turn from now on."""
        with self._lock:
            self._selected = number

    @property
    def evidence(self) -> Html:
        """The evidence of the selected turn, or the passage that was laid down after it."""
        if not self._selected:
            return self._beside
        selected = self.turn(self._selected)
        return selected.since + selected.evidence if selected else evidence.GONE
