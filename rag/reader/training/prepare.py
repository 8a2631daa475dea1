"""The rows that runs learn from, made once: other windows and other twins in each pass."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from rag.reader.training.batches import Row, rows, save_rows
from rag.reader.training.data import mixture
from rag.reader.training.negatives import with_unanswerable

LEARNT, DEVELOPMENT = "learnt", "development"
_CURVE = 600


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the rows are made of: folders of the base model, of the span sets and of squad2's set,
    the file to write, and how often each row of the mixture is varied.
    """

    base: Path
    train: Path
    articles: Path
    out: Path
    seed: int
    scale: float
    passes: int


def prepare(recipe: Recipe) -> None:
    """Writes the rows of all passes over the mixture, and those of the learning curve."""
    tokenizer = Tokenizer.from_file(str(recipe.base / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    learnt: list[Row] = []
    for seed in range(recipe.seed, recipe.seed + recipe.passes):
        examples, kept = mixture(recipe.train, recipe.articles, seed, recipe.scale)
        examples = with_unanswerable(examples, seed)
        learnt += rows(sorted(examples, key=lambda e: (e.source, e.context)), tokenizer)
    development = rows(with_unanswerable(kept, recipe.seed), tokenizer)
    step = max(1, len(development) // _CURVE)
    save_rows(recipe.out, {LEARNT: learnt, DEVELOPMENT: development[::step]})
