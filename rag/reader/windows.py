"""Questions and passages as rows of token numbers, long passages as overlapping windows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from rag.types import Span

LONGEST_ROW = 160
LONGEST_QUESTION = 64
OVERLAP = 48
"""In tokens. The network could read longer rows, but finds more in short ones: see its card."""
_CLS, _SEP = 101, 102


@dataclass(frozen=True, slots=True)
class Window:
    """A row "[CLS] question [SEP] piece of a passage [SEP]", and where its tokens come from.

    `context` is the place of the piece's first token in `ids`; `offsets` has for each token of
    the piece its code points in the passage's text.
    """

    ids: list[int]
    types: list[int]
    context: int
    offsets: list[tuple[int, int]]

    def span(self, first: int, last: int) -> Span:
        """The code points of the passage under the tokens `first` to `last` of the row."""
        start = self.offsets[first - self.context][0]
        return Span(start, self.offsets[last - self.context][1])


def tokenizer_of(base: Path) -> Tokenizer:
    """The base model's tokenizer, without its limits of length."""
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def question_ids(tokenizer: Tokenizer, question: str) -> list[int]:
    """Token numbers of a question; of a long one its end, where the asking stands as a rule."""
    ids: list[int] = tokenizer.encode(encodable(question), add_special_tokens=False).ids
    return ids[-LONGEST_QUESTION:]


def windows(tokenizer: Tokenizer, question: list[int], text: str) -> Iterator[Window]:
    """Windows that together hold every token of `text`, each sharing `OVERLAP` with the next."""
    encoded = tokenizer.encode(encodable(text), add_special_tokens=False)
    ids, offsets = encoded.ids, encoded.offsets
    context = len(question) + 2
    room = LONGEST_ROW - context - 1
    for first in range(0, max(1, len(ids) - OVERLAP), room - OVERLAP):
        piece = ids[first : first + room]
        if piece:
            yield Window(
                [_CLS, *question, _SEP, *piece, _SEP],
                [0] * context + [1] * (len(piece) + 1),
                context,
                offsets[first : first + room],
            )


def encodable(text: str) -> str:
    """The same number of code points, without the lone surrogates that tokenizers refuse."""
    return text.encode("utf-8", "replace").decode("utf-8")
