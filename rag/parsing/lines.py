"""The lines of a page: runs of its characters, and where the words of each stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from rag.parsing.glyphs import Glyphs

_LINE = re.compile(r"[^\r\n\x02\ufffe]+[\x02\ufffe]?|[\x02\ufffe]")
_NUMBER = frozenset("0123456789([")
WIDE = 0.8
"""In sizes of the type: a gap in a line that may divide columns."""
_SHORT = 16
_CORE = 0.2
"""Of its height: so far a line's core reaches from its middle."""
_WORD = re.compile(r"[^\s\x00-\x1f]+")


_Set = tuple[tuple[int, int], tuple[float, float, float, float]]
"""A word's indices and the edges of its cells."""


class Word(NamedTuple):
    """A run of characters without white space: pdfium's indices, and its sides in points."""

    start: int
    end: int
    left: float
    right: float


@dataclass(slots=True)
class Line:
    """What pdfium takes for one line, or a part of it: indices, sides and the size of its type
    in points, and whether it is bold at both ends.

    `turned` lines do not run from left to right or right to left on the page as it is shown;
    `number` is the size of the first character, if that is a figure or a bracket. `wide` are the
    gaps of WIDE and more: the index of the word behind, and the width.
    """

    start: int
    end: int
    left: float
    top: float
    right: float
    bottom: float
    size: float
    words: list[Word]
    bold: bool = False
    turned: bool = False
    number: float = 0.0
    wide: list[tuple[int, float]] = field(default_factory=list)

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def core(self) -> tuple[float, float]:
        """The upper and the lower edge of its middle part, which touches no other row."""
        return self.middle - _CORE * self.height, self.middle + _CORE * self.height

    def beside(self, other: Line) -> bool:
        """Whether both stand in one row of the page."""
        return self.core[0] < other.core[1] and other.core[0] < self.core[1]

    def gaps(self) -> Iterator[tuple[int, float, float]]:
        """Between each two words: the index of the second, and the sides of the gap."""
        for at, (one, two) in enumerate(pairwise(self.words), start=1):
            if one.left <= two.left:
                yield at, one.right, two.left
            else:
                yield at, two.right, one.left

    def cut(self, at: int) -> tuple[Line, Line]:
        """The line in two, the second from the word of that index on."""
        one, two = self._part(self.words[:at], self.start), self._part(self.words[at:], None)
        one.wide = [gap for gap in self.wide if gap[0] < at]
        two.wide = [(after - at, width) for after, width in self.wide if after > at]
        return one, two

    def _part(self, words: list[Word], start: int | None) -> Line:
        return Line(
            words[0].start if start is None else start,
            self.end if start is None else words[-1].end,
            min(word.left for word in words),
            self.top,
            max(word.right for word in words),
            self.bottom,
            self.size,
            words,
            self.bold,
            self.turned,
            0.0 if start is None else self.number,
        )


def lines_of(glyphs: Glyphs) -> list[Line]:
    """All lines that hold something printed, in pdfium's order."""
    lines: list[Line] = []
    for match in _LINE.finditer(glyphs.codes):
        words = [
            (found.span(), glyphs.edges(found.start(), found.end() - 1))
            for found in _WORD.finditer(glyphs.codes, match.start(), match.end())
        ]
        if words:
            lines += (_line(glyphs, some, *ends) for some, ends in _apart(words, *match.span()))
    return lines


def rows_of(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines by rows from the top of the page; in a row they keep their order."""
    rows: list[tuple[float, list[int]]] = []
    for at in sorted(range(len(lines)), key=lambda at: lines[at].middle):
        top, bottom = lines[at].core
        if rows and top < rows[-1][0]:
            rows[-1] = (max(bottom, rows[-1][0]), [*rows[-1][1], at])
        else:
            rows.append((bottom, [at]))
    return [[lines[at] for at in sorted(row)] for _, row in rows]


def _apart(words: list[_Set], start: int, end: int) -> Iterator[tuple[list[_Set], tuple[int, int]]]:
    """The words of one line, from `start` to `end`; or of two, which pdfium took for one.

    It does so where the second begins under the first, and neither is much longer than a figure.
    """
    first = 0
    for at in range(1, len(words) if end - start <= _SHORT else 1):
        (left, _, _, bottom), (other, top, _, lower) = words[at - 1][1], words[at][1]
        if other <= left and top + lower > 2 * bottom:
            yield words[first:at], (start, words[at - 1][0][1])
            first, start = at, words[at][0][0]
    yield words[first:], (start, end)


def _line(glyphs: Glyphs, words: list[_Set], begin: int, finish: int) -> Line:
    (first, _), _ = words[0]
    (_, after), _ = words[-1]
    longest, most = first, 0
    left, top, right, bottom = words[0][1]
    for (start, end), (one, high, two, low) in words:
        if end - start > most:
            longest, most = start, end - start
        left, right = (min(left, one)), (max(right, two))
        top, bottom = (min(top, high)), (max(bottom, low))
    line = Line(
        begin,
        finish,
        left,
        top,
        right,
        bottom,
        glyphs.size(longest),
        [Word(start, end, one, two) for (start, end), (one, _, two, _) in words],
        glyphs.bold(first) and glyphs.bold(after - 1),
        glyphs.turned(longest),
        glyphs.size(first) if glyphs.codes[first] in _NUMBER else 0.0,
    )
    line.wide = [(at, two - one) for at, one, two in line.gaps() if two - one >= WIDE * line.size]
    return line
