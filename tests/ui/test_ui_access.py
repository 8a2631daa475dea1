"""What axe-core, the usual checker of accessibility, says of each view in both themes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rag.ui.feedback import Feedback
from tests.ui.conftest import Tab, serving
from tests.ui.fakes import LANDMINES, UNKNOWN, FakeLibrary

pytestmark = pytest.mark.browser

AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


@pytest.fixture
def inquiring(tmp_path: Path) -> Iterator[str]:
    """Where a page with everything on it is served."""
    with serving(FakeLibrary(), Feedback(tmp_path / "kept.jsonl")) as address:
        yield address


def complaints(page: Page) -> list[str]:
    """Each violation with the elements that it is about."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{each['impact']} {each['id']}: {[node['html'][:120] for node in each['nodes']]}"
        for each in found["violations"]
    ]


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_view_is_out_of_reach(
    open_tab: Callable[..., Tab], inquiring: str, scheme: str, width: int
) -> None:
    """Empty, answered, abstained, with the card, the list of conversations, and the form."""
    tab = open_tab(
        inquiring,
        color_scheme=scheme,
        reduced_motion="reduce",
        viewport={"width": width, "height": 900},
    )
    page = tab.page
    expect(page.get_by_role("button", name=LANDMINES)).to_be_visible()
    expect(page.locator("#history summary")).to_be_visible()
    assert complaints(page) == []
    for number, question in enumerate((LANDMINES, UNKNOWN), 1):
        tab.ask(question)
        expect(page.locator(f"#evidence-{number}")).to_be_visible()
        expect(page.locator("#ask")).to_be_visible()
    assert complaints(page) == []
    page.locator("#answer-1 a.cite").first.hover()
    expect(page.get_by_role("tooltip")).to_be_visible()
    assert complaints(page) == []
    page.keyboard.press("Escape")
    page.locator("#history summary").click()
    expect(page.get_by_role("button", name="Rename")).to_be_visible()
    assert complaints(page) == []
    page.locator("#history summary").click()
    page.locator("#answer-1 .judging").get_by_role("link", name="No").click()
    expect(page.locator("#judging").get_by_role("radio").first).to_be_visible()
    assert complaints(page) == []
