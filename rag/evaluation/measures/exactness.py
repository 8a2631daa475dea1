"""Citation exactness: the share of quotes that are the source's characters at their offsets.

Our own measure; an answer that quotes must score 1. Pages are derived anew from the offsets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rag.types import Document, Span


def exactness(
    shown: Sequence[Mapping[str, Any]], document: Callable[[str], Document | None]
) -> float | None:
    """Of citations as JSON. None if nothing is shown; a document that nobody has is not exact."""
    exact = [_exact(citation, document(citation["document"]["id"])) for citation in shown]
    return sum(exact) / len(exact) if exact else None


def _exact(citation: Mapping[str, Any], source: Document | None) -> bool:
    if source is None or not 0 <= citation["start"] <= citation["end"] <= len(source.text):
        return False
    span = Span(citation["start"], citation["end"])
    pages = source.pages_of(span)
    answer = citation["answer"]
    inside = answer is None or span.covers(Span(answer["start"], answer["end"]))
    return (
        inside
        and bool(citation["quote"] == span.of(source.text))
        and citation["pages"] == [page.number for page in pages]
        and citation["page_labels"] == [page.label for page in pages]
    )
