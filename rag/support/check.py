"""One written sentence against its sources; the first rule that it breaks is the reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.support import rules
from rag.support.aligned import Aligned, align
from rag.support.quotes import misquoted
from rag.text import fold
from rag.types import Span, Status

SUPPORTED, WEAK = 0.8, 0.55
"""Shares of a sentence's words that the source must hold."""
_LINK = re.compile(
    r"https?:|www\.|\w+://|\]\s*\(|!\[|<\s*/?[a-z!]|\bdata:|\bjavascript:|\bmailto:"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|info|example|io|ru|az|am|dev|app|xyz|site|test)\b",
    re.IGNORECASE,
)
LINK = "it holds a link or markup"
UNCITED = "it cites no passage"
FAR = "the cited passage says something else"


@dataclass(frozen=True, slots=True)
class Source:
    """A cited passage, and what its document is called and who speaks in it."""

    text: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a sentence: its status, why it is no better, and the sentences it rests on.

    `rests_on` are (number of the source from 0, span of a sentence in its text), best first.
    """

    status: Status
    reason: str = ""
    rests_on: tuple[tuple[int, Span], ...] = ()


def check(sentence: str, sources: Sequence[Source], others: Sequence[Source] = ()) -> Verdict:
    """`sources` are the cited passages, `others` those that the writer had before it besides."""
    if _LINK.search(sentence):
        return Verdict(Status.UNSUPPORTED, LINK)
    if not sources:
        return Verdict(Status.UNSUPPORTED, UNCITED)
    aligned = align(sentence, [each.text for each in sources], " ".join(s.about for s in sources))
    best = aligned.rests_on()
    if _copied_whole(sentence, aligned):
        return Verdict(Status.VERBATIM, "", best)
    quoting = misquoted(sentence, [each.text for each in sources], [each.text for each in others])
    reason = quoting or next(_broken(aligned), "")
    if reason or aligned.share < WEAK:
        return Verdict(Status.UNSUPPORTED, reason or FAR)
    doubt = rules.unhedged(aligned)
    if doubt or aligned.share < SUPPORTED:
        return Verdict(Status.WEAK, doubt or "some of its words are not in the passage", best)
    return Verdict(Status.SUPPORTED, "", best)


def _copied_whole(sentence: str, aligned: Aligned) -> bool:
    """Whether it is a sentence of a source, from its first word to its last."""
    said = fold(sentence).text.strip()
    near = (each.span.of(aligned.sources[each.source]) for each in aligned.near)
    return any(said == fold(text).text.strip() for text in near)


_RULES: tuple[Callable[[Aligned], str], ...] = (
    rules.numbers,
    rules.dates,
    rules.names,
    rules.roles,
    rules.substituted,
    rules.negations,
    rules.opposites,
    rules.quantities,
    rules.order,
)


def _broken(aligned: Aligned) -> Iterator[str]:
    for rule in _RULES:
        if reason := rule(aligned):
            yield reason
