"""Other looks at a question than its answer: every mention, its sources side by side, what is like
a passage. Each is asked for by a name, and laid beside the conversation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rag.errors import RagError
from rag.results import Comparison, Mentioned, Mentions, Side
from rag.types import Answer, Citation, Span
from rag.ui import evidence
from rag.ui.desk import Desk
from rag.ui.html import Html, join, pages_in_words, place
from rag.ui.talk import Answering

MOST_SIDES = 4
"""Sources that are compared at once: each is searched and read by itself."""
MOST_LISTED = 300
"""Mentions that are written out; all are counted."""
ELSEWHERE = "Nothing elsewhere says much about the same."
_NAME = re.compile(
    r"(?P<view>mentions|compare)-(?P<turn>\d{1,15})|"
    r"related-(?P<document>[0-9a-f]{64}):(?P<start>\d{1,10})-(?P<end>\d{1,10})"
)


def show(library: Answering, desk: Desk, name: str) -> None:
    """Lays the view of that name on the desk ("mentions-3", "compare-3", "related-<passage>"), or
    the sentence that says why there is none.
    """
    try:
        library.refresh()
        desk.lay(_view(library, desk, name))
    except (KeyError, ValueError):
        desk.lay(evidence.NO_PASSAGE)
    except RagError as error:
        desk.lay(Html('<div class="empty"><p>{}</p></div>').format(error))


def _view(library: Answering, desk: Desk, name: str) -> Html:
    found = _NAME.match(name)
    if found is None:
        raise ValueError(name)
    if found["document"]:
        span = Span(int(found["start"]), int(found["end"]))
        return related_view(library.related(found["document"], span))
    turn = desk.turn(int(found["turn"]))
    if turn is None or turn.answer is None:
        return evidence.GONE
    if found["view"] == "mentions":
        return mentions_view(library.mentions(turn.question))
    return compared_view(library.compare(turn.question, _sources(turn.answer)))


def _sources(answer: Answer) -> list[str]:
    """The documents that the answer cites, then those that it shows beside."""
    shown = (*answer.citations, *answer.presented)
    return list(dict.fromkeys(each.document.id for each in shown))[:MOST_SIDES]


def mentions_view(found: Mentions) -> Html:
    """Every mention, counted by document and page, in the order of the texts."""
    listed: dict[str, list[Citation]] = {}
    for each in found.citations[:MOST_LISTED]:
        listed.setdefault(each.document.id, []).append(each)
    groups = join(_mentioned(each, listed.get(each.document.id, [])) for each in found.documents)
    words = ", ".join(found.words)
    about = Html('<p class="for">Places that hold all of these words: <q>{}</q></p>').format(words)
    silent = [each.title or each.path for each in found.silent]
    rest = Html('<p class="note">No mention in: {}.</p>').format("; ".join(silent))
    total = f"{found.total:,} of {found.total:,}"
    if found.total > MOST_LISTED:
        total = f"the first {MOST_LISTED} of {found.total:,}"
    return _section(f"All mentions: {total}", about + groups + (rest if silent else Html()))


def _mentioned(of: Mentioned, listed: Sequence[Citation]) -> Html:
    pages = ", ".join(
        f"{pages_in_words((page,), len(of.document.pages))}: {count}" for page, count in of.pages
    )
    return Html(
        '<article class="source"><h4><bdi>{}</bdi> <span class="count">{} of {}</span></h4>'
        '<p class="reference"><bdi class="speaker">{}</bdi><span class="place">{}</span></p>{}'
        "</article>"
    ).format(
        of.document.title or of.document.path, len(listed), of.count, of.document.attribution,
        pages, _quotes(listed),
    )  # fmt: skip


def compared_view(comparison: Comparison) -> Html:
    """What each source says to one question, the earliest first; who is silent is said so."""
    sides = join(_side(each) for each in comparison.sides)
    asked = Html('<p class="for">For <q>{}</q>, asked of each by itself</p>').format(
        comparison.question
    )
    return _section("Sources compared", asked + Html('<div class="sides">{}</div>').format(sides))


def _side(side: Side) -> Html:
    said = _quotes(side.answer.citations)
    if side.silent:
        said = Html('<p class="note">Its documents do not say.</p>')
    return Html('<article class="source"><h4><bdi>{}</bdi></h4>{}{}</article>').format(
        side.name, _voice(side), said
    )


def _voice(side: Side) -> Html:
    shown = (*side.answer.citations, *side.answer.presented)
    attribution = shown[0].document.attribution if shown else side.date
    return Html('<p class="reference"><bdi class="speaker">{}</bdi></p>').format(attribution)


def related_view(found: Sequence[Citation]) -> Html:
    """Sentences elsewhere that say something about the same."""
    if not found:
        return _section("More about this", Html('<p class="note">{}</p>').format(ELSEWHERE))
    return _section("More about this", _quotes(found, attributed=True))


def _quotes(citations: Iterable[Citation], *, attributed: bool = False) -> Html:
    """Quotations, each with the way to its place."""
    return Html('<ul class="quotes">{}</ul>').format(
        join(_quote(each, attributed=attributed) for each in citations)
    )


def _quote(citation: Citation, *, attributed: bool) -> Html:
    document, span = citation.document, citation.span
    who = Html("<bdi>{}</bdi>, ").format(document.attribution) if attributed else Html()
    return Html(
        '<li><q>{quote}</q> <span class="where">{who}<a class="passage-link" href="/?cite={id}:'
        '{start}-{end}">{place}</a></span></li>'
    ).format(
        quote=citation.quote,
        who=who,
        id=document.id,
        start=span.start,
        end=span.end,
        place=place(citation) or "the passage",
    )


def _section(heading: str, body: Html) -> Html:
    return Html(
        '<section class="evidence view" id="evidence-0" tabindex="-1"><h3>{}</h3>{}</section>'
    ).format(heading, body)
