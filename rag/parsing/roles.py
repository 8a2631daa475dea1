"""What the stretches of a PDF's pages are, which only all pages together tell."""

from __future__ import annotations

from collections.abc import Sequence

from rag.parsing.footnotes import footnotes_of
from rag.parsing.furniture import furniture_of
from rag.parsing.headings import Body, body_of, headings_of
from rag.parsing.outline import Entry
from rag.parsing.sheet import Sheet
from rag.types import Part, Role, Span

_SMALLER = 0.92


def parts_of(
    sheets: Sequence[Sheet],
    own: Sequence[Sequence[Part]],
    labels: Sequence[str],
    outline: Sequence[Entry],
) -> list[list[Part]]:
    """The parts of each page, sorted: its `own` ones, which are tables and recognised lines, and
    furniture, footnotes and headings.
    """
    furniture = furniture_of(sheets, labels)
    body = body_of(sheets)
    taken: list[list[Span]] = []
    parts: list[list[Part]] = []
    continued = False
    for sheet, spans, found in zip(sheets, furniture, own, strict=True):
        page = [Part(span, Role.FURNITURE) for span in spans]
        page += (kept for part in found if (kept := _clear_of(part, spans)))
        others = sorted(part.span for part in page if part.role is not Role.RECOGNISED)
        notes = footnotes_of(sheet, _own(sheet, body), others, continued=continued)
        continued = bool(notes)
        page += notes
        parts.append(page)
        taken.append([*others, *(note.span for note in notes)])
    headings = headings_of(sheets, body, taken, outline)
    return [sorted([*page, *heads]) for page, heads in zip(parts, headings, strict=True)]


def _own(sheet: Sheet, body: Body) -> float:
    """The size of a page's own body: an annex may be set in smaller type as a whole."""
    own = body_of([sheet]).size
    return own if own < _SMALLER * body.size else body.size


def _clear_of(table: Part, furniture: Sequence[Span]) -> Part | None:
    """A table without the furniture at its edges; other parts stay as they are."""
    if table.role is not Role.TABLE:
        return table
    start, end = table.span.start, table.span.end
    for span in furniture:
        if span.start <= start < span.end:
            start = span.end
    for span in reversed(furniture):
        if span.start < end <= span.end:
            end = span.start
    if start >= end:
        return None
    return Part(Span(start, end), Role.TABLE, max(0, table.span.start + table.value - start))
