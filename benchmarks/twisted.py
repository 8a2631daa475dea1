"""Written sentences made from any English text: true ones, and false ones that differ by one turn.

True ones say what a sentence of a passage says: part of it, told, in another order, or quoted. A
false one is a true one in which one thing was changed: a number, a name, a negation, a quotation.
The changes are blind: a few "false" ones are true by chance, and a few "true" ones say too much.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.text import FUNCTION_WORDS, sentences

Change = Callable[["Sample", "Drawn"], Iterator[str]]

_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,.]*\d(?![\w-])|(?<![\w.,-])\d(?![\w-])")
_NAME = re.compile(
    rf"(?<=[a-z,] )(?!(?i:{'|'.join(FUNCTION_WORDS)})\b)"
    r"[A-Z][a-z]+(?: (?:of |the )?[A-Z][a-z]+)*(?! ?[\w'’-]?['’-])(?!\w)"
)
_LIST = re.compile(r"\W*(?:and|or|,|to|[A-Z]\w+|\d+|\W)*\W*")
_OPENING = re.compile(
    r"^(?:In|On|At|During|After|Before|Since|By|From|Under|For|Until|Within|Among)"
    r" [^,]{3,60}, (?!\d)"
)
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|has|have|had|can|will|would|should|could|must|may) (?!not\b|no\b|n't)"
)
_NEGATION = re.compile(
    r"(?<=\b(?:is|as|re|ve|ad|an|ll|ld|st|ay|do|es|id)) not\b|\b(?:never|cannot)\b"
)
_SHORTEST, _LONGEST = 7, 45


@dataclass(frozen=True, slots=True)
class Sample:
    """A written sentence and the passage that it cites; `kind` says how it was made."""

    text: str
    passage: str
    kind: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """Chance, and what a change may take from elsewhere: names and sentences of other passages."""

    chance: random.Random
    names: Sequence[str]
    quoted: Sequence[str]


def true_samples(passages: Sequence[str]) -> dict[str, list[Sample]]:
    """By kind, all that can be made."""
    return {
        kind: [
            Sample(told, passage, kind)
            for passage in passages
            for sentence in _plain(passage)
            if (told := change(sentence))
        ]
        for kind, change in _TELLING.items()
    }


def false_samples(
    true: Mapping[str, Sequence[Sample]], passages: Sequence[str], chance: random.Random
) -> dict[str, list[Sample]]:
    """By kind, of every true sentence that can be changed so; chance draws what is put in."""
    names = [name for passage in passages for name in _NAME.findall(passage)]
    drawn = Drawn(chance, names, [each for passage in passages for each in _plain(passage)])
    base = [sample for kind, some in true.items() if kind != "quoted" for sample in some]
    return {
        kind: [
            Sample(changed, sample.passage, kind)
            for sample in base
            for changed in change(sample, drawn)
        ]
        for kind, change in _CHANGES.items()
    }


def _plain(passage: str) -> list[str]:
    """Its sentences of middling length without quotation marks, on one line each."""
    found = [" ".join(span.of(passage).split()) for span in sentences(passage)]
    return [
        text
        for text in found
        if _SHORTEST <= len(text.split()) <= _LONGEST
        and text.endswith(".")
        and text[0].isupper()
        and not re.search("[\"“”`']{1,2}(?!s\\b)", text)
    ]


def _without_opening(text: str) -> str:
    match = _OPENING.match(text)
    return _capital(text[match.end() :]) if match else ""


def _moved_opening(text: str) -> str:
    """With "in 1998" at its end instead of at its beginning."""
    match = _OPENING.match(text)
    if not match:
        return ""
    opening = match[0].rstrip(", ")
    return f"{_capital(text[match.end() :].rstrip(' .'))} {opening[0].lower()}{opening[1:]}."


def _first_clause(text: str) -> str:
    first, *rest = re.split(r",? (?:and|but|while|although|which|whereas) ", text, maxsplit=1)
    return f"{first.rstrip(' ,')}." if rest and len(first.split()) >= _SHORTEST else ""


def _told(text: str) -> str:
    """With a word in front by which others' words are told."""
    small = text[0].lower() + text[1:]
    return f"The passage says that {small}" if small.split()[0] in FUNCTION_WORDS else ""


def _quoted(text: str) -> str:
    said = text.rstrip(" .").split()
    return f"It is said that “{' '.join(said[2:14])}”."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_TELLING: Mapping[str, Callable[[str], str]] = {
    "copied": lambda text: text,
    "told": _told,
    "opening dropped": _without_opening,
    "opening moved": _moved_opening,
    "first clause": _first_clause,
    "quoted": _quoted,
}


def _put(text: str, match: re.Match[str], instead: str) -> str:
    return text[: match.start()] + instead + text[match.end() :]


def _number_of_passage(sample: Sample, drawn: Drawn) -> Iterator[str]:
    known = [each for each in _NUMBER.findall(sample.passage) if each not in sample.text]
    for match in _NUMBER.finditer(sample.text):
        if known:
            yield _put(sample.text, match, drawn.chance.choice(known))


def _strange_number(sample: Sample, drawn: Drawn) -> Iterator[str]:
    for match in _NUMBER.finditer(sample.text):
        other = str(drawn.chance.randrange(2, 2_000))
        if other not in sample.passage:
            yield _put(sample.text, match, other)


def _name_of_passage(sample: Sample, drawn: Drawn) -> Iterator[str]:
    words = set(re.findall(r"\w+", sample.text))
    known = [each for each in _NAME.findall(sample.passage) if not words & set(each.split())]
    for match in _NAME.finditer(sample.text):
        if known:
            yield _put(sample.text, match, drawn.chance.choice(known))


def _strange_name(sample: Sample, drawn: Drawn) -> Iterator[str]:
    for match in _NAME.finditer(sample.text):
        other = drawn.chance.choice(drawn.names)
        if not any(word in sample.passage for word in other.split()):
            yield _put(sample.text, match, other)


def _exchanged(sample: Sample, drawn: Drawn) -> Iterator[str]:  # noqa: ARG001 - no chance in it
    """Two names or two numbers in each other's place, unless they stand in one list."""
    for kind in (_NAME, _NUMBER):
        found = list(kind.finditer(sample.text))
        for one, two in pairwise(found):
            between = sample.text[one.end() : two.start()]
            if not set(one[0].split()) & set(two[0].split()) and not _LIST.fullmatch(between):
                yield _put(_put(sample.text, two, one[0]), one, two[0])
                break


def _negation_added(sample: Sample, drawn: Drawn) -> Iterator[str]:  # noqa: ARG001
    if match := _AUXILIARY.search(sample.text):
        yield _put(sample.text, match, f"{match[1]} not ")


def _negation_dropped(sample: Sample, drawn: Drawn) -> Iterator[str]:  # noqa: ARG001
    if match := _NEGATION.search(sample.text):
        instead = "can" if match[0] == "cannot" else ""
        yield " ".join(_put(sample.text, match, instead).split())


def _stitched(sample: Sample, drawn: Drawn) -> Iterator[str]:
    """The beginning of one sentence and the end of another as one quotation."""
    own = sample.text.split()
    other = drawn.chance.choice(drawn.quoted).rstrip(" .").split()
    first, second = drawn.chance.randint(3, 6), drawn.chance.randint(3, 6)
    yield f"It is said that “{' '.join([*own[:first], *other[-second:]])}”."


_CHANGES: Mapping[str, Change] = {
    "number of the passage": _number_of_passage,
    "strange number": _strange_number,
    "name of the passage": _name_of_passage,
    "strange name": _strange_name,
    "exchanged": _exchanged,
    "negation added": _negation_added,
    "negation dropped": _negation_dropped,
    "stitched quotation": _stitched,
}
