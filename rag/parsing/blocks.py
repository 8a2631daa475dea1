"""Text in the making: blocks with a blank line between, so that each ends its last sentence."""

from __future__ import annotations

import re

_SPACE = re.compile(r"[ \t\n\r\f]+")
CELLS = " | "
"""Stands between the cells of a table's row."""


class Blocks:
    """Paragraphs, headings and rows, in reading order."""

    def __init__(self) -> None:
        self._done: list[str] = []
        self._open: list[str] = []
        self._cells = False

    def add(self, text: str, *, exact: bool = False) -> None:
        """More of the open block; white space counts as one space unless it is `exact`."""
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
            self._done.append(text)
        self._open.clear()
        self._cells = False

    def text(self) -> str:
        """All blocks."""
        self.end()
        return "\n\n".join(self._done)
