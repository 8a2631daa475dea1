"""Answers as JSON made into what a dossier says. Its words come from the documents, not from them.

Answers come back from people's own browsers: their quotations, titles and pages may be old, or
altered. Whatever a document can say itself is taken from the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rag.citing import OMITTED
from rag.dossier.phrasing import (
    GONE,
    SILENT,
    Note,
    Said,
    about,
    attribution,
    line,
    name,
    reference,
)
from rag.dossier.places import place_of
from rag.errors import ConfigError
from rag.parsing.cleaning import clean_line
from rag.types import Document, Outcome, Page, Span, Status

Answers = Sequence[Mapping[str, Any]]
"""Each in the form of `rag.schema.answer_json`."""
Lookup = Callable[[str], Document]
"""A document by its id; raises KeyError for one that is not there."""
UNSUPPORTED = "Not supported by the documents"
DOUBTFUL = "(not wholly supported)"


@dataclass(frozen=True, slots=True)
class Section:
    """One question and what was answered; without statements, `silence` says so and why.

    `remarks` are what there was to know of the answer.
    """

    question: str
    statements: tuple[Said, ...]
    silence: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """A conversation: its title, when it was written down, its sections and their notes.

    `made` is the moment in ISO 8601; notes are numbered from 1 over all sections, each place once.
    """

    title: str
    made: str
    sections: tuple[Section, ...]
    notes: tuple[Note, ...]


def compiled(answers: Answers, document: Lookup, made: str, title: str = "") -> Dossier:
    """The dossier of a conversation; raises ConfigError for what is no answer."""
    notes = _Notes(document)
    with as_saved():
        sections = tuple(_section(answer, notes) for answer in answers)
    if not sections:
        raise ConfigError("There is nothing to export yet: ask a question first.")
    shown = name(title) or "Questions to the documents"
    return Dossier(shown, made, sections, tuple(notes.made.values()))


@contextmanager
def as_saved() -> Iterator[None]:
    """Turns what is wrong with answers that somebody sent into a ConfigError."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ConfigError(
            "This is not a conversation as it was saved: an answer lacks what answers have."
        ) from error


def _section(answer: Mapping[str, Any], notes: _Notes) -> Section:
    question = name(str(answer["question"]))
    remarks = tuple(name(f"Note: {remark}") for remark in answer.get("notes", ()))
    if Outcome(answer["outcome"]) is Outcome.ABSTAINED:
        silence = f"{SILENT} {name(str(answer['reason'] or ''))}".strip()
        return Section(question, (), silence, remarks)
    citations = {int(each["number"]): each for each in answer["citations"]}
    statements = tuple(
        _said(each, [citations[int(number)] for number in each["citations"]], notes)
        for each in answer["statements"]
    )
    return Section(question, statements, "", remarks)


def _said(
    statement: Mapping[str, Any], citations: Sequence[Mapping[str, Any]], notes: _Notes
) -> Said:
    """The statement, in the words of its source where it is a quotation of one that is there."""
    text, status = clean_line(str(statement["text"])), Status(statement["status"])
    cited = [notes.cite(each) for each in citations]
    voices = [
        name(own.attribution) if own is not None else attribution(*metadata(citation))
        for citation, (_, own) in zip(citations, cited, strict=True)
    ]
    if status is Status.VERBATIM:
        words = [
            line(note.quote) if own is None else words_of(own, note.span) for note, own in cited
        ]
        which = words.index(text) if text in words else 0
        return Said(voices[which], words[which], (cited[which][0].number,), quoted=True)
    numbers = tuple(dict.fromkeys(note.number for note, _ in cited))
    return Said(written_voice(voices, status), text, numbers, quoted=False)


def written_voice(voices: Iterable[str], status: Status) -> str:
    """Whose words a written statement renders, and how well."""
    whose = "; ".join(dict.fromkeys(voices))
    return {Status.UNSUPPORTED: UNSUPPORTED, Status.WEAK: f"{whose} {DOUBTFUL}"}.get(status, whose)


def words_of(document: Document, span: Span) -> str:
    """The words of a place as a statement gives them: without what interrupts them."""
    return line(document.prose(span, OMITTED))


def source_of(citation: Mapping[str, Any], document: Lookup) -> tuple[Document, Span] | None:
    """Where the citation's words stand in its document; None if that, or they, are not there."""
    identity, quote, given = (
        str(citation["document"]["id"]),
        str(citation["quote"]),
        _span(citation),
    )
    try:
        own = document(identity)
    except KeyError:
        return None
    span = place_of(own, quote, given)
    return (own, span) if span is not None else None


class _Notes:
    """Numbered sources, each place once."""

    def __init__(self, document: Lookup) -> None:
        self._document = document
        self.made: dict[tuple[str, Span], Note] = {}

    def cite(self, citation: Mapping[str, Any]) -> tuple[Note, Document | None]:
        """The note of a citation, and the document that says so, if it is still there."""
        found = source_of(citation, self._document)
        if found is not None:
            document, span = found
            quote, said = span.of(document.text), reference(document, document.pages_of(span))
        else:
            document, span = None, _span(citation)
            quote = clean_line(str(citation["quote"]))
            said = f"{about(*metadata(citation), pages_as_quoted(citation))}, {GONE}"
        key = (str(citation["document"]["id"]), span)
        note = Note(len(self.made) + 1, quote, said, *key)
        return self.made.setdefault(key, note), document


def _span(citation: Mapping[str, Any]) -> Span:
    return Span(int(citation["start"]), int(citation["end"]))


def metadata(citation: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Title, publisher, speaker and date of the document, as the citation gives them."""
    given = citation["document"]
    title, publisher, speaker, date = (
        str(given[key]) for key in ("title", "publisher", "speaker", "date")
    )
    return title, publisher, speaker, date


def pages_as_quoted(citation: Mapping[str, Any]) -> list[Page]:
    """The pages that the citation names, without their extent."""
    labels = zip(citation["pages"], citation["page_labels"], strict=True)
    return [Page(int(number), str(label), Span(0, 0)) for number, label in labels]
