"""Where a document mentions what is asked: every place, not the best few.

The rule. The words of a question that carry meaning must all occur, compared by their stems;
words that only do the asking ("What does the report say about ...") are left out. A sentence that
holds all of them is a mention. So is the shortest run of up to three neighbouring sentences that
hold them all together inside one paragraph, if no sentence of it is a mention already, nor part
of a run before it. No character counts twice. Pronouns are not followed: "they" mentions nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.text import content_terms, fold, sentences, terms
from rag.types import Document, Passage, Role, Span

NEIGHBOURS = 3
"""The longest run of sentences that counts as one mention."""
_ASKING = frozenset(
    [
        *("all", "and", "anything", "describe", "discuss", "discusses", "document", "documents"),
        *("every", "everything", "find", "found", "give", "happen", "happened", "happens", "let"),
        *("list", "many", "mention", "mentioned", "mentions", "much", "name", "page", "pages"),
        *("paragraph", "passage", "passages", "please", "report", "reports", "said", "say"),
        *("saying", "says", "sentence", "sentences", "show", "something", "speak", "state"),
        *("stated", "statement", "statements", "states", "tell", "text", "view", "written"),
    ]
)
"""Words of the question, not of what is asked about."""
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


@dataclass(frozen=True, slots=True)
class Outline:
    """A document's sentences in text order, and the places of those that hold each stem.

    `paragraphs` says for each sentence which one it belongs to; a note is one of its own. Places
    are sorted.
    """

    spans: tuple[Span, ...]
    paragraphs: tuple[int, ...]
    held: Mapping[str, tuple[int, ...]]


def asked(question: str) -> tuple[str, ...]:
    """The words that a mention must hold, as the question writes them; all, if none is left."""
    words = [term.word for term in content_terms(question)] or [t.word for t in terms(question)]
    telling = [word for word in words if fold(word).text not in _ASKING]
    return tuple(dict.fromkeys(telling or words))


def outline(document: Document, passages: Sequence[Passage]) -> Outline:
    """The sentences of the passages, each once; passages of notes are a stream of their own."""
    held: dict[str, list[int]] = {}
    spans: list[Span] = []
    paragraphs: list[int] = []
    last: dict[int, tuple[int, int]] = {}
    for stream, span in _sentences(document, passages):
        place = len(spans)
        end, paragraph = last.get(stream, (span.start, place))
        if _BLANK_LINE.search(document.prose(Span(end, span.start))):
            paragraph = place
        last[stream] = span.end, paragraph
        spans.append(span)
        paragraphs.append(paragraph)
        stems = {term.stem for term in terms(document.words(span), document.language or "en")}
        for stem in stems:
            held.setdefault(stem, []).append(place)
    return Outline(
        tuple(spans), tuple(paragraphs), {stem: tuple(places) for stem, places in held.items()}
    )


def mentioning(of: Outline, words: Collection[str], language: str) -> list[Span]:
    """The mentions of all these words by the rule above, in text order."""
    stems = {term.stem for word in words for term in terms(word, language or "en")}
    places = [set(of.held.get(stem, ())) for stem in stems]
    if not places or not all(places):
        return []
    runs = [(place, place) for place in sorted(set.intersection(*places))]
    taken = {place for place, _ in runs}
    for length in range(2, NEIGHBOURS + 1):
        for first in sorted(set.union(*places)):
            run = range(first, first + length)
            if taken.isdisjoint(run) and _together(of, run, places):
                runs.append((first, run[-1]))
                taken.update(run)
    return [Span(of.spans[first].start, of.spans[last].end) for first, last in sorted(runs)]


def _together(of: Outline, run: range, places: Sequence[Collection[int]]) -> bool:
    """Whether neighbours hold all the words, the first and the last of them at least one each."""
    if run.stop > len(of.spans) or len({of.paragraphs[at] for at in run}) > 1:
        return False
    ends = all(any(at in held for held in places) for at in (run[0], run[-1]))
    return ends and all(any(at in held for at in run) for held in places)


def _sentences(document: Document, passages: Sequence[Passage]) -> Iterator[tuple[int, Span]]:
    """Stream and span of each sentence: 0 for running text, another number for each note.

    Passages overlap, and where one begins its first sentence may be cut otherwise than in the one
    before: what reaches into a sentence that was there already is left out, or shortened.
    """
    ends: dict[int, int] = {}
    for passage in sorted(passages, key=lambda each: each.span):
        notes = document.parts_of(passage.span, Role.FOOTNOTE)
        own = [part.span.start + 1 for part in notes if part.span.covers(passage.span)]
        stream = own[0] if own else 0
        for inside in sentences(passage.text, document.language or "en"):
            span = inside.shift(passage.span.start)
            start = max(span.start, ends.get(stream, 0))
            rest = document.text[start : span.end].lstrip()
            if rest:
                ends[stream] = span.end
                yield stream, Span(span.end - len(rest), span.end)
