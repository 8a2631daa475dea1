"""A dossier in the format that the suffix of its file names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rag.citing import quoted
from rag.dossier.content import Answers, Lookup, as_saved, compiled, source_of, words_of
from rag.dossier.docx import docx
from rag.dossier.html import html
from rag.dossier.markdown import markdown
from rag.errors import ConfigError
from rag.schema import citation_json
from rag.types import Document, Span, Status

SUFFIXES = (".md", ".html", ".docx", ".json")
KIND = "dossier"


def suffix_of(name: str) -> str:
    """The format that a file's name asks for; raises ConfigError for another one."""
    for suffix in SUFFIXES:
        if name.lower().endswith(suffix):
            return suffix
    raise ConfigError(f"A dossier is written as {', '.join(SUFFIXES)}: name the file so.")


def write(suffix: str, answers: Answers, document: Lookup, made: str, title: str = "") -> bytes:
    """The file's bytes; raises ConfigError for what is no conversation, or no such format.

    `answers` are in the form of `rag.schema.answer_json`, in the order of the conversation; `made`
    is the moment in ISO 8601. What is quoted is taken from the documents where they hold it.
    """
    dossier = compiled(answers, document, made, title)
    foot = (
        f"Written down on {made}. Every quotation is cut from its source by the exact characters; "
        f"“rag verify” compares this file with the documents again."
    )
    match suffix_of(suffix):
        case ".md":
            return markdown(dossier, foot).encode()
        case ".html":
            return html(dossier, foot).encode()
        case ".docx":
            return docx(dossier, foot)
        case _:
            with as_saved():
                renewed = [_renewed(answer, document) for answer in answers]
            said = {"schema": 1, "kind": KIND, "title": dossier.title, "made": made}
            return json.dumps(said | {"answers": renewed}, ensure_ascii=False, indent=2).encode()


def _renewed(answer: Mapping[str, Any], document: Lookup) -> dict[str, Any]:
    """The answer with its citations and quotations as the documents have them."""
    citations = [_cited(each, document) for each in answer["citations"]]
    places = {each["number"]: source_of(each, document) for each in citations}
    statements = [
        _stated(each, [places[number] for number in each["citations"]])
        for each in answer["statements"]
    ]
    presented = [_cited(each, document) for each in answer["presented"]]
    return {
        **answer,
        "statements": statements,
        "citations": citations,
        "presented": presented,
    }


def _stated(
    statement: Mapping[str, Any], places: Sequence[tuple[Document, Span] | None]
) -> dict[str, Any]:
    """A quotation in the words of its source; anything else as it was."""
    words = [words_of(*place) for place in places if place is not None]
    if statement["status"] != Status.VERBATIM or not words or statement["text"] in words:
        return dict(statement)
    return dict(statement) | {"text": words[0]}


def _cited(citation: Mapping[str, Any], document: Lookup) -> dict[str, Any]:
    place = source_of(citation, document)
    if place is None:
        return dict(citation)
    _, span = place
    moved = span.start != citation["start"]
    return citation_json(quoted([place])[0]) | {
        "number": citation["number"],
        "status": citation["status"],
        "answer": None if moved else citation["answer"],
    }
