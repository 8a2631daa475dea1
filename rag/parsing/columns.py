"""Columns of a page: the gutters between them, found by what stays empty down the page.

A gutter counts only between columns of prose: lines of several words, filled from one common edge.
Tables have gutters too, and are read across; where it is unsure, there are no columns. The idea of
whitespace as what divides a page is that of Breuel, "Two geometric algorithms for layout
analysis" (2002).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise
from statistics import median
from typing import NamedTuple

from rag.parsing.lines import Line, Word

_BIN = 2.0
"""In points."""
_NARROWEST = 5.0
_CROSSING = 0.25
"""Of the lines on the shorter side: so many may run across a gutter."""
_FEWEST_LINES = 6
_WORDS = 3.5
_FILLED = 0.55
_ALIGNED = 0.5
_LETTERS = 0.8
_MIDDLE = (0.12, 0.88)
_LETTER = re.compile(r"[^\W\d_]")


class Gutter(NamedTuple):
    """An empty strip down the page, by its sides in points."""

    left: float
    right: float


class _Piece(NamedTuple):
    left: float
    right: float
    words: int
    wordy: bool


def gutters_of(lines: Sequence[Line], codes: str) -> list[Gutter]:
    """The gutters between columns of prose from left to right; none where that is unsure."""
    if not _may_be(lines):
        return []
    pieces = [piece for line in lines for piece in _pieces(line, codes)]
    gutters: list[Gutter] = []
    for gutter in _empty(pieces):
        start = gutters[-1].right if gutters else 0.0
        if _is_column(
            [
                each
                for each in pieces
                if start <= each.left
                and each.right <= gutter.right
                and each.right <= gutter.left + _BIN
            ]
        ):
            gutters.append(gutter)
    while gutters:
        if _is_column([each for each in pieces if each.left >= gutters[-1].right - _BIN]):
            break
        gutters.pop()
    return gutters


def _may_be(lines: Sequence[Line]) -> bool:
    """Whether enough lines begin further right than others, or hold a wide gap."""
    if len(lines) < _FEWEST_LINES:
        return False
    low, high = min(line.left for line in lines), max(line.right for line in lines)
    inner = low + _MIDDLE[0] * (high - low)
    return sum(bool(line.wide) or line.left > inner for line in lines) >= _FEWEST_LINES


def _pieces(line: Line, codes: str) -> list[_Piece]:
    """The line divided at wide gaps."""
    if not line.wide:
        return [_piece(line.words, (line.left, line.right), codes)]
    edges = [0, *(at for at, _ in line.wide), len(line.words)]
    runs = (line.words[start:end] for start, end in pairwise(edges))
    return [_piece(run, _sides(run), codes) for run in runs]


def _sides(words: Sequence[Word]) -> tuple[float, float]:
    return min(word.left for word in words), max(word.right for word in words)


def _piece(words: Sequence[Word], sides: tuple[float, float], codes: str) -> _Piece:
    text = codes[words[0].start : words[-1].end]
    return _Piece(*sides, len(words), 2 * len(_LETTER.findall(text)) > len(text))


def _empty(pieces: Sequence[_Piece]) -> list[Gutter]:
    """Strips that few pieces cross and that have enough pieces on both sides."""
    low, high = min(each.left for each in pieces), max(each.right for each in pieces)
    count = int((high - low) / _BIN) + 1
    starts, ends = [0] * (count + 1), [0] * (count + 1)
    for each in pieces:
        starts[int((each.left - low) / _BIN)] += 1
        ends[min(count, int((each.right - low) / _BIN) + 1)] += 1
    found: list[Gutter] = []
    run: list[int] = []
    begins = done = 0
    for at in range(count + 1):
        begins, done = begins + starts[at], done + ends[at]
        few = min(done, len(pieces) - begins)
        inside = _MIDDLE[0] <= at / count <= _MIDDLE[1]
        if inside and few >= _FEWEST_LINES and begins - done <= _CROSSING * few:
            run.append(begins - done)
        elif run:
            first, length = _emptiest(run)
            if length * _BIN >= _NARROWEST:
                left = low + (at - len(run) + first) * _BIN
                found.append(Gutter(left, left + length * _BIN))
            run = []
    return found


def _emptiest(crossing: list[int]) -> tuple[int, int]:
    """Where the longest stretch begins that the fewest pieces cross, and its length."""
    least = min(crossing)
    stretches: list[tuple[int, int]] = []
    at = 0
    for few, group in groupby(crossing):
        length = sum(1 for _ in group)
        if few == least:
            stretches.append((at, length))
        at += length
    return max(stretches, key=lambda each: each[1])


def _is_column(pieces: Sequence[_Piece]) -> bool:
    """Whether these are the lines of a column of prose."""
    if len(pieces) < _FEWEST_LINES:
        return False
    widths = sorted(each.right - each.left for each in pieces)
    full = widths[int(0.9 * (len(widths) - 1))]
    edge = Counter(round(each.left / 3) for each in pieces).most_common(1)[0][0]
    aligned = sum(abs(each.left - 3 * edge) <= 4.5 for each in pieces)  # noqa: PLR2004 - its width
    return (
        sum(each.words for each in pieces) >= _WORDS * len(pieces)
        and sum(each.wordy for each in pieces) >= _LETTERS * len(pieces)
        and median(widths) >= _FILLED * full
        and aligned >= _ALIGNED * len(pieces)
    )
