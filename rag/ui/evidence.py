"""The evidence of one answer: a card for each citation, its quote marked where it stands."""

from __future__ import annotations

import re

from rag.types import Answer, Citation, Document, Outcome, Span
from rag.ui.html import STATUS_SIGNS, STATUS_WORDS, Html, join, marked, place
from rag.ui.reply import card_id
from rag.whereabouts import paragraph, recognition, section

AROUND = 300
"""Characters of the document shown on each side of a quote."""
STUB = 60
"""A neighbouring paragraph of which less than this many characters would show is left out."""
_PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n\s*")
_ELLIPSIS = Html('<span class="cut"> … </span>')

WELCOME = Html(
    '<div class="empty"><p>Each sentence of an answer ends in a number. Follow it, and the words '
    "it stands on appear here, marked in the document that they come from, with speaker, date and "
    "page.</p></div>"
)
READING = Html('<div class="empty"><p>Reading the documents…</p></div>')
NO_EVIDENCE = Html('<div class="empty"><p>Nothing was cited here.</p></div>')
GONE = Html(
    '<div class="empty"><p>The evidence of that answer is no longer held by the server. '
    "Ask the question again to see it.</p></div>"
)


NO_PASSAGE = Html(
    '<div class="empty"><p>The passage that this address names is not here: its document has '
    "changed since, or was taken out of the library.</p></div>"
)


def single(citation: Citation) -> Html:
    """The card of a passage that was not cited by any answer here."""
    return Html(
        '<section class="evidence" id="evidence-0" tabindex="-1"><h3>Passage</h3>{}</section>'
    ).format(_card(citation, 0))


def evidence(answer: Answer, turn: int) -> Html:
    """The cards of the answer: what it cites, then the passages near it."""
    answered = answer.outcome is Outcome.ANSWERED
    cited = _section("Cited", answer.citations, turn) if answered else Html()
    near = _section(
        "Also near the question" if answered else "Nearest passages", answer.presented, turn
    )
    return Html(
        '<section class="evidence" id="evidence-{turn}" tabindex="-1">'
        '<p class="for">{asked}</p>{cited}{near}'
        '<p class="foot">From generation {generation} of the index.</p></section>'
    ).format(turn=turn, asked=_asked(answer), cited=cited, near=near, generation=answer.generation)


def _section(heading: str, citations: tuple[Citation, ...], turn: int) -> Html:
    if not citations:
        return Html()
    cards = join(_card(citation, turn) for citation in citations)
    return Html("<h3>{}</h3>{}").format(heading, cards)


def _card(citation: Citation, turn: int) -> Html:
    document = citation.document
    return Html(
        '<article class="card" id="{id}" tabindex="-1">'
        '<h4><span class="number {status}">{number}{sign}</span> <bdi>{title}</bdi></h4>'
        '<p class="reference"><bdi class="speaker">{attribution}</bdi>'
        '<span class="place">{place}</span>{whereabouts}'
        '<span class="status {status}">{status_words}</span></p>'
        "<blockquote>{excerpt}</blockquote>"
        '<p class="tools"><button class="copy" type="button">Copy quotation with reference</button>'
        '{sheet}<a class="view-link" href="#related-{passage}">More about this</a>'
        '<a class="lasting" href="/?cite={passage}">Link to this passage</a>'
        '<a class="back" href="#answer-{turn}">Back to the answer</a></p></article>'
    ).format(
        passage=f"{document.id}:{citation.span.start}-{citation.span.end}",
        id=card_id(turn, citation),
        status=citation.status.value,
        number=citation.number,
        sign=STATUS_SIGNS[citation.status],
        title=document.title or document.path,
        attribution=document.attribution,
        place=place(citation),
        whereabouts=_whereabouts(citation),
        status_words=STATUS_WORDS[citation.status],
        excerpt=excerpt(citation),
        sheet=_sheet_link(citation),
        turn=turn,
    )


def _whereabouts(citation: Citation) -> Html:
    """Headings, the paragraph's number, and how sure recognised words are, as far as known."""
    document, span = citation.document, citation.span
    above = " › ".join(section(document, span))
    known = (above, paragraph(document, span), recognition(document, span))
    said = Html('<span class="place"><bdi>{}</bdi></span>')
    return join(said.format(each) for each in known if each)


def _sheet_link(citation: Citation) -> Html:
    """Opens the page on which the quotation begins; nothing where there are no pages to draw."""
    document, span = citation.document, citation.span
    if not citation.pages or not document.path.lower().endswith(".pdf"):
        return Html()
    return Html(
        '<a class="sheet-link" href="/page/{}/{}?start={}&amp;end={}">Show the page</a>'
    ).format(document.id, citation.pages[0].number, span.start, span.end)


def excerpt(citation: Citation) -> Html:
    """The quote, marked, inside the text around it, paragraph by paragraph."""
    document, span = citation.document, citation.span
    window = _window(document, span)
    paragraphs = [
        part
        for part in _paragraphs(document.text, window)
        if part.overlap(span) or len(part) >= STUB
    ]
    shown = [
        marked(part.of(document.text), span, citation.answer, part.start) for part in paragraphs
    ]
    if shown and window.start > 0:
        shown[0] = _ELLIPSIS + shown[0]
    if shown and window.end < len(document.text):
        shown[-1] = shown[-1] + _ELLIPSIS
    return join(Html("<p>{}</p>").format(part) for part in shown)


def _window(document: Document, span: Span) -> Span:
    """The quote with AROUND characters on each side, less the words that this would cut."""
    text = document.text
    start = max(0, span.start - AROUND)
    while 0 < start < span.start and not text[start - 1].isspace():
        start += 1
    end = min(len(text), span.end + AROUND)
    while span.end < end < len(text) and not text[end].isspace():
        end -= 1
    while start < span.start and text[start].isspace():
        start += 1
    while end > span.end and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _paragraphs(text: str, window: Span) -> list[Span]:
    """The parts of the window between blank lines."""
    parts, start = [], window.start
    for gap in _PARAGRAPH_BREAK.finditer(text, window.start, window.end):
        parts.append(Span(start, gap.start()))
        start = gap.end()
    parts.append(Span(start, window.end))
    return [part for part in parts if part]


def _asked(answer: Answer) -> Html:
    """The question, and what was searched for where that is not the same."""
    asked = Html("For <q>{}</q>").format(answer.question)
    if answer.searched in {"", answer.question}:
        return asked
    return Html("{}, searched for as <q>{}</q>").format(asked, answer.searched)
