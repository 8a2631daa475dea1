"""One page of a PDF set as text: its lines in reading order, and where each stands in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rag.parsing.cleaning import clean
from rag.parsing.glyphs import Glyphs
from rag.parsing.lines import Line, lines_of
from rag.parsing.order import in_order
from rag.types import Span

# pdfium puts one of the first two for a hyphen that ends a line, together with the line break;
# on real filings five in six are part of the word ("non-GAAP"), so none is dropped.
# The other two are the bullets of the Symbol and Wingdings fonts.
_ARTEFACTS = str.maketrans({"\x02": "-\n", "\ufffe": "-\n", "\uf0b7": "•", "\uf0a7": "▪"})
_SMALL = 0.85
_TOUCHING = 0.12
"""In sizes of the type: a smaller gap is none."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page's text in reading order, the lines of it with their spans, and its size in points."""

    text: str
    lines: list[tuple[Span, Line]]
    width: float
    height: float

    def rows(self) -> list[list[tuple[Span, Line]]]:
        """The lines by the lines of the text: those that are set in one belong together."""
        rows: list[list[tuple[Span, Line]]] = []
        for span, line in self.lines:
            if rows and "\n" not in self.text[rows[-1][-1][0].end - 1 : span.start]:
                rows[-1].append((span, line))
            else:
                rows.append([(span, line)])
        return rows


def sheet_of(glyphs: Glyphs) -> Sheet:
    """The page's lines set one under another; those that share a row are set in one."""
    texts: list[str] = []
    lines: list[tuple[Span, Line]] = []
    start = 0
    for line in in_order(lines_of(glyphs), glyphs.codes, glyphs.height):
        if lines:
            between = _between(lines[-1][1], line, texts[-1])
            texts.append(between)
            start += len(between)
        text = clean(glyphs.codes[line.start : line.end].translate(_ARTEFACTS))
        lines.append((Span(start, start + len(text)), line))
        texts.append(text)
        start += len(text)
    return Sheet("".join(texts), lines, glyphs.width, glyphs.height)


def _between(one: Line, two: Line, text: str) -> str:
    """What stands between two lines: a line break, or in one row a space, if there is room."""
    if text.endswith("\n"):
        return ""
    aside = not (one.turned or two.turned) and one.left < two.left and one.beside(two)
    if not aside:
        return "\n"
    touching = two.left - one.right < _TOUCHING * one.size
    # A small number that touches a word is mostly that of a note.
    note = text[-1:].isalpha() and 0 < two.number < _SMALL * one.size
    return "" if text.endswith(" ") or (touching and not note) else " "


def places(codes: str, line: Line) -> Iterator[int]:
    """The index in `codes` of each character of a line's text, -1 for a made one."""
    for at in range(line.start, line.end):
        for more in range(len(clean(codes[at].translate(_ARTEFACTS)))):
            yield -1 if more else at
