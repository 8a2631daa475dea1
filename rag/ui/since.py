"""What became of an answer's sources since it was given."""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Answer, Source
from rag.ui.choice import documents
from rag.ui.html import Html, join

CHANGED = "Since this was answered, “{}” has changed: its words here are those of before."
REMOVED = "Since this was answered, “{}” was taken out of the library."


def since(answer: Answer, found: Sequence[Source]) -> Html:
    """A sentence for each document that the answer shows and that is not there as it was."""
    shown = {each.document.id: each.document for each in (*answer.citations, *answer.presented)}
    held, paths = documents(found), {source.path for source in found}
    return join(
        Html('<p class="since" role="note">{}</p>').format(
            (CHANGED if document.path in paths else REMOVED).format(document.title or document.path)
        )
        for document_id, document in shown.items()
        if document_id not in held
    )
