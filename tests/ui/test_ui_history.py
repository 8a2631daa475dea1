"""Conversations that outlive the page, kept by the browser alone; and addresses of passages."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from rag.bootstrap import read_dossier
from rag.config import Settings
from rag.errors import RagError
from rag.schema import answer_json
from rag.types import Status
from rag.ui.desk import Desk
from rag.ui.records import LOST, MOVED, record, restored
from rag.ui.talk import converse
from tests.ui.conftest import Tab, serving
from tests.ui.fakes import LANDMINES, MISSING, PRISONERS, UNKNOWN, FakeLibrary, document

OpenTab = Callable[..., Tab]


def kept(*questions: str) -> str:
    """What a browser keeps of these questions."""
    library = FakeLibrary()
    return json.dumps([answer_json(library.ask(question)) for question in questions])


def test_a_kept_conversation_comes_back_as_it_was() -> None:
    """Answers, evidence and silence are the same as when they were first shown."""
    library, desk = FakeLibrary(), Desk()
    for question in (LANDMINES, UNKNOWN):
        list(converse(library, question, desk, pause=lambda _: None))
    turns = restored(kept(LANDMINES, UNKNOWN), library.document)
    assert [turn.question for turn in turns] == [LANDMINES, UNKNOWN]
    assert [turn.reply for turn in turns] == [turn.reply for turn in desk.turns]
    assert [turn.evidence for turn in turns] == [turn.evidence for turn in desk.turns]


def test_a_record_appears_when_the_answer_is_whole() -> None:
    """Nothing half-said is kept, and nothing that was never answered."""
    desk = Desk()
    states = [
        bool(record(desk))
        for _ in converse(FakeLibrary(), LANDMINES, desk, view=3, pause=lambda _: None)
    ]
    assert states == [False, False, True]
    said = json.loads(record(desk).striptags())
    assert (said["view"], said["turn"]) == (3, 1)
    list(converse(FakeLibrary(), "", desk, view=3))
    assert record(desk) == ""


def test_words_that_are_no_longer_there_are_shown_and_called_unsupported() -> None:
    """A document that changed, a forged quote and one that is gone are all said plainly."""
    library = FakeLibrary()
    forged = json.loads(kept(LANDMINES))
    forged[0]["citations"][0]["quote"] = "Nobody was hit."
    elsewhere = FakeLibrary(replace(document("Nothing of it."), id="e" * 64))
    for text, shelf in ((json.dumps(forged), library), (kept(LANDMINES), elsewhere)):
        [turn] = restored(text, shelf.document)
        assert turn.answer is not None
        assert MOVED in turn.reply.unescape()
        assert turn.answer.statements[0].status is Status.UNSUPPORTED
        assert "not supported" in turn.evidence.unescape()


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("A total of 274 people were hit by landmines.", Status.SUPPORTED),
        ("A total of 472 people were hit by landmines.", Status.UNSUPPORTED),
        ("274 people were not hit by landmines.", Status.UNSUPPORTED),
    ],
)
def test_statements_are_held_against_their_quotations_again(text: str, status: Status) -> None:
    """Whatever status a browser kept: what is no quotation is not shown as one, and what does not
    hold is marked.
    """
    answers = json.loads(kept(LANDMINES))
    answers[0]["statements"][0] |= {"text": text, "status": "verbatim"}
    [turn] = restored(json.dumps(answers), FakeLibrary().document)
    assert turn.answer is not None
    assert [each.status for each in turn.answer.statements] == [status, Status.VERBATIM]
    assert f'<p class="statement {status.value}">' in turn.reply
    assert (MOVED in turn.reply.unescape()) is (status is Status.UNSUPPORTED)


@pytest.mark.parametrize("text", ["", "null", "{}", "1", "[" * 100_000, '"x"'])
def test_what_is_no_conversation_is_refused_in_a_sentence(text: str) -> None:
    """Whatever stood in the browser's storage, the page says that it cannot be read."""
    with pytest.raises(RagError, match="could not be read back"):
        restored(text, FakeLibrary().document)


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "certain"}, {"citations": [{}]}, {"citations": None}, {"score": "x"},
        {"statements": [{"text": "x", "citations": [9], "status": "verbatim", "speaker": ""}]},
        {"statements": [{"text": "x", "citations": [], "status": "verbatim", "speaker": ""}]},
        {"index": 7},
    ],
)  # fmt: skip
def test_a_broken_answer_spoils_no_other(change: dict[str, object]) -> None:
    """One that cannot be read is a sentence under its question; the rest comes back."""
    answers = json.loads(kept(LANDMINES, MISSING))
    answers[0] |= change
    first, second = restored(json.dumps(answers), FakeLibrary().document)
    assert first.question == LANDMINES
    assert LOST in first.reply.unescape()
    assert second.answer is not None
    assert restored("[null, 3]", FakeLibrary().document)[1].answer is None


def test_hostile_storage_is_shown_literally() -> None:
    """What a browser kept is text like any other."""
    answers = json.loads(kept(LANDMINES))
    answers[0] |= {"question": "<img src=x>", "notes": ["<script>"]}
    answers[0]["citations"][0]["document"] = dict.fromkeys(
        ("id", "path", "title", "publisher", "speaker", "date"), "<img src=x onerror=1>"
    )
    [turn] = restored(json.dumps(answers), FakeLibrary().document)
    shown = turn.reply + turn.evidence
    assert "<img" not in shown
    assert "<script" not in shown


def questions(page: Page) -> list[str]:
    return [
        text.removesuffix(" Edit") for text in page.locator("#chat .question").all_inner_texts()
    ]


@pytest.mark.browser
def test_a_conversation_survives_reload_and_a_new_server(open_tab: OpenTab) -> None:
    """The same browser gets it back, with evidence, from another process that never saw it."""
    with serving(FakeLibrary()) as first:
        tab = open_tab(first)
        page = tab.page
        tab.ask(LANDMINES)
        expect(page.locator("#answer-1 .foot")).to_be_visible()
        expect(page.locator("#history summary")).to_have_text("Conversations (1)")
        offer = page.locator("#chat .offer")
        expect(offer).to_contain_text(MISSING)
        page.reload()
        expect(page.locator("#answer-1")).to_contain_text("274")
        expect(offer).to_contain_text(MISSING)
        page.locator("#answer-1 a.cite").nth(1).click()
        expect(page.locator("#cite-1-2")).to_be_focused()
        tab.ask(MISSING)
        expect(page.locator("#answer-2")).to_contain_text("About 4,000")
        expect(page.locator("#ask")).to_be_visible()
        expect(page.locator("#history small")).to_contain_text("2 answers")
        storage = page.evaluate("JSON.stringify(localStorage)")
        assert not tab.complaints
    library = FakeLibrary()
    with serving(library) as second:
        other = open_tab(second).page
        other.evaluate(
            "all => { for (const [key, value] of Object.entries(JSON.parse(all)))"
            " localStorage.setItem(key, value); }",
            storage,
        )
        other.reload()
        other.locator("#history summary").click()
        other.locator("#history .open").click()
        expect(other.locator("#answer-2")).to_contain_text("About 4,000")
        other.get_by_role("link", name="Yes, ask it").click()
        expect(other.locator("#answer-3")).to_contain_text("The documents do not say.")
        assert library.last_asked == (PRISONERS, [LANDMINES, MISSING])


@pytest.mark.browser
def test_conversations_are_listed_renamed_deleted_and_brought_back(open_tab: OpenTab) -> None:
    """Several conversations live side by side, and deleting one can be undone."""
    tab = open_tab()
    page = tab.page
    for question in (LANDMINES, MISSING):
        tab.ask(question)
        expect(page.locator("#answer-1 .foot")).to_be_visible()
        expect(page.locator("#ask")).to_be_visible()
        page.get_by_role("button", name="New conversation").click()
        expect(page.locator("#chat .question")).to_have_count(0)
    summary = page.locator("#history summary")
    expect(summary).to_have_text("Conversations (2)")
    summary.click()
    page.get_by_role("button", name="Rename").first.click()
    page.get_by_label("Name of the conversation").fill("The <b>missing</b>")
    page.keyboard.press("Enter")
    expect(page.locator("#history .open").first).to_have_text("The <b>missing</b>")
    page.get_by_role("button", name="Delete").first.click()
    expect(page.locator("#history .open")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#history .open")).to_have_count(2)
    page.get_by_role("button", name=LANDMINES).first.click()
    expect(page.locator("#answer-1")).to_contain_text("274")
    summary.click()
    page.get_by_role("button", name="The <b>missing</b>").click()
    expect(page.locator("#answer-1")).to_contain_text("About 4,000")
    assert not tab.complaints
    assert not tab.strays


@pytest.mark.browser
def test_a_question_is_edited_and_asked_again(open_tab: OpenTab, library: FakeLibrary) -> None:
    """The edited question takes the place of the first, and what followed is gone, also here."""
    tab = open_tab()
    page = tab.page
    for number, question in enumerate((LANDMINES, UNKNOWN), 1):
        tab.ask(question)
        expect(page.locator(f"#evidence-{number}")).to_be_visible()
        expect(page.locator("#ask")).to_be_visible()
    page.locator("#chat .question .edit").first.click()
    box = page.get_by_label("Your question")
    expect(box).to_have_value(LANDMINES)
    tab.ask(MISSING)
    expect(page.locator("#answer-1")).to_contain_text("About 4,000")
    assert questions(page) == [MISSING]
    assert library.asked[-1] == (MISSING, ())
    page.reload()
    expect(page.locator("#answer-1")).to_contain_text("About 4,000")
    assert questions(page) == [MISSING]


@pytest.mark.browser
def test_a_citation_has_an_address_that_opens_it(open_tab: OpenTab, address: str) -> None:
    """The copied address shows the passage, marked, in a page that was never asked anything."""
    tab = open_tab(permissions=["clipboard-read", "clipboard-write"])
    tab.ask(LANDMINES)
    link = tab.page.locator("#cite-1-2 a.lasting")
    link.click()
    expect(link).to_have_text("Copied")
    copied = tab.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{address}?cite={'d' * 64}:")
    other = open_tab(copied)
    card = other.page.locator("#cite-0-1")
    expect(card).to_be_focused()
    expect(card.locator("mark")).to_have_text("46 people were killed.")
    expect(other.page.locator("#chat .question")).to_have_count(0)
    assert not other.complaints


@pytest.mark.browser
@pytest.mark.parametrize(
    "name", ["x", f"{'e' * 64}:1-2", f"{'d' * 64}:5-1", f"{'d' * 64}:1-999999999", "<img src=x>:1"]
)
def test_an_address_of_nothing_says_so(open_tab: OpenTab, address: str, name: str) -> None:
    """A document that is gone, a place outside of it and nonsense are one plain sentence."""
    tab = open_tab(f"{address}?cite={name}")
    if ":" in name:
        expect(tab.page.locator("#evidence")).to_contain_text("is not here")
    tab.ask(LANDMINES)
    expect(tab.page.locator("#answer-1")).to_contain_text("274")
    assert not tab.complaints


@pytest.mark.browser
def test_a_number_shows_its_source_when_pointed_at_or_focused(open_tab: OpenTab) -> None:
    """The card has title, speaker, date, page and the sentence between its neighbours."""
    tab = open_tab()
    page = tab.page
    tab.ask(LANDMINES)
    expect(page.locator("#answer-1 .foot")).to_be_visible()
    card = page.get_by_role("tooltip")
    page.locator("#answer-1 a.cite").nth(1).hover()
    expect(card).to_be_visible()
    expect(card).to_contain_text("Statement on the Human Rights Watch annual report for 2022")
    expect(card).to_contain_text("Ombudsman of Azerbaijan, 15 January 2023 · page 1 · verbatim")
    expect(card.locator("mark")).to_have_text("46 people were killed.")
    expect(card).to_contain_text("36 of them civilians.")
    card.hover()
    page.wait_for_timeout(500)
    expect(card).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.locator("#answer-1 .evidence-link").focus()
    page.keyboard.press("Shift+Tab")
    expect(card).to_be_visible()
    expect(page.locator("#answer-1 a.cite").nth(1)).to_have_accessible_description(
        card.inner_text().replace("\n", " ")
    )
    page.keyboard.press("Tab")
    expect(card).to_be_hidden()
    assert not tab.complaints


@pytest.mark.browser
@pytest.mark.parametrize("name", ["Word", "HTML", "Markdown", "JSON"])
def test_a_conversation_is_taken_away_and_holds(
    open_tab: OpenTab, library: FakeLibrary, name: str, tmp_path: Path
) -> None:
    """The file has both answers, and every quotation of it is found in the documents again."""
    tab = open_tab()
    page = tab.page
    for number, question in enumerate((LANDMINES, UNKNOWN), 1):
        tab.ask(question)
        expect(page.locator(f"#evidence-{number}")).to_be_visible()
        expect(page.locator("#ask")).to_be_visible()
    page.locator("#history summary").click()
    expect(page.locator("#history small")).to_contain_text("2 answers")
    with page.expect_download() as download:
        page.locator("#history").get_by_role("button", name=name).click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    lines = read_dossier(Settings(), file)
    assert LANDMINES in str(file.read_bytes()) or name == "Word"
    assert len(lines.notes) >= 2
    library.source.text.index(lines.notes[0].quote)
    assert not tab.complaints
    assert not tab.strays


@pytest.mark.server
@pytest.mark.parametrize(
    ("suffix", "body"),
    [
        ("md", b""), ("md", b"[]"), ("md", b"{}"), ("md", b'{"answers": []}'), ("exe", b"{}"),
        ("md", b'{"answers": [1]}'), ("docx", b'{"answers": [{}]}'), ("md", b"[" * 100_000),
        ("json", b'{"answers": [{"question": "x"}]}'), ("md", b"\xff"),
    ],
)  # fmt: skip
def test_what_is_no_conversation_is_not_exported(address: str, suffix: str, body: bytes) -> None:
    """Whatever is sent, the answer is one sentence and no traceback."""
    request = Request(f"{address}export/{suffix}", body)  # noqa: S310 - our own address
    with pytest.raises(HTTPError) as caught:
        urlopen(request, timeout=60)  # noqa: S310 - our own address
    assert caught.value.code == 400
    assert 10 < len(caught.value.read()) < 300
