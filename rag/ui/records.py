"""Turns as a browser keeps them, and turns made again from what it kept.

A record is the answer as JSON. What comes back from a browser is a claim like any other: every
quotation is cut anew from the document that it names, every statement is held against its
quotations again, and what does not hold is said to be so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from rag.citing import held_anew
from rag.errors import RagError
from rag.schema import answer_json
from rag.types import (
    Answer,
    Citation,
    Document,
    Outcome,
    Page,
    Removed,
    Span,
    Statement,
    Status,
)
from rag.ui import evidence, reply
from rag.ui.desk import REMEMBERED, Desk, Turn, Turns
from rag.ui.html import Html, showable

Lookup: TypeAlias = Callable[[str], Document]

LOST = "This answer could not be read back from your browser; ask again to see it."
MOVED = (
    "Some of this does not hold now: a document that it quotes has changed since or is no longer "
    "here, or the words are not those that were checked. They are shown as your browser kept "
    "them, marked as not supported."
)


def record(desk: Desk) -> Html:
    """The last answer for the browser to keep, once it is whole, with its conversation's number and
    what was offered after it.
    """
    last = desk.turns[-1] if desk.turns else None
    if last is None or last.answer is None or last.pending:
        return Html()
    kept = answer_json(replace(last.answer, retrieved=(), timings_ms={}))
    said = {"view": desk.view, "turn": last.number, "answer": kept, "offered": last.offered}
    return Html('<span class="record">{}</span>').format(json.dumps(said, separators=(",", ":")))


def restored(kept: str, document: Lookup, *, judged: bool = False, before: int = 0) -> Turns:
    """The turns of a conversation that a browser kept as a list of records, the last ones of many;
    `before` are those of it that it did not send.

    `document` gives a document by its id and raises KeyError for one that is not there. Raises
    RagError for what is no conversation at all.
    """
    try:
        records = json.loads(kept)
        if not isinstance(records, list):
            raise TypeError  # noqa: TRY301 - all that is wrong with it ends below
    except (ValueError, TypeError, RecursionError) as error:
        raise RagError("This conversation could not be read back from your browser.") from error
    return tuple(
        _turn(number, each, document, judged=judged)
        for number, each in [*enumerate(records, start=before + 1)][-REMEMBERED:]
    )


def _turn(number: int, kept: object, document: Lookup, *, judged: bool) -> Turn:
    question = ""
    try:
        said: Any = kept
        question = showable(str(said["question"]))
        answer, whole = _answer(said, document)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):
        notice = reply.notice(LOST)
        return Turn(number, question or "(unreadable)", notice, evidence.NO_EVIDENCE)
    *_, message = reply.growing(answer, number, judged=judged)
    if not whole:
        message = reply.notice(MOVED) + message
    return Turn(
        number,
        question,
        message,
        evidence.evidence(answer, number),
        answer,
        offered=showable(str(said.get("offered", ""))),
    )


def _answer(said: Mapping[str, Any], document: Lookup) -> tuple[Answer, bool]:
    """The answer, and whether all that it quotes is still where it was."""
    citations, presented = (
        [_citation(each, document) for each in said[name]] for name in ("citations", "presented")
    )
    known = {each.number: each for each, _ in citations}
    statements = tuple(
        held_anew(each, [known[number] for number in each.citations])
        for each in map(_statement, said["statements"])
    )
    answer = Answer(
        question=str(said["question"]),
        searched=str(said["searched"]),
        outcome=Outcome(said["outcome"]),
        reason=None if said["reason"] is None else str(said["reason"]),
        notes=tuple(str(each) for each in said.get("notes", ())),
        removed=tuple(
            Removed(str(each["text"]), str(each["reason"])) for each in said.get("removed", ())
        ),
        statements=statements,
        citations=tuple(each for each, _ in citations),
        presented=tuple(each for each, _ in presented),
        retrieved=(),
        score=float(said["score"]),
        written_by=str(said["written_by"]),
        generation=int(said["index"]["generation"]),
        fingerprint=str(said["index"]["fingerprint"]),
    )
    held = all(each.status is not Status.UNSUPPORTED for each in statements)
    return answer, held and all(found for _, found in (*citations, *presented))


def _statement(said: Mapping[str, Any]) -> Statement:
    numbers = tuple(int(each) for each in said["citations"])
    return Statement(str(said["text"]), numbers, Status(said["status"]), str(said["speaker"]))


def _citation(said: Mapping[str, Any], document: Lookup) -> tuple[Citation, bool]:
    """The quotation as the document has it; if it has not, as it was kept, and False."""
    span = Span(int(said["start"]), int(said["end"]))
    number, quote = int(said["number"]), str(said["quote"])
    try:
        source = document(str(said["document"]["id"]))
    except KeyError:
        source = None
    if source is None or not quote or span.of(source.text) != quote:
        source = _remembered(said, quote)
        span = Span(0, len(quote))
        pages = source.pages_of(span)
        return Citation(number, source, span, quote, pages, Status.UNSUPPORTED), False
    found = said["answer"] and Span(int(said["answer"]["start"]), int(said["answer"]["end"]))
    inside = found if found and span.covers(found) else None
    pages = source.pages_of(span)
    return Citation(number, source, span, quote, pages, Status(said["status"]), inside), True


def _remembered(said: Mapping[str, Any], quote: str) -> Document:
    """Stands for a document of which nothing is left but the quotation."""
    about = said["document"]
    return Document(
        id=str(about["id"]),
        path=str(about["path"]),
        title=str(about["title"]),
        publisher=str(about["publisher"]),
        speaker=str(about["speaker"]),
        date=str(about["date"]),
        text=quote,
        pages=(Page(1, str(said["page_labels"][0]), Span(0, len(quote))),),
    )
