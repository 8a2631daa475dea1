"""A tokenizer of words and a network that looks for one word: a reader without a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split

from rag.reader.network import Scores
from rag.reader.windows import Window

WORDS = ["[UNK]", "the", "bridge", "opened", "in", "1998", "ferries", "274", "metres", "long"]


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    """One token for each run of letters or digits; words beyond `WORDS` are unknown."""
    numbers = {word: at for at, word in enumerate(WORDS)}
    made = Tokenizer(WordLevel(numbers, unk_token=WORDS[0]))
    made.pre_tokenizer = Split(Regex(r"[\p{L}\p{N}]+"), "removed", invert=True)
    return made


@dataclass(frozen=True)
class Seeker:
    """A network that is sure of one token wherever it stands, and else of no answer."""

    token: int

    def scores(self, rows: Sequence[Window]) -> list[Scores]:
        return [(self._spans(row), 0.0) for row in rows]

    def _spans(self, row: Window) -> NDArray[np.float32]:
        spans = np.full((len(row.ids), 2), -5, np.float32)
        spans[0] = 1
        for place in range(row.context, len(row.ids) - 1):
            if row.ids[place] == self.token:
                spans[place] = 6
        return spans
