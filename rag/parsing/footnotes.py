"""Footnotes: small type at the foot of a page or of its column, begun by a mark or a number."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.parsing.lines import Line
from rag.parsing.sheet import Sheet
from rag.types import Part, Role, Span

_SMALL = 0.92
"""Of the size of the body's type."""
_LOWER = 0.4
"""Of the page's height: no footnote begins above."""
_MARK = re.compile(
    r"\s*(?:(?P<number>\d{1,3})|[*†‡§¶]{1,3}|\[(?P<squared>\d{1,3})\]|\((?P<round>\d{1,2})\)"
    r"|\(?[a-z]\))(?=[\s.)]?\s*[^\W\d_]|\s*[\"“«‘'(\[])"
)
_LEAP = 3
"""Numbers of notes may leave out some, since a column may hold others."""


def footnotes_of(
    sheet: Sheet, body: float, others: Sequence[Span], *, continued: bool
) -> list[Part]:
    """The footnotes of a page whose body is set in type of size `body`.

    `others` are the spans of furniture and tables, sorted; `continued` says whether the page
    before ended in a footnote, so that this page's first may begin without a mark.
    """
    taken = {span.start for span, _ in sheet.lines if any(each.covers(span) for each in others)}
    lines = [each for each in sheet.lines if each[0].start not in taken]
    small = [each for each in lines if _is_low(each[1], sheet, body)]
    large = [line for _, line in lines if line.size > _SMALL * body]
    if not small or not large:
        return []
    notes = [(span, line) for span, line in small if not _has_below(line, large)]
    order = {span.start: at for at, (span, _) in enumerate(lines)}
    parts: list[Part] = []
    open_until, number = (-1, 0)
    for span, _ in notes:
        at = order[span.start]
        follows = bool(parts) and at == open_until + 1
        found = _MARK.match(span.of(sheet.text))
        new = _number(found) if found else None
        begins = new is not None and (not follows or new == 0 or number < new <= number + _LEAP)
        if new is not None and begins:
            parts.append(Part(span, Role.FOOTNOTE))
            number = new
        elif follows:
            parts[-1] = Part(Span(parts[-1].span.start, span.end), Role.FOOTNOTE)
        elif continued and not parts:
            parts.append(Part(span, Role.FOOTNOTE))
        else:
            continue
        open_until = at
    return parts


def _number(mark: re.Match[str]) -> int:
    """The number of a note, 0 for one marked otherwise."""
    written = mark["number"] or mark["squared"] or mark["round"]
    return int(written) if written else 0


def _is_low(line: Line, sheet: Sheet, body: float) -> bool:
    low = line.middle > _LOWER * sheet.height
    return low and not line.turned and 0 < line.size <= _SMALL * body


def _has_below(line: Line, large: Sequence[Line]) -> bool:
    """Whether type of the body's size stands under the line."""
    return any(
        each.middle > line.middle and each.left < line.right and line.left < each.right
        for each in large
    )
