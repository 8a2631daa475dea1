"""Sentences that a model might write from the shipped statement: true ones, and false ones.

Some of the true ones were written by hand; the others follow from the statement by harmless
changes. The false ones follow from true ones by one harmful change each.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rag.chunking import SentenceChunker
from rag.support import Source
from rag.text import sentences
from tests.doubles import document

STATEMENT = Path("documents/ombudsman-statement-2023-01-15.txt").read_text("utf-8")
ABOUT = "Statement of the Ombudsman of Azerbaijan, Commissioner for Human Rights, 15 January 2023"
BY_HAND = (
    ("274 people were hit by landmines after the war, and 36 of them were civilians.", "274"),
    ("Landmines hit 274 people after the end of the Second Karabakh War.", "274"),
    ("Of the 274 people hit by landmines, 46 were killed.", "274"),
    ("Forty-six people were killed.", "46 people"),
    ("The Ombudsman says that 46 people were killed.", "46 people"),
    ("According to the Ombudsman, 36 of the 274 people hit were civilians.", "274"),
    ("About 4,000 Azerbaijanis are still missing from the First Karabakh War.", "4,000"),
    ("Some 4000 Azerbaijanis are considered missing.", "4,000"),
    ("Armenia refuses to give information about the fate of the missing.", "4,000"),
    ("Armenia does not give any information about their fate to their families.", "4,000"),
    (
        "Up to one million people were forcibly displaced as a result of the occupation.",
        "20 percent",
    ),
    ("The statement says that 20% of the territories were occupied by Armenia.", "20 percent"),
    ("For nearly 30 years, 20 percent of the territories were under occupation.", "20 percent"),
    ("Hundreds of thousands of mines were buried by Armenia in those territories.", "buried"),
    ("The buried mines threatened the lives of civilians.", "buried"),
    ("The special report on landmines was sent to Human Rights Watch.", "has been sent"),
    ("His report was sent to international human rights organizations.", "has been sent"),
    ("The Ombudsman stressed the importance of solving the problem of landmines.", "importance of"),
    (
        "The problem of landmines undermines the peace-building process in the region.",
        "importance of",
    ),
    ("There are some doubts about the reliability of these videos.", "doubts"),
    ("The Ombudsman says the reliability of the videos is in doubt.", "doubts"),
    ("Azerbaijan has started investigations related to the videos.", "alleged execution"),
    ("The videos show the alleged execution of Armenian military personnel.", "alleged execution"),
    ("All Armenian prisoners of war have been returned to their homes.", "returned"),
    ("After the Second Karabakh war, all Armenian prisoners of war were returned.", "returned"),
    ("The Ombudsman and the MPM team regularly visit places of detention.", "regularly visits"),
    ("These visits include people of Armenian origin, without any discrimination.", "regularly"),
    ("Persons detained there could contact their relatives through video calls.", "video calls"),
    ("Interpreters and treatment were provided to persons of Armenian origin.", "video calls"),
    ("Human Rights Watch is advised to use the Ombudsman's special reports.", "we advise"),
    (
        "The Ombudsman has repeatedly condemned provocative acts supported by Armenia.",
        "provocative",
    ),
    ("Human Rights Watch never takes steps to investigate those violations.", "never takes"),
    ("Human Rights Watch has taken no steps to investigate these violations.", "never takes"),
    ("Human Rights Watch is invited to be fair and impartial.", "We invite"),
    ("The statement asks Human Rights Watch to refrain from any biased statement.", "We invite"),
    ("No incident has been committed by Azerbaijan since November 10, 2020.", "tripartite"),
    ("The tripartite statement was signed on 10 November 2020.", "tripartite"),
    (
        "Azerbaijan, the Russian Federation and Armenia signed the tripartite statement.",
        "tripartite",
    ),
    ("The report marks the conflict as unresolved although it is already resolved.", "unresolved"),
    (
        "The number of civilians killed or injured has increased since last October.",
        "increased since",
    ),
    (
        "34 civilians were killed in mine explosions until the middle of October 2022.",
        "34 civilians",
    ),
    ("Another 80 people were injured.", "34 civilians"),
    ("The Ombudsman calls it a pity that there was no serious approach.", "it is a pity"),
    ("Azerbaijani prisoners of war were subjected to torture and ill-treatment.", "it is a pity"),
    ("The Armenian authorities have not been seen to investigate these facts.", "never witnessed"),
)
_OPENINGS = re.compile(
    r"^(?:First of all, )?(?:It should (?:also )?be noted (?:with regret )?that|But unfortunately, "
    r"as always,|However,|In addition,|Unfortunately,|Also,|As for the|We would especially like to "
    r"emphasize that|We would like to inform you that|But)\s+",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\b\d[\d,]*\b")
_NAMES = (
    "Armenia", "Azerbaijan", "Human Rights Watch", "Russian Federation", "Second Karabakh War",
    "First Karabakh War", "Armenian", "Azerbaijani", "Prosecutor General", "Ombudsman",
)  # fmt: skip
_STRANGERS = ("Georgia", "Turkey", "Amnesty International", "the Red Cross", "Iran", "France")
_DENIALS = (
    (r"\b(has|have|had) (?=\w+ed\b|been\b|taken\b|given\b)", r"\1 not "),
    (r"\b(are|were|was|is|should|would|could) (?!not\b|no\b)", r"\1 not "),
    (r"\b(has|have|were|was|are|is|did|do|does) (?:not|never) ", r"\1 "),
    (r"\bnever (?=takes|witnessed)", ""),
    (r"\brefuses to give\b", "agrees to give"),
    (r"\bNo incident\b", "An incident"),
    (r"\bno incident\b", "an incident"),
    (r"\bwithout any\b", "with much"),
    (r"\bincreased\b", "decreased"),
    (r"\bcondemned\b", "welcomed"),
    (r"\bgave detailed\b", "gave no detailed"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A written sentence, what it cites, and how it was made."""

    text: str
    cited: tuple[Source, ...]
    others: tuple[Source, ...]
    kind: str


def sources() -> list[Source]:
    """The statement's passages, as an index holds them."""
    whole = document(STATEMENT, "statement.txt")
    return [Source(each.text, ABOUT) for each in SentenceChunker(120, 40).chunk(whole)]


def true_samples(count: int) -> list[Sample]:
    """The sentences written by hand, then copies with harmless changes."""
    return list(islice(_true(), count))


def _true() -> Iterator[Sample]:
    for text, within in BY_HAND:
        yield _sample(text, within, "by hand")
    said = [" ".join(span.of(STATEMENT).split()) for span in sentences(STATEMENT)]
    long = [text for text in said if len(text.split()) > 6 and text.endswith(".")]
    changes: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("copy", lambda text: text),
        ("opening dropped", lambda text: _capital(_OPENINGS.sub("", text))),
        ("attributed", lambda text: f"The Ombudsman says that {_small(_OPENINGS.sub('', text))}"),
        ("by name", lambda text: f"According to the Ombudsman, {_small(_OPENINGS.sub('', text))}"),
        ("quoted", _quoted),
        ("first clause", lambda text: _capital(re.split(r", (?:and|which|nor|as)\b", text)[0])),
        ("last clause dropped", lambda text: _capital(text.rpartition(", ")[0] or text)),
    )
    for kind, change in changes:
        for text in long:
            changed = change(text)
            if kind == "copy" or changed.rstrip(".") != text.rstrip("."):
                yield _sample(changed, text[-40:], kind)


def false_samples(count: int) -> list[Sample]:
    """A quarter each: other numbers, turned negations, other names, stitched quotations."""
    chance = random.Random(7)  # noqa: S311
    base = [each for each in _true() if each.kind != "quoted"]
    makers = (_other_numbers, _turned, _other_names)
    each = count // (len(makers) + 1)
    made = [sample for maker in makers for sample in _some(maker, base, chance, each)]
    return made + list(islice(_stitched(chance), count - len(made)))


def _some(
    maker: Callable[[str, random.Random], Iterator[str]],
    base: list[Sample],
    chance: random.Random,
    count: int,
) -> list[Sample]:
    kind = maker.__name__.strip("_")
    every = [
        Sample(text, sample.cited, sample.others, kind)
        for sample in base
        for text in maker(sample.text, chance)
    ]
    unique = list({sample.text: sample for sample in every}.values())
    return chance.sample(unique, min(count, len(unique)))


def _other_numbers(text: str, chance: random.Random) -> Iterator[str]:
    known = sorted(set(_NUMBER.findall(STATEMENT)))
    found = list(_NUMBER.finditer(text))
    for match in found:
        other = chance.choice([number for number in known if number != match[0]])
        for number in (other, str(chance.randrange(300, 900))):
            yield text[: match.start()] + number + text[match.end() :]
    if len(found) > 1 and found[0][0] != found[1][0]:
        one, two = found[:2]
        yield (
            text[: one.start()]
            + two[0]
            + text[one.end() : two.start()]
            + one[0]
            + text[two.end() :]
        )


def _turned(text: str, chance: random.Random) -> Iterator[str]:
    for pattern, instead in _DENIALS:
        turned = re.sub(pattern, instead, text, count=1)
        if turned != text:
            yield turned


def _other_names(text: str, chance: random.Random) -> Iterator[str]:
    for name in _NAMES:
        match = re.search(rf"\b{name}\b", text)
        if match:
            other = chance.choice(_STRANGERS)
            yield text[: match.start()] + other + text[match.end() :]
    for one, two in (("Armenia", "Azerbaijan"), ("Armenian", "Azerbaijani"), ("First", "Second")):
        swapped = re.sub(
            rf"\b(?:{one}|{two})\b",
            _exchange(one, two),
            text,
        )
        if swapped != text:
            yield swapped


def _exchange(one: str, two: str) -> Callable[[re.Match[str]], str]:
    return lambda match: two if match[0] == one else one


def _stitched(chance: random.Random) -> Iterator[Sample]:
    """Quotations of two halves that stand in different sentences, or that nobody said."""
    said = [" ".join(span.of(STATEMENT).split()) for span in sentences(STATEMENT)]
    long = [text for text in said if len(text.split()) > 10 and '"' not in text]
    held = sources()
    while True:
        one, two = chance.sample(long, 2)
        first, second = one.split(), two.rstrip(".").split()
        quote = " ".join([*first[: chance.randint(3, 6)], *second[-chance.randint(3, 6) :]])
        cited = tuple(each for each in held if one in " ".join(each.text.split()))[:1]
        others = tuple(each for each in held if each not in cited)
        yield Sample(f"The Ombudsman says: “{quote}”.", cited, others, "stitched")


def _quoted(text: str) -> str:
    words = [word for word in text.rstrip(".").split() if '"' not in word]
    if '"' in text:
        return text
    return f"The statement says “{' '.join(words[2:14])}”."


def _sample(text: str, within: str, kind: str) -> Sample:
    level = " ".join(within.split())
    held = sources()
    cited = next(each for each in held if level in " ".join(each.text.split()))
    return Sample(text, (cited,), tuple(each for each in held if each is not cited), kind)


def _small(text: str) -> str:
    return text if text.startswith(_NAMES) or text[:2].isupper() else text[0].lower() + text[1:]


def _capital(text: str) -> str:
    text = text.rstrip(".")
    return f"{text[0].upper()}{text[1:]}."
