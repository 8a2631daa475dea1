"""The words in which a dossier states and cites: one grammar for every format.

A statement is one paragraph, a note another:

    Ombudsman of Azerbaijan, 15 January 2023: “The words of the source.” [1]
    [1] “The words of the source.” Title, Speaker, 15 January 2023, page iv (sheet 4). Characters
    10-34 of the text; SHA-256 53aa...28d9. (With a dash that is longer.)

Double quotation marks and numbers in brackets belong to quotations only: those inside questions and
names become others, so that a dossier can be read in one way, whatever a title holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.parsing.cleaning import clean_line
from rag.types import Document, Page, Span, written_date

_INNER = str.maketrans({"“": "‘", "”": "’", '"': "'", "[": "(", "]": ")"})
_MARK = re.compile(r"\[(\d{1,9})\]")
_HEAD = re.compile(r"(?:\d{1,9} )?\[(\d{1,9})\] ")
_SOURCE = re.compile(
    r"(.*)\. Characters (\d{1,12})–(\d{1,12}) of the text; SHA-256 ([0-9a-f]{64})\."
)
_MOST_MARKS = 100
_OPENS, _CLOSES, _WRITTEN = ": “", "”", ", in other words: "

QUESTION = "Question {}. {}"
SILENT = "The documents do not say."
GONE = "no longer among the documents, as it was quoted"


@dataclass(frozen=True, slots=True)
class Note:
    """One source: the words quoted, the reference in words, and where exactly they stand."""

    number: int
    quote: str
    reference: str
    document: str
    span: Span


@dataclass(frozen=True, slots=True)
class Said:
    """One statement: who says it, the words, the numbers of its notes; `quoted` or in others'."""

    voice: str
    text: str
    notes: tuple[int, ...]
    quoted: bool


def line(text: str) -> str:
    """On one line, with single spaces: how quotations are written, and compared."""
    return " ".join(text.split())


def name(text: str) -> str:
    """Words that are no quotation, on one line, their quotation marks and brackets levelled."""
    return clean_line(text).translate(_INNER)


def reference(document: Document, pages: Sequence[Page]) -> str:
    """What is quoted and from which page: "Title, Speaker, 15 January 2023, page iv (sheet 4)"."""
    return about(document.title, document.publisher, document.speaker, document.date, pages)


def about(title: str, publisher: str, speaker: str, date: str, pages: Sequence[Page]) -> str:
    """The same of these values; `date` in ISO 8601."""
    parts = filter(None, map(name, (title, publisher, speaker, written_date(date))))
    return ", ".join([*dict.fromkeys(parts), *_paged(pages)])


def attribution(title: str, publisher: str, speaker: str, date: str) -> str:
    """Who says it, and when, as `Document.attribution` has it."""
    return name(", ".join(filter(None, (speaker or publisher or title, written_date(date)))))


def _paged(pages: Sequence[Page]) -> list[str]:
    """The printed pages, and their place in the file where that is another number."""
    if not pages:
        return []
    labels = "–".join(dict.fromkeys((name(pages[0].label), name(pages[-1].label))))
    sheets = "–".join(dict.fromkeys((str(pages[0].number), str(pages[-1].number))))
    several = len(pages) > 1
    sheet = f" (sheet{'s' * several} {sheets})" if labels != sheets else ""
    return [f"page{'s' * several} {labels}{sheet}"]


def cited(note: Note) -> str:
    """The note's paragraph, without its number."""
    place = f"Characters {note.span.start}–{note.span.end} of the text; SHA-256 {note.document}."
    return f"“{line(note.quote)}” {note.reference}. {place}"


def stated(said: Said) -> str:
    """The statement's paragraph, without the numbers of its notes."""
    if said.quoted:
        return f"{said.voice}: “{line(said.text)}”"
    return f"{said.voice}, in other words: {line(said.text)}"


@dataclass(frozen=True, slots=True)
class Lines:
    """What was read out of a dossier's paragraphs; `odd` are those that only look like its own."""

    notes: tuple[Note, ...]
    said: tuple[Said, ...]
    odd: tuple[str, ...]


def parsed(paragraphs: Iterable[str]) -> Lines:
    """Notes and statements among the paragraphs; anything else is somebody's own text."""
    notes: list[Note] = []
    said: list[Said] = []
    odd: list[str] = []
    for text in map(line, paragraphs):
        if head := _HEAD.match(text):
            note = _note(int(head[1]), text[head.end() :])
            if note:
                notes.append(note)
            else:
                odd.append(text)
            continue
        body, numbers = _without_marks(text)
        statement = _statement(body, numbers)
        if statement and numbers:
            said.append(statement)
        elif numbers or (statement and statement.quoted):
            odd.append(text)
    return Lines(tuple(notes), tuple(said), tuple(odd))


def _note(number: int, text: str) -> Note | None:
    quote, _, rest = text.rpartition(f"{_CLOSES} ")
    found = _SOURCE.fullmatch(rest)
    if not found or not quote.startswith("“") or int(found[2]) > int(found[3]):
        return None
    return Note(number, quote[1:], found[1], found[4], Span(int(found[2]), int(found[3])))


def _statement(body: str, numbers: tuple[int, ...]) -> Said | None:
    voice, opens, quote = body.partition(_OPENS)
    if opens and quote.endswith(_CLOSES):
        return Said(voice, quote.removesuffix(_CLOSES), numbers, quoted=True)
    voice, written, text = body.partition(_WRITTEN)
    return Said(voice, text, numbers, quoted=False) if written else None


def _without_marks(text: str) -> tuple[str, tuple[int, ...]]:
    """The paragraph without the numbers of notes at its end, and these."""
    numbers: list[int] = []
    while (
        len(numbers) < _MOST_MARKS
        and text.endswith("]")
        and (mark := _MARK.fullmatch(text, text.rfind("[")))
    ):
        numbers.insert(0, int(mark[1]))
        text = text[: mark.start()].rstrip()
    return text, tuple(numbers)
