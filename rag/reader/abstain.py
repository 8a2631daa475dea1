"""How likely a sentence answers its question, and in words what it lacks.

A logistic model over a few features that can be explained: the network's own two opinions, how
far the best passage leads, what cosine and word overlap say, whether the answer is of the kind
that was asked for, and which of the question's words stand near it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rag.reader.answer_types import AnswerType, Expected, expected
from rag.reader.coverage import Wanted, share, stems, wanted
from rag.reader.spans import Found

_NAMED_AT_MOST = 3
_SCALE = 8
"""Logits are squashed to -1..1 by tanh(logit / 8): beyond 16 they say nothing more."""


@dataclass(frozen=True)
class Asked:
    """A question, what should stand where its answer is, and the stems of all that was read."""

    question: str
    everywhere: frozenset[str]

    @cached_property
    def expected(self) -> Expected:
        """The kind of answer."""
        return expected(self.question)

    @cached_property
    def words(self) -> list[Wanted]:
        """The words."""
        return wanted(self.question)

    @cached_property
    def nowhere(self) -> list[Wanted]:
        """The words that nothing read holds."""
        return [word for word in self.words if not word.in_words(self.everywhere)]


@dataclass(frozen=True)
class Evidence:
    """A found answer in its passage, beside what a reader without a network believes.

    `around` are the stems of the passage's words.
    """

    found: Found
    passage: str
    around: frozenset[str]
    plain: float

    @property
    def answer(self) -> str:
        """The answering words."""
        return self.found.span.of(self.passage)

    @cached_property
    def near(self) -> frozenset[str]:
        """Stems of the words of the sentence."""
        return stems(self.found.sentence.of(self.passage))


def features(asked: Asked, evidence: Evidence, rival: float) -> dict[str, float]:
    """What speaks for and against, each about -1 to 1; `rival`: margin of the next best passage."""
    typed = asked.expected.kind is not AnswerType.OTHER
    met = asked.expected.met_by(evidence.answer)
    names = [word for word in asked.words if word.exact]
    numbers = [word for word in names if word.numeric]
    believed = min(max(evidence.plain, 1e-6), 1 - 1e-6)
    return {
        "margin": _squashed(evidence.found.margin),
        "verdict": _squashed(evidence.found.verdict),
        "lead": _squashed(evidence.found.margin - rival),
        "plain": _squashed(math.log(believed / (1 - believed))),
        "type_met": float(typed and met),
        "type_unmet": float(typed and not met),
        "words_near": share(asked.words, evidence.near),
        "words_around": share(asked.words, evidence.around),
        "words_nowhere": len(asked.nowhere) / max(1, len(asked.words)),
        "names_nowhere": 1 - share(names, asked.everywhere),
        "numbers_apart": 1 - share(numbers, evidence.around),
    }


def _squashed(logit: float) -> float:
    return math.tanh(logit / _SCALE)


def lacks(asked: Asked, evidence: Evidence) -> tuple[str, ...]:
    """What was asked for and is not there, in words, most telling first."""
    missing = []
    if not asked.expected.met_by(evidence.answer):
        missing.append(asked.expected.lacking)
    if asked.nowhere:
        missing.append(f"nothing that was read mentions {_listed(asked.nowhere)}")
    numbers = [word for word in asked.words if word.numeric and word not in asked.nowhere]
    apart = [word for word in numbers if not word.in_words(evidence.around)]
    if apart:
        missing.append(f"the passage does not mention {_listed(apart)}")
    return tuple(missing)


def _listed(words: Sequence[Wanted]) -> str:
    return ", ".join(f"“{word.word}”" for word in words[:_NAMED_AT_MOST])


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model: probability = 1 / (1 + exp(-(intercept + sum of weight x feature)))."""

    intercept: float
    weights: dict[str, float]

    def probability(self, values: dict[str, float]) -> float:
        """The belief that a sentence with these features answers, 0 to 1."""
        logit = self.intercept + sum(weight * values[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


def calibration_in(path: Path) -> Calibration:
    """The calibration that a JSON file holds."""
    content = json.loads(path.read_text("utf-8"))
    return Calibration(float(content["intercept"]), dict(content["weights"]))
