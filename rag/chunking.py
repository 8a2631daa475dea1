"""Documents cut into passages of whole sentences. The text itself is never altered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.text import sentences
from rag.types import Document, Passage, Span

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class SentenceChunker:
    """Passages of up to `max_words` words, each beginning with the end of the one before it.

    `overlap_words` bounds what is repeated: whole sentences only. A sentence longer than a
    passage is cut between words, and a "word" longer than `max_characters` inside.
    """

    max_words: int
    overlap_words: int
    max_characters: int = 4_000

    @property
    def recipe(self) -> str:
        """Names the cutter and its sizes."""
        return f"sentences-1 {self.max_words}/{self.overlap_words}"

    def chunk(self, document: Document) -> list[Passage]:
        """Passages in text order that together hold every non-blank character of the document."""
        pieces = [
            piece
            for sentence in sentences(document.text, document.language)
            for piece in self._pieces(document.text, sentence)
        ]
        return [
            Passage(document.id, span, span.of(document.text))
            for span in self._runs([(piece, _words(document.text, piece)) for piece in pieces])
        ]

    def _pieces(self, text: str, sentence: Span) -> Iterator[Span]:
        """The sentence itself, or parts of it that fit."""
        if _words(text, sentence) <= self.max_words and len(sentence) <= self.max_characters:
            yield sentence
            return
        start, words = sentence.start, 0
        for match in _WORD.finditer(text, sentence.start, sentence.end):
            words += 1
            if words > self.max_words or match.end() - start > self.max_characters:
                if match.start() > start:
                    yield Span(start, match.start())
                start, words = match.start(), 1
            while match.end() - start > self.max_characters:
                yield Span(start, start + self.max_characters)
                start += self.max_characters
        if start < sentence.end:
            yield Span(start, sentence.end)

    def _runs(self, pieces: list[tuple[Span, int]]) -> Iterator[Span]:
        """Runs of neighbouring pieces within the size, overlapping by whole pieces."""
        first, after = 0, 0
        while after < len(pieces):
            after += 1
            while after < len(pieces) and self._fits(pieces[first : after + 1]):
                after += 1
            yield Span(pieces[first][0].start, pieces[after - 1][0].end)
            first = self._restart(pieces, first, after)

    def _restart(self, pieces: list[tuple[Span, int]], first: int, after: int) -> int:
        """Where the next run begins: as far back as the overlap and the piece `after` allow."""
        start = after
        while (
            after < len(pieces)
            and start - 1 > first
            and sum(words for _, words in pieces[start - 1 : after]) <= self.overlap_words
            and self._fits(pieces[start - 1 : after + 1])
        ):
            start -= 1
        return start

    def _fits(self, run: list[tuple[Span, int]]) -> bool:
        within = run[-1][0].end - run[0][0].start <= self.max_characters
        return within and sum(words for _, words in run) <= self.max_words


def _words(text: str, span: Span) -> int:
    return sum(1 for _ in _WORD.finditer(text, span.start, span.end))
