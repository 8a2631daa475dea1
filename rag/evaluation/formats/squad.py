"""SQuAD 1.1 and 2.0 (Rajpurkar et al. 2016, 2018): each paragraph an entry of the corpus."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.errors import ConfigError
from rag.evaluation.formats.faults import Fault, Faults, digest_of, flag_of, read_bytes, text_of
from rag.evaluation.questions import Entry, Question, QuestionSet


def read_squad(path: Path, faults: Faults) -> QuestionSet:
    """The file's set; faulty questions are noted and left out."""
    try:
        articles = json.loads(read_bytes(path))["data"]
        paragraphs = [(article, each) for article in articles for each in article["paragraphs"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} is not in SQuAD's format: “data” with “paragraphs”.") from error
    entries: list[Entry] = []
    questions: dict[str, Question] = {}
    for number, (article, paragraph) in enumerate(paragraphs):
        where = f"{path.name}: paragraph {number + 1}"
        with faults.at(where):
            title = text_of(article, "title", "")
            entry = Entry(
                f"{title or 'paragraph'}:{number:05}", title, text_of(paragraph, "context")
            )
            entries.append(entry)
            for question in _questions(paragraph, entry, where, faults):
                if question.id in questions:
                    faults.add(where, f"the id {question.id!r} was used before")
                else:
                    questions[question.id] = question
    return QuestionSet(
        path.stem, tuple(questions.values()), tuple(entries), tuple(faults.found), digest_of([path])
    )


def _questions(
    paragraph: dict[str, Any], entry: Entry, where: str, faults: Faults
) -> Iterator[Question]:
    for place, value in enumerate(paragraph.get("qas") or [], start=1):
        with faults.at(f"{where}, question {place}"):
            if not isinstance(value, dict):
                raise Fault("is not a JSON object")
            yield _question(value, entry)


def _question(value: dict[str, Any], entry: Entry) -> Question:
    answerable = not flag_of({"flag": value.get("is_impossible", False)}, "flag")
    answers = value.get("answers") or [] if answerable else []
    try:
        texts = tuple(str(each["text"]) for each in answers)
        starts = tuple(int(each.get("answer_start", -1)) for each in answers)
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise Fault("“answers” must be a list of text with answer_start") from error
    return Question(
        id=text_of(value, "id"),
        turns=(text_of(value, "question"),),
        kind="answerable" if answerable else "unanswerable",
        answerable=answerable,
        answers=texts,
        starts=starts,
        relevant={entry.id: 1} if answerable else {},
        own=entry.id,
    )
