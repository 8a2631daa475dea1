"""Dossiers say what the documents say, and no document's text can break out of its paragraph."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from rag import dossier
from rag.dossier.phrasing import GONE
from rag.errors import ConfigError
from rag.parsing import child
from rag.parsing.cleaning import clean
from rag.parsing.formats import read as read_format
from rag.schema import answer_schema
from rag.types import Role
from tests.dossier.conftest import (
    CONVERSATION,
    LETTER,
    LIMITS,
    MADE,
    REPORT,
    Shelf,
    answered,
)
from tests.doubles import document, part


def test_the_words_come_from_the_documents(shelf: Shelf) -> None:
    """What a browser kept, altered or old, is replaced by what the documents have."""
    answer = json.loads(json.dumps(CONVERSATION[0]))
    answer["statements"][0]["text"] = "The mine was harmless."
    answer["citations"][0]["document"]["title"] = "Forged"
    answer["citations"][0]["page_labels"] = ["xcix"]
    answer["citations"][0]["start"] += 3
    for suffix in (".md", ".html", ".json"):
        text = dossier.write(suffix, [answer], shelf.document, MADE).decode()
        assert "harmless" not in text
        assert "Forged" not in text
        assert "xcix" not in text


def test_a_document_that_is_gone_is_said_to_be_gone() -> None:
    """Its quotation stays as it was, under a note that says so."""
    shelf = Shelf(held=[REPORT])
    text = dossier.write(".md", CONVERSATION, shelf.document, MADE).decode()
    assert f"A letter, 15 January 2023, page 1, {GONE}. Characters 0–11" in text
    assert text.count(GONE) == 1


def test_words_that_the_document_lacks_are_not_given_its_reference(shelf: Shelf) -> None:
    """A quotation that its document does not hold is treated as of one that is gone."""
    answer = json.loads(json.dumps(answered("Who?", (LETTER, "We deny it."))))
    answer["citations"][0]["quote"] = "We admit it."
    text = dossier.write(".md", [answer], shelf.document, MADE).decode()
    assert GONE in text


def test_remarks_on_an_answer_go_with_it(shelf: Shelf) -> None:
    """What there was to know of an answer stands below it, and is no quotation."""
    told = CONVERSATION[0] | {"notes": ["Said: “so” [1]"]}
    text = dossier.write(".html", [told], shelf.document, MADE).decode()
    assert "Note: Said: ‘so’ (1)" in text


def test_presented_passages_must_be_citations(shelf: Shelf) -> None:
    """Half a citation among the passages beside the answer is refused in a sentence."""
    with pytest.raises(ConfigError, match="as it was saved"):
        dossier.write(".json", [CONVERSATION[0] | {"presented": [{}]}], shelf.document, MADE)


def test_a_note_is_numbered_once(shelf: Shelf) -> None:
    """The same place cited in two answers has one note."""
    text = dossier.write(".md", CONVERSATION, shelf.document, MADE).decode()
    assert text.count("[^1]:") == 1
    assert text.count("[^1]") == 3
    assert "[^4]" not in text


def test_running_heads_are_left_out_of_statements_only() -> None:
    """A statement skips what interrupts it and says so; the note has the exact characters."""
    text = "It was\n\nREPORT\n\nsaid. End."
    source = document(text, parts=[part(text, "REPORT", Role.FURNITURE)])
    answer = answered("What?", (source, "It was\n\nREPORT\n\nsaid."))
    written = dossier.write(".html", [answer], Shelf([source]).document, MADE).decode()
    assert "“It was […] said.”" in written
    assert "“It was REPORT said.”" in written


def test_json_keeps_to_the_schema(shelf: Shelf) -> None:
    """Each answer of a dossier is still an answer."""
    written = json.loads(dossier.write(".json", CONVERSATION, shelf.document, MADE))
    assert written["kind"] == "dossier"
    validator = jsonschema.Draft202012Validator(answer_schema())
    for answer in written["answers"]:
        validator.validate(answer)


def test_a_word_file_is_well_formed(shelf: Shelf) -> None:
    """Every part is XML, every note that is referred to exists, and is referred to once."""
    data = dossier.write(".docx", CONVERSATION, shelf.document, MADE)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: etree.fromstring(archive.read(name)) for name in archive.namelist()}
    w = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    references = [e.get(f"{w}id") for e in parts["word/document.xml"].iter(f"{w}footnoteReference")]
    notes = [e.get(f"{w}id") for e in parts["word/footnotes.xml"].iter(f"{w}footnote")]
    assert references == ["1", "2", "3"]
    assert notes == ["-1", "0", *references]
    assert data == dossier.write(".docx", CONVERSATION, shelf.document, MADE)


def test_a_web_page_loads_and_runs_nothing(shelf: Shelf) -> None:
    """No script, no picture, no address, no tag of any document."""
    page = lxml_html.document_fromstring(
        dossier.write(".html", CONVERSATION, shelf.document, MADE, "<script>x</script>").decode()
    )
    tags = {element.tag for element in page.iter()}
    assert tags <= {
        *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "bdi"),
        *("section", "span", "a"),
    }
    links = [element.get("href", "") for element in page.iter("a")]
    identities = {element.get("id") for element in page.iter() if element.get("id")}
    assert links
    assert {link.removeprefix("#") for link in links} <= identities


HOSTILE = [
    "<img src=x onerror=alert(1)> & **bold** `code` [link](http://e.vil) ![i](x) ~~s~~ $x$",
    "# heading",
    "1. item",
    "- item",
    "+ item",
    "=== ",
    "[^1]: a note",
    "\\[1\\] “x” back\\slash",
    "| a | b |",
    "12) x",
    "&amp; &#42; <!-- c -->",
    "“fake” [1] “more”",
    ": “opens",
    "said, in other words: nothing [2]",
    "Question 7. Who",
    "The documents do not say.",
    "עברית עם [3] \u202e hidden",
    "]]></w:t> &lt;",
]


def conversation_of(text: str, title: str) -> tuple[Shelf, list[dict[str, Any]]]:
    """A document of hostile words, and an answer that quotes all of them."""
    words = clean(f"Before. {text} Behind.")
    source = document(words, "hostile.txt", title=title, speaker=title, publisher=text[:20])
    return Shelf([source]), [answered(f"{text}?", (source, words))]


def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads office files here, because a process for each of many examples takes long."""
    monkeypatch.setattr(
        child, "extract", lambda _, data, path, limits: read_format(data.read(), path, limits)
    )


@pytest.mark.parametrize("suffix", dossier.SUFFIXES)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_come_back_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, text: str
) -> None:
    """Whatever looks like markup or like a note is written, read and verified as words."""
    in_process(monkeypatch)
    for title in (text, "Title"):
        shelf, answers = conversation_of(text, title)
        path = tmp_path / f"d{suffix}"
        path.write_bytes(dossier.write(suffix, answers, shelf.document, MADE))
        checked = dossier.check(dossier.read(path, LIMITS), shelf)
        assert [finding.reason for finding in checked.findings] == ["", ""]


@pytest.mark.parametrize("suffix", dossier.SUFFIXES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60), title=st.text(max_size=30))
def test_any_words_come_back_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, text: str, title: str
) -> None:
    """Also what nobody thought of."""
    in_process(monkeypatch)
    shelf, answers = conversation_of(text, title)
    path = tmp_path / f"d{suffix}"
    path.write_bytes(dossier.write(suffix, answers, shelf.document, MADE))
    checked = dossier.check(dossier.read(path, LIMITS), shelf)
    assert [finding.reason for finding in checked.findings] == ["", ""]


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_renders_hostile_words_as_words(text: str) -> None:
    """A renderer of CommonMark makes no link, list, table, picture or emphasis of them."""
    shelf, answers = conversation_of(text, text)
    written = dossier.write(".md", answers, shelf.document, MADE).decode()
    rendered = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(written)
    assert "<h2>" in rendered
    for tag in ("<a", "<img", "<em", "<strong", "<ul", "<ol", "<table", "<code", "<s>", "<!--"):
        assert tag not in rendered


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [{}],
        [{k: v for k, v in CONVERSATION[0].items() if k != "statements"}],
        [{"outcome": "answered"}],
        [CONVERSATION[0] | {"citations": []}],
        ["x"],
        [None],
    ],
)
@pytest.mark.parametrize("suffix", dossier.SUFFIXES)
def test_what_is_no_conversation_is_refused(shelf: Shelf, suffix: str, answers: list[Any]) -> None:
    """Nothing, half an answer or something else: one sentence."""
    with pytest.raises(ConfigError):
        dossier.write(suffix, answers, shelf.document, MADE)


def test_the_suffix_decides() -> None:
    """Upper case will do; another format is refused by name."""
    assert dossier.suffix_of("A.DOCX") == ".docx"
    with pytest.raises(ConfigError, match="docx"):
        dossier.suffix_of("a.pdf")
