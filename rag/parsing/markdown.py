"""Markdown: the characters as they are, and which of them are headings and tables.

After CommonMark 0.31 for headings, and GitHub's extension for tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.parsing.extract import Marked
from rag.types import Part, Role, Span

_LINE = re.compile(r".*\n?")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+\S")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*\n?")
_NOT_OVER = re.compile(r"\s*(?:$|[>#|*+-]|\d{1,9}[.)]\s)")
"""Lines that a row of dashes does not make a heading of."""
_DELIMITER = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\n?")


def marked(text: str) -> Marked:
    """The clean text of a page and its parts."""
    return text, tuple(sorted([*_headings(text), *_tables(text)]))


def _prose(text: str) -> Iterator[tuple[Span, str, str]]:
    """The lines outside blocks of code, each with its span and with the line before it."""
    fence = ""
    before = ""
    for match in _LINE.finditer(text):
        line = match[0]
        found = _FENCE.match(line)
        if found and (not fence or found[1].startswith(fence)):
            fence, before = ("" if fence else found[1]), ""
        elif not fence:
            yield Span(*match.span()), line, before
            before = line


def _headings(text: str) -> Iterator[Part]:
    for span, line, before in _prose(text):
        found = _HEADING.match(line)
        under = _UNDERLINE.fullmatch(line)
        if found:
            yield Part(
                Span(span.start, span.start + len(line.rstrip())), Role.HEADING, len(found[1])
            )
        elif under and not _NOT_OVER.match(before):
            start = span.start - len(before)
            end = span.start + len(line.rstrip())
            yield Part(Span(start, end), Role.HEADING, 1 if under[1][0] == "=" else 2)


def _tables(text: str) -> Iterator[Part]:
    """A row of names, a row of dashes, and every row that follows with a bar in it."""
    start = end = head = 0
    for span, line, before in _prose(text):
        if end and span.start <= end + 1 and "|" in line:
            end = span.start + len(line.rstrip())
            continue
        if end:
            yield Part(Span(start, end), Role.TABLE, head)
            end = 0
        if "|" in before and "|" in line and _DELIMITER.fullmatch(line):
            start = span.start - len(before)
            end = span.start + len(line.rstrip())
            head = end - start
    if end:
        yield Part(Span(start, end), Role.TABLE, head)
