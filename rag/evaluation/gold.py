"""Where the evidence for a question's answer stands in the documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rag.evaluation.questions import Question
from rag.library import Library
from rag.text import sentences
from rag.types import Document, Span


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Characters of the document with that path."""

    document: str
    span: Span


@dataclass(slots=True)
class Shelf:
    """A library's documents by path and by id, each fetched once."""

    library: Library
    _ids: dict[str, str] = field(default_factory=dict, init=False)
    _documents: dict[str, Document] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._ids = {
            source.path: source.document_id
            for source in self.library.sources()
            if source.document_id is not None
        }

    @property
    def paths(self) -> Sequence[str]:
        """Of all documents that were read."""
        return list(self._ids)

    def at(self, path: str) -> Document | None:
        """The document with that path, if there is one."""
        return self.by_id(self._ids[path]) if path in self._ids else None

    def by_id(self, identity: str) -> Document | None:
        """The document with that id, if there is one."""
        if identity not in self._documents:
            try:
                self._documents[identity] = self.library.document(identity)
            except KeyError:
                return None
        return self._documents[identity]


@dataclass(frozen=True, slots=True)
class Gold:
    """Groups of places: all groups are needed, within a group any place will do.

    `quotes` are the words of each group's first place; `faults` say what is nowhere.
    """

    evidence: tuple[tuple[Place, ...], ...] = ()
    quotes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def locate(question: Question, shelf: Shelf) -> Gold:
    """Finds a question's evidence: its verbatim strings, or the sentences with its answer."""
    documents = list(_documents(question, shelf))
    faults = [
        f"question {question.id}: there is no document {path!r}"
        for path in sorted({path for path, _ in question.pages} - set(shelf.paths))
    ]
    if question.evidence:
        groups = [tuple(_occurrences(quote, documents)) for quote in question.evidence]
        faults += [
            f"question {question.id}: no document holds the evidence “{quote[:80]}”"
            for quote, group in zip(question.evidence, groups, strict=True)
            if not group
        ]
        return _gold([group for group in groups if group], faults, shelf)
    found = tuple(sorted(set(_answering(question, documents)))) if question.answerable else ()
    return _gold([found] if found else [], faults, shelf)


def _gold(groups: Sequence[tuple[Place, ...]], faults: Sequence[str], shelf: Shelf) -> Gold:
    documents = [(group[0], shelf.at(group[0].document)) for group in groups]
    quotes = tuple(place.span.of(held.text) for place, held in documents if held)
    return Gold(tuple(groups), quotes, tuple(faults))


def _documents(question: Question, shelf: Shelf) -> Iterable[Document]:
    """Those in which the evidence may stand."""
    named = [*question.relevant, *filter(None, [question.own])]
    paths = dict.fromkeys(named) if named else shelf.paths
    return filter(None, map(shelf.at, paths))


def _occurrences(quote: str, documents: Iterable[Document]) -> Iterator[Place]:
    for document in documents:
        start = document.text.find(quote)
        while start >= 0:
            yield Place(document.path, Span(start, start + len(quote)))
            start = document.text.find(quote, start + 1)


def _answering(question: Question, documents: Sequence[Document]) -> Iterator[Place]:
    """The sentences that the answers touch: at their offsets, or wherever their words stand."""
    if not question.relevant:
        return
    for document in documents:
        spans = list(_answers(question, document))
        held = sentences(document.text, document.language) if spans else []
        for span in spans:
            touched = [sentence for sentence in held if sentence.overlap(span)]
            if touched:
                yield Place(document.path, Span(touched[0].start, touched[-1].end))


def _answers(question: Question, document: Document) -> Iterator[Span]:
    starts = question.starts or (-1,) * len(question.answers)
    for answer, start in zip(question.answers, starts, strict=False):
        if start >= 0 and document.text.startswith(answer, start):
            yield Span(start, start + len(answer))
        elif answer.strip():
            for place in _occurrences(answer, [document]):
                yield place.span
