"""Records made into figures: over all questions, by kind, by kind of search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rag.evaluation.measures.auroc import auroc
from rag.evaluation.measures.best_f1 import best_f1
from rag.evaluation.measures.calibration import reliability
from rag.evaluation.measures.latency import percentile
from rag.evaluation.measures.refusing import answered_share, balanced_accuracy, refused_share
from rag.evaluation.measures.risk_coverage import aurc, risks
from rag.evaluation.records import Record

Figures = dict[str, dict[str, float | int]]
"""By name of the measure: its value, and the number of questions `n` that it is taken over."""
LESS_IS_BETTER = frozenset({"AURC"})
UNSEEN = frozenset({"answered", "loss"})
"""Measures of one question that are only parts of others."""
_POINTS = 200


def figures(records: Sequence[Record]) -> Figures:
    """Every measure that applies to at least one of the questions."""
    found = means(record["measures"] for record in records)
    named = {name: value for name, value in found.items() if name not in UNSEEN}
    return {**named, **of_scores(records)}


def means(rows: Iterable[Mapping[str, float]]) -> Figures:
    """The mean of each measure over the rows that have it."""
    values: dict[str, list[float]] = {}
    for row in rows:
        for name, value in row.items():
            values.setdefault(name, []).append(value)
    return {
        name: {"value": round(sum(each) / len(each), 6), "n": len(each)}
        for name, each in values.items()
    }


def of_scores(records: Sequence[Record]) -> Figures:
    """The measures that have no value for a single question."""
    scores, answerable = [score(each) for each in records], [each["answerable"] for each in records]
    answered = [bool(each["measures"]["answered"]) for each in records]
    judged = [each for each in records if "loss" in each["measures"]]
    losses = [each["measures"]["loss"] for each in judged]
    worded = [each for each in records if "F1_overall" in each["measures"]]
    values = [each["measures"].get("F1_unguarded") for each in worded]
    best = best_f1([score(each) for each in worded], values)[0] if any(values) else None
    computed: dict[str, tuple[float | None, int]] = {
        "AUROC": (auroc(scores, answerable), len(records)),
        "AURC": (aurc([score(each) for each in judged], losses), len(judged)),
        "answered_share": (answered_share(answered, answerable), sum(answerable)),
        "refused_share": (refused_share(answered, answerable), len(records) - sum(answerable)),
        "balanced_accuracy": (balanced_accuracy(answered, answerable), len(records)),
        "F1_best": (best, len(worded)),
    }
    return {
        name: {"value": round(value, 6), "n": n}
        for name, (value, n) in computed.items()
        if value is not None
    }


def score(record: Record) -> float:
    """How sure the answer is; a question that failed is answered with no confidence at all."""
    return float(record["answer"]["score"]) if record["answer"] else 0.0


def by_kind(records: Sequence[Record]) -> dict[str, dict[str, Any]]:
    """Number of questions and figures of each kind, in the order of their names."""
    kinds = sorted({record["kind"] for record in records})
    held = {kind: [each for each in records if each["kind"] == kind] for kind in kinds}
    return {
        kind: {"questions": len(each), "measures": figures(each)} for kind, each in held.items()
    }


def by_retriever(records: Sequence[Record]) -> dict[str, Figures]:
    """The figures of each kind of search."""
    names = list(dict.fromkeys(name for each in records for name in each["retrievers"]))
    return {
        name: means(each["retrievers"].get(name, {}).get("measures", {}) for each in records)
        for name in names
    }


def curves(records: Sequence[Record]) -> dict[str, list[list[float]]]:
    """Risk against coverage, at most 200 points; and reliability by bins of the score."""
    judged = [each for each in records if "loss" in each["measures"]]
    curve = risks([score(each) for each in judged], [each["measures"]["loss"] for each in judged])
    n = len(curve)
    picked = sorted({round((at + 1) * n / min(n, _POINTS)) - 1 for at in range(min(n, _POINTS))})
    scores, answerable = [score(each) for each in records], [each["answerable"] for each in records]
    return {
        "risk_coverage": [[round((at + 1) / n, 4), round(float(curve[at]), 6)] for at in picked],
        "calibration": [
            [round(mean, 4), round(share, 4), count]
            for mean, share, count in reliability(scores, answerable)
        ],
    }


def latency(records: Sequence[Record]) -> dict[str, dict[str, float | None]]:
    """The median and the 95th percentile of each stage, in milliseconds."""
    timings = [record["answer"]["timings_ms"] for record in records if record["answer"]]
    stages = list(dict.fromkeys(stage for each in timings for stage in each))
    spent = {stage: [each[stage] for each in timings if stage in each] for stage in stages}
    return {
        stage: {"p50": percentile(values, 0.5), "p95": percentile(values, 0.95)}
        for stage, values in spent.items()
    }
