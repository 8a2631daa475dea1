"""Tables that a file draws column by column, set in rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from rag.parsing.lines import Line

_FIGURE = re.compile(r"[\s$€£¥₼₽(\[+\-–—−]*(?:\d[\d.,\s]*)?[%)\]\s]*")
_FIGURES = 0.6
"""Of a column: so many lines must be figures, or it may be a text of its own."""
_FEWEST, _MOST = 3, 500
_UP = 0.5
"""In heights of a line."""


def in_rows(lines: Sequence[Line], codes: str) -> list[Line]:
    """The lines in their order, but each of a column of figures after what stands left of it."""
    tables: list[list[list[Line]]] = []
    for run in _downward(lines):
        if not (tables and _is_column(run, codes) and _joins(tables[-1], run)):
            tables.append([[line] for line in run])
    return [line for table in tables for line in chain(*table)]


def _downward(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Runs of lines, each of which goes down the page, or along a row."""
    run: list[Line] = []
    for line in lines:
        if run and (line.turned or line.top < run[-1].top - _UP * run[-1].height):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _is_column(run: Sequence[Line], codes: str) -> bool:
    figures = sum(bool(_FIGURE.fullmatch(codes[line.start : line.end])) for line in run)
    return _FEWEST <= len(run) <= _MOST and figures >= _FIGURES * len(run)


def _joins(rows: list[list[Line]], run: Sequence[Line]) -> bool:
    """Puts each line of `run` at the end of its row; False, and no change, if one has none."""
    if len(rows) > _MOST:
        return False
    places = [
        next((row for row in rows if row[-1].right < line.left and row[-1].beside(line)), None)
        for line in run
    ]
    if None in places or len({id(row) for row in places}) < len(run):
        return False
    for row, line in zip(places, run, strict=True):
        if row is not None:
            row.append(line)
    return True
