"""Text in the making: blocks with a blank line between, so that each ends its last sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from rag.parsing.cleaning import clean
from rag.parsing.extract import Marked
from rag.types import Part, Role, Span

_SPACE = re.compile(r"[ \t\n\r\f]+")
_DIGIT = re.compile(r"\d")
CELLS = " | "
"""Stands between the cells of a table's row."""
_BETWEEN = "\n\n"


class Kind(NamedTuple):
    """What a block is: a heading with its level, a footnote, or a row of the table of that number
    (the value of a row that heads the others is 1).
    """

    role: Role
    value: int = 0
    table: int = 0


class Blocks:
    """Paragraphs, headings and rows, in reading order; each is of the `kind` set when it ends."""

    def __init__(self) -> None:
        self.kind: Kind | None = None
        self._done: list[tuple[str, Kind | None]] = []
        self._open: list[str] = []
        self._cells = False

    def add(self, text: str, *, exact: bool = False) -> None:
        """More of the open block; white space counts as one space unless it is `exact`."""
        text = clean(text)
        if not exact:
            text = _SPACE.sub(" ", text)
            if self._open and self._open[-1][-1].isspace():
                text = text.lstrip(" ")
        if text:
            self._open.append(text)

    def break_line(self) -> None:
        """A line break inside the block."""
        self._open.append("\n")

    def cell(self) -> None:
        """The next cell of a row begins; the row ends with the block."""
        while self._open and self._open[-1] == " ":
            self._open.pop()
        if self._cells:
            self._open.append(CELLS)
        self._cells = True

    def end(self) -> None:
        """The block is complete; one that is blank leaves nothing."""
        text = "".join(self._open).strip(" \n")
        if text.strip(CELLS if self._cells else None):
            self._done.append((text, self.kind))
        self._open.clear()
        self._cells = False

    def text(self) -> str:
        """All blocks."""
        return self.marked()[0]

    def marked(self) -> Marked:
        """All blocks, and which parts of the text are headings, footnotes and tables."""
        self.end()
        spans: list[Span] = []
        start = 0
        for text, _ in self._done:
            spans.append(Span(start, start + len(text)))
            start += len(text) + len(_BETWEEN)
        parts = [
            Part(span, kind.role, kind.value)
            for span, (_, kind) in zip(spans, self._done, strict=True)
            if kind and not kind.table
        ]
        text = _BETWEEN.join(text for text, _ in self._done)
        return text, tuple(sorted([*parts, *self._tables(spans)]))

    def _tables(self, spans: Sequence[Span]) -> Iterator[Part]:
        """Each table from its first row to its last, whatever stands between."""
        rows: dict[int, list[int]] = {}
        for at, (_, kind) in enumerate(self._done):
            if kind and kind.table:
                rows.setdefault(kind.table, []).append(at)
        end = 0
        for of_one in rows.values():
            span = Span(spans[of_one[0]].start, spans[of_one[-1]].end)
            if span.start >= end:
                head = self._heads(of_one)
                value = spans[of_one[head - 1]].end - span.start if head else 0
                yield Part(span, Role.TABLE, value)
                end = span.end

    def _heads(self, rows: Sequence[int]) -> int:
        """How many rows head a table: as the file says, else the first if it alone has no digit."""
        kinds = (self._done[at][1] for at in rows)
        marked = sum(1 for _ in takewhile(lambda kind: kind is not None and kind.value, kinds))
        if marked:
            return marked
        first, *rest = (_DIGIT.search(self._done[at][0]) for at in rows)
        return int(not first and any(rest))
