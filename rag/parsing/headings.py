"""The headings of a PDF: what its outline names, and what is set larger or bolder than its body."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rag.parsing.levels import DEEPEST, Found, Style, levels_of, numbering
from rag.parsing.lines import Line
from rag.parsing.outline import Entry, named
from rag.parsing.sheet import Sheet
from rag.types import Part, Role, Span

_LARGER = 1.12
_SAME_SIZE = 0.95
_LONGEST, _MOST_ROWS = 250, 4
_OFTEN = 0.3
"""Of all rows: type that is this frequent heads nothing."""
_FEW_ROWS = 20
_FULL = 0.93
"""Of the body's width: a bold row as long as this begins a paragraph."""
_LETTER = re.compile(r"[^\W\d_]")
_LETTERS = 0.4
_WORD = re.compile(r"[^\W\d_]{3}|[\u3040-\u9fff]{2}")
_ASIDE = re.compile(r"\s*(?:[•▪●■□☐☑☒–—*-]|\(.*\)\s*$|[$€£])")
"""Items of lists, and what stands under a heading in brackets."""
_ENDS = (".", ":", "?", "!")
_GOES_ON = (",", ";")


class Body(NamedTuple):
    """What most of a text is set in: size in points, bold or not, and its lines' right edge."""

    size: float
    bold: bool
    right: float


class _Row(NamedTuple):
    span: Span
    text: str
    top: float
    bottom: float
    right: float
    size: float
    bold: bool

    def follows(self, other: _Row) -> bool:
        """Whether it stands right under the other row, as the next line of a paragraph does."""
        return -self.bottom < self.top - other.bottom < (self.bottom - self.top) / 2


def body_of(sheets: Sequence[Sheet]) -> Body:
    """By the number of characters that are set so."""
    styles: Counter[tuple[float, bool]] = Counter()
    edges: Counter[int] = Counter()
    for sheet in sheets:
        for span, line in sheet.lines:
            if not line.size:
                # Recognised text, of which the type is not known.
                continue
            styles[round(2 * line.size) / 2, line.bold] += len(span)
            edges[round(line.right)] += len(span)
    if not styles:
        return Body(0, bold=False, right=0)
    size, bold = styles.most_common(1)[0][0]
    beyond, right = 0, 0
    for right in sorted(edges, reverse=True):
        beyond += edges[right]
        if 10 * beyond > edges.total():
            break
    return Body(size, bold, right)


def headings_of(
    sheets: Sequence[Sheet], body: Body, others: Sequence[Sequence[Span]], outline: Sequence[Entry]
) -> list[list[Part]]:
    """The headings of each page; `others` are the spans that are something else."""
    entries: dict[int, list[Entry]] = {}
    for entry in outline:
        entries.setdefault(entry.page, []).append(entry)
    titles: dict[tuple[int, Span], int] = {}
    found: list[Found] = []
    count = 0
    for page, (sheet, spans) in enumerate(zip(sheets, others, strict=True)):
        rows = _rows(sheet, spans)
        count += len(rows)
        found += _set_apart(page, rows, body)
        for span, level in named([(row.span, row.text) for row in rows], entries.get(page, [])):
            titles[page, span] = min(DEEPEST, level)
    often = Counter(each.style[:2] for each in found)
    found = [each for each in found if often[each.style[:2]] <= _OFTEN * max(_FEW_ROWS, count)]
    levels = levels_of(found, titles)
    parts: list[list[Part]] = [[] for _ in sheets]
    every = [(page, span, level) for (page, span), level in titles.items()]
    every += [(each.page, each.span, levels[each.style]) for each in found]
    for page, span, level in every:
        if not _meets(span, (part.span for part in parts[page])):
            parts[page].append(Part(span, Role.HEADING, level))
    return [sorted(each) for each in parts]


def _rows(sheet: Sheet, others: Sequence[Span]) -> list[_Row]:
    """The rows of a page that may be headings, as far as the rest of the page tells."""
    rows: list[_Row] = []
    for lines in sheet.rows():
        span = Span(lines[0][0].start, lines[-1][0].end)
        if _meets(span, others) or any(line.turned for _, line in lines):
            continue
        rows.append(_row(span, span.of(sheet.text), [line for _, line in lines]))
    return rows


def _meets(span: Span, others: Iterable[Span]) -> bool:
    """Whether the span shares a character with one of the others."""
    return any(each.start < span.end and span.start < each.end for each in others)


def _row(span: Span, text: str, lines: Sequence[Line]) -> _Row:
    return _Row(
        span,
        text,
        min(line.top for line in lines),
        max(line.bottom for line in lines),
        max(line.right for line in lines),
        round(2 * max(line.size for line in lines)) / 2,
        all(line.bold for line in lines),
    )


def _set_apart(page: int, rows: Sequence[_Row], body: Body) -> Iterator[Found]:
    """Runs of few rows in one larger or bolder type, and not the beginning of a paragraph."""
    at = 0
    while at < len(rows):
        after = at + 1
        if _stands_out(rows[at], body):
            while after < len(rows) and _goes_on(rows[after - 1], rows[after]):
                after += 1
            following = rows[after] if after < len(rows) else None
            if _heads(rows[at:after], following, body):
                span = Span(rows[at].span.start, rows[after - 1].span.end)
                yield Found(page, span, _style(rows[at]))
        at = after


def _stands_out(row: _Row, body: Body) -> bool:
    bolder = row.bold and not body.bold and row.size >= _SAME_SIZE * body.size
    larger = body.size > 0 and row.size >= _LARGER * body.size
    return (bolder or larger) and not _ASIDE.match(row.text)


def _goes_on(row: _Row, following: _Row) -> bool:
    same = row.size == following.size and row.bold == following.bold
    return same and following.follows(row) and not numbering(following.text)


def _heads(rows: Sequence[_Row], following: _Row | None, body: Body) -> bool:
    text = " ".join(row.text.strip() for row in rows)
    if len(rows) > _MOST_ROWS or len(text) > _LONGEST or text.endswith(_GOES_ON):
        return False
    if not _WORD.search(text) or len(_LETTER.findall(text)) < _LETTERS * len(text):
        return False
    last = rows[-1]
    runs_on = following is not None and following.follows(last) and last.right >= _FULL * body.right
    return last.size >= _LARGER * body.size or not runs_on or text.endswith(_ENDS)


def _style(row: _Row) -> Style:
    return Style(-row.size, not row.bold, numbering(row.text))
