"""Folders in the layout of BEIR (Thakur et al. 2021), with answers where a set has them.

corpus.jsonl {_id, title, text}; queries.jsonl {_id, text} with optional `history` (turns of a
`speaker` with their `text`) and `paragraph`; qrels/test.tsv; optionally answers.jsonl {_id,
answers, answerable} with optional `answer_start`, `selected_sentences` and `paired_passage`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rag.evaluation.formats.faults import (
    Fault,
    Faults,
    digest_of,
    flag_of,
    once,
    read_bytes,
    read_lines,
    text_of,
    texts_of,
)
from rag.evaluation.questions import Entry, Question, QuestionSet

_COLUMNS = 3


def read_beir(folder: Path, faults: Faults) -> QuestionSet:
    """The folder's set; faulty lines are noted and left out."""
    corpus, queries = folder / "corpus.jsonl", folder / "queries.jsonl"
    judged, answered = folder / "qrels" / "test.tsv", folder / "answers.jsonl"
    entries = once(corpus, faults, read_lines(corpus, faults, _entry), lambda each: each.id)
    asked = once(queries, faults, read_lines(queries, faults, _query), lambda each: each["_id"])
    answers: dict[str, dict[str, Any]] = {}
    if answered.is_file():
        lines = read_lines(answered, faults, _answers)
        answers = once(answered, faults, lines, lambda each: each["_id"])
    qrels = _qrels(judged, faults, set(asked), set(entries)) if judged.is_file() else {}
    questions = tuple(
        _question(query, answers.get(name, {}), qrels.get(name, {}))
        for name, query in asked.items()
    )
    files = [path for path in (corpus, queries, judged, answered) if path.is_file()]
    return QuestionSet(
        folder.resolve().name,
        questions,
        tuple(entries.values()),
        tuple(faults.found),
        digest_of(files),
    )


def _entry(value: dict[str, Any]) -> Entry:
    return Entry(text_of(value, "_id"), text_of(value, "title", ""), text_of(value, "text", ""))


def _query(value: dict[str, Any]) -> dict[str, Any]:
    text_of(value, "_id")
    text_of(value, "text")
    history = value.get("history") or []
    if not isinstance(history, list) or not all(isinstance(turn, dict) for turn in history):
        raise Fault("“history” must be a list of turns")
    return {**value, "history": _turns(history)}


def _turns(history: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The user's turns, each with what others said after it."""
    turns: list[tuple[str, str]] = []
    for turn in history:
        text = text_of(turn, "text")
        if turn.get("speaker", "user") == "user":
            turns.append((text, ""))
        elif turns:
            asked, said = turns[-1]
            turns[-1] = (asked, f"{said} {text}".strip())
    return turns


def _answers(value: dict[str, Any]) -> dict[str, Any]:
    text_of(value, "_id")
    texts_of(value, "answers")
    flag_of(value, "answerable")
    starts = value.get("answer_start") or []
    if not isinstance(starts, list) or not all(type(start) is int for start in starts):
        raise Fault("“answer_start” must be a list of offsets")
    return value


def _question(
    query: dict[str, Any], answer: dict[str, Any], relevant: Mapping[str, int]
) -> Question:
    answerable = bool(answer.get("answerable", True))
    return Question(
        id=query["_id"],
        turns=(*(asked for asked, _ in query["history"]), query["text"]),
        said=tuple(said for _, said in query["history"]),
        kind=str(query.get("kind") or ("answerable" if answerable else "unanswerable")),
        answerable=answerable,
        answers=tuple(answer.get("answers") or ()),
        starts=tuple(answer.get("answer_start") or ()),
        evidence=tuple(_sentences(answer.get("selected_sentences") or [])),
        relevant=relevant,
        own=str(query.get("paragraph") or answer.get("paired_passage") or next(iter(relevant), "")),
    )


def _sentences(groups: object) -> list[str]:
    """Sentences that annotators chose, of all annotators."""
    lists = groups if isinstance(groups, list) else []
    flat = [text for group in lists for text in (group if isinstance(group, list) else [group])]
    return list(dict.fromkeys(text for text in flat if isinstance(text, str) and text.strip()))


def _qrels(
    path: Path, faults: Faults, queries: set[str], entries: set[str]
) -> dict[str, dict[str, int]]:
    """Grades above 0 by query and entry."""
    judged: dict[str, dict[str, int]] = {}
    lines = read_bytes(path).decode("utf-8", "replace").splitlines()
    for number, line in enumerate(lines, start=1):
        columns = line.split("\t")
        if not line.strip() or (number == 1 and not columns[-1].strip().lstrip("-").isdigit()):
            continue
        with faults.at(f"{path.name}:{number}"):
            if len(columns) != _COLUMNS or not columns[2].strip().lstrip("-").isdigit():
                raise Fault("needs query, entry and grade, with tabs between them")
            query, entry, grade = columns[0], columns[1], int(columns[2])
            if query not in queries:
                raise Fault(f"judges the unknown query {query!r}")
            if entry not in entries:
                raise Fault(f"names the unknown entry {entry!r}")
            if grade > 0:
                judged.setdefault(query, {})[entry] = grade
    return judged
