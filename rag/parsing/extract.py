"""What a reader takes out of one file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from rag.errors import NoTextError, TooComplexError
from rag.parsing.cleaning import clean
from rag.parsing.limits import Limits
from rag.types import Part


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page: its label, its clean text, and the parts of it, sorted, from the page's start.

    Raises ValueError for parts that lie outside the text, or overlap another of their role.
    """

    label: str
    text: str
    parts: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        if list(self.parts) != sorted(self.parts):
            raise ValueError("the parts of a page are not sorted")
        if any(part.span.end > len(self.text) for part in self.parts):
            raise ValueError("a part of a page lies outside its text")
        for role in {part.role for part in self.parts}:
            spans = (part.span for part in self.parts if part.role is role)
            if any(after.start < before.end for before, after in pairwise(spans)):
                raise ValueError("parts of one page overlap")


@dataclass(frozen=True, slots=True)
class Extract:
    """The pages in order, the title that the file gives itself, if any, and remarks on what was
    lost or guessed.
    """

    pages: tuple[Leaf, ...]
    title: str = ""
    remarks: tuple[str, ...] = ()


Marked = tuple[str, tuple[Part, ...]]
"""A text and its parts."""


def numbered(texts: Iterable[str | Marked], path: str, limits: Limits) -> tuple[Leaf, ...]:
    """Pages labelled by their numbers; a text without parts may be raw, and is cleaned.

    Raises TooComplexError, NoTextError if there are too many of them, too many characters, or
    nothing but white space.
    """
    pages: list[Leaf] = []
    characters = 0
    for each in texts:
        text, parts = (clean(each), ()) if isinstance(each, str) else each
        characters += len(text)
        if characters > limits.characters:
            raise TooComplexError(path, f"holds more than {limits.characters:,} characters")
        if len(pages) == limits.pages:
            raise TooComplexError(path, f"has more than {limits.pages:,} pages")
        pages.append(Leaf(str(len(pages) + 1), text, parts))
    if not any(page.text.strip() for page in pages):
        raise NoTextError(path, "is blank")
    return tuple(pages)
