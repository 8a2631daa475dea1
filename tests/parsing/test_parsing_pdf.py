"""PDFs, read through the whole parser."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import (
    DamagedDocumentError,
    EncryptedDocumentError,
    NoTextError,
    ParseError,
    TooComplexError,
)
from rag.parsing import page_reading, pdf
from rag.parsing.extract import Leaf
from rag.parsing.folder import FolderParser
from rag.parsing.limits import Limits
from rag.parsing.page_reading import PageRead
from rag.parsing.sheet import Sheet
from rag.types import Document, Span
from tests import pdfs


def test_every_page_is_found_under_its_number_and_label(read: Callable[..., Document]) -> None:
    """In 150 pages, roman then arabic, each sentence leads back to its own page and label."""
    document = read("report.pdf", pdfs.numbered_pdf(150, roman=6, title="Report on pages"))
    assert document.title == "Report on pages"
    assert len(document.pages) == 150
    for number in range(1, 151):
        sentence = pdfs.sentence_of(number, roman=6)
        start = document.text.index(sentence)
        (page,) = document.pages_of(Span(start, start + len(sentence)))
        assert (page.number, page.label) == (number, pdfs.label_of(number, roman=6))


def test_the_bytes_decide_and_not_the_name(read: Callable[..., Document]) -> None:
    """A PDF named .txt is read as a PDF, also with junk before its header when named .pdf."""
    data = pdfs.numbered_pdf(1)
    assert read("a.txt", data).text == pdfs.sentence_of(1)
    assert read("a.pdf", b"junk\n" + data).text == pdfs.sentence_of(1)
    assert read("b.txt", b"On %PDF- headers").text == "On %PDF- headers"


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256"])
def test_passwords(
    read: Callable[..., Document], refusal: Callable[..., ParseError], algorithm: str
) -> None:
    """A file that anyone may open is read; one with a password is refused as encrypted."""
    data = pdfs.numbered_pdf(2)
    open_to_all = read("a.pdf", pdfs.locked_pdf(data, "", algorithm))
    assert pdfs.sentence_of(2) in open_to_all.text
    refused = refusal("b.pdf", pdfs.locked_pdf(data, "secret", algorithm))
    assert type(refused) is EncryptedDocumentError
    assert refused.reason == "is protected by a password; save a copy without one"


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        pytest.param(b"no PDF", DamagedDocumentError, "is not a PDF, although its name says so",
                     id="not a PDF"),
        pytest.param(b"", DamagedDocumentError, "is not a PDF, although its name says so",
                     id="empty"),
        pytest.param(b"%PDF-1.7\n", DamagedDocumentError,
                     "is a damaged PDF that no parser can open", id="header only"),
        pytest.param(pdfs.numbered_pdf(3)[:700], DamagedDocumentError,
                     "is a damaged PDF that no parser can open", id="truncated"),
        pytest.param(pdfs.pageless_pdf(), NoTextError, "has no pages", id="no pages"),
        pytest.param(pdfs.scanned_pdf(1), NoTextError, "its 1 page is a scan without a text layer",
                     id="one scan"),
        pytest.param(pdfs.scanned_pdf(3), NoTextError, "its 3 pages are scans without a text layer",
                     id="scans"),
        pytest.param(pdfs.unnamed_pdf(), NoTextError,
                     "its 1 page does not say which letters are printed", id="unnamed letters"),
    ],
)  # fmt: skip
def test_pdf_refusals(
    refusal: Callable[..., ParseError], data: bytes, error: type[ParseError], reason: str
) -> None:
    """Each way of holding no readable text has its own error and sentence."""
    refused = refusal("a.pdf", data)
    assert type(refused) is error
    assert refused.reason == reason


def test_pages_without_text_are_counted(tmp_path: Path, limits: Limits) -> None:
    """A scan between pages of text keeps its place with an empty span, and the note counts it."""
    (tmp_path / "a.pdf").write_bytes(pdfs.lines_pdf([["First."], [], ["Third."]]))
    parser = FolderParser(tmp_path, limits)
    document = parser.parse(tmp_path / "a.pdf")
    assert document.text == "First.\nThird."
    assert [len(page.span) for page in document.pages] == [7, 0, 6]
    assert parser.note(document) == "1 of 3 pages without text"


def test_a_hyphen_at_the_end_of_a_line_stays(read: Callable[..., Document]) -> None:
    """Words divided at a line's end keep hyphen and line break, as they are printed."""
    document = read(
        "a.pdf", pdfs.lines_pdf([["under inter-", "national law,", "non-state actors"]])
    )
    assert document.text == "under inter-\nnational law,\nnon-state actors"


def test_pypdf_reads_where_pdfium_fails(monkeypatch: pytest.MonkeyPatch, limits: Limits) -> None:
    """Where pdfium cannot open a file or read a page, pypdf's text of it is taken."""
    data = pdfs.numbered_pdf(2, roman=1)
    expected = (Leaf("i", pdfs.sentence_of(1, 1)), Leaf("1", pdfs.sentence_of(2, 1)))
    with monkeypatch.context() as patch:
        patch.setattr(pdf, "_pdfium", lambda data, path: None)
        assert pdf.read(data, "a.pdf", limits).pages == expected
    monkeypatch.setattr(page_reading, "_pdfium_page", lambda document, number: None)
    assert pdf.read(data, "a.pdf", limits).pages == expected


def test_lost_pages_are_named(monkeypatch: pytest.MonkeyPatch, limits: Limits) -> None:
    """A page that neither parser reads is blank and named in a remark; if all are, it is damage."""
    data = pdfs.numbered_pdf(2)
    monkeypatch.setattr(page_reading, "_pypdf_text", lambda reader, number: None)
    with monkeypatch.context() as patch:
        page = PageRead(Sheet("text", [], 0, 0))
        patch.setattr(
            page_reading, "_pdfium_page", lambda document, number: page if number else None
        )
        extract = pdf.read(data, "a.pdf", limits)
    assert [page.text for page in extract.pages] == ["", "text"]
    assert extract.remarks == ("page 1 could not be read",)
    monkeypatch.setattr(page_reading, "_pdfium_page", lambda document, number: None)
    with pytest.raises(DamagedDocumentError, match="no page can be read"):
        pdf.read(data, "a.pdf", limits)


@pytest.mark.parametrize(
    ("data", "change"),
    [
        pytest.param(pdfs.numbered_pdf(6), {"pages": 5}, id="pages"),
        pytest.param(pdfs.numbered_pdf(6), {"characters": 100}, id="characters"),
        pytest.param(pdfs.drawing_pdf(b"q Q " * 1_000_000, pages=20), {}, id="operators"),
        pytest.param(pdfs.drawing_pdf(b"q Q\n", pages=9_000), {}, id="small pages"),
        pytest.param(
            pdfs.drawing_pdf(
                b"BT /F1 9 Tf " + (b"0 9 Td (" + b"a " * 15_000 + b") Tj\n") * 1_000 + b"ET"
            ),
            {},
            id="text",
        ),
    ],
)
def test_bombs(
    refusal: Callable[..., ParseError], limits: Limits, data: bytes, change: dict[str, int]
) -> None:
    """A small file that asks for too much of anything is stopped in time and says so."""
    few = replace(limits, seconds=4.0, cpu_seconds=1)
    started = time.monotonic()
    refused = refusal("a.pdf", data, replace(few, **change))
    assert time.monotonic() - started < 6
    assert isinstance(refused, TooComplexError | NoTextError)


def test_pages_that_cost_too_much(monkeypatch: pytest.MonkeyPatch, limits: Limits) -> None:
    """Once pages took more of the processor than so many may, the rest is not read."""
    data = pdfs.numbered_pdf(3)
    clock = iter(range(0, 100, 4))
    monkeypatch.setattr("time.process_time", lambda: next(clock))
    with pytest.raises(TooComplexError, match=r"take too long to read \(page 2\)"):
        pdf.read(data, "a.pdf", limits)


def test_foreign_examples(evaluation_sets: Path, limits: Limits) -> None:
    """Each of the sample PDFs is read with the page count of its list, or refused for a reason."""
    folder = evaluation_sets / "pdf"
    entries = json.loads((folder / "files.json").read_text("utf-8"))["data"]
    expected = {entry["path"]: entry["pages"] for entry in entries}
    parser = FolderParser(folder, limits)
    found = {path.relative_to(folder).as_posix(): path for path in parser.paths()}
    samples = [name for name in found if name.endswith(".pdf")]
    refused: dict[str, list[str]] = {}
    for name in samples:
        try:
            assert len(parser.parse(found[name]).pages) == expected[name]
        except ParseError as error:
            refused.setdefault(type(error).__name__, []).append(name.rpartition("/")[2])
    assert len(samples) == 31
    assert refused == {
        "EncryptedDocumentError": ["libreoffice-writer-password.pdf"],
        "NoTextError": [
            "imagemagick-ASCII85Decode.pdf",
            "imagemagick-CCITTFaxDecode.pdf",
            "imagemagick-lzw.pdf",
            "grayscale-image.pdf",
            "cmyk-image.pdf",
        ],
        # Neither pypdf nor pdfium finds the pages of this one.
        "DamagedDocumentError": ["unreadablemetadata.pdf"],
    }
