"""HTML whose placeholders are always filled literally, and the few marks that every view needs.

What documents and people write goes through `Html.format` only. Each ASCII character of it that
could mean something to HTML or to Markdown leaves as a numeric entity, so neither a Markdown
renderer nor a sanitiser finds anything to act on. Templates hold no line breaks: a blank line
would end an HTML block and let Markdown begin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby, pairwise

from markupsafe import Markup

from rag.types import Citation, Page, Span, Status

_MEANINGFUL = re.compile(r"[^\w ]|_", re.ASCII)
_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

DASH = "\N{EN DASH}"
STATUS_WORDS = {
    Status.VERBATIM: "verbatim",
    Status.SUPPORTED: "supported",
    Status.WEAK: "doubtful",
    Status.UNSUPPORTED: "not supported",
}
STATUS_SIGNS = {
    Status.VERBATIM: "",
    Status.SUPPORTED: "≈",
    Status.WEAK: "~",
    Status.UNSUPPORTED: "?",
}
"""Beside the number, so that a status never rests on colour; verbatim is the plain case."""


def showable(text: str) -> str:
    """The text with what no page can carry (lone surrogates, control characters) as U+FFFD."""
    return _UNSHOWABLE.sub("\ufffd", text)


def _entity(match: re.Match[str]) -> str:
    character = match[0]
    return f"&#{ord(character)};" if character.isascii() else character


class Html(Markup):
    """Finished HTML. `format` and `join` let in other HTML as it is and anything else literally."""

    __slots__ = ()

    @classmethod
    def escape(cls, s: object, /) -> Html:
        """The object's own HTML if it has any; its text, to be read as written, if not."""
        if hasattr(s, "__html__"):
            return cls(s.__html__())
        return cls(_MEANINGFUL.sub(_entity, showable(str(s))))


def join(parts: Iterable[Html], by: str = "") -> Html:
    """The parts one after another."""
    return Html(by).join(parts)


def marked(text: str, span: Span | None, answer: Span | None, offset: int = 0) -> Html:
    """`text` with what `span` covers in <mark> and what `answer` covers in <strong>.

    Both are in the coordinates of a document in which `text` begins at `offset`.
    """
    whole = Span(offset, offset + len(text))
    edges = {whole.start, whole.end}
    for part in (span, answer):
        if part is not None:
            edges.update(edge for edge in (part.start, part.end) if whole.start < edge < whole.end)
    runs = [Span(start, end) for start, end in pairwise(sorted(edges))]
    return join(
        _marked(join(_strong(text, run, answer, offset) for run in group), quoted)
        for quoted, group in groupby(runs, lambda run: span is not None and span.covers(run))
    )


def _marked(html: Html, quoted: bool) -> Html:  # noqa: FBT001 - what groupby says of a group
    return Html("<mark>{}</mark>").format(html) if quoted else html


def _strong(text: str, run: Span, answer: Span | None, offset: int) -> Html:
    html = Html.escape(run.shift(-offset).of(text))
    stressed = answer is not None and answer.covers(run)
    return Html("<strong>{}</strong>").format(html) if stressed else html


def pages_in_words(pages: tuple[Page, ...], of: int) -> str:
    """Where a quote stands, as printed and as counted: "page iv (4 of 150)"."""
    if not pages:
        return ""
    ends = (pages[0], pages[-1]) if len(pages) > 1 else (pages[0],)
    labels = DASH.join(page.label or str(page.number) for page in ends)
    numbers = DASH.join(str(page.number) for page in ends)
    word = "pages" if len(ends) > 1 else "page"
    if labels != numbers:
        return f"{word} {labels} ({numbers} of {of})"
    return f"{word} {labels} of {of}" if of > len(ends) else f"{word} {labels}"


def place(citation: Citation) -> str:
    """The citation's pages in words."""
    return pages_in_words(citation.pages, len(citation.document.pages))


def link(citation: Citation, target: str) -> Html:
    """The citation's number, leading to its card; the words for it come on hover and to readers."""
    words = ", ".join(part for part in (STATUS_WORDS[citation.status], place(citation)) if part)
    return Html(
        '<a class="cite {status}" href="#{target}" title="{words}">'
        '{number}{sign}<span class="unseen"> ({words})</span></a>'
    ).format(
        status=citation.status.value,
        target=target,
        words=words,
        number=citation.number,
        sign=STATUS_SIGNS[citation.status],
    )
