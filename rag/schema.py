"""Answers as JSON: one schema for the command line, the API and evaluation."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from rag.results import Comparison, Mentions
from rag.types import Answer, Citation, Document, Hit, Span
from rag.whereabouts import paragraph, section, sureness

VERSION = 1


def answer_json(answer: Answer) -> dict[str, Any]:
    """The answer as `answer.schema.json` describes it."""
    return {
        "schema": VERSION,
        "question": answer.question,
        "searched": answer.searched,
        "outcome": answer.outcome.value,
        "reason": answer.reason,
        "notes": list(answer.notes),
        "score": round(answer.score, 4),
        "written_by": answer.written_by,
        "removed": [{"text": each.text, "reason": each.reason} for each in answer.removed],
        "statements": [
            {
                "text": statement.text,
                "citations": list(statement.citations),
                "status": statement.status.value,
                "speaker": statement.speaker,
                "doubt": statement.doubt,
            }
            for statement in answer.statements
        ],
        "citations": [citation_json(each) for each in answer.citations],
        "presented": [citation_json(each) for each in answer.presented],
        "retrieved": [_hit(each) for each in answer.retrieved],
        "timings_ms": {name: round(value, 1) for name, value in answer.timings_ms.items()},
        "index": {"generation": answer.generation, "fingerprint": answer.fingerprint},
    }


def hits_json(question: str, hits: list[Hit]) -> dict[str, Any]:
    """A search's result, with the passages' texts."""
    return {
        "schema": VERSION,
        "question": question,
        "hits": [{**_hit(each), "text": each.passage.text} for each in hits],
    }


def mentions_json(found: Mentions) -> dict[str, Any]:
    """Every place that mentions what was asked, and how many there are where."""
    return {
        "schema": VERSION,
        "question": found.question,
        "words": list(found.words),
        "total": found.total,
        "documents": [
            {
                "document": _document(each.document),
                "count": each.count,
                "pages": [
                    {"number": page.number, "label": page.label, "count": count}
                    for page, count in each.pages
                ],
            }
            for each in found.documents
        ],
        "silent": [_document(each) for each in found.silent],
        "citations": [citation_json(each) for each in found.citations],
        "index": {"generation": found.generation, "fingerprint": found.fingerprint},
    }


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """What each source answers, in the order of time."""
    return {
        "schema": VERSION,
        "question": comparison.question,
        "sides": [
            {
                "name": side.name,
                "date": side.date,
                "documents": list(side.documents),
                "silent": side.silent,
                "answer": answer_json(side.answer),
            }
            for side in comparison.sides
        ],
    }


@cache
def answer_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that every answer validates against."""
    schema: dict[str, Any] = json.loads(
        files("rag").joinpath("answer.schema.json").read_text("utf-8")
    )
    return schema


def citation_json(citation: Citation) -> dict[str, Any]:
    """One of an answer's citations."""
    return {
        "number": citation.number,
        "document": _document(citation.document),
        "pages": [page.number for page in citation.pages],
        "page_labels": [page.label for page in citation.pages],
        **_span(citation.span),
        "quote": citation.quote,
        "status": citation.status.value,
        "answer": _span(citation.answer) if citation.answer else None,
        **_whereabouts(citation),
    }


def _whereabouts(citation: Citation) -> dict[str, Any]:
    """What is known of them: the headings above, the paragraph's number, how sure words are."""
    place = (citation.document, citation.span)
    said = {
        "section": list(section(*place)),
        "paragraph": paragraph(*place),
        "recognised": sureness(*place),
    }
    return {name: value for name, value in said.items() if value not in ([], "", None)}


def _document(document: Document) -> dict[str, str]:
    names = ("id", "path", "title", "publisher", "speaker", "date")
    return {name: getattr(document, name) for name in names}


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "passage": hit.passage.id,
        "document": hit.passage.document_id,
        **_span(hit.passage.span),
        "score": round(hit.score, 6),
        "rank": hit.rank,
        "found_by": list(hit.found_by),
    }


def _span(span: Span) -> dict[str, int]:
    return {"start": span.start, "end": span.end}
