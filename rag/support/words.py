"""A text as words for comparing: numbers in figures, names, negations, and the rest as stems."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from rag.text import FUNCTION_WORDS, fold, stem, terms

_UNITS_IN_WORDS = """
    two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen
"""
_TENS_IN_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"


def listed(words_: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(words_.split())


_UNITS = {word: number for number, word in enumerate(_UNITS_IN_WORDS.split(), start=2)}
_TENS = {word: 10 * number for number, word in enumerate(_TENS_IN_WORDS.split(), start=2)}
_SCALES = ("hundred", "thousand", "million", "billion")
_NEGATIONS = listed("not no never none nor neither without cannot nobody nothing nowhere hardly")
_REFUSALS = listed("refus deni fail lack")
MONTHS = tuple(name.lower() for name in calendar.month_name if name)
_OPENERS = listed(
    "according altogether also although additionally approximately besides by currently despite "
    "due earlier even finally furthermore given however initially instead later like meanwhile "
    "moreover nearly originally overall roughly since soon still there these those though thus "
    "today unlike yet"
)
_MORE_FUNCTION = listed("among amid around since upon within towards toward via per mr mrs ms dr")


class Kind(Enum):
    """What a word does in a sentence."""

    NUMBER = "number"
    NAME = "name"
    NEGATION = "negation"
    CONTENT = "content"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True)
class Word:
    """One word: as written, the form under which it is compared, and its kind.

    `joined`: only white space stands between it and the word before.
    """

    text: str
    key: str
    kind: Kind
    joined: bool = False


@lru_cache(maxsize=2_048)
def words(text: str, lower: frozenset[str] = frozenset()) -> tuple[Word, ...]:
    """The words of one sentence; `lower` holds stems known to be no names, for its first word."""
    found: list[Word] = []
    tens = end = 0
    for place, term in enumerate(terms(text)):
        joined, end = text[end : term.span.start].isspace(), term.span.end
        folded = fold(term.word).text
        number = _number(folded)
        if number is not None and tens and number in {str(unit) for unit in range(1, 10)}:
            found[-1] = Word(f"{found[-1].text} {term.word}", str(tens + int(number)), Kind.NUMBER)
            tens = 0
            continue
        tens = _TENS.get(folded, 0)
        kind = _kind(term.word, folded, place, number)
        found.append(Word(term.word, number or term.stem, kind, joined))
        if place == 0 and found[0].kind is Kind.NAME and term.stem in lower:
            found[0] = Word(term.word, term.stem, Kind.CONTENT)
    return tuple(found)


def _number(folded: str) -> str | None:
    if any(character.isdigit() for character in folded):
        return re.sub(r"(?<=\d),(?=\d{3})", "", folded).rstrip(".,")
    if folded in _UNITS or folded in _TENS:
        return str(_UNITS.get(folded) or _TENS[folded])
    return next((scale for scale in _SCALES if folded in {scale, f"{scale}s"}), None)


def _kind(word: str, folded: str, place: int, number: str | None) -> Kind:
    if number is not None:
        return Kind.NUMBER
    if folded in _NEGATIONS or folded.endswith("n't") or stem(word) in _REFUSALS:
        return Kind.NEGATION
    if folded in FUNCTION_WORDS or folded in _MORE_FUNCTION:
        return Kind.FUNCTION
    if word[0].isupper() and not (place == 0 and folded in _OPENERS):
        return Kind.NAME
    return Kind.CONTENT


def grouped(said: Iterable[Word]) -> list[Word]:
    """The words with names that follow one another made one: "Human Rights Watch"."""
    found: list[Word] = []
    for word in said:
        if word.joined and word.kind is Kind.NAME and found and found[-1].kind is Kind.NAME:
            last = found.pop()
            word = Word(f"{last.text} {word.text}", f"{last.key} {word.key}", Kind.NAME)  # noqa: PLW2901
        found.append(word)
    return found


def same(one: str, other: str) -> bool:
    """Whether two names or numbers may be the same: one holds all words of the other."""
    ours, theirs = set(one.split()), set(other.split())
    return ours <= theirs or theirs <= ours


_DATE = re.compile(
    rf"\b(?:(?P<before>\d{{4}})\s+)?(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?)?(?P<month>{'|'.join(MONTHS)})\b"
    r"(?:\s+(?P<after>\d{1,2})(?:st|nd|rd|th)?\b(?!\d))?(?:\s*,?\s+(?:of\s+)?(?P<year>\d{4})\b)?",
    re.IGNORECASE,
)


def dates(text: str) -> list[dict[str, str]]:
    """Dates with a month's name: their day, month and year as far as written."""
    found = []
    for match in _DATE.finditer(text):
        parts = match.groupdict()
        day = parts["day"] or parts["after"]
        year = parts["year"] or parts["before"]
        if not (day or year) and match["month"].islower():
            continue
        held = {"day": day, "month": match["month"].lower(), "year": year}
        found.append({name: value.lstrip("0") for name, value in held.items() if value})
    return found


def alike(one: str, other: str) -> bool:
    """Whether two stems are of one word family: equal, or the same for their first five letters."""
    return one == other or (len(one) > 4 and len(other) > 4 and one[:5] == other[:5])  # noqa: PLR2004


def held(key: str, keys: frozenset[str]) -> bool:
    """Whether a word like it is among these."""
    return key in keys or any(alike(key, other) for other in keys)
