"""What a model writes is held against what it cites."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.support import Source, check, clean, parse
from rag.types import Status
from tests.answering.written import Sample, false_samples, true_samples

MINES = Source(
    "After the war, 274 people were hit by landmines, 36 of them civilians. 46 people were killed. "
    "Ruritania refuses to give any information about 1,200 missing persons. The Observer wrote on "
    "3 May 2021 that the alleged execution was never investigated by the Ruritanian authorities.",
    "Statement of the Ombudsman of Borduria, 5 June 2021",
)
OTHER = Source("The bridge was rebuilt by the army in only two weeks, says the mayor.", "Report")


def status(sentence: str) -> tuple[Status, str]:
    """The verdict and its reason."""
    verdict = check(sentence, [MINES], [OTHER])
    return verdict.status, verdict.reason


@pytest.mark.parametrize(
    "sentence",
    [
        "274 people were hit by landmines.",
        "Of the 274 people hit, 36 were civilians.",
        "The Ombudsman says that forty-six people were killed.",
        "Ruritania does not give any information about 1200 missing persons.",
        "The Observer wrote that the alleged execution was “never investigated” by authorities.",
    ],
)
def test_what_the_passage_says_is_supported(sentence: str) -> None:
    """In other words, in parts, with numbers in letters, with a quotation."""
    assert status(sentence)[0] is Status.SUPPORTED


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("472 people were hit by landmines.", "number 472"),
        ("46 people were hit by landmines, and 274 people were killed.", "does not stand for"),
        ("Borduria's rival Syldavia refuses to give any information.", "name Syldavia"),
        ("The Observer refuses to give any information about missing persons.", "Observer"),
        ("The Observer says that 46 people were killed by the Ombudsman.", ""),
        ("274 people were not hit by landmines.", "denies"),
        ("The alleged execution was investigated by the authorities.", "negation"),
        ("Ruritania agrees to give any information about 1,200 missing persons.", "negation"),
        ("The Observer wrote on 3 June 2021 about the alleged execution.", "date"),
        ("All people were hit by landmines.", "“All”"),
        ("The statement says “rebuilt by the army in only two weeks”.", "another document"),
        ("It says “hit by landmines about 1,200 missing persons”.", "stitched"),
        ("It says “a wholly invented sentence”.", "not found"),
        ("See https://evil.example/x for the 274 people hit by landmines.", "link"),
        ("![274 people](x.png) were hit by landmines.", "link"),
        ("It plays quiet music in the evening.", "something else"),
    ],
)
def test_what_it_does_not_say_is_named(sentence: str, reason: str) -> None:
    """Each rule gives its reason."""
    found, why = status(sentence)
    assert found is Status.UNSUPPORTED
    assert reason in why


@pytest.mark.parametrize(
    ("sentence", "status"),
    [
        ("Ada Marsh left Borduria for Syldavia in May 2020.", Status.SUPPORTED),
        ("Ada Marsh left Klow for Syldavia in May 2020.", Status.UNSUPPORTED),
        ("In May 2020, Ada Marsh left Klow for Syldavia.", Status.UNSUPPORTED),
        ("In May 1998, Ada Marsh left Borduria.", Status.UNSUPPORTED),
    ],
)
def test_a_sentence_is_laid_beside_its_source_word_by_word(sentence: str, status: Status) -> None:
    """A name or number of the passage in another's place is seen, also where the rest is cut off
    or moved to the other end.
    """
    source = Source(
        "In May 2020, Ada Marsh left Borduria for Syldavia, and her brother stayed in Klow. "
        "They had met in June 1998."
    )
    assert check(sentence, [source]).status is status


def test_doubt_that_is_left_out_makes_a_sentence_weak() -> None:
    """An alleged execution is no execution."""
    found, why = status("The Observer wrote that the execution was never investigated.")
    assert (found, why) == (Status.WEAK, "it leaves out “alleged”")


def test_a_copied_sentence_is_verbatim_and_an_uncited_one_nothing() -> None:
    """Word for word; and without a passage, not even that helps."""
    assert status("46 people were killed.")[0] is Status.VERBATIM
    assert check("46 people were killed.", [], [MINES]).status is Status.UNSUPPORTED


def test_sentences_rest_on_sentences() -> None:
    """What is cited is the sentence that says it, cut by offset."""
    [(source, span), *_] = check("46 people were killed in all.", [MINES]).rests_on
    assert (source, span.of(MINES.text)) == (0, "46 people were killed.")


def test_most_false_sentences_are_caught_and_few_true_ones_lost() -> None:
    """200 of each kind, made from the shipped statement."""
    true, false = true_samples(200), false_samples(200)
    assert (len(true), len(false)) == (200, 200)
    assert set(Counter(each.kind for each in false).values()) == {50}
    lost = [each.text for each in true if not _holds(each)]
    kept = [each.text for each in false if _holds(each)]
    assert len(lost) / len(true) <= 0.05, lost
    assert len(kept) / len(false) <= 0.05, kept


def _holds(sample: Sample) -> bool:
    return check(sample.text, sample.cited, sample.others).status is not Status.UNSUPPORTED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "It is so [1]. It was so.[2][3] Yes",
            [("It is so.", (1,)), ("It was so.", (2, 3)), ("Yes", ())],
        ),
        ("One [1, 2].\n- **Two** [3].", [("One.", (1, 2)), ("Two.", (3,))]),
        ("<think>secret [9].</think>Said [1].", [("Said.", (1,))]),
        ("<think>never ends [1].", []),
        ("\x1b[31mRed\x1b[0m \u202eback\u202c [1].", [("Red back.", (1,))]),
    ],
)
def test_marks_belong_to_their_sentences(
    text: str, said: list[tuple[str, tuple[int, ...]]]
) -> None:
    """Before or behind the full stop; thoughts, markup and control characters go."""
    assert list(parse(clean(text))) == said


@given(st.text(max_size=120), st.text(max_size=200))
def test_any_text_gets_a_verdict(sentence: str, source: str) -> None:
    """Whatever is written and cited, the check ends, and rests on sentences of the source."""
    verdict = check(clean(sentence), [Source(source)])
    for number, span in verdict.rests_on:
        assert number == 0
        assert span.of(source).strip()
