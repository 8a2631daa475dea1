"""The figures of the open sets, and the fit of the abstention.

Fitted on SQuAD 2.0's articles that nothing was learnt from: what is told of them is told of the
network alone, and the abstention's figures are those of `statement` and `clapnq`, which are never
fitted on.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.reader.extractive import ExtractiveReader, Weighed, extractive_reader
from rag.reader.network import Network
from rag.reader.plain import PlainReader
from rag.reader.training.calibrate import fitted, save
from rag.reader.training.export import sign
from rag.reader.training.questions import (
    Question,
    own_paragraph,
    single_document,
    squad_retrieved,
    with_evidence,
)
from rag.reader.training.scoring import auroc, best_over_all, exact, f1, refused_at
from rag.reader.training.search import BaseEmbedder
from rag.reader.weights import ABSTENTION, reader_files

READ = 10
"""Passages that are read for a question, as the product does by default."""
_ANSWERED = 0.88


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured with what: folders of the base model, the weights, the exported graphs and
    the open sets, the text that `statement` asks about, the JSON file of the figures, and the
    number of questions of each set at most.
    """

    base: Path
    weights: Path
    exports: Path
    sets: Path
    document: Path
    out: Path
    sample: int

    def reader(self, embedder: BaseEmbedder) -> ExtractiveReader:
        """The reader with these weights."""
        files = reader_files(self.base, self.weights)
        return extractive_reader(files, Network(files, self.exports), PlainReader(embedder))


def calibrate(bench: Bench) -> None:
    """Fits the abstention, writes it beside the weights, and writes all figures."""
    embedder = BaseEmbedder(bench.base)
    questions = squad_retrieved(bench.sets / "squad2", READ, embedder)
    questions = _sampled(questions, bench.sample)
    firsts = [group[0] for group in _weighed(bench.reader(embedder), questions)]
    told = "squad2, held-out articles, with the passages that a search finds"
    save(fitted(firsts, questions), told, bench.weights / ABSTENTION)
    sign(bench.base, bench.weights)
    measure(bench)


def measure(bench: Bench) -> None:
    """Writes the figures of all sets to `out` as JSON."""
    embedder = BaseEmbedder(bench.base)
    reader = bench.reader(embedder)
    sets = bench.sets
    asked: dict[str, Callable[[], list[Question]]] = {
        "squad2_own_paragraph": lambda: own_paragraph(sets / "squad2"),
        "squad2_retrieved": lambda: squad_retrieved(sets / "squad2", READ, embedder),
        "clapnq": lambda: with_evidence(sets / "clapnq", READ, embedder),
        "statement": lambda: single_document(
            bench.document, sets / "statement" / "questions.jsonl", READ, embedder
        ),
    }
    figures: dict[str, dict[str, float]] = {}
    for name, questions_of in asked.items():
        questions = _sampled(questions_of(), bench.sample)
        weighed = _weighed(reader, questions)
        told = _spans if name == "squad2_own_paragraph" else _answers
        figures[name] = {"questions": len(questions), **told(reader, questions, weighed)}
        bench.out.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    figures["seconds"] = _seconds(reader, questions)
    bench.out.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def _sampled(questions: list[Question], most: int) -> list[Question]:
    return random.Random(0).sample(questions, min(most, len(questions)))  # noqa: S311 - no secret


def _weighed(reader: ExtractiveReader, questions: Sequence[Question]) -> list[list[Weighed]]:
    return reader.weigh([(question.text, question.hits) for question in questions])


def _spans(
    _: ExtractiveReader, questions: Sequence[Question], weighed: Sequence[list[Weighed]]
) -> dict[str, float]:
    """The network alone, its own paragraph given: the answer's words, and whether there is one."""
    best = [max(group, key=lambda each: each.found.margin) for group in weighed]
    said = [each.found.span.of(each.plain.passage.text) for each in best]
    truth = [question.answerable for question in questions]
    margins = [each.found.margin for each in best]
    pairs = list(zip(said, questions, strict=True))
    overlaps = [f1(text, q.answers) if q.answerable else 0.0 for text, q in pairs]
    matches = [exact(text, q.answers) if q.answerable else 0.0 for text, q in pairs]
    return {
        "f1_answerable": sum(overlaps) / sum(truth),
        "exact_answerable": sum(matches) / sum(truth),
        "f1_all": best_over_all(overlaps, truth, margins),
        "auroc": auroc(truth, margins),
    }


def _answers(
    reader: ExtractiveReader, questions: Sequence[Question], weighed: Sequence[list[Weighed]]
) -> dict[str, float]:
    """The whole reader over what a search found: evidence first, and the abstention."""
    right = [
        [q.right(each.found.sentence.of(each.plain.passage.text), each.plain.passage.text)
         for each in group[:3]]
        for q, group in zip(questions, weighed, strict=True)
        if q.answerable
    ]  # fmt: skip
    truth = [question.answerable for question in questions]
    believed = [reader.calibration.probability(group[0].values) for group in weighed]
    refused, threshold = refused_at(_ANSWERED, truth, believed)
    return {
        "evidence_first": statistics.fmean(marks[0] for marks in right),
        "evidence_in_three": statistics.fmean(any(marks) for marks in right),
        "auroc": auroc(truth, believed),
        f"refused_at_{_ANSWERED}_answered": refused,
        "threshold": threshold,
    }


def _seconds(reader: ExtractiveReader, questions: Sequence[Question]) -> dict[str, float]:
    """Median times of one question over its passages."""
    whole, network = [], []
    for question in questions[:20]:
        start = time.perf_counter()
        reader.read(question.text, question.hits)
        middle = time.perf_counter()
        reader.find([(question.text, [hit.passage for hit in question.hits])])
        network.append(time.perf_counter() - middle)
        whole.append(middle - start)
    return {"read": statistics.median(whole), "network": statistics.median(network)}
