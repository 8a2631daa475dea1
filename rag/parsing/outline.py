"""A PDF's outline: which titles it names, and where these stand on their pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import pypdfium2 as pdfium

from rag.types import Span

_MOST_ENTRIES, _ON_ONE_PAGE = 5_000, 100
_MOST_ROWS = 4
_PLAIN = re.compile(r"[\W_]+")
_LONGER = 12
"""In letters: a row may begin with so much that the outline leaves out, such as a number."""


class Entry(NamedTuple):
    """One entry of a file's outline: its title, the index of its page, its level from 1."""

    title: str
    page: int
    level: int


def entries_of(document: pdfium.PdfDocument | None) -> list[Entry]:
    """The titles in a file's outline, as many as can be read."""
    entries: list[Entry] = []
    try:
        for bookmark in islice(document.get_toc() if document else (), _MOST_ENTRIES):
            destination = bookmark.get_dest()
            index = destination.get_index() if destination else None
            if index is not None:
                entries.append(Entry(bookmark.get_title(), index, bookmark.level + 1))
    except (pdfium.PdfiumError, ValueError, RecursionError):
        return entries
    return entries


def named(rows: Sequence[tuple[Span, str]], entries: Sequence[Entry]) -> Iterator[tuple[Span, int]]:
    """Where in a page's rows, each with its span and text, the titles stand, and their levels.

    A title may take up to four rows.
    """
    words = [_plain(text) for _, text in rows] if entries else []
    for entry in entries[:_ON_ONE_PAGE]:
        title = _plain(entry.title)
        found = title and (_spelled(title, words, 0) or _spelled(title, words, _LONGER))
        if found:
            yield Span(rows[found[0]][0].start, rows[found[1]][0].end), entry.level


def _spelled(title: str, rows: Sequence[str], more: int) -> tuple[int, int] | None:
    """The first rows, by the first and the last, that are the title after up to `more` letters."""
    for first, row in enumerate(rows):
        words = ""
        for last in range(first, min(first + _MOST_ROWS, len(rows))):
            words += rows[last]
            before = len(words) - len(title)
            if before > more:
                break
            if before >= 0 and words.endswith(title) and before < len(row):
                return first, last
    return None


def _plain(text: str) -> str:
    """The letters and figures alone, without case."""
    return _PLAIN.sub("", text).casefold()
