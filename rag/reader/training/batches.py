"""Examples as rows of token numbers, kept in one file, and in batches of like length."""

# ruff: noqa: S311 - samples are drawn here, not secrets

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from rag.reader.training.data import Example

LONGEST_QUESTION = 48
LONGEST_ROW = 240
_CLS, _SEP = 101, 102


@dataclass(frozen=True, slots=True)
class Row:
    """Token numbers of "[CLS] question [SEP] context [SEP]"; the answer's first and last token.

    `ids` has shape (tokens,); `context` is where the context begins; an answer (0, 0) stands for
    none.
    """

    ids: NDArray[np.uint16]
    context: int
    answer: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of shape (rows, tokens), and (rows, 2) for the answers."""

    ids: torch.Tensor
    attention: torch.Tensor
    types: torch.Tensor
    allowed: torch.Tensor
    answers: torch.Tensor

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        return Batch(*(getattr(self, name).to(device) for name in self.__slots__))


def rows(examples: Sequence[Example], tokenizer: Tokenizer) -> list[Row]:
    """A row for each example whose answer fits into `LONGEST_ROW` tokens; others are left out."""
    questions = tokenizer.encode_batch([e.question for e in examples], add_special_tokens=False)
    contexts = tokenizer.encode_batch([e.context for e in examples], add_special_tokens=False)
    made = []
    for example, question, context in zip(examples, questions, contexts, strict=True):
        asked = question.ids[:LONGEST_QUESTION]
        start = len(asked) + 2
        ids = [_CLS, *asked, _SEP, *context.ids[: LONGEST_ROW - start - 1], _SEP]
        answer = (0, 0)
        if example.answer:
            inside = [
                i
                for i, (first, last) in enumerate(context.offsets)
                if first < example.answer[1] and last > example.answer[0]
            ]
            if not inside or start + inside[-1] >= len(ids) - 1:
                continue
            answer = (start + inside[0], start + inside[-1])
        made.append(Row(np.array(ids, np.uint16), start, answer))
    return made


def save_rows(path: Path, parts: dict[str, Sequence[Row]]) -> None:
    """Writes named lists of rows to one compressed file of NumPy arrays."""
    arrays = {}
    for name, part in parts.items():
        arrays[f"{name}.ids"] = np.concatenate([row.ids for row in part])
        places = [(len(row.ids), row.context, *row.answer) for row in part]
        arrays[f"{name}.places"] = np.array(places, np.uint16)
    np.savez_compressed(path, allow_pickle=False, **arrays)


def load_rows(path: Path, name: str) -> list[Row]:
    """The rows of that name, as `save_rows` wrote them."""
    with np.load(path) as arrays:
        ids, places = arrays[f"{name}.ids"], arrays[f"{name}.places"]
    cuts = np.cumsum(places[:-1, 0], dtype=np.int64)
    return [
        Row(part, context, (first, last))
        for part, (_, context, first, last) in zip(
            np.split(ids, cuts), places.tolist(), strict=True
        )
    ]


def collate(chosen: Sequence[Row]) -> Batch:
    """Rows padded to the longest of them."""
    ends = np.array([len(row.ids) for row in chosen])[:, None]
    contexts = np.array([row.context for row in chosen])[:, None]
    place = np.arange(ends.max())[None]
    ids = np.zeros((len(chosen), place.shape[1]), np.int64)
    ids[place < ends] = np.concatenate([row.ids for row in chosen])
    within = (place >= contexts) & (place < ends)
    allowed = within & (place < ends - 1) | (place == 0)
    answers = np.array([row.answer for row in chosen])
    attention = (place < ends).astype(np.int64)
    return Batch(
        *map(torch.from_numpy, (ids, attention, within.astype(np.int64), allowed, answers))
    )


def batches(learnt: Sequence[Row], size: int, seed: int) -> Iterator[list[Row]]:
    """One pass over all rows in random order, in batches of `size` rows of like length."""
    rng = random.Random(f"{seed}:batches")
    order = list(range(len(learnt)))
    rng.shuffle(order)
    pool = 40 * size
    for first in range(0, len(order), pool):
        near = sorted(order[first : first + pool], key=lambda at: len(learnt[at].ids))
        groups = [near[i : i + size] for i in range(0, len(near), size)]
        rng.shuffle(groups)
        for group in groups:
            yield [learnt[at] for at in group]
