"""Word processors' files and e-books, read through the whole parser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rag.parsing.folder import FolderParser
from rag.parsing.limits import Limits
from rag.text import sentences
from rag.types import Document, Span
from tests.files import docx, epub, odt, paragraph, table, zipped

TEXT = """Report on mines & maps

Mines hit 274 people after the war. Of them 36 were civilians.

Region | Victims

Aghdam | 12

Maps were handed over in June.

1 See the annex.

2 The maps were partial."""


def _reference(identity: str) -> str:
    return f'<w:r><w:footnoteReference w:id="{identity}"/></w:r>'


def _run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_a_word_file(read: Callable[..., Document]) -> None:
    """Headings, paragraphs, rows and notes are blocks in their order; notes by their citation."""
    body = (
        paragraph("Report on mines & maps", style="Heading1")
        + paragraph(
            "Mines hit 274 people",
            inside=_reference("7") + _run(" after the war. Of them 36 were civilians."),
        )
        + table([["Region", "Victims"], ["Aghdam", "12"]])
        + paragraph("Maps were handed over in June.", inside=_reference("3"))
    )
    notes = {"-1": "", "3": "The maps were partial.", "7": " See the annex.", "9": "Never cited."}
    document = read("a.docx", zipped(docx(body, notes)))
    assert document.text == TEXT
    assert document.title == "Report on mines"
    found = [span.of(document.text) for span in sentences(document.text)]
    assert "Of them 36 were civilians." in found
    assert all(document.text.count(sentence) == 1 for sentence in found)


def test_what_a_word_file_does_not_show(tmp_path: Path, limits: Limits) -> None:
    """Deleted, moved and hidden text and macros are left out; what was inserted is read."""
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>A secret.</w:t></w:r>"
    shown = '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>No secret.</w:t></w:r>'
    changes = (
        "<w:del><w:r><w:delText>Deleted.</w:delText></w:r></w:del>"
        f"<w:moveFrom>{_run('Moved.')}</w:moveFrom><w:ins>{_run(' Inserted. ')}</w:ins>"
        "<w:r><w:instrText>PAGE</w:instrText></w:r>"
    )
    body = paragraph("Kept.", inside=changes + hidden + shown)
    (tmp_path / "a.docm").write_bytes(zipped(docx(body) | {"word/vbaProject.bin": b"macro"}))
    parser = FolderParser(tmp_path, limits)
    document = parser.parse(tmp_path / "a.docm")
    assert document.text == "Kept. Inserted. No secret."
    assert parser.note(document) == "1 hidden part left out; its macros were not read"


def test_the_small_print_of_word(read: Callable[..., Document]) -> None:
    """Tabs, breaks, hyphens, controls and text boxes come through; an alternative is read once."""
    box = "<w:txbxContent>" + paragraph("In the box.") + "</w:txbxContent>"
    choice = f'<m:Choice xmlns:m="m">{box}</m:Choice><m:Fallback xmlns:m="m">{box}</m:Fallback>'
    signs = "<w:r><w:tab/><w:t>a</w:t><w:br/><w:t>b</w:t><w:noBreakHyphen/><w:t>c</w:t></w:r>"
    body = (
        paragraph("Before", inside=f"<w:r>{choice}</w:r>{signs}")
        + f"<w:sdt><w:sdtPr/><w:sdtContent>{paragraph('In a control.')}</w:sdtContent></w:sdt>"
        + paragraph("")
    )
    text = read("a.docx", zipped(docx(body))).text
    assert text == "Before\ta\nb\N{NON-BREAKING HYPHEN}c\n\nIn the box.\n\nIn a control."


def test_a_layout_table(read: Callable[..., Document]) -> None:
    """Cells that hold whole texts or tables are no row of values: their paragraphs are blocks."""
    letter = "".join(paragraph(f"Paragraph {number}.") for number in range(1, 5))
    inner = table([["Region", "Victims"]])
    body = f"<w:tbl><w:tr><w:tc>{letter}</w:tc><w:tc>{inner}</w:tc></w:tr></w:tbl>"
    text = read("a.docx", zipped(docx(body))).text
    assert text == "\n\n".join(
        [*(f"Paragraph {number}." for number in range(1, 5)), "Region | Victims"]
    )


def test_an_open_document(read: Callable[..., Document]) -> None:
    """An OpenDocument text comes out as the same text as the Word file of the same content."""
    note = (
        "<text:note><text:note-citation>{}</text:note-citation>"
        "<text:note-body>{}</text:note-body></text:note>"
    )
    first = note.format(1, "<text:p>See the annex.</text:p>")
    second = note.format(2, "<text:p>The maps were partial.</text:p>")
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>".format
    body = (
        "<text:tracked-changes><text:p>Deleted.</text:p></text:tracked-changes>"
        "<text:h>Report on mines &amp; maps</text:h>"
        f'<text:p>Mines <text:span>hit<text:s text:c="1"/>274</text:span> people{first} after the\n'
        "war. Of them 36 were civilians.</text:p>"
        f"<table:table><table:table-row>{cell('Region')}{cell('Victims')}</table:table-row>"
        f"<table:table-row>{cell('Aghdam')}{cell('12')}</table:table-row></table:table>"
        f"<text:list><text:list-item><text:p>Maps were handed over in June.{second}</text:p>"
        "</text:list-item></text:list>"
    )
    document = read("a.odt", zipped(odt(body)))
    assert document.text == TEXT
    assert document.title == "Report on mines"


def test_a_book(read: Callable[..., Document]) -> None:
    """Each part of an e-book is a page under its number, in the order of the spine."""
    chapters = [
        f'<h1>Chapter {number}</h1><p>Sentence {number} of the book.</p><aside epub:type="footnote"'
        f' xmlns:epub="http://www.idpf.org/2007/ops">Note {number}.</aside>'
        for number in range(1, 13)
    ]
    document = read("a.epub", zipped(epub(chapters)))
    assert document.title == "A book of mines"
    assert len(document.pages) == 12
    for number in range(1, 13):
        sentence = f"Sentence {number} of the book."
        start = document.text.index(sentence)
        (page,) = document.pages_of(Span(start, start + len(sentence)))
        assert (page.number, page.label) == (number, str(number))
        assert document.text.count(f"Note {number}.") == 1
    assert document.text.startswith("Chapter 1\n\nSentence 1 of the book.\n\nNote 1.\n")


def test_the_bytes_decide(read: Callable[..., Document]) -> None:
    """A Word file is read as one under any name."""
    data = zipped(docx(paragraph("Read all the same.")))
    assert read("a.txt", data).text == read("b", data).text == "Read all the same."
