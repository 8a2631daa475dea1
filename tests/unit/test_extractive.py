"""Which sentences are quoted, and when nothing is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answering.extractive import NOTHING_READ, UNCONVINCING, ExtractiveAnswerer
from rag.types import Reading
from tests.doubles import document, passage

LONG = document("One said. Two said. Three said. Four said. One  said.", "long.txt")
SHORT = document("Five said. Six said.", "short.txt")
ANSWERER = ExtractiveAnswerer(threshold=0.5, sentences=3, per_document=2, margin=1.0)


def reading(quote: str, score: float, probability: float = 0.9) -> Reading:
    """A reading of the first place where `quote` stands."""
    of = LONG if quote in LONG.text else SHORT
    held = passage(of, of.text)
    return Reading(held, passage(of, quote).span, score, probability)


def quotes(*readings: Reading) -> list[str]:
    """What is claimed on these readings."""
    return [claim.text for claim in ANSWERER.draft("q", readings).claims]


def test_the_best_comes_first_and_each_source_speaks_at_once() -> None:
    """A source's sentences stand together, in the order of how well they answer."""
    said = quotes(reading("Three said.", 3), reading("Five said.", 2.9), reading("One said.", 2.8))
    assert said == ["Three said.", "One said.", "Five said."]


def test_no_document_crowds_out_the_others() -> None:
    """At most two sentences of one document, though it has the best four."""
    best = [
        reading(f"{word} said.", 3 - at / 10) for at, word in enumerate(["One", "Two", "Three"])
    ]
    assert quotes(*best, reading("Five said.", 2.1)) == ["One said.", "Two said.", "Five said."]


def test_the_same_words_are_said_once() -> None:
    """A repetition adds nothing, even if its white space differs."""
    assert quotes(reading("One said.", 3), reading("One  said.", 2.9)) == ["One said."]


def test_what_scores_far_below_the_best_is_left_out() -> None:
    """Beyond the margin nothing is added to an answer."""
    assert quotes(reading("One said.", 3), reading("Two said.", 1.9)) == ["One said."]


def test_what_is_improbable_is_left_out() -> None:
    """A sentence below the threshold is not quoted beside a good one."""
    assert quotes(reading("One said.", 3), reading("Two said.", 2.9, 0.4)) == ["One said."]


@pytest.mark.parametrize(
    ("evidence", "quoted"),
    [
        ("It was built later.", "A bridge stood here. It was built later."),
        ("However, they left.", "It was built later. However, they left."),
        ("A bridge stood here.", "A bridge stood here."),
        ("Italy paid.", "Italy paid."),
    ],
)
def test_a_sentence_that_leans_on_another_is_quoted_with_it(evidence: str, quoted: str) -> None:
    """A pronoun at the beginning brings the sentence before along, and nothing else does."""
    text = "A bridge stood here. It was built later. However, they left. Italy paid."
    of = document(text)
    found = Reading(passage(of, text), passage(of, evidence).span, 1, 0.9)
    [claim] = ANSWERER.draft("q", [found]).claims
    assert (claim.text, claim.quote.of(text)) == (quoted, quoted)


def test_what_a_longer_quotation_holds_is_not_quoted_again() -> None:
    """A sentence and the one that leans on it make one quotation, not two that overlap."""
    text = "A bridge stood here. It was built later."
    of = document(text)
    found = [
        Reading(passage(of, text), passage(of, quote).span, 1, 0.9)
        for quote in ("A bridge stood here.", "It was built later.")
    ]
    assert [claim.text for claim in ANSWERER.draft("q", found).claims] == [text]


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("List what was said.", 4),
        ("Which things did they say?", 4),
        ("What are the words?", 4),
        ("Who said it?", 2),
        ("Which year was it?", 2),
    ],
)
def test_a_list_collects_more_than_an_answer(question: str, count: int) -> None:
    """Where several things are asked for, the quota of a document does not cut them short."""
    words = ["One", "Two", "Three", "Four"]
    found = [reading(f"{word} said.", 3 - at / 10) for at, word in enumerate(words)]
    assert len(ANSWERER.draft(question, found).claims) == count


@pytest.mark.parametrize(
    ("readings", "reason"),
    [
        ([], NOTHING_READ),
        ([reading("One said.", 3, 0.4)], UNCONVINCING),
        (
            [replace(reading("One said.", 3, 0.1), lacks=("no number is given", "no day is"))],
            f"{UNCONVINCING} No number is given; no day is.",
        ),
    ],
    ids=["nothing read", "nothing convincing", "names missing"],
)
def test_abstaining_says_why(readings: list[Reading], reason: str) -> None:
    """No claim, and the reason in words."""
    draft = ANSWERER.draft("q", readings)
    assert (draft.claims, draft.reason) == ((), reason)
