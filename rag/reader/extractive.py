"""The trained reader: which sentence answers, with which words, and whether any does.

SQuAD 2.0's task (Rajpurkar et al. 2018) by a cross-encoder (Devlin et al. 2019): question and
passage are read together, once. Its opinion on each sentence is added to that of a plain reader,
which compares meanings and words: the sum orders better than either.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from tokenizers import Tokenizer

from rag.ports import Reader
from rag.reader.abstain import Asked, Calibration, Evidence, calibration_in, features, lacks
from rag.reader.coverage import stems
from rag.reader.network import Network, Scores
from rag.reader.requests import is_order, set_aside
from rag.reader.spans import Found, found_in, whole_sentences
from rag.reader.weights import ABSTENTION, ReaderFiles
from rag.reader.windows import Window, question_ids, tokenizer_of, windows
from rag.text import sentences
from rag.types import Hit, Passage, Reading, Span

_TOKENS_AT_ONCE = 4_096
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
    """The network: start and end scores (rows, tokens, 2), and answerability (rows,)."""

    def scores(self, rows: Sequence[Window]) -> Scores:
        """Scores of a batch; raises ModelError."""


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
        """One reading for each sentence of the passages, best first; raises ModelError."""
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
        """For each question its hits' sentences, best first; batches go across questions."""
        passages = [(question, [hit.passage for hit in hits]) for question, hits in askings]
        return [
            sorted(self._weighed(question, hits, found), key=lambda each: -each.score)
            for (question, hits), found in zip(askings, self.find(passages), strict=True)
        ]

    def _weighed(
        self, question: str, hits: Sequence[Hit], found: Sequence[Sequence[Found]]
    ) -> Iterator[Weighed]:
        margins = [max((each.margin for each in group), default=-math.inf) for group in found]
        by_place = {
            (hit.passage.id, each.sentence.shift(hit.passage.span.start)): each
            for hit, group in zip(hits, found, strict=True)
            for each in group
        }
        places = {hit.passage.id: at for at, hit in enumerate(hits)}
        around = [stems(hit.passage.text) for hit in hits]
        held = [sentences(hit.passage.text) for hit in hits]
        asked = Asked(question, frozenset().union(*around))
        for plain in self.plain.read(question, hits):
            best = by_place.get((plain.passage.id, plain.evidence))
            if best is None:
                continue
            at = places[plain.passage.id]
            rival = max((m for i, m in enumerate(margins) if i != at), default=best.margin)
            evidence = Evidence(best, plain.passage.text, around[at], plain.probability)
            whole = whole_sentences(held[at], best.span)
            values = features(asked, evidence, rival)
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
        for batch in _batches(rows):
            spans, verdicts = self.network.scores([row.window for row in batch])
            for at, row in enumerate(batch):
                known = best[row.question][row.passage]
                for new in found_in(row.window, spans[at], float(verdicts[at]), row.sentences):
                    if new.sentence not in known or new.margin > known[new.sentence].margin:
                        known[new.sentence] = new
        return [[list(known.values()) for known in group] for group in best]


def extractive_reader(files: ReaderFiles, exports: Path, plain: Reader) -> ExtractiveReader:
    """The reader with its trained weights; `exports` is the folder that keeps the exported graph.

    The network is loaded, and if need be exported, when it first reads.
    """
    return ExtractiveReader(
        Network(files, exports),
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


def _batches(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Rows of like length together, so that little is padding; a limit of tokens at once."""
    batch: list[_Row] = []
    for row in sorted(rows, key=lambda row: -len(row.window.ids)):
        if batch and len(batch[0].window.ids) * (len(batch) + 1) > _TOKENS_AT_ONCE:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
