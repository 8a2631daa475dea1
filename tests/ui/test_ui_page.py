"""The page in a real browser: asked by keyboard, read, followed to its evidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.ui.conftest import Tab, serving
from tests.ui.fakes import (
    BROKEN,
    LANDMINES,
    MISSING,
    SLOW,
    UNKNOWN,
    FakeLibrary,
    abstained,
    answered,
    citation,
    document,
)
from tests.ui.test_ui_html import PAYLOADS

pytestmark = pytest.mark.browser

OpenTab = Callable[..., Tab]


def test_a_question_is_asked_answered_and_checked_by_keyboard_alone(open_tab: OpenTab) -> None:
    """The landmine question gives 274, and its citation leads to the marked sentence and back."""
    tab = open_tab()
    page = tab.page
    page.keyboard.type(LANDMINES)  # the box has the focus from the start
    page.keyboard.press("Enter")
    answer = page.locator("#answer-1")
    expect(answer).to_contain_text("a total of 274 people were hit by landmines")
    expect(answer).to_contain_text("Ombudsman of Azerbaijan, 15 January 2023:")
    expect(answer.locator(".foot")).to_be_visible()
    first = answer.get_by_role("link", name="1 (verbatim, page 1)")
    first.focus()
    page.keyboard.press("Space")
    card = page.locator("#cite-1-1")
    expect(card).to_be_focused()
    expect(card).to_be_in_viewport()
    marked = "".join(card.locator("mark").all_text_contents())
    assert marked.startswith("After the end of the Second Karabakh War, a total of 274 people")
    expect(card.locator("mark strong")).to_have_text("274")
    page.keyboard.press("Escape")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(card).to_be_focused()
    assert not tab.strays
    assert not tab.complaints


def test_an_older_answer_brings_its_evidence_back(open_tab: OpenTab) -> None:
    """The pane shows the newest answer, and any other one as soon as its citation is followed."""
    tab = open_tab()
    page = tab.page
    for number, question in enumerate([LANDMINES, MISSING, UNKNOWN], 1):
        tab.ask(question)
        expect(page.locator(f"#evidence-{number}")).to_be_visible()
        expect(page.locator("#ask")).to_be_visible()
    page.locator("#answer-1 a.cite").nth(1).click()
    expect(page.locator("#cite-1-2")).to_be_focused()
    expect(page.locator("#cite-1-2 mark")).to_have_text("46 people were killed.")
    expect(page.locator("#evidence-3")).to_have_count(0)
    page.locator("#answer-2 a.evidence-link").click()
    expect(page.locator("#evidence-2")).to_be_focused()
    assert not tab.complaints


def test_an_abstention_looks_like_one(open_tab: OpenTab) -> None:
    """Where the documents are silent the page says so, with the nearest passage to check."""
    tab = open_tab()
    tab.ask(UNKNOWN)
    answer = tab.page.locator("#answer-1")
    expect(answer).to_contain_text("The documents do not say.")
    expect(answer).to_contain_text("Nearest passages")
    answer.locator("a.cite").click()
    expect(tab.page.locator("#cite-1-1")).to_be_focused()


def test_examples_errors_and_refusals_are_sentences(
    open_tab: OpenTab, library: FakeLibrary
) -> None:
    """An example asks itself; an error and an endless paste are told in the conversation."""
    tab = open_tab()
    page = tab.page
    page.get_by_role("button", name=LANDMINES).click()
    expect(page.locator("#answer-1")).to_contain_text("274")
    tab.ask(BROKEN)
    expect(page.locator("#chat .notice")).to_contain_text("run `rag index`")
    tab.ask("x" * 100_000)
    expect(page.locator("#chat .notice").last).to_contain_text("100,000 characters")
    tab.ask(MISSING)
    expect(page.locator("#answer-4")).to_contain_text("About 4,000")
    assert library.last_asked == (MISSING, [LANDMINES])
    assert not tab.complaints


def test_a_search_can_be_stopped_and_a_conversation_begun_anew(
    open_tab: OpenTab, library: FakeLibrary
) -> None:
    """Stop ends a search that lasts, the next question works, and clearing empties both panes."""
    tab = open_tab()
    page = tab.page
    tab.ask(SLOW)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#chat")).to_contain_text("Stopped before an answer was found.")
    library.go_on.set()
    expect(page.locator("#ask")).to_be_visible()
    tab.ask(LANDMINES)
    expect(page.locator("#answer-2")).to_contain_text("274")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator("#chat .answer")).to_have_count(0)
    expect(page.locator("#evidence")).to_contain_text("Follow it")
    expect(page.get_by_role("button", name=LANDMINES)).to_be_visible()


def test_a_new_conversation_is_empty_whenever_it_is_begun(open_tab: OpenTab) -> None:
    """Before, while and just after an answer comes, one press empties the page, and it goes on."""
    tab = open_tab()
    page = tab.page
    anew = page.get_by_role("button", name="New conversation")
    for wait in (0, 20, 60, 90, 120, 150, 180, 220, 300, 500):
        tab.ask(LANDMINES)
        page.wait_for_timeout(wait)
        anew.click()
        expect(page.locator("#chat .question")).to_have_count(0)
        expect(page.get_by_role("button", name=LANDMINES)).to_be_visible()
        expect(page.locator("#evidence")).to_contain_text("Follow it")
    page.wait_for_timeout(500)
    expect(page.locator("#chat .question")).to_have_count(0)
    tab.ask(MISSING)
    expect(page.locator("#answer-1")).to_contain_text("About 4,000")
    assert not tab.complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1024, 1440])
def test_every_width_shows_all_without_sideways_scrolling(
    open_tab: OpenTab, width: int, scheme: str
) -> None:
    """On a phone the evidence is below and followed to; on a desk both panes fill the window."""
    tab = open_tab(viewport={"width": width, "height": 740}, color_scheme=scheme)
    page = tab.page
    tab.ask(LANDMINES)
    expect(page.locator("#answer-1 .foot")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width > 800:
        assert page.evaluate("document.documentElement.scrollHeight") <= 740
    page.locator("#answer-1 a.cite").nth(1).click()
    expect(page.locator("#cite-1-2")).to_be_focused()
    expect(page.locator("#cite-1-2")).to_be_in_viewport()  # once it has glided there
    chat, side = (page.locator(each).bounding_box() for each in ("#talk", "#side"))
    assert chat is not None
    assert side is not None
    beside = side["x"] >= chat["x"] + chat["width"] - 1
    assert beside == (width > 800)


def test_parts_have_names_and_the_page_a_heading(open_tab: OpenTab) -> None:
    """Landmarks, headings and controls can be found by role and name; no name is made of tags."""
    tab = open_tab()
    page = tab.page
    tab.ask(LANDMINES)
    expect(page.locator("#answer-1 .foot")).to_be_visible()
    for role, name in [
        ("main", None), ("region", "Conversation"), ("complementary", "Evidence"), ("log", None),
        ("button", "Ask"), ("button", "New conversation"),
    ]:  # fmt: skip
        expect(page.get_by_role(role, name=name, exact=True)).to_be_visible()  # type: ignore[arg-type]
    expect(page.get_by_role("heading", level=1)).to_have_text("Ask the documents")
    expect(page.get_by_role("heading", level=2)).to_have_text("Evidence")
    assert "<div" not in page.locator("main").aria_snapshot()


def test_a_quotation_is_copied_with_its_reference(open_tab: OpenTab) -> None:
    """The clipboard gets the exact quote, who said it when, the title and the page."""
    tab = open_tab(permissions=["clipboard-read", "clipboard-write"])
    tab.ask(MISSING)
    tab.page.locator("#cite-1-1").get_by_role("button").click()
    expect(tab.page.locator("#cite-1-1").get_by_role("button")).to_have_text("Copied")
    copied = tab.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("\u201cAbout 4,000 Azerbaijanis")
    assert copied.endswith(
        "their families.\u201d (Ombudsman of Azerbaijan, 15 January 2023, "
        "Statement on the Human Rights Watch annual report for 2022, page 1)"
    )


@pytest.fixture(scope="module")
def hostile() -> Iterator[str]:
    """A page whose document, titles, paths, examples and errors are all attacks."""
    text = "\n\n".join(f"Before. {payload} After." for payload in PAYLOADS)
    source = document(text, title=PAYLOADS[0], path=PAYLOADS[2], speaker=PAYLOADS[1])
    library = FakeLibrary(source)
    quotes = [citation(source, payload, place) for place, payload in enumerate(PAYLOADS, 1)]
    library.answers = {"All?": answered("All?", quotes[:9], quotes[9:])}
    library.answers |= {
        payload: abstained(payload, quotes[:1], payload)
        for payload in PAYLOADS
        if payload.isprintable()
    }
    library.examples = lambda: PAYLOADS[:3]  # type: ignore[method-assign]
    with serving(library) as address:
        yield address


@pytest.mark.parametrize("bypass_csp", [False, True], ids=["policy", "no-policy"])
def test_hostile_documents_are_shown_literally(
    open_tab: OpenTab, hostile: str, *, bypass_csp: bool
) -> None:
    """Attacks in every place ask nothing of the network and run nothing, with and without CSP."""
    tab = open_tab(hostile, bypass_csp=bypass_csp)
    page = tab.page
    expect(page.locator("#chat .example").first).to_be_visible()
    before = page.locator(ELEMENTS).evaluate_all("all => all.map(one => one.outerHTML)")
    tab.ask("All?")
    expect(page.locator("#answer-1 .foot")).to_be_visible()
    for number, payload in enumerate([one for one in PAYLOADS if one.isprintable()], 2):
        tab.ask(payload)
        expect(page.locator(f"#evidence-{number}")).to_be_visible()
        expect(page.locator("#ask")).to_be_visible()
        assert payload in page.locator(f"#answer-{number} .reason").inner_text()
    page.locator("#shelf button").first.click()
    page.wait_for_timeout(300)
    assert not tab.strays
    assert not tab.dialogs
    assert not tab.complaints
    found = page.locator(ELEMENTS).evaluate_all("all => all.map(one => one.outerHTML)")
    assert found == before
    links = page.locator("#chat a, #evidence a").evaluate_all("all => all.map(a => a.href)")
    assert all(
        re.search(
            r"#(cite|evidence|answer|edit|mentions|compare|related)-|/\?cite=\w+:\d+-\d+$", link
        )
        for link in links
    )


ELEMENTS = (
    ":is(.prose, .example) :is(img, form, iframe, object, embed, video, audio, style, script, "
    "table, h1, pre, code, .katex, .mermaid, input, [style*='fixed'], [onerror], [onmouseover])"
)
