"""The way round: what a file of any format says is found, and cited where it stands."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import pytest
from fpdf import FPDF

from rag.answering.extractive import ExtractiveAnswerer
from rag.chunking import SentenceChunker
from rag.library import Library, Stages
from rag.parsing.folder import FolderParser
from rag.parsing.images import PdfPages
from rag.parsing.limits import Limits, Recognition
from rag.reader.plain import PlainReader
from rag.retrieval.hybrid import HybridRetriever
from rag.types import Citation, Role
from tests.doubles import MemoryStore, WordEmbedder
from tests.files import docx, epub, odt, paragraph, zipped
from tests.pdfs import photographed_pdf

FONT = str(Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))
FILLER = "Nothing else happened there. The weather was fair."
SCANNED = "scan.pdf"
TOWNS = {
    "text.txt": ["Ashford", "Barrow", "Corby"],
    "text.md": ["Dunmore", "Elgin"],
    "page.html": ["Fenwick", "Garstang"],
    "letter.docx": ["Hawick", "Ilkley"],
    "letter.odt": ["Jarrow", "Kelso"],
    "book.epub": ["Lanark", "Melrose", "Norwich"],
    "rows.csv": ["Oakham", "Peebles"],
    "rows.tsv": ["Quorn", "Ripon"],
    "mail.eml": ["Selby", "Thirsk"],
    "report.pdf": ["Uckfield", "Ventnor", "Wexford"],
    SCANNED: ["Yarmouth", "Zennor"],
}
"""For each file the towns that it tells of, in text order; where there are pages, one on each."""
PAGED = {"text.txt": "123", "book.epub": "123", "report.pdf": ("i", "ii", "1"), SCANNED: "12"}
"""The printed labels of pages, for files that have several."""
ROWS = ("rows.csv", "rows.tsv")


class Case(NamedTuple):
    """A town, the file that tells of it, and the number of its page, from 1."""

    file: str
    town: str
    page: int


def told(town: str) -> str:
    """The sentence that stands once, in one file, on one page."""
    return f"The council of {town} counted {sum(town.encode())} sheep in spring."


def cases() -> Iterator[Case]:
    """Every sentence of every file."""
    for file, towns in TOWNS.items():
        for number, town in enumerate(towns, start=1):
            yield Case(file, town, number if file in PAGED else 1)


def written() -> Mapping[str, bytes]:
    """The files."""
    said = {file: [f"{told(town)} {FILLER}" for town in towns] for file, towns in TOWNS.items()}
    marked = {file: [f"<p>{each}</p>" for each in texts] for file, texts in said.items()}
    message = EmailMessage()
    message["Message-ID"], message["From"] = "<1@example.org>", "office@example.org"
    message.set_content("\n\n".join(said["mail.eml"]))
    odf = "".join(f"<text:p>{each}</text:p>" for each in said["letter.odt"])
    word = "".join(map(paragraph, said["letter.docx"]))
    return {
        "text.txt": "\f".join(said["text.txt"]).encode(),
        "text.md": "\n\n".join(["# Sheep", *said["text.md"]]).encode(),
        "page.html": f"<html><body>{''.join(marked['page.html'])}</body></html>".encode(),
        "letter.docx": zipped(docx(word)),
        "letter.odt": zipped(odt(odf)),
        "book.epub": zipped(epub(marked["book.epub"])),
        "rows.csv": rows("rows.csv", ","),
        "rows.tsv": rows("rows.tsv", "\t"),
        "mail.eml": bytes(message),
        "report.pdf": labelled(said["report.pdf"]),
        SCANNED: photographed_pdf(map(lines, TOWNS[SCANNED]), FONT),
    }


def rows(file: str, separator: str) -> bytes:
    """A table with a sentence in each row, beside a note on it."""
    table = [("What", "Note"), *((told(town), "ok") for town in TOWNS[file])]
    return "\n".join(map(separator.join, table)).encode()


def labelled(texts: Sequence[str]) -> bytes:
    """A PDF whose pages before the last have roman numbers."""
    pdf = FPDF()
    pdf.set_font("Helvetica", size=12)
    for number, text in enumerate(texts, start=1):
        last = number == len(texts)
        pdf.add_page(label_style="D" if last else "r", label_start=1 if last else number)
        pdf.multi_cell(60, 8, text)
    return bytes(pdf.output())


def lines(town: str) -> list[str]:
    """What is said of a town in short lines, its sentence on the first two."""
    words = told(town).split()
    return [" ".join(words[:5]), " ".join(words[5:]), *FILLER.replace(". ", ".\n").split("\n")]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """All files in one library, on doubles but for the reading; scans if Tesseract is there."""
    folder = tmp_path_factory.mktemp("formats")
    for name, data in written().items():
        (folder / name).write_bytes(data)
    limits = Limits(120, 120, 1 << 30, 100, 1_000_000, 20_000_000)
    parser = FolderParser(folder, limits, recognition=Recognition())
    embedder = WordEmbedder()
    made = Library(
        Stages(
            parser=parser,
            chunker=SentenceChunker(160, 40),
            embedder=embedder,
            store=MemoryStore(),
            retriever=HybridRetriever(embedder),
            reader=PlainReader(embedder),
            answerer=ExtractiveAnswerer(0.3, 3, 2, 0.3),
            pages=PdfPages(parser, limits, recognition=Recognition()),
        ),
        passages=5,
    )
    made.ingest()
    return made


def cited(library: Library, case: Case) -> Citation:
    """What is shown first for the question that the case's sentence answers."""
    if case.file == SCANNED and not shutil.which("tesseract"):
        pytest.skip("Tesseract is not installed (apt-get install tesseract-ocr)")
    answer = library.ask(f"How many sheep did the council of {case.town} count in spring?")
    return (*answer.citations, *answer.presented)[0]


@pytest.mark.parametrize("case", [*cases()], ids=lambda case: f"{case.file}-{case.town}")
def test_what_is_said_is_found_and_cited_where_it_stands(library: Library, case: Case) -> None:
    """File, page, printed label and every character; a row of a table is cited whole."""
    citation = cited(library, case)
    document = citation.document
    assert document.path == case.file
    assert citation.quote == citation.span.of(document.text)
    said = " ".join(citation.quote.split())
    assert said.startswith(told(case.town)) if case.file in ROWS else said == told(case.town)
    labels = PAGED.get(case.file, "1")
    assert [(page.number, page.label) for page in citation.pages] == [
        (case.page, labels[case.page - 1])
    ]
    assert len(document.pages) == len(labels)


def test_a_scan_is_cited_as_recognised_and_boxed(library: Library) -> None:
    """The confidence goes with the words, and a box stands over each of their lines."""
    page = len(TOWNS[SCANNED])
    citation = cited(library, Case(SCANNED, TOWNS[SCANNED][-1], page))
    parts = citation.document.parts_of(citation.span, Role.RECOGNISED)
    assert all(80 <= part.value <= 100 for part in parts)
    image = library.page_image(citation.document.id, page, [citation.span])
    [areas] = image.areas
    assert len(parts) == len(areas) == 2
    for number, area in enumerate(areas):
        # Written 150 pixels from the left and the top of 1,240 by 1,754, 45 apart, and turned.
        assert abs(area.left - 150 / 1_240) < 0.03
        assert abs(area.top - (150 + 45 * number) / 1_754) < 0.02
        assert area.left < 0.3 < area.right
