"""What a library gives besides answers: lists of mentions, sources side by side, page images."""

from __future__ import annotations

from dataclasses import dataclass

from rag.types import Answer, Citation, Document, Outcome, Page


@dataclass(frozen=True, slots=True)
class Mentioned:
    """How often one document mentions what was asked: in all, and on each page that does.

    A mention that goes on over a page's end counts where it begins, so that the pages add up.
    """

    document: Document
    count: int
    pages: tuple[tuple[Page, int], ...]


@dataclass(frozen=True, slots=True)
class Mentions:
    """Every place that mentions what was asked, in the order of documents and of their texts.

    `words` are those of the question that a place must hold; `documents` has an entry for each
    document with a mention, `silent` lists the searched ones without; the rule stands in
    rag.mentions.
    """

    question: str
    words: tuple[str, ...]
    citations: tuple[Citation, ...]
    documents: tuple[Mentioned, ...]
    silent: tuple[Document, ...]
    generation: int
    fingerprint: str

    @property
    def total(self) -> int:
        """How many there are, of which none is left out."""
        return len(self.citations)


@dataclass(frozen=True, slots=True)
class Side:
    """What one source answers. `name` is what was asked for: a speaker, or a document's title.

    `date` is the earliest of its documents', ISO 8601, or empty.
    """

    name: str
    date: str
    documents: tuple[str, ...]
    answer: Answer

    @property
    def silent(self) -> bool:
        """Whether its documents do not say."""
        return self.answer.outcome is Outcome.ABSTAINED


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question, asked of each source alone: the earliest first, the undated last."""

    question: str
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True, order=True)
class Area:
    """A rectangle on a page's image, in fractions of its width and height: 0 is left and top."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page as drawn: the PNG and its size in pixels, the page's text, and the place of each of
    its characters, None where nothing is printed: `len(boxes) == len(text)`.
    """

    png: bytes
    width: int
    height: int
    text: str
    boxes: tuple[Area | None, ...]

    def __post_init__(self) -> None:
        if len(self.boxes) != len(self.text):
            raise ValueError("a drawn page has a place for each character of its text")


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page as a PNG of `width` x `height` pixels, and where spans of the text stand on it.

    `areas` has for each span that was asked for one rectangle per line, in reading order; empty
    for one that is not on this page, or not found. `approximate`: the text on the page is not
    the one that the document holds, and the rectangles were found by their words.
    """

    png: bytes
    width: int
    height: int
    areas: tuple[tuple[Area, ...], ...]
    approximate: bool = False
