"""Evaluation sets read from the formats in which they are published."""

from __future__ import annotations

from pathlib import Path

from rag.errors import ConfigError
from rag.evaluation.formats.beir import read_beir
from rag.evaluation.formats.faults import Faults
from rag.evaluation.formats.question_file import read_question_file
from rag.evaluation.formats.squad import read_squad
from rag.evaluation.questions import QuestionSet

__all__ = ["read_set"]

_EXPECTED = (
    "expected a folder with corpus.jsonl, queries.jsonl and qrels/test.tsv, "
    "a .jsonl file of questions, or a SQuAD .json file"
)


def read_set(path: Path, *, strict: bool = False) -> QuestionSet:
    """The set at `path`; its format follows from what is there.

    A faulty line is left out and named among the faults; with `strict` the first fault raises
    ConfigError, as do a set without a question and a path that is no set.
    """
    faults = Faults(strict)
    if (path / "corpus.jsonl").is_file() and (path / "queries.jsonl").is_file():
        found = read_beir(path, faults)
    elif path.is_file() and path.suffix == ".jsonl":
        found = read_question_file(path, faults)
    elif path.is_file() and path.suffix == ".json":
        found = read_squad(path, faults)
    else:
        raise ConfigError(f"{path} is no evaluation set: {_EXPECTED}.")
    if not found.questions:
        first = f" ({found.faults[0]})" if found.faults else ""
        raise ConfigError(f"{path} holds no question that can be asked{first}.")
    return found
