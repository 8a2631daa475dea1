"""Every quotation and statement of a dossier held against the documents as they are now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Protocol

from rag.dossier.content import words_of, written_voice
from rag.dossier.phrasing import Lines, Note, Said, line, name, reference
from rag.dossier.places import place_of, stands_at
from rag.types import Document, Source, Span, Status

SHOWN = 3
"""How many other places are named for words that stand elsewhere."""


class Verdict(StrEnum):
    """What became of the words. Only EXACT is verified; WRITTEN is no quotation."""

    EXACT = "found exactly"
    MOVED = "moved"
    MISSING = "document missing"
    ALTERED = "altered"
    WRITTEN = "not a quotation"


@dataclass(frozen=True, slots=True)
class Finding:
    """One quotation or statement, by the numbers of its notes, and what was found.

    `reason` is a sentence for all but EXACT; `places` are where else the words stand, each as
    "Title, page 3: <document>:<start>-<end>".
    """

    kind: str
    notes: tuple[int, ...]
    text: str
    verdict: Verdict
    reason: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """All findings in the order of the file."""

    findings: tuple[Finding, ...]

    @property
    def verified(self) -> bool:
        """Whether every quotation stands where the dossier says, in the very words."""
        sound = {Verdict.EXACT, Verdict.WRITTEN}
        return all(finding.verdict in sound for finding in self.findings)

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each verdict."""
        verdicts = [finding.verdict for finding in self.findings]
        return {verdict.value: verdicts.count(verdict) for verdict in Verdict}


class Documents(Protocol):
    """What is checked against: a `rag.library.Library` is one."""

    def sources(self) -> Sequence[Source]: ...

    def document(self, document_id: str) -> Document:
        """Raises KeyError for a document that is not there."""

    def holds(self, document_id: str) -> bool:
        """Whether the document's file is there with the bytes that were read."""


def check(lines: Lines, documents: Documents) -> Checked:
    """A finding for each note, then for each statement, then for what is only like one."""
    noted = {note.number: _note(note, documents) for note in lines.notes}
    numbers = [note.number for note in lines.notes]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    places = {note.number: note for note in lines.notes}
    findings = [*noted.values()]
    findings += (_said(said, places, noted, documents) for said in lines.said)
    findings += (
        Finding("statement", (), text, Verdict.ALTERED, "It is not as a dossier writes it.")
        for text in lines.odd
    )
    findings += (
        Finding("quotation", (number,), "", Verdict.ALTERED, "Two notes have this number.")
        for number in twice
    )
    return Checked(tuple(findings))


def _note(note: Note, documents: Documents) -> Finding:
    verdict, reason, places = _verdict(note, documents)
    return Finding("quotation", (note.number,), line(note.quote), verdict, reason, tuple(places))


def _verdict(note: Note, documents: Documents) -> tuple[Verdict, str, Sequence[str]]:
    own = _held(note.document, documents)
    if own is not None and stands_at(own, note.quote, note.span):
        return *_in_place(note, own, documents), ()
    if own is not None and (place := place_of(own, note.quote)):
        return Verdict.MOVED, "The words stand at another place of it.", [_place(own, place)]
    places = list(islice(_elsewhere(note, documents), SHOWN))
    if own is not None:
        inside = note.span.end <= len(own.text)
        there = f" There it says: “{line(note.span.of(own.text))}”" if inside else ""
        return Verdict.ALTERED, f"The document does not say this.{there}", places
    if places:
        return Verdict.MOVED, "Its document is gone or changed; the words stand here.", places
    return Verdict.MISSING, "Its document is gone or changed, and no other says this.", ()


def _in_place(note: Note, own: Document, documents: Documents) -> tuple[Verdict, str]:
    """The words are there: is the reference, and is the file still the one that was read?"""
    expected = reference(own, own.pages_of(note.span))
    if line(note.reference) != line(expected):
        return Verdict.ALTERED, f"The words are there, but their source is: {expected}."
    if not documents.holds(note.document):
        reason = "The file changed or went since it was indexed: run `rag index`, then again."
        return Verdict.MISSING, reason
    return Verdict.EXACT, ""


def _said(
    said: Said, notes: Mapping[int, Note], noted: Mapping[int, Finding], documents: Documents
) -> Finding:
    """The statement held against the documents of its notes, or against the notes' words."""

    def finding(verdict: Verdict, reason: str = "") -> Finding:
        return Finding("statement", said.notes, line(said.text), verdict, reason)

    if not said.notes or not all(number in notes for number in said.notes):
        return finding(Verdict.ALTERED, "The note that it points to is not there.")
    cited = [notes[number] for number in said.notes]
    held = [_held(note.document, documents) for note in cited]
    voices = [name(own.attribution) for own in held if own is not None]
    if not said.quoted:
        allowed = {written_voice(voices, status) for status in Status}
        if len(voices) == len(held) and said.voice not in allowed:
            return finding(Verdict.ALTERED, f"It renders another's words: {'; '.join(voices)}.")
        return finding(Verdict.WRITTEN, "These are an answer's words; only its notes are checked.")
    note, own = cited[0], held[0]
    if own is not None and said.voice != name(own.attribution):
        return finding(Verdict.ALTERED, f"It is not said by this speaker, but: {own.attribution}.")
    expected = line(note.quote)
    if own is not None and (span := place_of(own, note.quote, note.span)):
        expected = words_of(own, span)
    if line(said.text) != expected:
        return finding(Verdict.ALTERED, f"Its source says: “{expected}”")
    return finding(noted[note.number].verdict, noted[note.number].reason)


def _held(document_id: str, documents: Documents) -> Document | None:
    try:
        return documents.document(document_id)
    except KeyError:
        return None


def _elsewhere(note: Note, documents: Documents) -> Iterator[str]:
    for source in documents.sources():
        if source.document_id is not None and source.document_id != note.document:
            document = documents.document(source.document_id)
            if place := place_of(document, note.quote):
                yield _place(document, place)


def _place(document: Document, span: Span) -> str:
    about = reference(document, document.pages_of(span))
    return f"{about}: {document.id}:{span.start}-{span.end}"
