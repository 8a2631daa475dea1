"""The abstention's coefficients: a logistic regression over the features of the first sentence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from rag.reader.abstain import Calibration
from rag.reader.extractive import Weighed
from rag.reader.training.questions import Question

FOR = ("margin", "verdict", "lead", "plain", "type_met", "words_near", "words_around")
AGAINST = ("type_unmet", "words_nowhere", "names_nowhere", "numbers_apart")
STRENGTH = 3.0
"""Of the data against the wish for small weights (L2)."""


def fitted(
    firsts: Sequence[Weighed],
    questions: Sequence[Question],
    names: Sequence[str] = (*FOR, *AGAINST),
) -> Calibration:
    """Logistic regression of "the question is answerable" on the first sentences' features.

    What speaks for an answer may not get a weight against it, nor the reverse: so each weight can
    be explained, and none is spent on a peculiarity of the set.
    """
    table = np.array([[first.values[name] for name in names] for first in firsts])
    signs = np.where([question.answerable for question in questions], 1.0, -1.0)

    def loss(weights: np.ndarray) -> float:
        logits = signs * (table @ weights[1:] + weights[0])
        return float(np.logaddexp(0, -logits).sum() + (weights[1:] ** 2).sum() / (2 * STRENGTH))

    bounds = [(None, None), *((0, None) if name in FOR else (None, 0) for name in names)]
    best = minimize(loss, np.zeros(len(names) + 1), bounds=bounds, method="L-BFGS-B")
    intercept, *weights = best.x.round(4).tolist()
    return Calibration(intercept, dict(zip(names, weights, strict=True)))


def save(calibration: Calibration, fitted_on: str, path: Path) -> None:
    """Writes the calibration as JSON."""
    content = {
        "fitted_on": fitted_on,
        "intercept": calibration.intercept,
        "weights": calibration.weights,
    }
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
