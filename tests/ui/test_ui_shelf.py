"""The library's panel: what there is to ask, and questions put to some of the documents alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from rag.errors import ConfigError, IndexMissingError
from rag.types import Document, Source
from rag.ui import choice
from rag.ui.choice import GONE, chosen, counted, label, line, skipped
from rag.ui.desk import Desk, Wish
from rag.ui.shelf import LISTED, Shelf
from rag.ui.talk import converse
from tests.ui.conftest import Tab, serving
from tests.ui.fakes import LANDMINES, MISSING, FakeLibrary
from tests.ui.test_ui_access import complaints

OpenTab = Callable[..., Tab]
HOSTILE = "\u202e<img src=x onerror=alert(1)>\n# **bold** $x$.pdf"


class Several(FakeLibrary):
    """Holds the statement and three more documents, any of which can be taken away."""

    def __init__(self) -> None:
        super().__init__()
        self.held: Sequence[Source] = [
            *super().sources(),
            Source("a.pdf", "a" * 64, "A report", 12, 40, note="2 of its pages have no text"),
            Source("b.md", "b" * 64, "A summary", 1, 1, secondary=True),
            Source("copy of a.pdf", "a" * 64, note="the same file as a.pdf, indexed once"),
            Source(HOSTILE, "c" * 64, HOSTILE, 3, 9),
        ]

    def sources(self) -> Sequence[Source]:
        return self.held

    def document(self, document_id: str) -> Document:
        about = {"a" * 64: "ru", "b" * 64: "", "c" * 64: ""}
        if document_id in about:
            return replace(self.source, id=document_id, language=about[document_id])
        return super().document(document_id)


def notes(library: FakeLibrary, *documents: str) -> str:
    """What the page says when a question is put to these documents."""
    desk = Desk()
    wish = Wish(documents=documents)
    list(converse(library, LANDMINES, desk, pause=lambda _: None, wish=wish))
    return desk.turns[-1].reply.unescape()


def test_a_question_goes_to_the_chosen_documents_and_its_answer_says_so() -> None:
    """The library is asked for those ids; without a choice it is asked for all, without a note."""
    library = Several()
    said = notes(library, "d" * 64, "a" * 64)
    assert "Only 2 of 4 documents" in said
    assert "A report" in said
    assert "Only" not in notes(library)
    assert library.narrowed == [["d" * 64, "a" * 64], None]


def test_a_chosen_document_that_left_is_said_to_be_gone() -> None:
    """The others are asked; where none is left, nothing is asked rather than everything."""
    library = Several()
    said = notes(library, "a" * 64, "e" * 64)
    assert "A document that you chose is no longer in the index" in said
    assert "Only 1 of 4 documents" in said
    assert "2 documents that you chose" in notes(library, "a" * 64, "e" * 64, "f" * 64)
    assert choice.NONE_LEFT in notes(library, "e" * 64)
    assert library.narrowed == [["a" * 64]] * 2
    with pytest.raises(ConfigError):
        chosen([], ["a" * 64])


def test_many_chosen_documents_are_counted_not_named() -> None:
    """A note stays one line, however many documents it is about."""
    found = [Source(f"{number}.txt", str(number)) for number in range(10)]
    _, (note,) = chosen(found, [str(number) for number in range(7)])
    assert note == "Only 7 of 10 documents were asked."


def test_a_document_is_shown_with_what_is_known_of_it() -> None:
    """Pages, passages, language, kind, pages without text and file, and nothing unknown."""
    about = label(Source("a.pdf", "a", "A report", 12, 1, note="2 pages", secondary=True), "ru")
    title, known = about.split("\n")
    assert "A report" in title
    for each in ("12 pages", "1 passage,", "Russian", "tells what others say", "2 pages", "a.pdf"):
        assert each in known
    assert label(Source("a.txt", "a", pages=1, passages=2), "").endswith("1 page, 2 passages")


def test_a_name_cannot_spill_over_what_is_said_beside_it() -> None:
    """Line breaks become spaces, and a turned direction of writing ends with the name."""
    title, known = label(Source(HOSTILE, "a", HOSTILE, 3), "").split("\n")
    assert title.startswith("\u2068")
    assert title.endswith("\u2069")
    assert known.startswith("3 pages")


def test_the_panel_counts_documents_and_skipped_files() -> None:
    """A document that lies there twice is one; no documents at all is a sentence that helps."""
    found = Several().sources()
    assert counted(found) == "4 documents, 1 file skipped"
    assert counted([]) == choice.EMPTY
    assert counted([Source("a", "a")]) == "1 document"
    assert "scan.pdf" in skipped(found).unescape()
    assert skipped([Source("a", "a")]) == line(found, []) == ""
    assert "Asking 0 of 4 documents" in line(found, ["e"])


def test_a_large_library_lists_its_first_documents() -> None:
    """The page does not grow without end, and an index without documents opens all the same."""

    class Large(FakeLibrary):
        def sources(self) -> Sequence[Source]:
            return [
                Source(f"{number}.txt", self.source.id + str(number)) for number in range(5_000)
            ]

    class Missing(FakeLibrary):
        def sources(self) -> Sequence[Source]:
            raise IndexMissingError("Nothing is indexed yet: run `rag index`.")

    name, about, boxes, _ = Shelf(Large()).look([])
    assert name["label"] == "5,000 documents"
    assert len(boxes["choices"]) == LISTED
    assert f"first {LISTED}" in about
    name, _, boxes, _ = Shelf(Missing()).look(["a"])
    assert "rag index" in name["label"]
    assert boxes["choices"] == [(GONE, "a")]


def test_a_tick_stays_until_it_is_taken_away() -> None:
    """Whatever the index becomes meanwhile, the choice is neither widened nor lost without a word:
    each ticked document keeps a box, be it gone or beyond those that are listed.
    """
    library = Several()
    library.held = [*library.held, *(Source(f"{each}.txt", str(each)) for each in range(LISTED))]
    _, _, boxes, _ = Shelf(library).look(["a" * 64, "e" * 64, str(LISTED - 1)])
    assert boxes["choices"][LISTED:] == [
        (GONE, "e" * 64),
        (label(library.held[-1], ""), str(LISTED - 1)),
    ]
    assert "value" not in boxes


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_ticked_documents_alone_are_asked_until_all_are_again(
    open_tab: OpenTab, width: int
) -> None:
    """By keyboard and mouse: seen while it lasts, kept by a new conversation, undone at a press."""
    library = Several()
    with serving(library) as address:
        tab = open_tab(
            address, viewport={"width": width, "height": 800}, reduced_motion="reduce"
        )  # fmt: skip
        page = tab.page
        opener = page.get_by_role("button", name="4 documents, 1 file skipped")
        expect(opener).to_have_attribute("aria-expanded", "false")
        opener.focus()
        page.keyboard.press("Enter")
        expect(opener).to_have_attribute("aria-expanded", "true")
        boxes = page.get_by_role("group", name="Documents to ask").get_by_role("checkbox")
        expect(boxes).to_have_count(4)
        expect(page.locator("#shelf-boxes")).to_contain_text("12 pages, 40 passages, Russian")
        expect(page.locator("#shelf-skipped")).to_contain_text("scan.pdf")
        expect(page.locator("#shelf-boxes")).to_contain_text("<img src=x onerror=alert(1)>")
        boxes.nth(0).focus()
        page.keyboard.press("Space")
        boxes.nth(1).check()
        status = page.get_by_role("status").filter(has_text="Asking")
        expect(status).to_have_text("Asking 2 of 4 documents")
        assert complaints(page) == []
        page.keyboard.press("Escape")
        expect(boxes.nth(0)).not_to_be_visible()
        tab.ask(LANDMINES)
        expect(page.locator("#answer-1 .note")).to_contain_text("Only 2 of 4 documents")
        page.get_by_role("button", name="New conversation").click()
        expect(page.locator("#answer-1")).to_have_count(0)
        library.held = [each for each in library.held if each.document_id != "a" * 64]
        tab.ask(MISSING)
        expect(page.locator("#answer-1 .note").last).to_contain_text("is no longer in the index")
        expect(status).to_have_text("Asking 1 of 3 documents")
        page.get_by_role("button", name="Ask all").click()
        expect(page.locator("#scope")).not_to_be_visible()
        tab.ask(LANDMINES)
        expect(page.locator("#answer-2 .foot")).to_be_visible()
        expect(page.locator("#answer-2 .note")).to_have_count(0)
        both, left = ["d" * 64, "a" * 64], ["d" * 64]
        assert library.narrowed == [both, left, None]
        assert not tab.complaints
        assert not tab.strays
        assert not tab.dialogs
