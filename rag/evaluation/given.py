"""Questions read against their own paragraph alone: what the reader is worth without a search."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from rag.conversation import lookup
from rag.evaluation.questions import Question
from rag.ports import Index
from rag.types import Hit


@dataclass(slots=True)
class OwnParagraph:
    """The port `Retriever`: for a question the passages of the entry that it was asked about.

    Questions with the same words about different entries read all of these.
    """

    questions: Sequence[Question]
    _entries: dict[str, dict[str, None]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for question in self.questions:
            before = question.before(len(question.turns) - 1)
            sought = lookup(" ".join(question.text.split()), before)
            for words in sought.texts[-1:] if sought.dependent else sought.texts:
                self._entries.setdefault(words, {})[question.own] = None

    def retrieve(
        self,
        index: Index,
        questions: Sequence[str],
        k: int,
        documents: Collection[str] | None = None,
    ) -> list[list[Hit]]:
        """The entries' passages, at most k; none for a question without an entry."""
        ids = {
            source.path: source.document_id
            for source in index.sources
            if documents is None or source.document_id in documents
        }
        found: list[list[Hit]] = []
        for question in questions:
            named = [ids.get(entry) for entry in self._entries.get(question, ())]
            passages = [each for name in named if name for each in index.passages_of(name)][:k]
            found.append([Hit(each, 1.0, rank, ()) for rank, each in enumerate(passages, start=1)])
        return found
