"""Where a span of a document stands on a page's image: a rectangle for each of its lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rag.results import Area, Drawn, PageImage
from rag.text import fold
from rag.types import Document, Page, Span

_FAR = 3.0
"""In heights of the line: what stands farther apart is marked apart, as in a table's columns."""
_EDGE = 0.12
"""Of a line's height: so much above and below is rarely inked, and may be given to neighbours."""
_SAME = 0.5
"""Two characters share a line if they share so much of the smaller one's height."""


def boxed(drawn: Drawn, document: Document, page: Page, spans: Sequence[Span]) -> PageImage:
    """The page's image with the areas of each span.

    Where the page's text, as it was drawn, is not what the document holds, a span is looked for by
    its words, nearest to where it should be, and the result is called approximate.
    """
    held = page.span.of(document.text)
    exact = held in {drawn.text, f"{drawn.text}\n"}
    places: list[Span | None] = []
    for span in spans:
        start, end = max(span.start, page.span.start), min(span.end, page.span.end)
        inside = Span(start, end).shift(-page.span.start) if start < end else None
        places.append(inside if exact or inside is None else _found(drawn.text, held, inside))
    areas = tuple(tuple(_areas(drawn, place)) if place else () for place in places)
    return PageImage(drawn.png, drawn.width, drawn.height, areas, approximate=not exact)


def _found(text: str, held: str, place: Span) -> Span | None:
    """Where the words of `held` at `place` stand in `text`, levelled, as near as can be."""
    words = fold(place.of(held)).text.split()
    folded = fold(text)
    if not words:
        return None
    wanted = place.start * len(folded.text) / len(held)
    pattern = re.compile(r"\s*".join(map(re.escape, words)))
    matches = [Span(*match.span()) for match in pattern.finditer(folded.text)]
    nearest = min(matches, key=lambda each: abs(each.start - wanted), default=None)
    return folded.original(nearest) if nearest else None


def _areas(drawn: Drawn, place: Span) -> Iterator[Area]:
    """One for each line, and more where something else stands in between."""
    others = [
        box
        for at, box in enumerate(drawn.boxes)
        if box and not (place.start <= at < place.end or drawn.text[at].isspace())
    ]
    for line in _lines(drawn, place):
        around = _hull(line)
        strangers = [box for box in others if _inside(box, around)]
        for run in _runs(line, strangers):
            yield _trimmed(_hull(run), others)


def _lines(drawn: Drawn, place: Span) -> Iterator[list[Area]]:
    """The boxes of the printed characters, line by line."""
    line: list[Area] = []
    for at in range(place.start, min(place.end, len(drawn.text))):
        box = drawn.boxes[at]
        if line and (drawn.text[at] == "\n" or (box and not _goes_on(line[-1], box, drawn))):
            yield line
            line = []
        if box and not drawn.text[at].isspace():
            line.append(box)
    if line:
        yield line


def _goes_on(last: Area, box: Area, drawn: Drawn) -> bool:
    """Whether a character stands beside the one before it, or below it in upright writing."""
    height, other = last.bottom - last.top, box.bottom - box.top
    beside = min(last.bottom, box.bottom) - max(last.top, box.top)
    if beside >= _SAME * min(height, other):
        gap = max(box.left - last.right, last.left - box.right) * drawn.width
        return gap <= _FAR * max(height, other) * drawn.height
    below = min(last.right, box.right) - max(last.left, box.left)
    gap = max(box.top - last.bottom, last.top - box.bottom)
    narrow = min(last.right - last.left, box.right - box.left)
    return below >= _SAME * narrow and gap <= max(height, other)


def _runs(line: Sequence[Area], strangers: Sequence[Area]) -> Iterator[list[Area]]:
    """The line from left to right, divided where a stranger stands between two characters."""
    run: list[Area] = []
    for box in sorted(line):
        between = any(
            _middle(run[-1]) < _middle(stranger) < _middle(box) for stranger in strangers if run
        )
        if between:
            yield run
            run = []
        run.append(box)
    if run:
        yield run


def _trimmed(area: Area, others: Iterable[Area]) -> Area:
    """The area without what reaches into it of the lines above and below."""
    top, bottom = area.top, area.bottom
    middle, most = (top + bottom) / 2, _EDGE * (bottom - top)
    for box in others:
        if min(box.right, area.right) <= max(box.left, area.left):
            continue
        if box.bottom < middle and box.bottom > top and box.top < area.top:
            top = max(top, min((area.top + box.bottom) / 2, area.top + most))
        if box.top > middle and box.top < bottom and box.bottom > area.bottom:
            bottom = min(bottom, max((area.bottom + box.top) / 2, area.bottom - most))
    return Area(area.left, top, area.right, bottom)


def _hull(boxes: Sequence[Area]) -> Area:
    return Area(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _inside(box: Area, around: Area) -> bool:
    """Whether the middle of a character lies in the area."""
    return (
        around.left < _middle(box) < around.right
        and around.top < (box.top + box.bottom) / 2 < around.bottom
    )


def _middle(box: Area) -> float:
    return (box.left + box.right) / 2
