"""A dossier's file taken apart again: what people see in it, not what it says of itself."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rag.dossier.content import metadata, pages_as_quoted, written_voice
from rag.dossier.markdown import paragraphs_of
from rag.dossier.phrasing import Lines, Note, Said, about, attribution, line, parsed
from rag.dossier.writing import suffix_of
from rag.errors import ConfigError, ParseError
from rag.parsing import child
from rag.parsing.limits import Limits
from rag.types import Span, Status

_UNREADABLE = "{} cannot be read as a dossier: {}."


def read(file: Path, limits: Limits) -> Lines:
    """The quotations and statements of a dossier in any format; raises ConfigError.

    Word and HTML files are taken apart in a process of its own, held to `limits`.
    """
    suffix = suffix_of(file.name)
    try:
        if file.stat().st_size > limits.file_bytes:
            raise ConfigError(_UNREADABLE.format(file, "it is too large"))
        if suffix == ".json":
            lines = _of_json(json.loads(file.read_text("utf-8")))
        elif suffix == ".md":
            lines = parsed(paragraphs_of(file.read_text("utf-8")))
        else:
            with file.open("rb") as data:
                extract = child.extract(child.WORKER, data, file.name, limits)
            lines = parsed(itertools.chain(*(page.text.split("\n\n") for page in extract.pages)))
    except OSError as error:
        raise ConfigError(_UNREADABLE.format(file, error.strerror)) from error
    except ParseError as error:
        raise ConfigError(_UNREADABLE.format(file, error.reason)) from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ConfigError(_UNREADABLE.format(file, "it is damaged")) from error
    if not (lines.notes or lines.said or lines.odd):
        raise ConfigError(_UNREADABLE.format(file, "it holds no quotation with its source"))
    return lines


def _of_json(value: Any) -> Lines:  # noqa: ANN401 - whatever JSON holds
    """A dossier as JSON, a list of answers, or one answer as `rag ask --json` prints it."""
    answers = value["answers"] if isinstance(value, dict) and "answers" in value else value
    numbers = itertools.count(1)
    notes: list[Note] = []
    said: list[Said] = []
    odd: list[str] = []
    for answer in answers if isinstance(answers, list) else [answers]:
        given = [(each, next(numbers)) for each in (*answer["citations"], *answer["presented"])]
        notes += (_note(each, number) for each, number in given)
        by_number = {each["number"]: (each, number) for each, number in given}
        for statement in answer["statements"]:
            cited = [by_number[each] for each in statement["citations"] if each in by_number]
            said += _said(statement, cited)
            speakers = dict.fromkeys(each["document"]["speaker"] for each, _ in cited)
            if not cited or statement["speaker"] != "; ".join(filter(None, speakers)):
                odd.append(str(statement["text"]))
    return Lines(tuple(notes), tuple(said), tuple(odd))


def _note(citation: Mapping[str, Any], number: int) -> Note:
    reference = about(*metadata(citation), pages_as_quoted(citation))
    span = Span(int(citation["start"]), int(citation["end"]))
    return Note(number, str(citation["quote"]), reference, str(citation["document"]["id"]), span)


def _said(
    statement: Mapping[str, Any], cited: list[tuple[Mapping[str, Any], int]]
) -> Iterator[Said]:
    text, status = str(statement["text"]), Status(statement["status"])
    voices = [attribution(*metadata(citation)) for citation, _ in cited]
    numbers = tuple(number for _, number in cited)
    if cited and status is Status.VERBATIM:
        quotes = [line(str(citation["quote"])) for citation, _ in cited]
        which = quotes.index(line(text)) if line(text) in quotes else 0
        yield Said(voices[which], text, numbers[which : which + 1], quoted=True)
    elif cited:
        yield Said(written_voice(voices, status), text, numbers, quoted=False)
