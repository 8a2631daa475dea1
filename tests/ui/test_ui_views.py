"""Other looks at a question than its answer: all mentions, sources side by side, likenesses."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from playwright.sync_api import expect

from rag.errors import IndexMissingError
from rag.results import Comparison, Mentions
from rag.types import Citation, Span
from rag.ui import evidence, views
from rag.ui.desk import Desk
from rag.ui.talk import converse
from tests.ui.conftest import Tab
from tests.ui.fakes import LANDMINES, UNKNOWN, FakeLibrary
from tests.ui.test_ui_access import complaints


@pytest.fixture
def library() -> FakeLibrary:
    return FakeLibrary()


@pytest.fixture
def desk(library: FakeLibrary) -> Desk:
    """A desk on which the landmine question, number 1, has its answer."""
    desk = Desk()
    list(converse(library, LANDMINES, desk, pause=lambda _: None))
    return desk


def shown(library: FakeLibrary, desk: Desk, name: str) -> str:
    """What lies beside the conversation once that view was asked for; its entities read."""
    views.show(library, desk, name)
    return desk.evidence.unescape()


def test_mentions_are_counted_and_lead_to_their_places(library: FakeLibrary, desk: Desk) -> None:
    """Totals, counts by document and page, each quotation with its address, and who is silent."""
    said = shown(library, desk, "mentions-1 1700000000")
    for words in ("All mentions: 2 of 2", "page 1: 2", "No mention in: The <silent> one."):
        assert words in said
    first = library.answers[LANDMINES].citations[0]
    assert f"<q>{first.quote}</q>" in said
    assert f"/?cite={first.document.id}:{first.span.start}-{first.span.end}" in said
    assert "<silent>" not in str(desk.evidence)


def test_more_mentions_than_are_listed_are_still_counted(
    library: FakeLibrary, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left out of the list is said, in all and for each document."""
    monkeypatch.setattr(views, "MOST_LISTED", 1)
    said = shown(library, desk, "mentions-1")
    assert "All mentions: the first 1 of 2" in said
    assert "1 of 2</span>" in said


def test_sources_stand_side_by_side_and_silence_is_said(library: FakeLibrary, desk: Desk) -> None:
    """Those that the answer showed are asked, each by itself."""
    asked: list[Sequence[str]] = []

    class Comparing(FakeLibrary):
        def compare(self, question: str, sources: Sequence[str]) -> Comparison:
            asked.append(sources)
            return super().compare(question, sources)

    said = shown(Comparing(), desk, "compare-1")
    assert asked == [[library.source.id]]
    assert "a total of 274 people" in said
    assert "Its documents do not say." in said


def test_what_is_like_a_passage_is_attributed(library: FakeLibrary, desk: Desk) -> None:
    """Quotations from elsewhere bear their speaker; where there are none, that is said."""
    name = f"related-{library.source.id}:0-20"
    assert "Ombudsman of Azerbaijan, 15 January 2023" in shown(library, desk, name)

    class Alone(FakeLibrary):
        def related(self, document_id: str, span: Span) -> Sequence[Citation]:
            return ()

    assert views.ELSEWHERE in shown(Alone(), desk, name)


@pytest.mark.parametrize(
    "name", ["", "mentions-", "mentions", "related-abc:1-2", f"related-{'e' * 64}:0-5", "x" * 9_999]
)
def test_a_name_of_nothing_shows_that_there_is_nothing(
    library: FakeLibrary, desk: Desk, name: str
) -> None:
    """Whatever a browser sends, the pane holds a sentence."""
    assert shown(library, desk, name) == evidence.NO_PASSAGE.unescape()


def test_a_turn_that_left_and_an_index_that_is_gone_are_said(desk: Desk) -> None:
    """A view of an answer that is no longer held, and an error of the library, are sentences."""

    class Broken(FakeLibrary):
        def mentions(self, question: str) -> Mentions:
            raise IndexMissingError("Nothing is indexed yet: run `rag index`.")

    assert shown(Broken(), desk, "mentions-7") == evidence.GONE.unescape()
    assert "run `rag index`" in shown(Broken(), desk, "mentions-1")


@pytest.mark.browser
def test_views_are_opened_from_the_answer_and_the_card(
    open_tab: Callable[..., Tab], library: FakeLibrary
) -> None:
    """Mentions, comparison and likenesses come to the pane, and a quotation leads to its place."""
    tab = open_tab()
    page = tab.page
    tab.ask(LANDMINES)
    expect(page.locator("#answer-1 .foot")).to_be_visible()
    heading = page.locator("#evidence-0 h3")
    for link, words in (
        ("All mentions", "All mentions: 2 of 2"),
        ("Compare sources", "Sources compared"),
    ):
        page.locator("#answer-1").get_by_role("link", name=link).click()
        expect(heading).to_have_text(words)
        expect(page.locator("#evidence-0")).to_be_focused()
    page.locator("#answer-1 a.evidence-link").click()
    page.locator("#cite-1-1").get_by_role("link", name="More about this").click()
    expect(heading).to_have_text("More about this")
    assert complaints(page) == []
    page.locator("#evidence-0 a.passage-link").first.click()
    expect(page.locator("#cite-0-1 mark")).to_have_text("46 people were killed.")
    tab.ask(UNKNOWN)
    expect(page.locator("#answer-2").get_by_role("link", name="All mentions")).to_be_visible()
    assert not tab.strays
    assert not tab.complaints
