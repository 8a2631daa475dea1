"""A sentence of a long report is changed, and little is embedded anew."""

from __future__ import annotations

import random
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rag.chunking import SentenceChunker
from rag.config import ChunkingSettings
from rag.ingest import Ingest
from rag.parsing.folder import FolderParser
from tests.doubles import MemoryStore, WordEmbedder
from tests.parsing.conftest import LIMITS
from tests.pdfs import typed_pdf

PAGES, WIDTH = 300, 100
FULL, SHORT = 440, 40
"""The least number of words."""
EDITED = (40, 150, 260)
"""Pages."""
MOST = 3
"""Passages that one edit may cost."""
_WORDS = """the of and to in a report council mine field road bridge school water member visit
period family house damage letter ministry answer person exchange map area authority that no was
information given although several meetings took place between parties while observers"""

Page = list[list[str]]
"""Paragraphs of sentences."""


def sentence(draw: random.Random) -> str:
    """A sentence that hardly comes twice."""
    words = [draw.choice(_WORDS.split()) for _ in range(draw.randint(8, 34))]
    return " ".join([*words, str(draw.randint(2, 99_999))]).capitalize() + "."


def report(draw: random.Random) -> Iterator[Page]:
    """Short pages, and full ones wherever one will be edited."""
    for number in range(1, PAGES + 1):
        least = FULL if any(abs(number - each) < 2 for each in EDITED) else SHORT
        page: Page = []
        while sum(len(each.split()) for held in page for each in held) < least:
            page.append([sentence(draw) for _ in range(draw.randint(2, 6))])
        yield page


def edited(pages: list[Page], draw: random.Random) -> list[Page]:
    """The report with a first sentence changed, one added, and one taken out, on EDITED."""
    pages = [[list(paragraph) for paragraph in page] for page in pages]
    change, add, delete = (pages[number - 1][0] for number in EDITED)
    change[0] = sentence(draw)
    add.insert(0, sentence(draw))
    delete.pop(0)
    return pages


def printed(pages: list[Page]) -> bytes:
    """The report as a PDF: each page begins a sheet, every third with a heading of its own."""
    return typed_pdf(
        [
            *([f"Part {number} of the report"] if number % 3 == 0 else []),
            *(line for held in page for line in textwrap.wrap(" ".join(held), WIDTH)),
        ]
        for number, page in enumerate(pages)
    )


def test_an_edited_sentence_costs_three_passages_at_most(tmp_path: Path) -> None:
    """In a PDF of 300 pages, even at the start of a page; all else is taken over."""
    draw = random.Random(1)  # noqa: S311
    pages = list(report(draw))
    sizes = ChunkingSettings()
    chunker = SentenceChunker(sizes.max_words, sizes.overlap_words)
    embedder, store = WordEmbedder(), MemoryStore()
    ingest = Ingest(FolderParser(tmp_path, LIMITS), chunker, embedder, store, lambda *_: None)
    (tmp_path / "report.pdf").write_bytes(printed(pages))
    first = ingest.run()
    assert first.sources[0].pages == PAGES
    assert first.embedded > PAGES
    embedder.embedded.clear()
    (tmp_path / "report.pdf").write_bytes(printed(edited(pages, draw)))
    ingest.run()
    index = store.open()
    [document] = index.documents.values()
    new = Counter(
        document.pages_of(passage.span)[0].number
        for passage, _ in index.entries
        if document.searched(passage.span) in embedder.embedded
    )
    assert sorted(new) == list(EDITED)
    assert max(new.values()) <= MOST
