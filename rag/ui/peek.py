"""A glance at a citation's source: who said it, where, and the sentence between its neighbours."""

from __future__ import annotations

from rag.text import sentences
from rag.types import Citation, Document, Span
from rag.ui.html import STATUS_WORDS, Html, place

NEAR = 1_000
"""Characters on each side of a quotation among which its neighbouring sentences are looked for."""
LONGEST = 240
"""Characters of a neighbouring sentence that are shown."""


def peek(citation: Citation) -> Html:
    """What appears while a citation's number is pointed at or has the focus."""
    document = citation.document
    before, after = neighbours(document, citation.span)
    return Html(
        '<span class="peek"><span class="peek-title"><bdi>{title}</bdi></span>'
        '<span class="peek-about"><bdi>{attribution}</bdi> · {place} · {status}</span>'
        '<span class="peek-text">{before}<mark>{quote}</mark>{after}</span></span>'
    ).format(
        title=document.title or document.path,
        attribution=document.attribution,
        place=place(citation),
        status=STATUS_WORDS[citation.status],
        before=f"{_end(before)} " if before else "",
        quote=" ".join(citation.quote.split()),
        after=f" {_start(after)}" if after else "",
    )


def neighbours(document: Document, span: Span) -> tuple[str, str]:
    """The sentence before and the one after, on one line each; empty at a text's edge."""
    language = document.language or "en"
    head = Span(max(0, span.start - NEAR), span.start)
    tail = Span(span.end, min(len(document.text), span.end + NEAR))
    before, after = (
        [each.shift(part.start) for each in sentences(part.of(document.text), language)]
        for part in (head, tail)
    )
    return (
        " ".join(document.prose(before[-1]).split()) if before else "",
        " ".join(document.prose(after[0]).split()) if after else "",
    )


def _end(sentence: str) -> str:
    return sentence if len(sentence) <= LONGEST else f"…{sentence[-LONGEST:].lstrip()}"


def _start(sentence: str) -> str:
    return sentence if len(sentence) <= LONGEST else f"{sentence[:LONGEST].rstrip()}…"
