"""The nouns: immutable values that every stage speaks of, on the standard library alone."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from enum import StrEnum

_DEEPEST = 1_000
_LOOKED_BACK = 500
"""Headings: whatever encloses a passage stands among the last so many before it."""
_FILE = re.compile(r"(.+)\.[A-Za-z][A-Za-z0-9]{1,7}")
_WORDS = re.compile(r"[^\W_]+")
_BROKEN = re.compile(r"(\w+)-\n(?=[^\W\d_])(\w+)")
_MARKS = re.compile(r"\A\s*#{1,6}\s+|\s+#+\s*\Z|\n *(?:=+|-+)\s*\Z")
"""What makes a line a heading in Markdown."""


class Status(StrEnum):
    """How far a statement is covered by the words that it cites."""

    VERBATIM = "verbatim"
    SUPPORTED = "supported"
    WEAK = "weak"
    UNSUPPORTED = "unsupported"


class Outcome(StrEnum):
    """Whether the documents answered."""

    ANSWERED = "answered"
    ABSTAINED = "abstained"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points in one document's text: 0 <= start <= end."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: {self.start}-{self.end}")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """The characters of `text` that the span covers."""
        return text[self.start : self.end]

    def shift(self, by: int) -> Span:
        """The same length, `by` code points further on."""
        return Span(self.start + by, self.end + by)

    def covers(self, other: Span) -> bool:
        """Whether `other` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end

    def overlap(self, other: Span) -> int:
        """Number of code points that both hold."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its place in the file (from 1), its printed label ("iv"), its share of the text."""

    number: int
    label: str
    span: Span


class Role(StrEnum):
    """What a stretch of a document's text is, where it is not plain prose."""

    HEADING = "heading"
    FURNITURE = "furniture"
    FOOTNOTE = "footnote"
    TABLE = "table"
    RECOGNISED = "recognised"


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """A stretch of a document's text that has a role of its own.

    FURNITURE is what the page repeats (running heads, page numbers). `value` is a HEADING's level,
    1 for the outermost; the length of a TABLE's header, in code points from its start; and the
    confidence in RECOGNISED text, in percent.
    """

    span: Span
    role: Role
    value: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """One source, read: its exact text, and pages that tile it without gap or overlap.

    `secondary`: it tells what others say, as a summary does, and they are quoted before it.
    `parts` are sorted; those of one role do not overlap.

    `id` is the SHA-256 of the file's bytes in hexadecimal; `path` is relative to the documents
    folder, with forward slashes; `date` is ISO 8601, as exact as known ("2022-10"), or empty.
    """

    id: str
    path: str
    title: str
    text: str
    pages: tuple[Page, ...]
    publisher: str = ""
    speaker: str = ""
    date: str = ""
    language: str = ""
    url: str = ""
    licence: str = ""
    secondary: bool = False
    parts: tuple[Part, ...] = ()
    _by_role: dict[Role, list[Part]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        edges = [0, *(page.span.end for page in self.pages)]
        starts = [page.span.start for page in self.pages]
        if not self.pages or edges[:-1] != starts or edges[-1] != len(self.text):
            raise ValueError(f"the pages of {self.path} do not tile its text")
        if list(self.parts) != sorted(self.parts):
            raise ValueError(f"the parts of {self.path} are not sorted")
        by_role: dict[Role, list[Part]] = {role: [] for role in Role}
        for part in self.parts:
            by_role[part.role].append(part)
        object.__setattr__(self, "_by_role", by_role)

    def pages_of(self, span: Span) -> tuple[Page, ...]:
        """The pages whose characters `span` holds, in order; if it is empty, where it stands."""
        if span.end > len(self.text):
            raise ValueError(f"{span} lies outside {self.path}")
        first = bisect_right(self.pages, span.start, key=lambda page: page.span.end)
        last = bisect_left(self.pages, span.end, key=lambda page: page.span.start)
        held = self.pages[first:last] or self.pages[first : first + 1] or self.pages[-1:]
        return tuple(page for page in held if page.span) or held[:1]

    def parts_of(self, span: Span, *roles: Role) -> list[Part]:
        """The parts of these roles that share a character with `span`, sorted."""
        found: list[Part] = []
        for role in roles:
            parts = self._by_role[role]
            first = bisect_right(parts, span.start, key=lambda part: part.span.end)
            last = bisect_left(parts, span.end, key=lambda part: part.span.start)
            found += parts[first:last]
        return sorted(found)

    def headings(self, span: Span) -> tuple[str, ...]:
        """The headings under which `span` begins, outermost first."""
        headings = self._by_role[Role.HEADING]
        after = bisect_left(headings, span.start, key=lambda part: part.span.start)
        path: list[str] = []
        level = _DEEPEST
        for part in reversed(headings[max(0, after - _LOOKED_BACK) : after]):
            if part.value < level:
                path.insert(0, " ".join(_MARKS.sub("", part.span.of(self.text)).split()))
                level = part.value
            if level == 1:
                break
        return tuple(path)

    def saying(self, span: Span) -> Span:
        """`span` without the headings and the white space at its ends.

        It is empty where nothing is left, nor anything but the document's title: such a line names
        what others say, and says nothing itself.
        """
        start, end = span.start, span.end
        for part in self.parts_of(span, Role.HEADING):
            if not self.text[start : max(start, part.span.start)].strip():
                start = min(end, max(start, part.span.end))
        for part in reversed(self.parts_of(Span(start, end), Role.HEADING)):
            if not self.text[part.span.end : end].strip():
                end = max(start, part.span.start)
        words = self.text[start:end]
        if " ".join(words.split()) == self.title:
            return Span(start, start)
        start += len(words) - len(words.lstrip())
        return Span(start, max(start, start + len(words.strip())))

    def prose(self, span: Span, between: str = " ") -> str:
        """The words of `span` without what interrupts them: running heads, and others' footnotes.

        `between` stands for each interruption.
        """
        words: list[str] = []
        start = span.start
        for part in self.parts_of(span, Role.FURNITURE, Role.FOOTNOTE):
            if part.span.start <= span.start and span.end <= part.span.end:
                return span.of(self.text)
            words.append(self.text[start : max(start, part.span.start)].strip())
            start = max(start, part.span.end)
        words.append(self.text[start : span.end].strip() if words else span.of(self.text))
        return between.join(word for word in words if word)

    def searched(self, span: Span) -> str:
        """What a search sees of a passage: what it is from, what it stands under, and its words.

        That is the file's name and the title, the nearest heading, and for rows of a table its
        header. The lines into which the words are broken are not seen: a change moves them.
        """
        tables = self.parts_of(Span(span.start, min(span.start + 1, span.end)), Role.TABLE)
        heads = [Span(part.span.start, part.span.start + part.value) for part in tables]
        context = [*self._names, *self.headings(span)[-1:]]
        context += [head.of(self.text).strip() for head in heads if head.end <= span.start]
        words = " ".join(self.words(span).split())
        return "\n".join([*filter(None, dict.fromkeys(context)), words])

    def words(self, span: Span) -> str:
        """The prose of `span` for comparing words: one that is broken at the end of a line is there
        as one word and with its hyphen, since it may be either.
        """
        return _BROKEN.sub(r"\1\2 \1-\2", self.prose(span))

    @property
    def _names(self) -> tuple[str, ...]:
        """The title, and before it the file's name where that says something else."""
        file = _FILE.fullmatch(self.path.rpartition("/")[2])
        name, title = (
            " ".join(_WORDS.findall(text)) for text in (file[1] if file else "", self.title)
        )
        return (self.title,) if name.casefold() in title.casefold() else (name, self.title)

    @property
    def voice(self) -> str:
        """Who says it: the speaker, else the publisher, else the title."""
        return self.speaker or self.publisher or self.title

    @property
    def attribution(self) -> str:
        """Who says it, and when: "Ombudsman of Azerbaijan, 15 January 2023"."""
        return ", ".join(part for part in (self.voice, written_date(self.date)) if part)


def written_date(iso: str) -> str:
    """An ISO date as people write it ("15 January 2023", "October 2022"); other text as it is."""
    for kind, written in (("%Y-%m-%d", "{0.day} {0:%B} {0.year}"), ("%Y-%m", "{0:%B} {0.year}")):
        try:
            return written.format(dt.datetime.strptime(iso, kind))  # noqa: DTZ007 - a day
        except ValueError:
            continue
    return iso


@dataclass(frozen=True, slots=True)
class Source:
    """What ingest made of one file: read (then `document_id` is set), or skipped with the reason.

    `digest` is the SHA-256 of the bytes, or empty if there was no reading them; `note` says what
    a reader of the file should know, such as pages without text; `language` is a document's.
    """

    path: str
    document_id: str | None
    title: str = ""
    pages: int = 0
    passages: int = 0
    reason: str = ""
    note: str = ""
    digest: str = ""
    secondary: bool = False
    language: str = ""

    @property
    def read(self) -> bool:
        """Whether the file's text is in the index."""
        return self.document_id is not None


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one document: `text == document.text[span]`."""

    document_id: str
    span: Span
    text: str

    @property
    def id(self) -> str:
        """A passage's name says where it stands: "{document}:{start}-{end}"."""
        return f"{self.document_id}:{self.span.start}-{self.span.end}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found. Larger scores are better, always; ranks count from 1."""

    passage: Passage
    score: float
    rank: int
    found_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader sees in one passage. Spans are in document coordinates.

    `evidence` is the sentence that answers best, `answer` its exact answering words if known;
    `score` orders the readings of one question; `probability` (0 to 1) is the belief that the
    evidence answers at all; `lacks` names in words what was asked for and is not there.
    """

    passage: Passage
    evidence: Span
    score: float
    probability: float
    answer: Span | None = None
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier turn of a conversation: what was asked, the cited words said in answer.

    `offered` is a question that was suggested to the user.
    """

    question: str
    said: str = ""
    offered: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of a draft, unchecked: what is said, and where its support should stand."""

    text: str
    passage: Passage
    quote: Span
    answer: Span | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """One sentence in a model's own words, unchecked, and the passages that it cites."""

    text: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What an answerer says, unchecked. No claims: it abstains, and `reason` says why.

    Where a model wrote `sentences`, `given` are the passages that it had before it, and the claims
    are what is said if none of its sentences holds. `notes` are for the user. `parts` are the
    drafts for the questions in a question: each holds, or falls back on its claims, by itself.
    """

    claims: tuple[Claim, ...]
    written_by: str
    reason: str | None = None
    sentences: tuple[Written, ...] = ()
    given: tuple[Passage, ...] = ()
    notes: tuple[str, ...] = ()
    parts: tuple[Draft, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """A sentence that a model wrote and that did not hold, with the reason."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A checked quotation: `quote == document.text[span]`. Only `rag.citing` makes one."""

    number: int
    document: Document
    span: Span
    quote: str
    pages: tuple[Page, ...]
    status: Status
    answer: Span | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer: its text, the numbers of its citations, who says it.

    `doubt` says why the status of a written sentence is no better.
    """

    text: str
    citations: tuple[int, ...]
    status: Status
    speaker: str
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer. ANSWERED: each statement has a citation. ABSTAINED: none, and a reason.

    `presented` are the passages laid before the user besides the citations, best first; `notes`
    say in a sentence each what the user should know of how the question was dealt with; `removed`
    is what a model wrote and did not hold; `retrieved` is everything that the search returned;
    timings are in milliseconds.
    """

    question: str
    outcome: Outcome
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    presented: tuple[Citation, ...]
    retrieved: tuple[Hit, ...]
    score: float
    written_by: str
    generation: int
    fingerprint: str
    reason: str | None = None
    searched: str = ""
    notes: tuple[str, ...] = ()
    removed: tuple[Removed, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.outcome is Outcome.ANSWERED and not (
            self.statements and all(statement.citations for statement in self.statements)
        ):
            raise ValueError("an answered question cites something in every statement")
        if self.outcome is Outcome.ABSTAINED and (self.statements or not self.reason):
            raise ValueError("an abstention states nothing, and says why")
