"""Examples as rows of token numbers, in batches of like length."""

# ruff: noqa: S311 - samples are drawn here, not secrets

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer

from rag.reader.training.data import Example

LONGEST_QUESTION = 48
_CLS, _SEP = 101, 102
_LAST_OF = {"qamr": 0.5}
"""Single sentences are read in the first half of a run: cheap and easy ones first."""


@dataclass(frozen=True, slots=True)
class Row:
    """Token numbers of "[CLS] question [SEP] context [SEP]"; the answer's first and last token.

    `context` is where the context begins; an answer (0, 0) stands for none.
    """

    ids: list[int]
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


def rows(examples: Sequence[Example], tokenizer: Tokenizer, longest: int) -> list[Row]:
    """A row for each example whose answer fits into `longest` tokens; the others are left out."""
    questions = tokenizer.encode_batch([e.question for e in examples], add_special_tokens=False)
    contexts = tokenizer.encode_batch([e.context for e in examples], add_special_tokens=False)
    made = []
    for example, question, context in zip(examples, questions, contexts, strict=True):
        asked = question.ids[:LONGEST_QUESTION]
        start = len(asked) + 2
        ids = [_CLS, *asked, _SEP, *context.ids[: longest - start - 1], _SEP]
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
        made.append(Row(ids, start, answer))
    return made


def collate(chosen: Sequence[Row]) -> Batch:
    """Rows padded to the longest of them."""
    length = max(len(row.ids) for row in chosen)
    ids = torch.zeros(len(chosen), length, dtype=torch.long)
    types, allowed = torch.zeros_like(ids), torch.zeros_like(ids, dtype=torch.bool)
    attention = torch.zeros_like(ids)
    for i, row in enumerate(chosen):
        end = len(row.ids)
        ids[i, :end] = torch.tensor(row.ids)
        attention[i, :end] = 1
        types[i, row.context : end] = 1
        allowed[i, row.context : end - 1] = True
    allowed[:, 0] = True
    return Batch(ids, attention, types, allowed, torch.tensor([row.answer for row in chosen]))


def in_order(examples: Sequence[Example], seed: int) -> list[Example]:
    """The order of a run: shuffled, but what is easiest in its first part."""
    rng = random.Random(f"{seed}:order")
    return sorted(examples, key=lambda e: rng.random() * _LAST_OF.get(e.source, 1.0))


def batches(ordered: Sequence[Row], size: int, seed: int) -> Iterator[list[Row]]:
    """Batches of `size` rows of like length, near each other in the order of the run."""
    rng = random.Random(f"{seed}:batches")
    pool = 40 * size
    for first in range(0, len(ordered), pool):
        near = sorted(ordered[first : first + pool], key=lambda row: len(row.ids))
        groups = [near[i : i + size] for i in range(0, len(near), size)]
        rng.shuffle(groups)
        yield from groups
