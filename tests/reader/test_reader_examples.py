"""Training examples: windows that keep the answer, and changes that take it away."""

# ruff: noqa: S311 - samples are drawn here, not secrets

from __future__ import annotations

import hashlib
import json
import math
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.reader.training.data import Example, articles_of, cut, held_out, window
from rag.reader.training.negatives import Bm25, removed, retrieved, with_unanswerable
from rag.reader.training.swaps import blurred, blurred_elsewhere, kind_of, swapped

CONTEXT = (
    "The first voyage of Captain Ross began in 1829. His crew of 23 men lived on Somerset Island "
    "for years. The second voyage of Captain Crozier began in 1845, and 129 men were lost."
)


def example(question: str, answer: str) -> Example:
    """A question about the voyages."""
    start = CONTEXT.index(answer)
    return Example(question, CONTEXT, (start, start + len(answer)), "test", answers=(answer,))


@given(
    sentences=st.lists(st.text("ab .!?1\n", min_size=1, max_size=30), min_size=1, max_size=30),
    place=st.floats(0, 1),
    seed=st.integers(0, 99),
)
def test_windows_keep_the_answer(sentences: list[str], place: float, seed: int) -> None:
    """Whatever is cut away, the answer's code points still lead to the answer."""
    text = " ".join(sentences)
    start = int(place * (len(text) - 1))
    whole = Example("?", text, (start, start + 1), "test")
    short = cut(whole, 40, random.Random(seed))
    assert short.answer_text == whole.answer_text
    assert short.context in text


def test_windows_grow_by_whole_sentences() -> None:
    """A window begins with a sentence and ends with one."""
    start, end = window(CONTEXT, (70, 74), 120, random.Random(1))
    assert CONTEXT[start:end].startswith(("The first", "His crew"))
    assert CONTEXT[start:end].rstrip().endswith((".",))


def test_held_out_articles_do_not_depend_on_chance() -> None:
    """Two fifths of the names, those whose hashes are lowest."""
    names = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}
    by_hash = sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    assert held_out(names) == set(by_hash[:4])


def test_no_article_is_both_learnt_and_reported(tmp_path: Path) -> None:
    """The two halves of a set share no paragraph, and together hold every question."""
    rows = [f"set:{name}:0" for name in "abcde"]
    (tmp_path / "corpus.jsonl").write_text(
        "\n".join(json.dumps({"_id": row, "text": f"text of {row}"}) for row in rows)
    )
    (tmp_path / "queries.jsonl").write_text(
        "\n".join(json.dumps({"_id": row, "text": "what?", "paragraph": row}) for row in rows)
    )
    (tmp_path / "answers.jsonl").write_text(
        "\n".join(json.dumps({"_id": row, "answers": ["text"], "answerable": True}) for row in rows)
    )
    learnt = {each.context for each in articles_of(tmp_path, reported=False)}
    reported = {each.context for each in articles_of(tmp_path, reported=True)}
    assert (len(learnt), len(reported), learnt & reported) == (3, 2, set())


def test_a_swap_takes_another_of_its_kind_from_the_passage() -> None:
    """Years are swapped for years, names for names, first for second; there is no answer then."""
    whole = example("How many men went with Captain Crozier in 1845?", "129")
    questions = {
        made.question for seed in range(60) if (made := swapped(whole, random.Random(seed)))
    }
    assert "How many men went with Captain Crozier in 1829?" in questions
    assert "How many men went with Captain Ross in 1845?" in questions
    assert all(question != whole.question for question in questions)


def test_a_question_without_anything_to_swap_is_left_alone() -> None:
    """No twin is made where no name, number or opposite can be changed."""
    plain = Example("what happened", "Something happened there.", (0, 9), "test")
    assert swapped(plain, random.Random(5)) is None


def test_a_blurred_answer_is_gone_from_the_passage() -> None:
    """The number becomes a vague word, and the rest of the passage stays."""
    made = blurred(example("How many men were lost?", "129"), random.Random(0))
    assert made is not None
    assert made.answer is None
    assert "129" not in made.context
    assert "men were lost" in made.context


@given(st.integers(0, 500))
def test_blurring_elsewhere_keeps_the_answer(seed: int) -> None:
    """Offsets move with the text before them."""
    made = blurred_elsewhere(example("How many men were lost?", "129"), random.Random(seed))
    assert made.answer_text == "129"


@pytest.mark.parametrize(
    ("text", "kind"),
    [("1829", "date"), ("23 men", "number"), ("Captain Ross", "name"), ("slowly", "other")],
)
def test_kinds_of_answers(text: str, kind: str) -> None:
    """The form tells the kind."""
    assert kind_of(text) == kind


def test_removing_the_answer_takes_its_sentence() -> None:
    """The other sentences stay; where too little would be left, nothing is made."""
    made = removed(example("How many men were lost?", "129"))
    assert made is not None
    assert "129" not in made.context
    assert "Captain Ross" in made.context
    assert removed(Example("?", "Only this. And 5.", (15, 16), "test")) is None


def test_bm25_against_its_formula() -> None:
    """One term, one document: idf x tf (k1 + 1) / (tf + k1 (1 - b + b length / mean length))."""
    texts = ["ship ship sea", "sea", "land land land land"]
    idf = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    length = 1.2 * (0.25 + 0.75 * 3 / (8 / 3))
    expected = idf * 2 * 2.2 / (2 + length)
    assert Bm25(texts).scores(["ship"])[0].tolist() == pytest.approx([expected, 0, 0])


def test_retrieved_passages_do_not_hold_the_answer() -> None:
    """What is given as wrong lacks every accepted answer."""
    examples = [
        Example(f"which ship was number {n}", f"ship number {n} was called N{n}x", (26, 30), "test")
        for n in range(10, 40)
    ]
    made = retrieved(examples, random.Random(0))
    assert made
    assert all(each.answer is None and each.kind == "retrieved" for each in made)
    by_question = {each.question: each.answer_text.lower() for each in examples}
    assert not [each for each in made if by_question[each.question] in each.context.lower()]


def test_twins_stand_beside_the_answerable_ones() -> None:
    """Every answerable question stays, and the same seed makes the same twins."""
    examples = [example("How many men were lost with Captain Crozier in 1845?", "129")] * 40
    made = with_unanswerable(examples, 3)
    assert sum(each.answer is not None for each in made) == 40
    assert {each.kind for each in made} >= {"human", "swapped", "blurred"}
    assert made == with_unanswerable(examples, 3)
