"""What axe-core, the usual checker of accessibility, says of each view in both themes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rag.ui.feedback import Feedback
from tests.ui.conftest import Tab, serving
from tests.ui.fakes import BROKEN, LANDMINES, UNKNOWN, FakeLibrary

pytestmark = pytest.mark.browser

AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


BOTH = """async () => {
    const found = {}, was = document.body.classList.contains("dark");
    for (const theme of was ? ["dark", "light"] : ["light", "dark"]) {
        document.body.classList.toggle("dark", theme === "dark");
        found[theme] = await axe.run(document, { resultTypes: ["violations"] });
    }
    document.body.classList.toggle("dark", was);
    return found;
}"""


@pytest.fixture
def inquiring(tmp_path: Path) -> Iterator[str]:
    """Where a page with everything on it is served."""
    with serving(FakeLibrary(), Feedback(tmp_path / "kept.jsonl")) as address:
        yield address


def complaints(page: Page) -> list[str]:
    """Each violation, in the light and in the dark, with the elements that it is about."""
    page.emulate_media(reduced_motion="reduce")  # colours that pass into others have none
    page.evaluate(AXE)
    return [
        f"{theme}: {each['impact']} {each['id']}: {[node['html'][:120] for node in each['nodes']]}"
        for theme, found in page.evaluate(BOTH).items()
        for each in found["violations"]
    ]


@pytest.mark.parametrize("width", [360, 1280])
def test_no_view_is_out_of_reach(open_tab: Callable[..., Tab], inquiring: str, width: int) -> None:
    """Empty, answered, abstained, failed, with the card, other looks at the question, the list of
    conversations, and the form. Pages of PDFs and the library's panel are looked at in their tests.
    """
    tab = open_tab(inquiring, viewport={"width": width, "height": 900})
    page = tab.page
    expect(page.get_by_role("button", name=LANDMINES)).to_be_visible()
    expect(page.locator("#history summary")).to_be_visible()
    assert complaints(page) == []
    for number, question in enumerate((LANDMINES, UNKNOWN), 1):
        tab.ask(question)
        expect(page.locator(f"#evidence-{number}")).to_be_visible()
        expect(page.locator("#ask")).to_be_visible()
    tab.ask(BROKEN)
    expect(page.locator("#chat .notice")).to_contain_text("run `rag index`")
    assert complaints(page) == []
    for link in ("All mentions", "Compare sources"):
        page.locator("#answer-1").get_by_role("link", name=link).click()
        expect(page.locator("#evidence-0")).to_be_focused()
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
