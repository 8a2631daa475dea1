"""A folder of PDFs, what reads them, and what draws their pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag.boxes import boxed
from rag.parsing.folder import FolderParser
from rag.parsing.images import PdfPages
from rag.parsing.limits import Limits
from rag.results import PageImage
from rag.types import Document, Span

LIMITS = Limits(60, 60, 1 << 30, 1_000, 1_000_000, 20_000_000)


@dataclass
class Press:
    """Puts files into a folder, reads them, and draws their pages."""

    folder: Path
    parser: FolderParser
    pages: PdfPages

    def read(self, data: bytes, name: str = "a.pdf") -> Document:
        (self.folder / name).write_bytes(data)
        return self.parser.parse(self.folder / name)

    def image(self, document: Document, number: int, *spans: Span, width: int = 1_200) -> PageImage:
        drawn = self.pages.draw(document, number, width)
        return boxed(drawn, document, document.pages[number - 1], spans)


@pytest.fixture
def press(tmp_path: Path) -> Press:
    """An empty folder."""
    parser = FolderParser(tmp_path, LIMITS)
    return Press(tmp_path, parser, PdfPages(parser, LIMITS))


@pytest.fixture
def quote() -> Callable[[Document, str], Span]:
    """Finds words in a document, however its lines are broken; they stand there once."""

    def find(document: Document, words: str) -> Span:
        pattern = r"\s*".join(re.escape(word) for word in words.split())
        [match] = re.finditer(pattern, document.text)
        return Span(*match.span())

    return find
