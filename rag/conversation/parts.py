"""A question that asks several things, as several questions; English rules, and cautious ones.

- Sentences that each end in a question mark are questions of their own.
- "..., and who ..." begins another question if either side says enough to be searched.
- "Compare what A and B say about C", "What do A and B say about C?" and "How do A and B differ on
  C?" ask each of the named A and B about C.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from rag.conversation.dependence import points_back
from rag.conversation.lookup import BETWEEN, lookup
from rag.text import content_terms
from rag.types import Hit, Reading, Turn

MOST = 4
"""Parts; a question with more is asked as it is."""
_ENOUGH = 2
_ASKS = (
    r"(?:who|whom|whose|what|when|where|why|how|which|did|does|do|is|are|was|were|has|have|can|"
    r"could|will|would|should)"
)
_SENTENCE = re.compile(r"(?<=\?)\s+(?=\S)")
_JOINED = re.compile(
    rf"\s*,?\s+and\s+(?=(?:also\s+)?(?:wh\w+|how|{_ASKS}\s+(?:it|he|she|they|there|the|any|an?))\b)",
    re.IGNORECASE,
)
_BEGINS = re.compile(rf"^\W*(?:and\s+|in which\s+|on which\s+)?{_ASKS}\b", re.IGNORECASE)
_WHO = r"(?P<one>(?:the )?[A-Z][\w.’'-]*(?: (?:of |for |the )*[A-Z][\w.’'-]*)*)"
_OTHER = _WHO.replace("one", "two")
_SAY = r"(?:say|says|said|claim|state|report|write|think|argue|tell us)"
_ON = r"(?:about|on|over|of|in|regarding|as to)"
_WHAT = r"(?P<what>.+?)\W*$"
_COMPARES = tuple(
    re.compile(pattern.format(one=_WHO, two=_OTHER, say=_SAY, on=_ON, what=_WHAT))
    for pattern in (
        r"^[Ww]hat (?:do|does|did) (?:both )?{one},? and {two} {say}(?: {on})? {what}",
        r"^[Cc]ompare (?:what )?{one},? (?:and|with|to) {two}(?: {say})? {on} {what}",
        r"^[Hh]ow (?:do|does|did) {one},? and {two} differ {on} {what}",
        r"^[Ww]hat (?:is|are) the differences? between {one},? and {two} {on} {what}",
    )
)

_ASKED = tuple(
    re.compile(pattern.format(one=_WHO, say=_SAY))
    for pattern in (r"\b[Ww]hat (?:do|does|did|has|have) {one} {say}\b", r"\b[Aa]ccording to {one}")
)


def voice_asked(question: str) -> str:
    """Whose words are asked for ("What does the board say about ..."); empty if nobody's."""
    found = (match for pattern in _ASKED if (match := pattern.search(question)))
    return next((match["one"] for match in found), "")


def parts(question: str) -> tuple[str, ...]:
    """The questions in a question, in order; itself alone if it asks one thing."""
    for pattern in _COMPARES:
        if match := pattern.match(question):
            return tuple(
                f"What does {who} say about {match['what']}?" for who in match.group("one", "two")
            )
    found = [
        piece.strip()
        for sentence in _SENTENCE.split(question)
        for piece in _split(sentence)
        if any(character.isalnum() for character in piece)
    ]
    asking = [piece for piece in found if _BEGINS.match(piece)]
    if len(found) != len(asking) or not 1 < len(found) <= MOST:
        return (question,)
    return tuple(piece if piece.endswith("?") else f"{piece}?" for piece in found)


def divided(
    question: str, history: Sequence[str | Turn]
) -> Iterator[tuple[str, Sequence[str | Turn]]]:
    """The questions in a question, each with the turns before it.

    A part that points back has the parts before it among them.
    """
    before = list(history)
    for place, part in enumerate(parts(question)):
        yield part, tuple(before) if place == 0 or points_back(part) else tuple(history)
        before.append(Turn(part))


def unaided(question: str) -> str:
    """What is searched for a question that nothing came before, as it is shown."""
    return BETWEEN.join(lookup(part, before).searched for part, before in divided(question, ()))


def hits_in_turn(rankings: Sequence[Sequence[Hit]]) -> list[Hit]:
    """The parts' hits as one ranking: the best of each, then the second best, each passage once."""
    if len(rankings) == 1:
        return list(rankings[0])
    found: dict[str, Hit] = {}
    for hit in chain.from_iterable(zip_longest(*rankings)):
        if hit is not None:
            found.setdefault(hit.passage.id, hit)
    return [replace(hit, rank=rank) for rank, hit in enumerate(found.values(), start=1)]


def readings_in_turn(readings: Sequence[Sequence[Reading]]) -> list[Reading]:
    """The parts' readings: the best of each, then the second best, and so on."""
    return [each for each in chain.from_iterable(zip_longest(*readings)) if each is not None]


def _split(sentence: str) -> list[str]:
    """The pieces of one sentence, if each of them says enough."""
    pieces = _JOINED.split(sentence)
    enough = all(len(content_terms(piece)) >= _ENOUGH for piece in pieces)
    return pieces if enough else [sentence]
