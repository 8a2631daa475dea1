"""The order in which the lines of a page are read.

pdfium's own order is that in which the file draws, mostly that of reading, and it is kept but for
three things: what stands apart at the head and the foot of the page comes first and last; where the
page has columns, blocks of lines are read column by column, between whatever runs across them; and
columns of figures are read in rows.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import chain, pairwise

from rag.parsing.columns import Gutter, gutters_of
from rag.parsing.grids import in_rows
from rag.parsing.lines import Line, rows_of

_TURNED = 0.5
_HEAD, _FOOT = 0.15, 0.85
"""Of the page's height: how far its head reaches, and where its foot begins."""
_APART = 0.5
"""In heights of a line: the empty strip between head or foot and the rest."""
_BANDS = 3
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_LETTER = re.compile(r"[^\W\d_]")
_ACROSS = -1
_HALF = 0.5
_FAR = 2.0
"""In heights of a line: what stands further down begins a block of its own."""
_Block = tuple[int, list[Line]]


def in_order(lines: Sequence[Line], codes: str, height: float) -> list[Line]:
    """The lines of a page in reading order, those that run over two columns cut."""
    upright = [line for line in lines if not line.turned]
    if len(upright) < _TURNED * len(lines) or not upright:
        return list(lines)
    head, foot = margins(upright, height)
    body = [line for line in lines if line.turned or head < line.middle < foot]
    gutters = gutters_of([line for line in body if not line.turned], codes)
    first = rows_of([line for line in upright if line.middle <= head])
    last = rows_of([line for line in upright if line.middle >= foot])
    ordered = _by_columns(body, gutters, codes) if gutters else in_rows(body, codes)
    return [*chain(*first), *ordered, *chain(*last)]


def margins(lines: Sequence[Line], height: float) -> tuple[float, float]:
    """Above the first and below the second height is what stands apart: the head and the foot."""
    bands: list[list[float]] = []
    for top, bottom in sorted(line.core for line in lines):
        if bands and top < bands[-1][1]:
            bands[-1][1] = max(bands[-1][1], bottom)
        else:
            bands.append([top, bottom])
    if len(bands) < _BANDS:
        return 0.0, height
    head, foot = 0.0, height
    line = sorted(each.height for each in lines)[len(lines) // 2]
    usual = _usual([after[0] - before[1] for before, after in pairwise(bands)])
    for (_, above), (below, _) in pairwise(bands[: _BANDS + 1]):
        if above <= _HEAD * height and below - above >= usual + _APART * line:
            head = (above + below) / 2
    for (_, above), (below, _) in pairwise(bands[-_BANDS - 1 :]):
        if below >= _FOOT * height and below - above >= usual + _APART * line:
            foot = (above + below) / 2
            break
    return head, foot


def _usual(gaps: list[float]) -> float:
    """The gap between the lines of one paragraph: few gaps are smaller."""
    return sorted(gaps)[len(gaps) // 4]


def _by_columns(lines: Sequence[Line], gutters: Sequence[Gutter], codes: str) -> list[Line]:
    """Bands between the lines across all columns, and in each band column after column."""
    pieces = [piece for line in lines for piece in _cut(line, gutters)]
    across = sorted(each.middle for each in pieces if _column(each, gutters) == _ACROSS)
    leftward = 2 * len(_RTL.findall(codes)) > len(_LETTER.findall(codes))

    def place(block: _Block) -> tuple[int, int, float]:
        column, (first, *_) = block
        before = bisect_left(across, first.middle)
        if column == _ACROSS:
            return 2 * before + 1, 0, first.top
        return 2 * before, -column if leftward else column, first.top

    blocks = sorted(_blocks(pieces, gutters, across), key=place)
    return [line for _, block in blocks for line in block]


def _cut(line: Line, gutters: Sequence[Gutter]) -> list[Line]:
    """The line, divided where one of its gaps holds a gutter."""
    if line.turned:
        return [line]
    for gutter in gutters:
        middle = (gutter.left + gutter.right) / 2
        for at, left, right in line.gaps():
            if left <= middle <= right and right - left >= _HALF * (gutter.right - gutter.left):
                one, two = line.cut(at)
                return [*_cut(one, gutters), *_cut(two, gutters)]
    return [line]


def _column(line: Line, gutters: Sequence[Gutter]) -> int:
    """The number of the column that holds a line, from the left; `_ACROSS` for none."""
    for gutter in gutters:
        if line.left < gutter.left + 1 and line.right > gutter.right - 1:
            return _ACROSS
    middle = (line.left + line.right) / 2
    if any(gutter.left <= middle <= gutter.right for gutter in gutters):
        return _ACROSS
    return sum(middle > gutter.right for gutter in gutters)


def _blocks(
    lines: Sequence[Line], gutters: Sequence[Gutter], across: Sequence[float]
) -> list[_Block]:
    """Lines that follow one another down one column, with nothing across between them."""
    blocks: list[_Block] = []
    for line in lines:
        if line.turned and blocks:
            blocks[-1][1].append(line)
            continue
        column = _column(line, gutters)
        if blocks and column == blocks[-1][0]:
            before = blocks[-1][1][-1]
            down = -before.height / 2 <= line.top - before.top <= (1 + _FAR) * before.height
            low, high = sorted((before.middle, line.middle))
            if down and bisect_left(across, low) == bisect_left(across, high):
                blocks[-1][1].append(line)
                continue
        blocks.append((column, [line]))
    return blocks
