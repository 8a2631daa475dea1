"""What a reader must know of an answer that a model wrote: by whom, how sure, what was removed."""

from __future__ import annotations

from rag.citing import QUOTED_BY
from rag.types import Answer, Statement, Status
from rag.ui.html import STATUS_SIGNS, STATUS_WORDS, Html, join


def byline(answer: Answer) -> Html:
    """Who wrote it; nothing where the documents are quoted."""
    if answer.written_by == QUOTED_BY:
        return Html()
    return Html(
        '<p class="byline">Written by <bdi>{}</bdi>. Each sentence was held against the passages '
        "that it cites.</p>"
    ).format(answer.written_by)


def grade(statement: Statement) -> Html:
    """How sure a sentence is, in a sign and in words; nothing beside a plain quotation."""
    if statement.status is Status.VERBATIM:
        return Html()
    words = ": ".join(filter(None, (STATUS_WORDS[statement.status], statement.doubt)))
    return Html(' <span class="grade {}">{} {}</span>').format(
        statement.status.value, STATUS_SIGNS[statement.status], words
    )


def removed(answer: Answer) -> Html:
    """The sentences that did not hold, struck out and folded away, each with its reason."""
    if not answer.removed:
        return Html()
    count = len(answer.removed)
    rows = join(
        Html('<li><del>{}</del> <span class="why">Removed: {}.</span></li>').format(
            each.text, each.reason
        )
        for each in answer.removed
    )
    return Html('<details class="removed"><summary>{}</summary><ul>{}</ul></details>').format(
        "Show the removed sentence" if count == 1 else f"Show the {count} removed sentences", rows
    )
