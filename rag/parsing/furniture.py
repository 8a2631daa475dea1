"""What pages repeat: running heads and feet, and the numbers of the pages.

A line at the edge of a page is taken for furniture if pages nearby have the same line in the same
place, where a number may count as the pages do.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag.parsing.lines import Line, rows_of
from rag.parsing.sheet import Sheet
from rag.types import Span

_ROWS = 5
"""At each edge."""
_ZONE = 0.2
"""Of a page's height: how far from its edge furniture may stand."""
_NEARBY = 8
"""In pages: chapters change, and with them their running heads."""
_FEW_PAGES = 3
_SAME_PLACE = 5.0
"""In points."""
_OUTER = 2
"""Rows at the very edge: where a page ends early, its foot may stand higher."""
_NUMBER = re.compile(r"\d{1,9}|\b[ivxlc]{1,7}\b", re.IGNORECASE)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_AROUND = " -–—|.[]()/"


class _Seen(NamedTuple):
    page: int
    row: int
    middle: float
    numbers: tuple[int, ...]


_Rows = list[list[tuple[Span, Line]]]
_Memory = dict[tuple[bool, str], list[_Seen]]


def furniture_of(sheets: Sequence[Sheet], labels: Sequence[str]) -> list[list[Span]]:
    """The spans of each page's furniture in its text; `labels` are the pages' printed names.

    A page that would be nothing but furniture has none.
    """
    memory: _Memory = defaultdict(list)
    edges = [_edges(sheet) for sheet in sheets]
    for page, both in enumerate(edges):
        for top, rows in both.items():
            for at, row in enumerate(rows):
                for span, line in row:
                    words, numbers = _told(sheets[page].text, span)
                    memory[top, words].append(_Seen(page, at, line.middle, numbers))
    few = len(sheets) <= _FEW_PAGES
    found: list[list[Span]] = []
    for page, sheet in enumerate(sheets):
        spans = {
            span
            for top, rows in edges[page].items()
            for span in _repeated(sheet, page, rows, memory, (top, few, labels[page]))
        }
        found.append(sorted(spans) if len(spans) < len(sheet.lines) else [])
    return found


def _edges(sheet: Sheet) -> dict[bool, _Rows]:
    """The rows at the head (True) and at the foot of a page, from its edge inwards."""
    spans = {id(line): span for span, line in sheet.lines}
    rows = rows_of([line for _, line in sheet.lines if not line.turned])
    return {
        top: [[(spans[id(line)], line) for line in row] for row in some]
        for top, some in ((True, rows[:_ROWS]), (False, rows[: -_ROWS - 1 : -1]))
    }


def _told(text: str, span: Span) -> tuple[str, tuple[int, ...]]:
    """A line's words without its numbers, and the numbers."""
    words = " ".join(span.of(text).split())
    numbers = tuple(map(_value, _NUMBER.findall(words)))
    return _NUMBER.sub("#", words).casefold(), numbers


def _value(written: str) -> int:
    if written.isdecimal():
        return int(written)
    values = [_ROMAN[letter] for letter in written.lower()]
    return sum(
        -one if one < two else one for one, two in zip(values, [*values[1:], 0], strict=True)
    )


def _repeated(
    sheet: Sheet, page: int, rows: _Rows, memory: _Memory, edge: tuple[bool, bool, str]
) -> Iterator[Span]:
    """From the edge inwards, as long as each row holds something that is repeated.

    `edge` says whether it is the head, whether the pages are few, and how this one is labelled.
    """
    top, few, label = edge
    least = 1 if few else 2
    for at, row in enumerate(rows):
        found = False
        for span, line in row:
            words, numbers = _told(sheet.text, span)
            lone = at == 0 and len(row) == 1 and span.of(sheet.text).strip(_AROUND) == label
            here = _Seen(page, at, line.middle, numbers)
            if lone or _times(memory[top, words], here, sheet.height, least) >= least:
                found = True
                yield span
        if not found:
            return


def _times(seen: list[_Seen], here: _Seen, height: float, enough: int) -> int:
    """On how many pages nearby the same is seen in this place, up to `enough`."""
    found: set[int] = set()
    zone = not _ZONE * height < here.middle < (1 - _ZONE) * height
    for there in _nearby(seen, here.page):
        close = zone and abs(there.middle - here.middle) <= _SAME_PLACE
        outer = there.row == here.row < _OUTER
        if (
            there.page != here.page
            and (close or outer)
            and all(
                two in {one, one + there.page - here.page}
                for one, two in zip(here.numbers, there.numbers, strict=True)
            )
        ):
            found.add(there.page)
            if len(found) >= enough:
                break
    return len(found)


def _nearby(seen: list[_Seen], page: int) -> Iterator[_Seen]:
    """`seen` is in the order of the pages."""
    first = bisect_left(seen, page - _NEARBY, key=lambda each: each.page)
    for each in seen[first:]:
        if each.page > page + _NEARBY:
            return
        yield each
