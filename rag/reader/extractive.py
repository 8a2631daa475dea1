"""The trained reader: which sentence answers, with which words, and whether any does.

SQuAD 2.0's task (Rajpurkar et al. 2018) by a cross-encoder (Devlin et al. 2019): question and
passage are read together, once. Its opinion on each sentence is added to that of a plain reader,
which compares meanings and words: the sum orders better than either. The plain reader is cheap and
reads everything; the network reads where that one found most: a cascade (Matveeva et al. 2006).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeAlias

from tokenizers import Tokenizer

from rag.ports import Reader
from rag.reader.abstain import Asked, Calibration, Evidence, calibration_in, features, lacks
from rag.reader.coverage import stems
from rag.reader.network import Scores
from rag.reader.requests import is_order, set_aside
from rag.reader.spans import Found, found_in, whole_sentences
from rag.reader.weights import ABSTENTION, ReaderFiles
from rag.reader.windows import Window, question_ids, tokenizer_of, windows
from rag.text import sentences
from rag.types import Hit, Passage, Reading, Span

READ = 5
"""Passages of a question that the network reads: the others' best sentences are hardly ever first.

docs/performance.md has the figures of other numbers.
"""
NETWORK_WEIGHT = 1.0
"""Of the network's margin, squashed to -1..1, beside the plain reader's score."""
Asking: TypeAlias = tuple[str, Sequence[Passage]]
"""A question and the passages that are read for it."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A sentence as the plain reader sees it, what the network finds there, and all features.

    `evidence` are the sentences, in the passage's code points, that hold the found answer whole.
    """

    plain: Reading
    found: Found
    evidence: Span
    values: dict[str, float]
    lacks: tuple[str, ...]

    @property
    def score(self) -> float:
        """Both opinions in one number, comparable within one question."""
        return self.plain.score + NETWORK_WEIGHT * self.values["margin"]


class Scorer(Protocol):
    """The network."""

    def scores(self, rows: Sequence[Window]) -> Sequence[Scores]:
        """Scores of each row; raises ModelError."""


@dataclass(frozen=True, slots=True)
class ExtractiveReader:
    """The port `Reader`, by a trained network beside a plain reader of sentences."""

    network: Scorer
    tokenizer: Tokenizer
    calibration: Calibration
    plain: Reader
    name: str

    @property
    def recipe(self) -> str:
        """Names the weights beyond doubt."""
        return f"extractive {self.name} + {self.plain.recipe}"

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        """One reading for each sentence of the first passages, best first; raises ModelError."""
        readings = [self._reading(each) for each in self.weigh([(question, hits)])[0]]
        return set_aside(readings) if is_order(question) else readings

    def _reading(self, weighed: Weighed) -> Reading:
        passage, by = weighed.plain.passage, weighed.plain.passage.span.start
        return Reading(
            passage=passage,
            evidence=weighed.evidence.shift(by),
            score=weighed.score,
            probability=self.calibration.probability(weighed.values),
            answer=weighed.found.span.shift(by),
            lacks=weighed.lacks,
        )

    def weigh(self, askings: Sequence[tuple[str, Sequence[Hit]]]) -> list[list[Weighed]]:
        """For each question the sentences that were read, best first; batches go across questions.

        The plain reader looks at all hits, the network at the passages of the sentences that the
        plain reader puts first.
        """
        plain = [self.plain.read(question, hits) for question, hits in askings]
        chosen = [_first_passages(readings) for readings in plain]
        found = self.find([(asked, its) for (asked, _), its in zip(askings, chosen, strict=True)])
        by_passage = (dict(zip(*each, strict=True)) for each in zip(chosen, found, strict=True))
        return [
            sorted(self._weighed(*each), key=lambda weighed: -weighed.score)
            for each in zip(askings, plain, by_passage, strict=True)
        ]

    def _weighed(
        self,
        asking: tuple[str, Sequence[Hit]],
        readings: Sequence[Reading],
        found: Mapping[Passage, Sequence[Found]],
    ) -> Iterator[Weighed]:
        question, hits = asking
        margins = {
            passage: max((each.margin for each in its), default=-math.inf)
            for passage, its in found.items()
        }
        around = {hit.passage: stems(hit.passage.text) for hit in hits}
        held = {passage: sentences(passage.text) for passage in found}
        asked = Asked(question, frozenset().union(*around.values()))
        for plain in readings:
            passage = plain.passage
            place = plain.evidence.shift(-passage.span.start)
            best = next((each for each in found.get(passage, ()) if each.sentence == place), None)
            if best is None:
                continue
            rivals = (margin for other, margin in margins.items() if other != passage)
            evidence = Evidence(best, passage.text, around[passage], plain.probability)
            whole = whole_sentences(held[passage], best.span)
            values = features(asked, evidence, max(rivals, default=best.margin))
            yield Weighed(plain, best, whole, values, lacks(asked, evidence))

    def find(self, askings: Sequence[Asking]) -> list[list[list[Found]]]:
        """For each question, for each of its passages, what is found in its sentences."""
        rows: list[_Row] = []
        held = {p.id: sentences(p.text) for _, passages in askings for p in passages}
        best: list[list[dict[Span, Found]]] = []
        for number, (question, passages) in enumerate(askings):
            ids = question_ids(self.tokenizer, question)
            best.append([{} for _ in passages])
            for place, passage in enumerate(passages):
                pieces = windows(self.tokenizer, ids, passage.text)
                rows += [_Row(number, place, held[passage.id], piece) for piece in pieces]
        for row, scores in zip(rows, self.network.scores([r.window for r in rows]), strict=True):
            known = best[row.question][row.passage]
            for new in found_in(row.window, *scores, row.sentences):
                if new.sentence not in known or new.margin > known[new.sentence].margin:
                    known[new.sentence] = new
        return [[list(known.values()) for known in group] for group in best]


def _first_passages(readings: Sequence[Reading]) -> list[Passage]:
    """At most `READ` passages, in the order of their best sentences."""
    return list(islice(dict.fromkeys(each.passage for each in readings), READ))


def extractive_reader(files: ReaderFiles, network: Scorer, plain: Reader) -> ExtractiveReader:
    """The reader whose `network` has the weights in `files`."""
    return ExtractiveReader(
        network,
        tokenizer_of(files.base),
        calibration_in(files.folder / ABSTENTION),
        plain,
        files.digest[:16],
    )


@dataclass(frozen=True, slots=True)
class _Row:
    question: int
    passage: int
    sentences: Sequence[Span]
    window: Window
