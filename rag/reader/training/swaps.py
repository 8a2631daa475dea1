"""Unanswerable questions made from answerable ones by a small change.

A question is changed by swapping a name or number for another of its kind from the passage, or a
word for its opposite, or by negating it (the categories of Rajpurkar et al. 2018; Zhu et al.
2019); or the passage is changed so that it says vaguely what the question asks exactly ("34
civilians" becomes "several civilians"). So that vague words alone betray nothing, answerable
passages are blurred too, away from the answer.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace

from rag.reader.training.data import Example, sentence_starts

_YEAR = re.compile(r"\b(?:1[0-9]{3}|20[0-9]{2})\b")
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(rf"\b(?:\d{{1,2}} )?(?:{_MONTH})(?: \d{{1,2}})?(?:,? \d{{4}})?\b")
_WORDS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|"
    "hundred|thousand|million|billion"
)
_NUMBER = re.compile(rf"(?i)\b(?:\d[\d,.]*\d|\d|{_WORDS})\b")
_NAME = re.compile(r"\b[A-Z][\w'’-]*(?:(?: (?:of|the|and|de|von|van|der|for) | )[A-Z][\w'’-]*)*")
_OPPOSITES = (
    "first last|before after|most least|more less|largest smallest|highest lowest|north south|"
    "east west|northern southern|eastern western|increase decrease|increased decreased|"
    "oldest youngest|earliest latest|best worst|longest shortest|major minor|start end|"
    "began ended|beginning end|won lost|win lose|male female|father mother|son daughter|"
    "husband wife|brother sister|king queen|upper lower|public private|internal external|"
    "allowed forbidden|legal illegal|accepted rejected|supported opposed|support oppose|"
    "attacked defended|bought sold|buy sell|gained lost|arrived left|top bottom|rich poor|"
    "always never|good bad|high low|large small|early late|old new|positive negative|"
    "maximum minimum|strong weak|hot cold|inside outside|praised criticised|"
    "majority minority|same different|founded dissolved|built destroyed|born buried|"
    "released captured|killed saved|above below|common rare|main secondary"
)
_OPPOSITE = {a: b for pair in _OPPOSITES.split("|") for a, b in (pair.split(), pair.split()[::-1])}
_AUXILIARY = re.compile(
    r"(?i)\b(did|does|do|was|were|is|are|can|could|has|have|had|would|should|will)\b"
)
_VAGUE = {
    "number": ("several", "many", "some", "a few", "numerous", "all of the", "a number of"),
    "date": ("that time", "the past", "the same year", "later years", "the following period"),
    "name": ("someone", "an official", "others", "another one", "the group", "a certain place"),
    "other": ("something", "it", "this", "the matter", "other things", "what was described"),
}
_NEGATE = 0.15
"""Chance that a question may be negated; often, "not" alone would betray it."""
_LONGEST_BLURRED = 40
_SHORTEST_NAME = 3
_WORDS_MORE = 2


def kind_of(text: str) -> str:
    """Date, number, name or other: what a short answer is, by its form."""
    if _YEAR.search(text) or _DATE.search(text):
        return "date"
    if _NUMBER.search(text):
        return "number"
    return "name" if _NAME.match(text) else "other"


def named(text: str, kind: str) -> list[str]:
    """The different dates, numbers or names of a text, in order."""
    found: dict[str, None] = {}
    if kind == "date":
        for pattern in (_YEAR, _DATE):
            found |= dict.fromkeys(match.group() for match in pattern.finditer(text))
    elif kind == "number":
        found = dict.fromkeys(
            match.group() for match in _NUMBER.finditer(text) if not _YEAR.fullmatch(match.group())
        )
    else:
        starts = set(sentence_starts(text))
        for match in _NAME.finditer(text):
            single_opening = match.start() in starts and " " not in match.group()
            if len(match.group()) >= _SHORTEST_NAME and not single_opening:
                found[match.group()] = None
    return list(found)


def _in(word: str, text: str) -> re.Match[str] | None:
    return re.search(rf"(?i)(?<!\w){re.escape(word)}(?!\w)", text)


def _answer_sentence(example: Example) -> str:
    if example.answer is None:
        return ""
    edges = [*sentence_starts(example.context), len(example.context)]
    first = max(edge for edge in edges if edge <= example.answer[0])
    last = min(edge for edge in edges if edge >= example.answer[1])
    return example.context[first:last]


def _entity_swaps(example: Example) -> list[str]:
    nearby = _answer_sentence(example)
    questions = []
    for kind in ("date", "number", "name"):
        held = named(example.context, kind)
        if kind == "name":
            held.sort(key=len, reverse=True)
        for word in held:
            place = _in(word, example.question)
            if not place or (kind == "name" and place.start() == 0):
                continue
            for other in held:
                known = _in(other, nearby) or _in(other, example.question) or _in(other, word)
                if known or _in(word, other) or other.count(" ") - word.count(" ") > _WORDS_MORE:
                    continue
                before, after = example.question[: place.start()], example.question[place.end() :]
                questions.append(f"{before}{other}{after}")
            break
    return questions


def _opposites(question: str) -> list[str]:
    questions = []
    for word in set(re.findall(r"[a-z]+", question)):
        other = _OPPOSITE.get(word)
        if other:
            questions.append(re.sub(rf"\b{word}\b", other, question, count=1))
    return questions


def _negated(question: str) -> list[str]:
    auxiliary = _AUXILIARY.search(question)
    if not auxiliary or " not " in question or "n't" in question:
        return []
    word, start, end = auxiliary.group(), auxiliary.start(), auxiliary.end()
    if word.lower() in {"did", "was", "were", "does", "is", "are"}:
        return [f"{question[:start]}{word}n't{question[end:]}"]
    return [f"{question[:end]} not{question[end:]}"]


def swapped(example: Example, rng: random.Random) -> Example | None:
    """The example with its question changed so that the passage no longer answers, if it can be."""
    ways = [_entity_swaps(example), _opposites(example.question)]
    if rng.random() < _NEGATE:
        ways.append(_negated(example.question))
    ways = [questions for questions in ways if questions]
    if not ways:
        return None
    question = rng.choice(rng.choice(ways))
    return replace(example, question=question, answer=None, kind="swapped", answers=())


def blurred(example: Example, rng: random.Random) -> Example | None:
    """The example with its answer made vague wherever the passage gives it."""
    text = example.answer_text
    if not 0 < len(text) <= _LONGEST_BLURRED:
        return None
    vague = rng.choice(_VAGUE[kind_of(text)])
    number = _NUMBER.search(text)
    target = number.group() if kind_of(text) == "number" and number else text
    context = re.sub(rf"(?<!\w){re.escape(target)}(?!\w)", vague, example.context)
    if context == example.context or _in(target, context):
        return None
    return replace(example, context=context, answer=None, kind="blurred", answers=())


def blurred_elsewhere(example: Example, rng: random.Random) -> Example:
    """The example, still answerable, with a date, number or name beside the answer made vague."""
    if example.answer is None:
        return example
    start, end = example.answer
    kind = rng.choice(("date", "number", "name"))
    words = [w for w in named(example.context, kind) if not _in(w, example.answer_text)]
    words = [w for w in words if not _in(w, example.question)]
    if not words:
        return example
    word, vague = rng.choice(words), rng.choice(_VAGUE[kind])
    pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    before = pattern.sub(vague, example.context[:start])
    after = pattern.sub(vague, example.context[end:])
    answer = (len(before), len(before) + end - start)
    return replace(example, context=before + example.answer_text + after, answer=answer)
