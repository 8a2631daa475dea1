"""Pure text: sentences, terms, and folding that keeps a map back to the offsets of the original."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import Stemmer
from sentencex import get_sentence_boundaries

from rag.types import Span

_WORD = re.compile(r"[^\W_]+(?:[.,'’][^\W_]+)*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LEVELLED = str.maketrans("’‘“”–—", "''\"\"--")
_STEMMERS = {
    "de": "german",
    "en": "english",
    "fr": "french",
    "hy": "armenian",
    "ru": "russian",
    "tr": "turkish",
}
_ENDINGS = (".", "!", "?", ":", ";", "…", '"', "”", "»", ")", "։", "。")
_ITEM = re.compile(r"(?:(?:[^\w\s]|\(?\w{1,6}[.)]{1,2})\s+)+")
"""The numbers, letters or signs that begin a list's item or a numbered paragraph: "45.", "(a)"."""
_FRAGMENT, _BLOCK = 8, 40
"""In words: a line this short that no punctuation ends is a fragment; fragments make a block."""
FUNCTION_WORDS = frozenset(
    [
        "a",
        "about",
        "above",
        "after",
        "again",
        "against",
        "all",
        "also",
        "am",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "because",
        "been",
        "before",
        "being",
        "below",
        "between",
        "both",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "doing",
        "down",
        "during",
        "each",
        "either",
        "else",
        "ever",
        "few",
        "for",
        "from",
        "further",
        "had",
        "has",
        "have",
        "having",
        "he",
        "her",
        "here",
        "hers",
        "herself",
        "him",
        "himself",
        "his",
        "how",
        "however",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "itself",
        "just",
        "may",
        "me",
        "might",
        "more",
        "most",
        "much",
        "must",
        "my",
        "myself",
        "no",
        "nor",
        "not",
        "now",
        "of",
        "off",
        "on",
        "once",
        "one",
        "only",
        "or",
        "other",
        "our",
        "ours",
        "ourselves",
        "out",
        "over",
        "own",
        "per",
        "same",
        "shall",
        "she",
        "should",
        "so",
        "some",
        "such",
        "than",
        "that",
        "the",
        "their",
        "theirs",
        "them",
        "themselves",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "through",
        "to",
        "too",
        "under",
        "until",
        "up",
        "upon",
        "us",
        "very",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "whether",
        "which",
        "while",
        "who",
        "whom",
        "whose",
        "why",
        "will",
        "with",
        "within",
        "without",
        "would",
        "you",
        "your",
        "yours",
        "yourself",
    ]
)
_NAMES = re.compile(r"\b[A-Z][\w'’-]*(?:\s+(?:(?:of|for|and|on)\s+)?(?:the\s+)?[A-Z][\w'’-]*){1,9}")


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a text: where it stands, how it is written, its stem for comparing."""

    span: Span
    word: str
    stem: str


@dataclass(frozen=True, slots=True)
class Folded:
    """Text levelled for comparison, with the original offset of each of its characters."""

    text: str
    offsets: tuple[int, ...]

    def original(self, span: Span) -> Span:
        """The span of the original text from which the folded `span` was made."""
        if not span:
            return Span(self.offsets[span.start], self.offsets[span.start])
        return Span(self.offsets[span.start], self.offsets[span.end - 1] + 1)


def sentences(text: str, language: str = "en") -> list[Span]:
    """The sentences of `text` in order, without the white space around them.

    Together they hold every character that is not white space. Rules by the Wikimedia
    Foundation's sentencex, to which a numbered item is one sentence: here it has as many as it has.
    A blank line always ends a sentence, except between fragments: the lines of a signature, an
    address or a title page say something only together.
    """
    readable = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
    spans = (
        each
        for item in _bounded(readable, Span(0, len(text)), language)
        for each in _itemised(readable, item, language)
    )
    stripped = (_stripped(text, span.start, span.end) for span in spans)
    return list(_joined(text, [span for span in stripped if span]))


def _bounded(text: str, within: Span, language: str) -> list[Span]:
    boundaries = get_sentence_boundaries(language or "en", within.of(text))
    return [Span(each["start_index"], each["end_index"]).shift(within.start) for each in boundaries]


def _itemised(text: str, item: Span, language: str) -> Iterator[Span]:
    """The sentences of what may be an item of a list; its number belongs to the first."""
    number = _ITEM.match(text, item.start, item.end)
    if not number:
        yield item
        return
    first, *rest = _bounded(text, Span(number.end(), item.end), language) or [item]
    yield Span(item.start, first.end)
    for each in rest:
        yield from _itemised(text, each, language)


def _joined(text: str, spans: list[Span]) -> Iterator[Span]:
    """Neighbouring fragments made one, as long as they are few words."""
    block: list[Span] = []
    words = 0
    for span in spans:
        size = len(span.of(text).split())
        fragment = size <= _FRAGMENT and not span.of(text).endswith(_ENDINGS)
        if block and not (fragment and words + size <= _BLOCK):
            yield Span(block[0].start, block[-1].end)
            block, words = [], 0
        if not fragment:
            yield span
            continue
        block.append(span)
        words += size
    if block:
        yield Span(block[0].start, block[-1].end)


def _stripped(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return Span(start, max(start, start + len(piece.strip())))


def terms(text: str, language: str = "en") -> list[Term]:
    """The words of `text` in order, with Snowball stems where the language has them.

    Decimal points, thousands separators and apostrophes inside a word belong to it.
    """
    return list(_terms(text, language))


def _terms(text: str, language: str) -> Iterator[Term]:
    for match in _WORD.finditer(text):
        yield Term(Span(*match.span()), match.group(), stem(match.group(), language))


@lru_cache(maxsize=65_536)
def stem(word: str, language: str = "en") -> str:
    """The form under which `word` is compared: levelled, without a possessive, stemmed."""
    levelled = fold(word).text.removesuffix("'s").replace(",", "")
    name = _STEMMERS.get(language[:2])
    return Stemmer.Stemmer(name).stemWord(levelled) if name else levelled


def content_terms(text: str, language: str = "en") -> list[Term]:
    """The terms that carry meaning: all but English function words."""
    return [term for term in terms(text, language) if fold(term.word).text not in FUNCTION_WORDS]


def initials(text: str) -> frozenset[str]:
    """What the names in `text` are called for short, in lower case: "Human Rights Watch" is "hrw".

    A name is a run of capitalised words, "of", "the", "for" and "and" aside; as it may begin with
    another word ("The"), each part of a run with two to six words counts.
    """
    found: set[str] = set()
    for match in _NAMES.finditer(text):
        letters = "".join(word[0] for word in _WORD.findall(match.group()) if word[0].isupper())
        for start in range(len(letters) - 1):
            found.update(letters[start:end].lower() for end in range(start + 2, start + 7))
    return frozenset(found)


def fold(text: str) -> Folded:
    """Case, compatibility forms, accents and quotation marks levelled; white space made single."""
    characters: list[str] = []
    offsets: list[int] = []
    for offset, character in enumerate(text):
        level = _level(character)
        if level == " " and characters and characters[-1] == " ":
            continue
        characters.extend(level)
        offsets.extend([offset] * len(level))
    return Folded("".join(characters), (*offsets, len(text)))


@lru_cache(maxsize=4_096)
def _level(character: str) -> str:
    if character.isspace():
        return " "
    decomposed = unicodedata.normalize("NFKD", character.translate(_LEVELLED).casefold())
    return "".join(part for part in decomposed if not unicodedata.combining(part))
