"""Documents cut into passages of whole sentences. The text itself is never altered.

What a page repeats (running heads, page numbers) belongs to no passage; footnotes have passages
of their own. Only a sentence that goes on behind such an interruption holds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rag.text import sentences
from rag.types import Document, Passage, Role, Span

_WORD = re.compile(r"\S+")
_SHORTEST = 4
"""A passage that a page's end cuts short has at least one part in so many of the full length."""


@dataclass(frozen=True, slots=True)
class SentenceChunker:
    """Passages of up to `max_words` words, each beginning with the end of the one before it.

    `overlap_words` bounds what is repeated: whole sentences only. A sentence longer than a
    passage is cut between words, and a "word" longer than `max_characters` inside. A page
    begins a passage, unless the one before would stay very short: so a change on one page leaves
    the passages of the others as they are.
    """

    max_words: int
    overlap_words: int
    max_characters: int = 4_000

    @property
    def recipe(self) -> str:
        """Names the cutter and its sizes."""
        return f"sentences-6 {self.max_words}/{self.overlap_words}"

    def chunk(self, document: Document) -> list[Passage]:
        """In text order; together they hold every character but white space and furniture."""
        everything = Span(0, len(document.text))
        notes, furniture, headings = (
            [part.span for part in document.parts_of(everything, role)]
            for role in (Role.FOOTNOTE, Role.FURNITURE, Role.HEADING)
        )
        flow = _blanked(document.text, notes + furniture)
        edges = sorted(
            {0, len(flow), *(edge for each in headings for edge in (each.start, each.end))}
        )
        sections = [Span(*pair) for pair in pairwise(edges)]
        streams = [[one for each in sections for one in _sentences(flow, each, document.language)]]
        streams += [_sentences(document.text, note, document.language) for note in notes]
        spans = sorted(span for stream in streams for span in self._cut(document, stream))
        return [Passage(document.id, span, span.of(document.text)) for span in spans]

    def _cut(self, document: Document, stream: list[Span]) -> Iterator[Span]:
        """Passages of a stream of sentences, cut at interruptions and where pages begin."""
        run: list[tuple[Span, int]] = []
        words = 0
        for sentence in stream:
            gap = Span(run[-1][0].end, sentence.start) if run else Span(0, 0)
            between = document.parts_of(gap, Role.FURNITURE, Role.FOOTNOTE)
            broken = any(not part.span.covers(gap) for part in between)
            begun = words * _SHORTEST >= self.max_words and _begins(document, gap, sentence)
            if run and (broken or begun):
                yield from self._runs(run)
                run, words = [], 0
            pieces = [(p, _words(document.text, p)) for p in self._pieces(document.text, sentence)]
            run += pieces
            words += sum(size for _, size in pieces)
        yield from self._runs(run)

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
        """Runs of neighbouring pieces, by turns from the start and from the end until they meet.

        So a change reaches no further than to the middle.
        """
        forwards, backwards = self._greedy(pieces), self._greedy(pieces[::-1])
        count, before, behind = len(pieces), 0, 0
        while before + behind < count:
            first, before = next(forwards)
            yield Span(pieces[first][0].start, pieces[before - 1][0].end)
            if before + behind < count:
                last, behind = next(backwards)
                yield Span(pieces[count - behind][0].start, pieces[count - 1 - last][0].end)

    def _greedy(self, pieces: list[tuple[Span, int]]) -> Iterator[tuple[int, int]]:
        """The first of each run and the one after it: as long as fits, overlapping by pieces."""
        first, after = 0, 0
        while after < len(pieces):
            after += 1
            while after < len(pieces) and self._fits(pieces[first : after + 1]):
                after += 1
            yield first, after
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
        """Whether pieces, in either order, are no more than a passage holds."""
        start, end = min(run[0], run[-1])[0].start, max(run[0], run[-1])[0].end
        within = end - start <= self.max_characters
        return within and sum(words for _, words in run) <= self.max_words


def _begins(document: Document, gap: Span, sentence: Span) -> bool:
    """Whether a page begins with the sentence, or between it and the one before."""
    page = document.pages_of(Span(sentence.start, sentence.start))[0]
    return page.span.start >= gap.start


def _blanked(text: str, spans: list[Span]) -> str:
    """The text with spaces in the place of `spans`."""
    characters = list(text)
    for span in spans:
        characters[span.start : span.end] = " " * len(span)
    return "".join(characters)


def _sentences(text: str, section: Span, language: str) -> list[Span]:
    return [span.shift(section.start) for span in sentences(section.of(text), language)]


def _words(text: str, span: Span) -> int:
    return sum(1 for _ in _WORD.finditer(text, span.start, span.end))
