"""Plain text, Markdown and tables of text: the characters as they are."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from rag.errors import NoTextError, TooComplexError, UnsupportedFormatError
from rag.parsing import front_matter, markdown
from rag.parsing.cleaning import clean
from rag.parsing.encoding import decode
from rag.parsing.extract import Extract, Marked, numbered
from rag.parsing.limits import Limits
from rag.types import Part, Role, Span

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
_NUMBER = re.compile(r"[\"'\s]*[-+(]?[$€£]?\d")
_FEWEST_ROWS = 2
_SAMPLE = 65_536
_MOST_CONTROLS = 0.05
_SEPARATORS = {".csv": ",;\t|", ".tsv": "\t"}


def read(data: bytes, path: str, limits: Limits) -> Extract:
    """One page, or as many as form feeds divide; raises ParseError."""
    if not data:
        raise NoTextError(path, "is empty")
    text, remarks = decode(data)
    if len(text) > limits.characters:  # before any of it is looked at
        raise TooComplexError(path, f"holds more than {limits.characters:,} characters")
    sample = text[:_SAMPLE]
    if len(_CONTROLS.findall(sample)) > _MOST_CONTROLS * len(sample):
        raise UnsupportedFormatError(path, "is binary data, although its name says that it is text")
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in _SEPARATORS:
        table = _rows_apart(text, _SEPARATORS[suffix])
        return Extract(numbered([table], path, limits), remarks=remarks)
    if suffix not in front_matter.SUFFIXES:
        pages = numbered(text.removesuffix("\f").split("\f"), path, limits)
        return Extract(pages, remarks=remarks)
    text = text[front_matter.length(text) :].removesuffix("\f")
    marked = (markdown.marked(clean(page)) for page in text.split("\f"))
    return Extract(numbered(marked, path, limits), remarks=remarks)


def _rows_apart(text: str, separators: str) -> Marked:
    """The rows of a table with a blank line after each, so that a row is a sentence of its own.

    Every row stays as the file writes it, quotation marks and all: what is quoted from a table is
    found in the file. Names of columns are not put before the values, where nobody wrote them;
    the first row is known as their names if none of them begins like a number.
    """
    first = text[:_SAMPLE].partition("\n")[0]
    delimiter = max(separators, key=first.count)
    lines = text.splitlines(keepends=True)
    try:
        ends = list(_row_ends(lines, delimiter))
    except csv.Error:
        ends = list(range(1, len(lines) + 1))
    starts = [0, *ends[:-1]]
    every = ("".join(lines[start:end]) for start, end in zip(starts, ends, strict=True))
    rows = [clean(row).rstrip("\n") for row in every if row.strip()]
    whole = "\n\n".join(rows)
    if len(rows) < _FEWEST_ROWS:
        return whole + "\n", ()
    head = 0 if any(map(_NUMBER.match, rows[0].split(delimiter))) else len(rows[0])
    return whole + "\n", (Part(Span(0, len(whole)), Role.TABLE, head),)


def _row_ends(lines: Iterable[str], delimiter: str) -> Iterator[int]:
    """The number of lines up to each row's end: a value in quotation marks may hold line breaks."""
    reader = csv.reader(lines, delimiter=delimiter)
    for _ in reader:
        yield reader.line_num
