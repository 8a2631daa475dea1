"""metrics.json: what was measured, on what, with what; described by metrics.schema.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from rag.config import Settings
from rag.evaluation import about, summary
from rag.evaluation.plan import Plan
from rag.evaluation.questions import QuestionSet
from rag.evaluation.records import Record

VERSION = 1


@dataclass(frozen=True, slots=True)
class Done:
    """How far a run is: the records so far, how many questions it asks, the faults of the set."""

    records: Sequence[Record]
    asked: int
    faults: Sequence[str]


def metrics(plan: Plan, settings: Settings, found: QuestionSet, done: Done) -> dict[str, Any]:
    """The whole content."""
    records = done.records
    answers = [record["answer"] for record in records if record["answer"]]
    return {
        "schema": VERSION,
        "set": {"name": found.name, "digest": found.digest},
        "partial": len(records) < done.asked,
        "questions": {
            "asked": done.asked,
            "done": len(records),
            "answerable": sum(record["answerable"] for record in records),
            "failed": sum(record["answer"] is None for record in records),
        },
        "measures": summary.figures(records),
        "by_retriever": summary.by_retriever(records),
        "by_kind": summary.by_kind(records),
        **summary.curves(records),
        "latency_ms": summary.latency(records),
        "faults": list(done.faults),
        "index": answers[0]["index"] if answers else None,
        "settings": {
            "retriever": "given" if plan.given else plan.retriever,
            "server": plan.server or None,
            "limit": plan.limit,
            "filters": list(plan.filters),
            **asdict(settings.answering),
        },
        "seed": plan.seed,
        "versions": about.versions(),
        "hardware": about.hardware(),
    }


@cache
def metrics_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that metrics.json validates against."""
    path = files("rag.evaluation").joinpath("metrics.schema.json")
    schema: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return schema
