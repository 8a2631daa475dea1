"""Where quoted words stand in a document: at their place, or elsewhere."""

from __future__ import annotations

import re

from rag.dossier.phrasing import line
from rag.types import Document, Span

_LONGEST = 100_000
"""In characters: nobody quotes more, and looking for it everywhere would take long."""


def stands_at(document: Document, quote: str, span: Span) -> bool:
    """Whether the words stand exactly there, white space aside."""
    inside = len(span) > 0 and span.end <= len(document.text)
    return inside and line(span.of(document.text)) == line(quote)


def place_of(document: Document, quote: str, span: Span | None = None) -> Span | None:
    """`span` if the words stand there, else the first place where they do, white space aside."""
    if span is not None and stands_at(document, quote, span):
        return span
    words = quote.split()
    if not words or len(quote) > _LONGEST:
        return None
    found = re.search(r"\s+".join(map(re.escape, words)), document.text)
    return Span(*found.span()) if found else None
