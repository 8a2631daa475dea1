"""What kind of thing a question asks for, and whether words are of that kind.

The coarse classes of Li and Roth 2002, as far as they show in an English question's first words
and in the form of an answer: a number, a date, a person or body, a place. Other questions, and
other languages, expect nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_NUMBER_WORDS = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|"
    "fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|"
    "ninety|hundreds?|thousands?|millions?|billions?|dozens?|half|quarter|third|twice|once|no|none"
)
_NUMBER = re.compile(rf"(?i)\d|\b(?:{_NUMBER_WORDS})\b")
_DATE = re.compile(
    rf"(?i)\b(?:1[0-9]|20)\d\d\b|\b(?:{_MONTHS}|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b|"
    r"\bcentur|\b(?:yesterday|today|ago|since|spring|summer|autumn|winter|year|decade)|"
    r"\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b(?:after|before|during|until|late|early|mid|end|war)\b"
)
_DURATION = re.compile(r"(?i)\b(?:year|month|week|day|hour|minute|decade|centur|generation)")
_NAME = re.compile(r"\b[A-Z][\w'’-]+")
_BODY = re.compile(
    r"(?i)\b(?:ministry|minister|president|commission|committee|council|court|government|authority|authorities|"
    r"organi[sz]ations?|company|companies|bod(?:y|ies)|office|officer|official|institution|agency|agencies|parliament|"
    r"arm(?:y|ies)|forces|police|people|person|men|women|families|children|soldier|"
    r"civilian|member|citizen|researcher|scholar|judge|lawyer|leader|king|queen|team|group|"
    r"parties|party|states?|union|workers?|employees?|\w+ists?|\w+ians?|we|i|he|she|they)\b"
)
_PLACE = re.compile(
    r"(?i)\b(?:in|at|on|near|from|to|inside|outside|under|across|between|region|district|city|"
    r"town|village|country|countries|territor\w+|area|areas|border|river|street|north\w*|"
    r"south\w*|east\w*|west\w*|home|homes|abroad)\b"
)


class AnswerType(StrEnum):
    """What a question asks for."""

    NUMBER = "number"
    DURATION = "duration"
    DATE = "date"
    PERSON = "person or body"
    PLACE = "place"
    OTHER = ""


_ASKING = (
    (AnswerType.DURATION, re.compile(r"(?i)\bhow long\b")),
    (
        AnswerType.NUMBER,
        re.compile(
            r"(?i)\bhow (?:many|much|old|far|high|tall|large|big|often)\b|"
            r"\b(?:what|which) (?:\w+ )?(?:number|percent\w*|share|proportion|amount|total|rate|"
            r"population|price|cost|ratio)\b"
        ),
    ),
    (
        AnswerType.DATE,
        re.compile(
            r"(?i)^\W*(?:(?:since|until|from|by|and) )?when\b|"
            r"\b(?:what|which) (?:\w+ )?(?:year|date|day|month|century|decade|time)\b"
        ),
    ),
    (
        AnswerType.PERSON,
        re.compile(r"(?i)^\W*(?:(?:to|by|from|with|for|and) )?(?:who|whom|whose)\b"),
    ),
    (AnswerType.PERSON, re.compile(r"(?i)\bwho (?:was|were|is|did|does|signed|wrote|made)\b")),
    (AnswerType.PLACE, re.compile(r"(?i)^\W*(?:from |to |and )?where\b")),
)
_SUBJECT = re.compile(
    r"(?i)\bhow (?:many|much|often)\s+((?:(?!(?:is|are|was|were|do|does|did|has|have|had|can|could|"
    r"will|would|should|in|on|at|by|to|per|came?|go|went|say|said|\w+ed)\b)[\w'’-]+\s*){1,5})"
)


@dataclass(frozen=True, slots=True)
class Expected:
    """The kind of answer that a question expects, and in its own words of what ("prisoners")."""

    kind: AnswerType
    of: str = ""

    def met_by(self, text: str) -> bool:
        """Whether `text` could be of that kind; anything could where nothing is expected."""
        if self.kind is AnswerType.NUMBER:
            return bool(_NUMBER.search(text))
        if self.kind is AnswerType.DURATION:
            return bool(_DURATION.search(text) or _DATE.search(text))
        if self.kind is AnswerType.DATE:
            return bool(_DATE.search(text))
        if self.kind is AnswerType.PERSON:
            return bool(_NAME.search(text) or _BODY.search(text))
        if self.kind is AnswerType.PLACE:
            return bool(_NAME.search(text) or _PLACE.search(text))
        return True

    @property
    def lacking(self) -> str:
        """What is missing, in words, where nothing of the kind is found."""
        if self.kind is AnswerType.NUMBER:
            return f"no number of {self.of} is given" if self.of else "no number is given"
        if self.kind is AnswerType.DURATION:
            return "no length of time is given"
        return f"no {self.kind} is given"


def expected(question: str) -> Expected:
    """What an English question asks for, by its words."""
    for kind, asking in _ASKING:
        if asking.search(question):
            subject = _SUBJECT.search(question) if kind is AnswerType.NUMBER else None
            return Expected(kind, subject.group(1).strip() if subject else "")
    return Expected(AnswerType.OTHER)
