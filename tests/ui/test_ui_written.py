"""What an answer says of its own making: what was searched, who wrote it, what was removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from rag.conversation import remembered, unaided
from rag.types import Answer, Removed, Status, Turn
from rag.ui.desk import Desk, Wish
from rag.ui.reply import growing
from rag.ui.talk import converse
from tests.ui.conftest import Tab, serving
from tests.ui.fakes import CUT, LANDMINES, MISSING, FakeLibrary

OpenTab = Callable[..., Tab]


def shown(answer: Answer) -> str:
    """The whole answer's HTML, its entities read."""
    return [*growing(answer, 4)][-1].unescape()


@pytest.fixture
def plain() -> Answer:
    """A quoted answer to a question that stands alone."""
    return FakeLibrary().answers[LANDMINES]


def test_a_plain_quotation_says_nothing_of_its_making(plain: Answer) -> None:
    """Neither a search, nor a writer, nor a grade is mentioned where all is as usual."""
    html = shown(replace(plain, searched=LANDMINES))
    for word in ("Searched for", "Written by", "grade", "removed"):
        assert word not in html


def test_what_came_before_is_shown_and_can_be_left_out(plain: Answer) -> None:
    """A question searched with earlier turns offers to be asked alone; one in parts does not."""
    html = shown(replace(plain, question="Why?", searched="Who was hit? Why?"))
    assert "Searched for: <q>Who was hit? Why?</q>" in html
    assert 'href="#fresh-4"' in html
    both = "Who was hit by mines? How many people are missing?"
    html = shown(replace(plain, question=both, searched=unaided(both)))
    assert "Searched for" in html
    assert "fresh" not in html


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.SUPPORTED, "≈ supported"),
        (Status.WEAK, "~ doubtful: the year is not there"),
        (Status.UNSUPPORTED, "? not supported"),
    ],
)
def test_a_written_sentence_bears_its_grade(plain: Answer, status: Status, words: str) -> None:
    """In a sign, a word and, where there is one, the reason."""
    doubt = "the year is not there" if status is Status.WEAK else ""
    said = replace(plain.statements[0], text="274 were hit.", status=status, doubt=doubt)
    html = shown(replace(plain, statements=(said,), written_by="some/model"))
    assert words in html
    assert "Written by <bdi>some/model</bdi>" in html


def test_removed_sentences_are_folded_away_with_their_reasons(plain: Answer) -> None:
    """They can be looked at, struck out and literal."""
    html = shown(replace(plain, removed=(Removed("<i>No</i>.", "it is nowhere"),)))
    assert "Show the removed sentence" in html
    assert "Removed: it is nowhere." in html
    assert "Show the 2 removed sentences" in shown(replace(plain, removed=(CUT, CUT)))


def test_what_was_answered_goes_with_the_next_question() -> None:
    """The library gets turns with the quoted words, and none for a question asked alone."""
    library, desk = FakeLibrary(), Desk()
    for question, wish in ((MISSING, Wish()), (LANDMINES, Wish()), (LANDMINES, Wish(alone=True))):
        list(converse(library, question, desk, pause=lambda _: None, wish=wish))
    said = remembered(library.answers[MISSING])
    assert isinstance(said, Turn)
    assert "4,000" in said.said
    assert [history for _, history in library.asked] == [(), (said,), ()]


def test_what_is_unsupported_is_not_remembered(plain: Answer) -> None:
    """Words that a browser brought back and no document holds are searched for nothing."""
    lost = tuple(replace(each, status=Status.UNSUPPORTED) for each in plain.citations)
    assert remembered(replace(plain, citations=lost)).said == ""


@pytest.mark.browser
def test_a_follow_up_is_asked_alone_with_one_press(open_tab: OpenTab, library: FakeLibrary) -> None:
    """It takes the place of the answer it stood under, and goes out without a history."""
    follow_up = "How many are missing?"
    library.answers[follow_up] = replace(
        library.answers[MISSING], question=follow_up, searched=f"{LANDMINES} {follow_up}"
    )
    tab = open_tab()
    for number, question in enumerate((LANDMINES, follow_up), 1):
        tab.ask(question)
        expect(tab.page.locator(f"#answer-{number} .foot")).to_be_visible()
        expect(tab.page.locator("#ask")).to_be_visible()
    expect(tab.page.locator("#answer-2 .searched q")).to_have_text(f"{LANDMINES} {follow_up}")
    tab.page.locator("#answer-2 a.fresh").click()
    expect(tab.page.locator("#stop")).not_to_be_visible()
    expect(tab.page.locator("#answer-2 .foot")).to_be_visible()
    while len(library.asked) < 3:
        tab.page.wait_for_timeout(20)
    assert [history != () for _, history in library.asked] == [False, True, False]
    expect(tab.page.locator("#chat .question")).to_have_count(2)
    assert not tab.complaints
    assert not tab.strays


@pytest.mark.browser
def test_a_model_writes_only_where_one_is_set_and_wanted(open_tab: OpenTab) -> None:
    """The switch is not there without a model; with one, it decides, and its removals are shown."""
    tab = open_tab()
    expect(tab.page.locator("#writer")).to_have_count(0)
    library = FakeLibrary()
    library.writes = True
    with serving(library) as address:
        tab = open_tab(address)
        tab.ask(LANDMINES)
        expect(tab.page.locator("#answer-1 .foot")).to_be_visible()
        expect(tab.page.locator("#answer-1 .byline")).to_have_count(0)
        tab.page.get_by_label("Let the language model write").check()
        tab.ask(LANDMINES)
        answer = tab.page.locator("#answer-2")
        expect(answer.locator(".byline")).to_contain_text("Written by a model")
        answer.get_by_text("Show the removed sentence").click()
        expect(answer.locator("del")).to_have_text(CUT.text)
        assert not tab.complaints
