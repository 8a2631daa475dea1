"""What goes wrong under an open page is said plainly, and nothing of the user's is lost."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import FilePayload, Page, expect

from rag.schema import answer_json
from rag.ui.desk import REMEMBERED
from rag.ui.server import _Server
from rag.ui.uploads import Uploads
from tests.ui.conftest import Tab, serving
from tests.ui.fakes import LANDMINES, MISSING, SLOW, UNKNOWN, FakeLibrary, document
from tests.ui.test_ui_uploads import Growing, left, library, stack, uploads

__all__ = ["library", "stack", "uploads"]  # fixtures

pytestmark = pytest.mark.browser

OpenTab = Callable[..., Tab]
LOOK = "document.dispatchEvent(new Event('visibilitychange'))"
"""Has the page look at once how its server is doing, as it does when it is turned to."""


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """One page for all that ask it nothing odd."""
    with serving(FakeLibrary()) as address:
        yield address


def kept(page: Page) -> list[dict[str, Any]]:
    """The conversations in the browser, the newest first."""
    said = page.evaluate("Object.entries(localStorage).map(([, each]) => JSON.parse(each))")
    return sorted(said, key=lambda each: -int(each["at"]))


def asked(page: Page) -> list[str]:
    """The questions that the page shows."""
    shown = page.locator("#chat .question").all_inner_texts()
    return [each.removesuffix(" Edit") for each in shown]


def wait_until(holds: Callable[[], bool]) -> None:
    """Waits for what the server does by itself."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_server_that_starts_anew_under_a_page_loses_nothing(
    open_tab: OpenTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is away the page says so; then the conversation is there again, with what was asked
    and not answered, and what was being written, in the box.
    """
    library = FakeLibrary()

    async def shutdown(self: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
        await uvicorn.Server.shutdown(self, sockets)
        library.go_on.set()  # an answer that reaches nobody any more

    monkeypatch.setattr(_Server, "shutdown", shutdown, raising=False)
    with serving(library) as first:
        port = int(first.rstrip("/").rpartition(":")[2])
        tab = open_tab(first)
        page, box = tab.page, tab.page.get_by_label("Your question")
        tab.ask(LANDMINES)
        expect(page.locator("#answer-1 .foot")).to_be_visible()
        tab.ask(SLOW)
        expect(page.locator("#chat .searching")).to_be_visible()
        box.fill("And then?")
    page.evaluate(LOOK)
    note = page.locator("#server-note")
    expect(note).to_contain_text("The server does not answer")
    expect(page.locator("#chat").get_by_text("Error")).not_to_be_visible()
    with serving(FakeLibrary(), port=port):
        page.evaluate(LOOK)
        expect(note).to_contain_text("The server was started anew.")
        expect(page.locator("#answer-1 .foot")).to_be_visible()
        expect(box).to_have_value(f"{SLOW}\nAnd then?")
        expect(page.locator("#chat .question")).to_have_text([re.compile(re.escape(LANDMINES))])
        page.locator("#answer-1 a.cite").first.click()
        expect(page.locator("#cite-1-1")).to_be_focused()
        tab.ask(MISSING)
        expect(page.locator("#answer-2")).to_contain_text("About 4,000")


def test_two_tabs_that_go_on_with_one_conversation_keep_both(
    open_tab: OpenTab, served: str
) -> None:
    """What is asked in one does not take the place of what was asked in the other."""
    one = open_tab(served)
    one.ask(LANDMINES)
    expect(one.page.locator("#answer-1 .foot")).to_be_visible()
    two = Tab(one.page.context, served)
    two.page.locator("#history summary").click()
    two.page.locator("#history .open").click()
    for tab, question in ((two, MISSING), (one, UNKNOWN), (one, LANDMINES), (two, LANDMINES)):
        count = len(asked(tab.page))
        tab.ask(question)
        expect(tab.page.locator(f"#evidence-{count + 1}")).to_be_visible()
        expect(tab.page.locator("#ask")).to_be_visible()
    expect(one.page.locator("#server-note")).to_contain_text("both are kept")
    expect(two.page.locator("#server-note")).to_have_count(0)
    expect(one.page.locator("#history summary")).to_have_text("Conversations (2)")
    told = [[each["question"] for each in talk["answers"]] for talk in kept(one.page)]
    assert told == [[LANDMINES, MISSING, LANDMINES], [LANDMINES, UNKNOWN, LANDMINES]]
    assert not one.complaints + two.complaints


def test_a_conversation_of_hundreds_of_messages_is_kept_whole(
    open_tab: OpenTab, served: str, tmp_path: Path
) -> None:
    """The page shows the last hundred answers, says how many came before, and takes all away."""
    answer = answer_json(FakeLibrary().ask(LANDMINES))
    answers = [{**answer, "question": f"Question {number}?"} for number in range(1, 131)]
    tab = open_tab(served)
    page = tab.page
    page.evaluate(
        "kept => { localStorage.setItem('rag:conversation:x', JSON.stringify(kept));"
        " sessionStorage.setItem('rag:current', 'x'); }",
        {"title": "Long", "at": 1, "answers": answers},
    )
    page.reload()
    expect(page.locator("#answer-130")).to_be_visible()
    expect(page.locator("#chat .note").first).to_contain_text("30 earlier questions")
    assert asked(page)[0] == "Question 31?"
    assert len(asked(page)) == REMEMBERED
    tab.ask(MISSING)
    expect(page.locator("#answer-131 .foot")).to_be_visible()
    expect(page.locator("#chat .note").first).to_contain_text("31 earlier questions")
    expect(page.locator("#answer-31")).to_have_count(0)
    page.locator("#answer-32 a.cite").first.click()
    expect(page.locator("#cite-32-1")).to_be_focused()
    page.locator("#history summary").click()
    expect(page.locator("#history small")).to_contain_text("131 answers")
    with page.expect_download() as download:
        page.locator("#history").get_by_role("button", name="JSON").click()
    download.value.save_as(tmp_path / "whole.json")
    taken = json.loads((tmp_path / "whole.json").read_text("utf-8"))
    assert [each["question"] for each in taken["answers"]] == [
        *(f"Question {number}?" for number in range(1, 131)), MISSING,
    ]  # fmt: skip
    assert not tab.complaints


def test_an_upload_that_breaks_off_is_told_and_tried_again(
    open_tab: OpenTab, library: Growing, uploads: Uploads, tmp_path: Path
) -> None:
    """Half a file leaves nothing behind; the whole one follows at a press."""
    with serving(library, uploads=uploads) as address:
        port = int(address.rstrip("/").rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 20) as client:
            head = b"POST /documents?name=a.txt HTTP/1.1\r\nHost: localhost\r\n"
            client.sendall(head + b"Content-Length: 9000\r\n\r\nHalf of it")
            wait_until(lambda: bool(left(tmp_path)))
        wait_until(lambda: not left(tmp_path))
        page = open_tab(address).page
        page.locator("#shelf > button").click()
        page.route("**/documents?name=*", lambda route: route.abort("connectionreset"))
        page.locator("#uploads input").set_input_files(
            [FilePayload(name="long.txt", mimeType="text/plain", buffer=b"Words. " * 400_000)]
        )
        row = page.locator("#uploads li").filter(has_text="long.txt")
        expect(row).to_contain_text("not added: it could not be sent")
        assert uploads.arrivals.told == []
        page.unroute_all()
        row.get_by_role("button", name="Try again").click()
        expect(row).to_contain_text("indexed, 12 passages")
        assert left(tmp_path) == ["uploads/long.txt"]


def test_a_conversation_about_a_removed_document_still_has_its_words(open_tab: OpenTab) -> None:
    """Read again without its document, an answer is what it was, called unsupported, and says why;
    the passage's address says that it is not there.
    """
    library = FakeLibrary()
    with serving(library) as address:
        tab = open_tab(address)
        page = tab.page
        tab.ask(LANDMINES)
        expect(page.locator("#answer-1 .foot")).to_be_visible()
        passage = page.locator("#cite-1-1 a.lasting").get_attribute("href") or ""
        library.source = replace(document("Something else."), id="e" * 64)
        page.reload()
        expect(page.locator("#chat .notice")).to_contain_text("is no longer here")
        page.locator("#answer-1 a.cite").first.click()
        card = page.locator("#cite-1-1")
        expect(card).to_be_focused()
        expect(card).to_contain_text("a total of 274 people were hit by landmines")
        expect(card.locator(".status")).to_have_text("not supported")
        card.get_by_role("link", name="More about this").click()
        expect(page.locator("#evidence .empty")).to_contain_text("taken out of the library")
        page.goto(f"{address}{passage.lstrip('/')}")
        expect(page.locator("#evidence .empty")).to_contain_text("taken out of the library")
        assert not tab.complaints
