"""Question files: one JSON object a line, asked of the library's own documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rag.evaluation.formats.faults import (
    Fault,
    Faults,
    digest_of,
    flag_of,
    once,
    read_lines,
    text_of,
    texts_of,
)
from rag.evaluation.questions import Question, QuestionSet


def read_question_file(path: Path, faults: Faults) -> QuestionSet:
    """The questions of a file; faulty lines are noted and left out."""
    made = once(path, faults, read_lines(path, faults, _question), lambda each: each.id)
    name = path.parent.name if path.stem == "questions" else path.stem
    digest = digest_of([path])
    return QuestionSet(name, tuple(made.values()), None, tuple(faults.found), digest)


def _question(value: dict[str, Any]) -> Question:
    turns = texts_of(value, "turns")
    if not turns or not all(turn.strip() for turn in turns):
        raise Fault("“turns” must be a list of at least one question")
    answerable = flag_of(value, "answerable")
    return Question(
        id=text_of(value, "id"),
        turns=turns,
        kind=text_of(value, "kind", "answerable" if answerable else "unanswerable"),
        answerable=answerable,
        answers=texts_of(value, "answers"),
        evidence=texts_of(value, "evidence"),
        pages=_pages(value.get("evidence_pages") or []),
    )


def _pages(value: object) -> tuple[tuple[str, int], ...]:
    try:
        found = tuple((each["document"], each["page"]) for each in value)  # type: ignore[attr-defined]
    except (TypeError, KeyError) as error:
        raise Fault("“evidence_pages” must name a document and a page each") from error
    if not all(isinstance(path, str) and type(page) is int and page > 0 for path, page in found):
        raise Fault("“evidence_pages” must name a document and a page from 1 each")
    return found
