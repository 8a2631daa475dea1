"""Where a quotation stands besides its page, and how sure its words are if they are a scan's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.types import Document, Role, Span

DOUBTFUL = 70
"""In percent: recognised text below is to be compared with its page."""
_NUMBERED = re.compile(
    r"^[^\S\n]*(?:((?:Article|Art\.|Section|§)[^\S\n]?\d{1,4}[a-z]?)\b|(\d{1,4})[.)](?=[^\S\n]))",
    re.MULTILINE,
)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_FAR = 8_000
"""In characters: a paragraph's number, and those of its neighbours, stand no farther away."""


def section(document: Document, span: Span) -> tuple[str, ...]:
    """The headings under which `span` begins, outermost first, without the document's title."""
    return tuple(each for each in document.headings(span) if each != document.title)


def paragraph(document: Document, span: Span) -> str:
    """What is printed before the paragraph or article in which `span` begins: "paragraph 45",
    "Article 5"; empty where none is known.

    A number counts where the one before or after it begins another line nearby: a line may begin
    with the year that ends a sentence. It reaches as far as a heading or a blank line.
    """
    first = max(0, span.start - _FAR)
    headings = document.parts_of(Span(first, span.start), Role.HEADING)
    first = max([first, *(part.span.end for part in headings if part.span.end <= span.start)])
    if document.parts_of(span, Role.FOOTNOTE):
        return ""
    around = list(_numbers(document, max(0, first - _FAR), span.end + _FAR))
    known = {int(each[2]) for each in around if each[2]}
    for each in reversed(around):
        if not first <= each.start() <= span.start:
            continue
        if each[1] or known & {int(each[2]) - 1, int(each[2]) + 1}:
            ended = _BLANK_LINE.search(document.text, each.end(), max(each.end(), span.start))
            name = each[1] or f"paragraph {each[2]}"
            return "" if ended else " ".join(name.split())
    return ""


def sureness(document: Document, span: Span) -> int | None:
    """In percent, how sure the words of `span` are that were recognised; None if none were."""
    parts = document.parts_of(span, Role.RECOGNISED)
    sizes = [(part.span.overlap(span), part.value) for part in parts]
    total = sum(size for size, _ in sizes)
    return round(sum(size * value for size, value in sizes) / total) if total else None


def recognition(document: Document, span: Span) -> str:
    """The same in words: "recognised text, 87 %"; empty for what was not recognised."""
    sure = sureness(document, span)
    if sure is None:
        return ""
    doubt = ", doubtful: compare it with the page" if sure < DOUBTFUL else ""
    return f"recognised text, {sure} %{doubt}"


def _numbers(document: Document, start: int, end: int) -> Iterator[re.Match[str]]:
    """The numbers that begin lines of running text."""
    for match in _NUMBERED.finditer(document.text, start, min(end, len(document.text))):
        place = Span(*match.span())
        if not document.parts_of(place, Role.FOOTNOTE, Role.FURNITURE, Role.TABLE, Role.HEADING):
            yield match
