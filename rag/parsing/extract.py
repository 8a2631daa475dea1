"""What a reader takes out of one file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rag.errors import NoTextError, TooComplexError
from rag.parsing.cleaning import clean
from rag.parsing.limits import Limits


@dataclass(frozen=True, slots=True)
class Extract:
    """The (label, clean text) of each page in order, the title that the file gives itself, if any,
    and remarks on what was lost or guessed.
    """

    pages: tuple[tuple[str, str], ...]
    title: str = ""
    remarks: tuple[str, ...] = ()


def numbered(texts: Iterable[str], path: str, limits: Limits) -> tuple[tuple[str, str], ...]:
    """Pages labelled by their numbers, from raw texts, cleaned; raises TooComplexError, NoTextError
    if there are too many of them, too many characters, or nothing but white space.
    """
    pages: list[tuple[str, str]] = []
    characters = 0
    for text in texts:
        characters += len(text)
        if characters > limits.characters:
            raise TooComplexError(path, f"holds more than {limits.characters:,} characters")
        if len(pages) == limits.pages:
            raise TooComplexError(path, f"has more than {limits.pages:,} pages")
        pages.append((str(len(pages) + 1), clean(text)))
    if not any(text.strip() for _, text in pages):
        raise NoTextError(path, "is blank")
    return tuple(pages)
