"""Runs in the formats of others: TREC's run files, and the TREC RAG track's answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from rag.evaluation.records import Record

TREC, RAG = "run.trec", "rag.jsonl"


def trec_lines(ranked: Mapping[str, Sequence[str]], tag: str) -> Iterable[str]:
    """`question Q0 item rank score tag` lines; what has spaces is written with underscores.

    Scores fall with the rank, so that readers who sort by them keep the order.
    """
    for question, items in ranked.items():
        for rank, item in enumerate(items, start=1):
            yield f"{_word(question)} Q0 {_word(item)} {rank} {1 / rank:.6f} {tag}\n"


def _word(text: str) -> str:
    return "_".join(text.split())


def rag_line(record: Record) -> str:
    """One answer as the RAG track has it: sentences with places in a list of references."""
    answer = record["answer"] or {"citations": [], "statements": [], "written_by": "none"}
    places = {each["number"]: at for at, each in enumerate(answer["citations"])}
    content = {
        "run_id": answer["written_by"],
        "topic_id": record["id"],
        "topic": record["turns"][-1],
        "references": [_reference(each) for each in answer["citations"]],
        "response_length": sum(len(each["text"].split()) for each in answer["statements"]),
        "answer": [
            {"text": each["text"], "citations": [places[number] for number in each["citations"]]}
            for each in answer["statements"]
        ],
    }
    return json.dumps(content, ensure_ascii=True) + "\n"


def _reference(citation: Mapping[str, object]) -> str:
    document = citation["document"]
    path = document["path"] if isinstance(document, Mapping) else document
    return f"{path}#{citation['start']}-{citation['end']}"
