"""Looking at documents otherwise than by one answer: all mentions, likenesses, comparisons."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence

from rag.citing import quoted
from rag.errors import ConfigError
from rag.mentions import Outline, asked, mentioning, outline
from rag.ports import Embedder, Index, Retriever
from rag.results import Comparison, Mentioned, Mentions, Side
from rag.text import fold, sentences
from rag.types import Answer, Citation, Document, Passage, Span

RELATED = 5
"""How many other places are shown for one."""
ALIKE = 0.35
"""The least cosine of two sentences that say something about the same thing."""
_READ = 12
_MOST_SENTENCES = 200_000
"""How many sentences are remembered with their words, some hundred bytes each."""


class Outlines:
    """Documents' outlines, made when they are first needed; the last used are remembered.

    Safe to share between threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str], Outline] = OrderedDict()

    def of(self, index: Index, document: Document) -> Outline:
        """The outline of a document of this index."""
        key = (index.fingerprint, document.id)
        with self._lock:
            if known := self._known.get(key):
                self._known.move_to_end(key)
                return known
        made = outline(document, index.passages_of(document.id))
        with self._lock:
            self._known[key] = made
            while len(self._known) > 1 and self._sentences() > _MOST_SENTENCES:
                self._known.popitem(last=False)
        return made

    def _sentences(self) -> int:
        return sum(len(each.spans) for each in self._known.values())


def mentions(
    index: Index, question: str, documents: Collection[str] | None, outlines: Outlines
) -> Mentions:
    """Every mention of what is asked, in these documents or all; the rule is in rag.mentions."""
    words = asked(question)
    places: list[tuple[Document, Span]] = []
    found: list[Mentioned] = []
    silent: list[Document] = []
    for document_id in among(index, documents):
        document = index.document(document_id)
        spans = mentioning(outlines.of(index, document), words, document.language)
        places += ((document, span) for span in spans)
        if spans:
            found.append(_counted(document, spans))
        else:
            silent.append(document)
    return Mentions(
        question,
        words,
        quoted(places),
        tuple(found),
        tuple(silent),
        index.generation,
        index.fingerprint,
    )


def _counted(document: Document, spans: Sequence[Span]) -> Mentioned:
    counts = Counter(document.pages_of(span)[0] for span in spans)
    pages = sorted(counts.items(), key=lambda pair: pair[0].number)
    return Mentioned(document, len(spans), tuple(pages))


def related(
    index: Index, retriever: Retriever, embedder: Embedder, document_id: str, span: Span
) -> tuple[Citation, ...]:
    """The sentences elsewhere that are most like this place, best first, at most RELATED.

    Elsewhere: they share no character with it, nor all their words. Raises KeyError for a document
    that the index does not hold, ValueError for a span outside of it.
    """
    own = index.document(document_id)
    own.pages_of(span)
    words = " ".join(own.words(span).split())
    [hits] = retriever.retrieve(index, [words], _READ)
    places = list(_elsewhere(index, [hit.passage for hit in hits], document_id, span))
    if not words or not places:
        return ()
    vectors = embedder.embed([words, *(" ".join(of.prose(at).split()) for of, at in places)])
    likeness = (vectors[1:] @ vectors[0]).tolist()
    ranked = sorted(zip(likeness, places, strict=True), key=lambda pair: -pair[0])
    return quoted(place for value, place in ranked[:RELATED] if value >= ALIKE)


def _elsewhere(
    index: Index, passages: Sequence[Passage], document_id: str, span: Span
) -> Iterator[tuple[Document, Span]]:
    """Each sentence of the passages once, but for the place itself and what repeats it there."""
    home = index.document(document_id)
    seen = {(document_id, fold(home.prose(span)).text)}
    for passage in passages:
        document = index.document(passage.document_id)
        for inside in sentences(passage.text, document.language or "en"):
            at = document.saying(inside.shift(passage.span.start))
            said = (document.id, fold(document.prose(at)).text)
            if at and said not in seen and not (document.id == document_id and at.overlap(span)):
                seen.add(said)
                yield document, at


def compare(
    index: Index, sources: Sequence[str], ask: Callable[[Collection[str]], Answer], question: str
) -> Comparison:
    """The answers of each of the sources, which are ids of documents or names of speakers.

    `ask` answers from these documents alone. Raises ConfigError for a source that is not there.
    """
    documents = [index.document(each) for each in among(index, None)]
    sides: list[Side] = []
    for source in dict.fromkeys(sources):
        chosen = [each for each in documents if source in {each.id, each.voice}]
        if not chosen:
            raise ConfigError(f"No document or speaker here is called {source!r}: choose again.")
        name = chosen[0].title if source == chosen[0].id else source
        dates = [each.date for each in chosen if each.date]
        ids = tuple(each.id for each in chosen)
        sides.append(Side(name, min(dates, default=""), ids, ask(ids)))
    # The undated come last; "~" is behind every digit.
    return Comparison(question, tuple(sorted(sides, key=lambda side: side.date or "~")))


def among(index: Index, documents: Collection[str] | None) -> list[str]:
    """The ids of the documents that are asked, in the index's order; None asks all.

    Raises ConfigError if one of them is not there.
    """
    held = dict.fromkeys(each.document_id for each in index.sources if each.document_id)
    if documents is None:
        return list(held)
    if not set(documents) <= set(held):
        raise ConfigError("A document that was chosen is no longer in the index: choose again.")
    return [each for each in held if each in set(documents)]
