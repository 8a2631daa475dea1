"""Tables on a PDF page: rows whose cells stand under one another, and the rows that head them.

A cell ends where a row has a gap as wide as its type is high. What has too few rows in line, or
lists with a sign before each item, is no table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.parsing.lines import Line
from rag.parsing.sheet import Sheet
from rag.types import Part, Role, Span

_FIGURE = re.compile(r"[(\[$€£¥₼₽+\-–—−]*\s*(?:\d[\d.,\s]*|[—–-])\s*[%)\]]*")
_AMOUNT = re.compile(r"\d[.,]\d|\d\s?%|[$€£¥₼₽]\s?\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SIGN = re.compile(r"\W{1,2}|\(?\w{1,4}[.)]|\[\w{1,3}\]|[oo]")
_CURRENCY = frozenset("$€£¥₼₽")
_GAP = 1.0
"""In sizes of the type."""
_NEAR = 4.0
"""In points: two edges in line."""
_LOOSE = 4.0
"""In heights of a row: the widest strip between two rows of a table."""
_FEWEST_ROWS = 3
_PATIENCE = 2
"""Rows of one cell between two rows of more."""
_ABOVE = 8
_LONGEST_HEADER = 600
_MOST_WORDS = 12
_TERSE = 3


class Cell(NamedTuple):
    left: float
    right: float
    text: str

    def in_line(self, other: Cell) -> bool:
        """Whether two cells share an edge or their middle."""
        left, right = self.left - other.left, self.right - other.right
        return min(abs(left), abs(right), abs(left + right) / 2) <= _NEAR


@dataclass(slots=True)
class Row:
    """One row of a page, as its text has it between two line breaks."""

    start: int
    end: int
    top: float
    bottom: float
    bold: bool
    cells: list[Cell]

    @property
    def left(self) -> float:
        return self.cells[0].left

    @property
    def tabular(self) -> bool:
        return len(self.cells) > 1

    def in_line(self, other: Row) -> bool:
        """Whether a cell that is not the first stands in line with one of the other row."""
        return any(one.in_line(two) for one in self.cells[1:] for two in other.cells[1:])

    def has_values(self) -> bool:
        """Whether a cell holds a figure that is not a year."""
        return any(
            (_FIGURE.fullmatch(cell.text) and not _YEAR.fullmatch(cell.text))
            or _AMOUNT.search(cell.text)
            for cell in self.cells
        )


def tables_of(sheet: Sheet, codes: str) -> list[Part]:
    """The tables in a page's text; `codes` are the page's characters at pdfium."""
    lines = [row for row in sheet.rows() if not any(line.turned for _, line in row)]
    if sum(len(row) > 1 or bool(row[0][1].wide) for row in lines) < _FEWEST_ROWS:
        return []
    rows = [_row(row, codes) for row in lines]
    parts: list[Part] = []
    at = 0
    while at < len(rows):
        after = _reach(rows, at)
        if not _is_table(rows[at:after]):
            at = max(at + 1, after)
            continue
        if not any(row.has_values() for row in rows[at:after]):
            # The heads of some tables stand in line with one another and not with the values.
            further = _reach(rows, after) if after < len(rows) else after
            after = further if _is_table(rows[after:further]) else after
        over = _over(rows[:at], rows[at:after], parts[-1].span.end if parts else 0)
        parts.append(_part(rows[at - over : after]))
        at = after
    return parts


def _row(lines: Sequence[tuple[Span, Line]], codes: str) -> Row:
    cells: list[Cell] = []
    for _, line in lines:
        cells = _joined(cells, list(_cells(line, codes)), line.size)
    return Row(
        lines[0][0].start,
        lines[-1][0].end,
        min(line.top for _, line in lines),
        max(line.bottom for _, line in lines),
        all(line.bold for _, line in lines),
        cells,
    )


def _cells(line: Line, codes: str) -> Iterator[Cell]:
    cuts = [at for at, width in line.wide if width >= _GAP * line.size]
    if not cuts:
        yield Cell(line.left, line.right, codes[line.words[0].start : line.words[-1].end])
        return
    start = 0
    for cut in [*cuts, len(line.words)]:
        words = line.words[start:cut]
        text = codes[words[0].start : words[-1].end]
        if text in _CURRENCY and cut < len(line.words):
            continue
        left, right = min(word.left for word in words), max(word.right for word in words)
        yield Cell(left, right, text)
        start = cut


def _joined(before: list[Cell], cells: list[Cell], size: float) -> list[Cell]:
    """The cells of a row in two lines: the edge between the two may run through a cell."""
    if not before:
        return cells
    one, two = before[-1], cells[0]
    if two.left - one.right >= _GAP * size:
        return before + cells
    return [*before[:-1], Cell(one.left, two.right, f"{one.text} {two.text}"), *cells[1:]]


def _reach(rows: Sequence[Row], first: int) -> int:
    """The index after the last row that stands in line with those from `first` on."""
    if not rows[first].tabular:
        return first
    last = first
    for at in range(first + 1, len(rows)):
        row = rows[at]
        gap = row.top - rows[at - 1].bottom
        if at - last > _PATIENCE + 1 or not -row.bottom < gap < _LOOSE * (row.bottom - row.top):
            break
        tabular = [each for each in rows[max(first, last - 3) : last + 1] if each.tabular]
        if row.tabular and any(row.in_line(each) for each in tabular):
            last = at
    return last + 1


def _is_table(rows: Sequence[Row]) -> bool:
    tabular = [row for row in rows if row.tabular]
    if len(tabular) < _FEWEST_ROWS:
        return False
    listed = sum(bool(_SIGN.fullmatch(row.cells[0].text)) for row in tabular)
    words = sorted(len(cell.text.split()) for row in tabular for cell in row.cells[1:])
    wordy = words[len(words) // 2] > _MOST_WORDS
    pairs = sum(len(row.cells) == 2 for row in tabular)  # noqa: PLR2004 - a sign and an item
    return not (wordy or (2 * listed > len(tabular) and 2 * pairs > len(tabular)))


def _over(above: Sequence[Row], body: Sequence[Row], after: int) -> int:
    """How many rows over the table belong to its head: they stand over its columns but the first.

    A row over the first column may stand between, such as the title of the first group of rows.
    """
    first = min(row.cells[1].left for row in body if row.tabular)
    count = 0
    below = body[0]
    for number, row in enumerate(reversed(above[-_ABOVE:]), start=1):
        near = -below.bottom < below.top - row.bottom < row.bottom - row.top
        if not near or row.start < after:
            break
        if row.cells[0].left >= first - _NEAR:
            count = number
        elif number - count > _PATIENCE:
            break
        below = row
    return count


def _part(rows: Sequence[Row]) -> Part:
    """The table from its first row; its head ends where the first row with values begins."""
    span = Span(rows[0].start, rows[-1].end)
    values = next((at for at, row in enumerate(rows) if row.tabular and row.has_values()), None)
    if values is None:
        values = int(_heads(rows))
    while values > 1 and not rows[values - 1].tabular and rows[values - 1].left < _start(rows):
        values -= 1
    length = rows[values - 1].end - span.start if values else 0
    return Part(span, Role.TABLE, length if length <= _LONGEST_HEADER else 0)


def _start(rows: Sequence[Row]) -> float:
    """Where the second column begins."""
    return min(row.cells[1].left for row in rows if row.tabular) - _NEAR


def _heads(rows: Sequence[Row]) -> bool:
    """Whether the first row of a table of words is its head: bolder than the rest, or terse."""
    first, *rest = rows
    if first.bold and 2 * sum(row.bold for row in rest) < len(rest):
        return True
    terse = all(len(cell.text.split()) <= _TERSE for cell in first.cells)
    return len(first.cells) > 2 and terse  # noqa: PLR2004 - pairs are lists of terms
