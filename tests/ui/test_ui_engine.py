"""The page over the real engine: the shipped statement, indexed, asked and followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from rag.bootstrap import open_library
from rag.config import Settings
from tests.ui.conftest import Tab, serving
from tests.ui.fakes import LANDMINES, UNKNOWN

pytestmark = [pytest.mark.browser, pytest.mark.model]


@pytest.fixture(scope="module")
def engine(shipped: Settings) -> Iterator[str]:
    """Where the shipped documents are served."""
    with serving(open_library(shipped)) as address:
        yield address


def test_the_statement_answers_and_its_words_are_marked(
    open_tab: Callable[..., Tab], engine: str
) -> None:
    """The main job: 274, said by the Ombudsman, and the sentence marked where it stands."""
    tab = open_tab(engine)
    page = tab.page
    tab.ask(LANDMINES)
    expect(page.locator("#answer-1 .foot")).to_be_visible(timeout=30_000)
    expect(page.locator("#answer-1")).to_contain_text("a total of 274 people were hit by landmines")
    expect(page.locator("#answer-1 .who").first).to_contain_text("15 January 2023")
    page.locator("#answer-1 a.cite").first.press("Enter")
    expect(page.locator("#cite-1-1")).to_be_focused()
    expect(page.locator("#cite-1-1 mark").first).to_contain_text("274 people were hit by landmines")
    expect(page.locator("#cite-1-1 mark strong")).to_have_text("274")
    tab.ask(UNKNOWN)
    expect(page.locator("#answer-2")).to_contain_text("The documents do not say.", timeout=30_000)
    assert not tab.strays
    assert not tab.complaints
