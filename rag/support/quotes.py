"""Quotation marks stand only around words that are found."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text import fold, terms

_QUOTED = re.compile(r"[“\"„«]\s*([^“”\"„«»]{2,}?)\s*[”\"“»]|(?<!\w)[‘']([^‘’']{8,}?)[’'](?!\w)")
_GAP = re.compile(r"\s*(?:\[?\s*(?:…|\.\.\.)\s*\]?)\s*")
ELSEWHERE = "the quoted words are in another document"
STITCHED = "the quoted words are stitched together from several places"
NOT_FOUND = "the quoted words are not found"
_PIECE = 2
"""In words: the shortest piece that makes a quotation look stitched rather than invented."""


def misquoted(sentence: str, cited: Sequence[str], others: Sequence[str]) -> str:
    """What is wrong with the sentence's quotations; empty if each is found in a cited text."""
    for match in _QUOTED.finditer(sentence):
        quote = _level(match[1] or match[2])
        pieces = [piece for piece in _GAP.split(quote) if piece]
        if any(_in_order(pieces, _level(text)) for text in cited):
            continue
        if any(_in_order(pieces, _level(text)) for text in others):
            return ELSEWHERE
        known = " ".join(_level(text) for text in (*cited, *others))
        return STITCHED if _stitched(quote, known) else NOT_FOUND
    return ""


def _level(text: str) -> str:
    return re.sub(r"\s+", " ", fold(text).text.replace('"', "")).strip(" .,;:!?'")


def _in_order(pieces: Sequence[str], text: str) -> bool:
    at = 0
    for piece in pieces:
        match = re.compile(rf"(?<!\w){re.escape(piece)}(?!\w)").search(text, at)
        if match is None:
            return False
        at = match.end()
    return bool(pieces)


def _stitched(quote: str, known: str) -> bool:
    """Whether the quotation falls into runs of at least _PIECE words that all occur."""
    said = [fold(term.word).text for term in terms(quote)]
    text = " ".join(fold(term.word).text for term in terms(known))
    at = 0
    while at < len(said):
        length = next(
            (
                size
                for size in range(len(said) - at, 0, -1)
                if f" {' '.join(said[at : at + size])} " in f" {text} "
            ),
            0,
        )
        if length < min(_PIECE, len(said) - at):
            return False
        at += length
    return True
