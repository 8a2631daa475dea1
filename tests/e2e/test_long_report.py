"""A long PDF with two kinds of page numbers: every citation names the right page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rag.bootstrap import open_library
from rag.config import Settings
from rag.library import Library
from rag.types import Citation
from tests.pdfs import label_of, numbered_pdf

pytestmark = pytest.mark.model

PAGES, ROMAN = 150, 10


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, exports: Path) -> Library:
    """A report of 150 pages, the first ten with roman numbers, indexed."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "documents").mkdir()
    (folder / "documents" / "report.pdf").write_bytes(numbered_pdf(PAGES, ROMAN, "The report"))
    settings = Settings(folder / "documents", folder / "index", exports=str(exports))
    library = open_library(settings)
    [source] = library.ingest().sources
    assert source.pages == PAGES
    return library


def test_every_citation_names_the_page_that_its_words_stand_on(report: Library) -> None:
    """Each page says which it is: number and printed label of every citation agree with it."""
    cited: list[Citation] = []
    asked = found = 0
    for number in range(1, PAGES + 1, 6):
        answer = report.ask(f"Which page is sheet {number} of the file printed as?")
        shown = [*answer.citations, *answer.presented]
        asked += 1
        found += any(f"sheet {number} of" in citation.quote for citation in shown[:3])
        cited += shown
    assert found >= 0.9 * asked  # 150 sentences that differ in two numbers are hard to tell apart
    for citation in cited:
        said = re.findall(r"sheet (\d+) of the file, printed as page (\w+)\.", citation.quote)
        assert [(str(page.number), page.label) for page in citation.pages] == said
        assert all(label_of(int(number), ROMAN) == label for number, label in said)
    assert len({page.number for citation in cited for page in citation.pages}) > PAGES / 6
