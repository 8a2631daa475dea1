"""A conversation: each question with its answer and evidence, as the page shows them."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from rag.citing import quoted
from rag.conversation import consents, remembered
from rag.errors import RagError
from rag.ingest import Ingested
from rag.library import LONGEST_QUESTION
from rag.ports import Progress
from rag.results import Comparison, Mentions, PageImage
from rag.types import Answer, Citation, Document, Source, Span
from rag.types import Turn as Earlier
from rag.ui import evidence, records, reply
from rag.ui.choice import chosen
from rag.ui.desk import AS_USUAL, Desk, Turn, Wish
from rag.ui.html import Html, showable
from rag.ui.offer import offer
from rag.ui.since import since

PACE = 0.08
"""Seconds between the statements of an answer, so that eyes and screen readers can follow."""
STOPPED = "Stopped before an answer was found."
FAILED = "Something failed here, and the server's log has the details. Please ask again."

_PASSAGE = re.compile(
    r"(?P<document>[0-9a-f]{64}):(?P<start>[0-9]{1,10})-(?P<end>[0-9]{1,10})(?![0-9])"
)
_log = logging.getLogger(__name__)


class Answering(Protocol):
    """What the page asks of the library."""

    def ask(
        self,
        question: str,
        history: Sequence[str | Earlier] = (),
        *,
        documents: Collection[str] | None = None,
        written: bool = False,
    ) -> Answer:
        """The checked answer; `history` holds the earlier turns, oldest first. Raises RagError.

        `documents`: the ids of those that are asked, None for all; `written`: in a model's words.
        """

    @property
    def writes(self) -> bool:
        """Whether a model is set that can write answers."""

    def document(self, document_id: str) -> Document:
        """A document by its id; raises KeyError for one that is not there, or RagError."""

    def page_image(
        self, document_id: str, number: int, spans: Sequence[Span] = (), width: int = 1_200
    ) -> PageImage:
        """A page, drawn, with the areas of these spans; raises KeyError or RagError."""

    def mentions(self, question: str) -> Mentions:
        """Every place that mentions what is asked. Raises RagError."""

    def compare(self, question: str, sources: Sequence[str]) -> Comparison:
        """What each of these documents answers by itself. Raises RagError."""

    def related(self, document_id: str, span: Span) -> Sequence[Citation]:
        """Sentences elsewhere about the same; raises KeyError, ValueError or RagError."""

    def sources(self) -> Sequence[Source]: ...

    @property
    def generation(self) -> int:
        """The number of the index's generation that answers; raises RagError."""

    def ingest(self, progress: Progress = ...) -> Ingested:
        """Brings the index up to date with the documents folder; raises RagError."""

    def refresh(self) -> None:
        """Turns to a newer generation of the index, if there is one. Raises RagError."""

    def examples(self) -> Sequence[str]: ...


def objection(question: str) -> str | None:
    """Why a question is not searched for, in one sentence; None if it is."""
    if not question.strip():
        return "Type a question first."
    if len(question) > LONGEST_QUESTION:
        return f"That is {len(question):,} characters; please ask in at most {LONGEST_QUESTION:,}."
    return None


def ask(
    library: Answering,
    question: str,
    history: Sequence[str | Earlier] = (),
    wish: Wish = AS_USUAL,
) -> Answer:
    """The answer from the newest index, which says so if not all of it was asked.

    Raises RagError.
    """
    library.refresh()
    documents, notes = chosen(library.sources(), wish.documents) if wish.documents else (None, ())
    question = showable(question).strip()
    answer = library.ask(question, history, documents=documents, written=wish.written)
    return replace(answer, notes=(*notes, *answer.notes))


def converse(  # noqa: PLR0913 - what the page holds, what a press brings, and the clock
    library: Answering,
    question: str,
    desk: Desk,
    view: int = 0,
    pause: Callable[[float], None] = time.sleep,
    *,
    wish: Wish = AS_USUAL,
) -> Iterator[None]:
    """Answers on the desk, statement by statement; yields when there is something new to show.

    It ends early, with nothing changed, if the answer is no longer awaited there. Yes to a question
    that was offered is that question.
    """
    question = (desk.offered(view) if consents(question) else "") or question
    refused = objection(question)
    turn = Turn(
        0, _shortened(question), reply.searching(), evidence.READING, pending=True, wish=wish
    )
    begun = desk.begin(view, turn if refused is None else _ended(turn, refused))
    if begun is None:
        return
    yield
    if refused is not None:
        return
    history = [remembered(answer) for answer in desk.earlier(begun.number)]
    for state in _answering(library, begun, question, history, judged=desk.inquiring):
        whole = bool(state.answer) and not state.pending
        offered = _suggested(library, desk, wish) if whole else ""
        awaited = desk.update(view, replace(state, offered=offered))
        yield
        if not awaited:
            return
        if state.pending:
            pause(PACE)


def _answering(
    library: Answering, turn: Turn, question: str, history: Sequence[Earlier], *, judged: bool
) -> Iterator[Turn]:
    """The turn as its answer grows, complete at the end."""
    try:
        answer = ask(library, question, history, turn.wish)
    except RagError as error:
        yield _ended(turn, str(error))
        return
    except Exception:  # noqa: BLE001 - whatever it is, the person who asked is told
        _log.exception("a question failed")
        yield _ended(turn, FAILED)
        return
    turn = replace(turn, evidence=evidence.evidence(answer, turn.number), answer=answer)
    *parts, whole = reply.growing(answer, turn.number, judged=judged)
    for part in parts:
        yield replace(turn, reply=part)
    yield replace(turn, reply=whole, pending=False)


def _suggested(library: Answering, desk: Desk, wish: Wish) -> str:
    """A further question; none beside a choice of documents, of which it may not be."""
    try:
        return "" if wish.documents else offer(library.examples(), desk.turns)
    except RagError:  # of a broken catalogue the next run of `rag index` tells
        return ""


def restore(library: Answering, desk: Desk, view: int, kept: str, before: int = 0) -> None:
    """Lays a conversation on the desk that a browser kept, all but the first `before` turns of it;
    raises RagError.
    """
    library.refresh()
    turns = records.restored(kept, library.document, judged=desk.inquiring, before=before)
    desk.open(view, turns)
    look_back(library, desk)


def look_back(library: Answering, desk: Desk) -> None:
    """Notes beside each answer what became of its sources since it was given."""
    try:
        library.refresh()
        found = library.sources()
    except RagError:  # without an index nothing is known of them; questions are told why
        return
    desk.note({turn.number: since(turn.answer, found) for turn in desk.turns if turn.answer})


def show_passage(library: Answering, desk: Desk, name: str) -> None:
    """Shows the passage of that name, "<document>:<start>-<end>", beside the conversation."""
    found = _PASSAGE.match(name)
    try:
        library.refresh()
        document = library.document(found["document"] if found else "")
        span = Span(int(found["start"]), int(found["end"])) if found else Span(0, 0)
        [citation] = quoted([(document, span)])
    except (KeyError, ValueError):
        desk.lay(evidence.NO_PASSAGE)
    except RagError as error:
        desk.lay(Html('<div class="empty"><p>{}</p></div>').format(error))
    else:
        desk.lay(evidence.single(citation))


def stop(desk: Desk, view: int = 0) -> None:
    """Ends the turn that is awaited: with what it has said so far, or with a sentence."""
    if desk.busy:
        last = desk.turns[-1]
        done = replace(last, pending=False) if last.answer else _ended(last, STOPPED)
        desk.update(view, done)


def _ended(turn: Turn, sentence: str) -> Turn:
    return replace(turn, reply=reply.notice(sentence), evidence=evidence.NO_EVIDENCE, pending=False)


def _shortened(question: str) -> str:
    text = showable(question).strip()
    return text if len(text) <= LONGEST_QUESTION else f"{text[:200]}…"
