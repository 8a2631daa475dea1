"""One answer as a message of the conversation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rag.conversation import unaided
from rag.types import Answer, Citation, Document, Outcome, Statement, Status
from rag.ui.html import Html, join, link, marked
from rag.ui.peek import peek
from rag.ui.written import byline, grade, removed

NOTHING_SAID = "The documents do not say."
PENDING = Html('<span class="pending"></span>')
"""Ends a message that is not complete."""


def card_id(turn: int, citation: Citation) -> str:
    """The name of a citation's card: the answer's place in the conversation, then its number."""
    return f"cite-{turn}-{citation.number}"


def asked(text: str, turn: int) -> Html:
    """What the user asked, and a way to ask otherwise."""
    return Html('<div class="question">{} <a class="edit" href="#edit-{}">Edit</a></div>').format(
        text, turn
    )


def earlier(count: int) -> Html:
    """Stands above a conversation of which so many turns have left the page."""
    asked, they = ("question", "it") if count == 1 else ("questions", "them")
    return Html(
        '<p class="note">{:,} earlier {} of this conversation left the page; your browser keeps {} '
        "with the others. To read them, take the conversation away.</p>"
    ).format(count, asked, they)


def searching() -> Html:
    """Stands for an answer that is being looked for."""
    return Html('<div class="notice searching">Reading the documents…</div>')


def notice(sentence: str) -> Html:
    """A sentence of the page's own: an error, a refusal, a stop."""
    return Html('<div class="notice">{}</div>').format(sentence)


def offer(question: str) -> Html:
    """A further question, which yes asks."""
    return Html(
        '<p class="offer">You could also ask: <q>{}</q> <a class="accept" href="#yes">Yes, ask it'
        "</a></p>"
    ).format(question)


def growing(answer: Answer, turn: int, *, judged: bool = False) -> Iterator[Html]:
    """The answer with its first statement, its first two, and so on; the last one is whole.

    `judged`: the whole one asks whether it was right.
    """
    asked = _JUDGING.format(turn=turn) if judged else Html()
    if answer.outcome is Outcome.ABSTAINED:
        yield _framed(answer, turn, _abstained(answer, turn) + asked)
        return
    statements = in_time(answer)
    for shown in range(1, len(statements) + 1):
        whole = shown == len(statements)
        said = _said(answer, statements[:shown], turn)
        yield _framed(answer, turn, said if not whole else said + _foot(answer, turn) + asked)


def in_time(answer: Answer) -> list[Statement]:
    """The statements by who makes them: the voice that spoke first comes first, those who tell what
    others say come last, and each voice's are in the order of its documents' dates.
    """
    cited = {citation.number: citation.document for citation in answer.citations}
    sources = [cited[statement.citations[0]] for statement in answer.statements]
    begun: dict[str, tuple[bool, str]] = {}
    for source in sources:
        begun[source.voice] = min(_when(source), begun.get(source.voice, _when(source)))
    keys = [(begun[source.voice], source.voice, _when(source)) for source in sources]
    order = sorted(range(len(sources)), key=lambda place: keys[place])
    return [answer.statements[place] for place in order]


def _when(source: Document) -> tuple[bool, str]:
    return source.secondary, source.date or "undated"  # which sorts behind all years


def _framed(answer: Answer, turn: int, body: Html) -> Html:
    notes = join(Html('<p class="note">{}</p>').format(note) for note in answer.notes)
    return Html('<div class="answer {}" id="answer-{}" tabindex="-1">{}{}{}{}{}</div>').format(
        answer.outcome.value, turn, _searched(answer, turn), byline(answer), notes, body,
        removed(answer),
    )  # fmt: skip


def _searched(answer: Answer, turn: int) -> Html:
    """What was searched for where that is not the question, and a way to ask without the turns
    before it if they were searched as well.
    """
    if answer.searched in {"", answer.question}:
        return Html()
    alone = Html()
    if answer.searched != unaided(answer.question):
        alone = Html(' <a class="fresh" href="#fresh-{}">Ask it alone</a>').format(turn)
    return Html('<p class="searched">Searched for: <q>{}</q>{}</p>').format(answer.searched, alone)


def _said(answer: Answer, statements: Sequence[Statement], turn: int) -> Html:
    """Statements under the name of who makes them; the name stands once for those in a row."""
    cited = {citation.number: citation for citation in answer.citations}
    groups = groupby(
        statements, lambda statement: cited[statement.citations[0]].document.attribution
    )
    return join(
        Html('<div class="said"><p class="who"><bdi>{}</bdi>:</p>{}</div>').format(
            who, join(_statement(statement, cited, turn) for statement in group)
        )
        for who, group in groups
    )


def _statement(statement: Statement, cited: Mapping[int, Citation], turn: int) -> Html:
    citations = [cited[number] for number in statement.citations]
    first = citations[0]
    text = Html.escape(statement.text)
    if statement.text == first.quote and first.answer is not None:
        text = marked(first.quote, None, first.answer, first.span.start)
    links = join((_cite(citation, turn) for citation in citations), " ")
    tag = "blockquote" if statement.status is Status.VERBATIM else "p"
    return Html(
        '<{tag} class="statement {status}">{text} <sup>{links}</sup>{grade}</{tag}>'
    ).format(tag=tag, status=statement.status.value, text=text, links=links, grade=grade(statement))


def _cite(citation: Citation, turn: int) -> Html:
    """The number, with what is shown when it is pointed at."""
    return link(citation, card_id(turn, citation)) + peek(citation)


def _abstained(answer: Answer, turn: int) -> Html:
    nearest = join(
        Html('<li><span class="who"><bdi>{}</bdi>:</span> {} <sup>{}</sup></li>').format(
            citation.document.attribution, citation.quote, _cite(citation, turn)
        )
        for citation in answer.presented
    )
    return Html(
        '<p class="verdict">{}</p><p class="reason">{}</p>{}<p class="foot">{}</p>',
    ).format(
        NOTHING_SAID,
        answer.reason,
        Html('<p class="nearest">Nearest passages</p><ul>{}</ul>').format(nearest)
        if answer.presented
        else "",
        _VIEWS.format(turn=turn),
    )


def _foot(answer: Answer, turn: int) -> Html:
    count = len(answer.citations)
    return Html(
        '<p class="foot"><a class="evidence-link" href="#evidence-{turn}">Show evidence ({count} '
        "{passages})</a>{views}</p>"
    ).format(
        turn=turn,
        count=count,
        passages="passage" if count == 1 else "passages",
        views=_VIEWS.format(turn=turn),
    )


_VIEWS = Html(
    ' <a class="view-link" href="#mentions-{turn}">All mentions</a>'
    ' <a class="view-link" href="#compare-{turn}">Compare sources</a>'
)
_JUDGING = Html(
    '<p class="judging">Is this right? <a class="judge" href="#right-{turn}" title="Keeps it as a '
    'test question">Yes</a> <a class="judge" href="#wrong-{turn}" title="Asks what the right '
    'answer is">No</a></p>'
)
