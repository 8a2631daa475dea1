"""answers.jsonl: one question a line, with its answer and measures, written as they come."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rag.errors import ConfigError, RagError
from rag.evaluation.asking import Reply
from rag.evaluation.gold import Gold, Place
from rag.evaluation.judging import Measures
from rag.evaluation.questions import Question

ANSWERS = "answers.jsonl"
Record = dict[str, Any]


def record(
    question: Question,
    gold: Gold,
    measures: Measures,
    retrievers: Mapping[str, Mapping[str, Any]],
    reply: Reply,
) -> Record:
    """All that is known of one question, so that reports need nothing else."""
    return {
        "id": question.id,
        "kind": question.kind,
        "turns": list(question.turns),
        "answerable": question.answerable,
        "gold": {
            "answers": list(question.answers),
            "quotes": list(gold.quotes),
            "evidence": [[_place(place) for place in group] for group in gold.evidence],
            "pages": [list(page) for page in question.pages],
            "relevant": dict(question.relevant),
        },
        "measures": {name: round(value, 6) for name, value in measures.items()},
        "retrievers": retrievers,
        "error": reply.error,
        "answer": reply.answer,
    }


def _place(place: Place) -> dict[str, Any]:
    return {"document": place.document, "start": place.span.start, "end": place.span.end}


class Records:
    """The file, open for appending. Every line is whole on disk before the next one begins."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / ANSWERS
        with kept(self._path):
            self._file = self._path.open("ab")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, entry: Record) -> None:
        """Appends one line; raises RagError when the disk refuses it."""
        line = json.dumps(entry, ensure_ascii=True) + "\n"
        with kept(self._path):
            self._file.write(line.encode())
            self._file.flush()

    def sync(self) -> None:
        """Returns when all lines are durable."""
        with kept(self._path):
            os.fsync(self._file.fileno())


@contextmanager
def kept(path: Path) -> Iterator[None]:
    """Turns a failure to write into one sentence."""
    try:
        yield
    except OSError as error:
        raise RagError(
            f"{path} cannot be written ({error.strerror}); what was answered until then is kept: "
            "make room and go on with --resume."
        ) from error


def write(path: Path, text: str) -> None:
    """Replaces a file at once: readers see the old or the new."""
    partial = path.with_name(f"{path.name}.tmp")
    with kept(path):
        partial.write_text(text, "utf-8")
        partial.replace(path)


def read_records(folder: Path) -> list[Record]:
    """The whole lines of a run; a line torn by a crash at the end is not one."""
    return [entry for entry, _ in _lines(folder)]


def cut_back(folder: Path, ids: Sequence[str]) -> list[Record]:
    """What was answered; a torn line is removed. `ids` are those of the run, in order."""
    lines = _lines(folder)
    if [entry["id"] for entry, _ in lines] != list(ids[: len(lines)]):
        raise ConfigError(f"{folder / ANSWERS} holds other questions: choose another folder.")
    path = folder / ANSWERS
    if path.exists():
        with kept(path):
            os.truncate(path, lines[-1][1] if lines else 0)
    return [entry for entry, _ in lines]


def _lines(folder: Path) -> list[tuple[Record, int]]:
    """Each record with the offset at which its line ends."""
    try:
        data = (folder / ANSWERS).read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigError(f"{folder / ANSWERS} cannot be read: {error.strerror}.") from error
    found: list[tuple[Record, int]] = []
    end = 0
    for line in data.splitlines(keepends=True):
        end += len(line)
        try:
            entry = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            entry = None
        if entry is None:
            break
        found.append((entry, end))
    return found
