"""Pages of PDFs in the evidence pane: drawn by the server, boxed, turned and enlarged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from rag.boxes import boxed
from rag.errors import ConfigError, TooComplexError
from rag.parsing.folder import FolderParser
from rag.parsing.images import PdfPages
from rag.parsing.limits import Limits
from rag.results import PageImage
from rag.types import Span
from rag.ui.sheets import GONE
from tests import pdfs
from tests.ui.conftest import Tab, serving
from tests.ui.fakes import FakeLibrary, answered, citation
from tests.ui.test_ui_access import complaints

QUESTION, PAGES, ROMAN = "Which sheet is it?", 12, 4
LIMITS = Limits(60, 60, 1 << 30, 5_000, 1_000_000, 20_000_000)


class PdfLibrary(FakeLibrary):
    """One PDF in a folder, whose pages are really drawn, but for those that are `spoilt`."""

    def __init__(self, folder: Path, data: bytes, sentence: str) -> None:
        self.file = folder / "report.pdf"
        self.file.write_bytes(data)
        parser = FolderParser(folder, LIMITS)
        self._pages = PdfPages(parser, LIMITS)
        source = parser.parse(self.file)
        super().__init__(source)
        self.answers[QUESTION] = answered(QUESTION, [citation(source, sentence)])
        self.spoilt: set[int] = set()

    def page_image(
        self, document_id: str, number: int, spans: Sequence[Span] = (), width: int = 1_200
    ) -> PageImage:
        source = self.document(document_id)
        if not 1 <= number <= len(source.pages):
            raise ConfigError(f"{source.path} has no page {number:,}.")
        if number in self.spoilt:
            raise TooComplexError(source.path, "takes too long to draw")
        drawn = self._pages.draw(source, number, width)
        return boxed(drawn, source, source.pages[number - 1], spans)


@pytest.fixture
def shelf(tmp_path: Path) -> PdfLibrary:
    return PdfLibrary(tmp_path, pdfs.numbered_pdf(PAGES, ROMAN), pdfs.sentence_of(6, ROMAN))


@pytest.fixture
def served(shelf: PdfLibrary) -> Iterator[str]:
    """Where that PDF can be asked about."""
    with serving(shelf) as address:
        yield address


def refusal(address: str) -> str:
    """What the server says to an address that it does not serve."""
    with pytest.raises(HTTPError) as caught:
        urlopen(address)  # noqa: S310 - our own server
    assert caught.value.code == 404
    return caught.value.read().decode()


@pytest.mark.server
def test_a_page_and_the_place_of_a_span_are_told(shelf: PdfLibrary, served: str) -> None:
    """The image is a PNG that may be kept; the span has its box, its page both its numbers."""
    [cited] = shelf.answers[QUESTION].citations
    address = f"{served}page/{cited.document.id}/6"
    span = f"start={cited.span.start}&end={cited.span.end}"
    with urlopen(f"{address}?{span}") as reply:  # noqa: S310 - our own server
        said = json.load(reply)
    assert (said["number"], said["pages"]) == (6, PAGES)
    assert said["caption"] == f"Page 6 of {PAGES}, printed 2"
    [[left, top, right, bottom]] = said["areas"]
    assert 0 < left < right < 1
    assert 0 < top < bottom < 0.1
    with urlopen(served + said["image"].lstrip("/")) as reply:  # noqa: S310
        assert reply.read(8) == b"\x89PNG\r\n\x1a\n"
        assert "immutable" in reply.headers["cache-control"]
        assert reply.headers["content-security-policy"]


@pytest.mark.server
def test_what_cannot_be_shown_is_refused_in_a_sentence(shelf: PdfLibrary, served: str) -> None:
    """Unknown documents, pages that are not there, spans that are none, a file that changed."""
    document = shelf.source.id
    assert refusal(f"{served}page/{'0' * 64}/1") == GONE
    assert refusal(f"{served}page/{'0' * 64}/1.png") == GONE
    assert "has no page 99" in refusal(f"{served}page/{document}/99.png")
    assert refusal(f"{served}page/{document}/1?start=9&end=2") == GONE
    shelf.file.write_bytes(b"%PDF-1.4 something else")
    for kind in ("", ".png"):
        said = refusal(f"{served}page/{document}/2{kind}")
        assert "report.pdf" in said
        assert str(shelf.file.parent) not in said


@pytest.mark.browser
def test_a_citation_opens_its_page_with_the_words_boxed(
    open_tab: Callable[..., Tab], shelf: PdfLibrary, served: str
) -> None:
    """Followed by keyboard; pages can be turned and enlarged, and nothing is out of reach."""
    tab = open_tab(served)
    page = tab.page
    tab.ask(QUESTION)
    expect(page.locator("#answer-1 .foot")).to_be_visible()
    page.locator("#answer-1 a.cite").first.press("Enter")
    sheet = page.locator("#cite-1-1 figure.sheet")
    image = sheet.get_by_role("img", name=f"Page 6 of {PAGES}, printed 2")
    expect(image).to_be_visible()
    expect(sheet.locator(".area")).to_have_count(1)
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 1_000
    inside = "(area, at) => { const [a, b] = [area, at].map((e) => e.getBoundingClientRect());"
    frame = sheet.locator(".page").element_handle()
    assert sheet.locator(".area").evaluate(
        inside + "return a.left > b.left && a.right < b.right && a.bottom < b.bottom }", frame
    )
    assert complaints(page) == []
    sheet.get_by_role("button", name="Next").click()
    expect(sheet.get_by_role("status")).to_have_text(f"Page 7 of {PAGES}, printed 3")
    expect(sheet.locator(".area")).to_have_count(0)
    sheet.get_by_role("button", name="Previous").click()
    expect(sheet.locator(".area")).to_have_count(1)
    sheet.get_by_role("button", name="Enlarge").click()
    expect(sheet.get_by_role("button", name="Enlarge")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Show the page").click()
    expect(sheet).to_have_count(0)
    assert not tab.strays
    assert not tab.complaints


@pytest.mark.browser
def test_a_page_that_will_not_come_is_said_so(
    open_tab: Callable[..., Tab], shelf: PdfLibrary, served: str
) -> None:
    """The words stay; where the page would stand, a sentence tells why it does not."""
    tab = open_tab(served)
    tab.ask(QUESTION)
    expect(tab.page.locator("#answer-1 .foot")).to_be_visible()
    shelf.file.unlink()
    tab.page.locator("#answer-1 a.cite").first.click()
    expect(tab.page.locator("#cite-1-1 .sheet .notice")).to_contain_text("report.pdf")
    expect(tab.page.locator("#cite-1-1 mark").first).to_be_visible()


@pytest.mark.browser
def test_from_a_page_that_will_not_be_drawn_the_others_are_in_reach(
    open_tab: Callable[..., Tab], shelf: PdfLibrary, served: str
) -> None:
    """A sentence stands in its place, and in that of an image that does not arrive."""
    shelf.spoilt.add(7)
    tab = open_tab(served)
    page = tab.page
    page.route("**/8.png", lambda route: route.abort())
    tab.ask(QUESTION)
    expect(page.locator("#answer-1 .foot")).to_be_visible()
    page.locator("#answer-1 a.cite").first.click()
    sheet = page.locator("#cite-1-1 figure.sheet")
    expect(sheet.locator(".area")).to_have_count(1)
    onward = sheet.get_by_role("button", name="Next")
    onward.click()
    expect(sheet.locator(".notice")).to_contain_text("takes too long to draw")
    expect(sheet.get_by_role("img")).to_have_count(0)
    expect(sheet.get_by_role("button", name="Enlarge")).to_be_disabled()
    onward.click()
    expect(sheet.locator(".notice")).to_have_text("The image of this page did not arrive.")
    onward.click()
    expect(sheet.get_by_role("status")).to_have_text(f"Page 9 of {PAGES}, printed 5")
    for _ in range(3):
        sheet.get_by_role("button", name="Previous").click()
    expect(sheet.locator(".area")).to_have_count(1)


@pytest.mark.browser
def test_a_file_of_thousands_of_pages_opens_where_it_is_cited(
    open_tab: Callable[..., Tab], tmp_path: Path
) -> None:
    """Near the end of 2,000 pages as at the beginning of a few."""
    data = pdfs.typed_pdf([pdfs.sentence_of(number)] for number in range(1, 2_001))
    with serving(PdfLibrary(tmp_path, data, pdfs.sentence_of(1_999))) as address:
        tab = open_tab(address)
        page = tab.page
        tab.ask(QUESTION)
        expect(page.locator("#answer-1 .foot")).to_be_visible()
        page.locator("#answer-1 a.cite").first.click()
        sheet = page.locator("#cite-1-1 figure.sheet")
        expect(sheet.get_by_role("img", name="Page 1999 of 2000")).to_be_visible()
        expect(sheet.locator(".area")).to_have_count(1)
        sheet.get_by_role("button", name="Next").click()
        expect(sheet.get_by_role("status")).to_have_text("Page 2000 of 2000")
        expect(sheet.get_by_role("button", name="Next")).to_be_disabled()
        assert not tab.complaints
