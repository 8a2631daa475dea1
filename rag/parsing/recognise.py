"""Text recognised in the image of a page by Tesseract, where that is installed.

It runs as a process of its own, under the limits and in the group of the process that reads the
file, and sees nothing but the image.
"""

from __future__ import annotations

import csv
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby, islice
from math import sqrt
from typing import NamedTuple

import pypdfium2 as pdfium

from rag.parsing.cleaning import clean_line
from rag.parsing.limits import Recognition
from rag.parsing.lines import Line, Word
from rag.parsing.sheet import Sheet
from rag.parsing.tesseract import obstacle, run
from rag.types import Part, Role, Span

_DPI = 300
_MOST_PIXELS = 40_000_000
_PAGE_SECONDS = 90.0
_WORKERS = 4
_SIZE = 0.0
"""How large recognised type really is, is not known well enough to tell headings."""


class Recognised(NamedTuple):
    """A page's text with the boxes of its words, and a RECOGNISED part for each of its lines."""

    sheet: Sheet
    parts: list[Part]


class _Image(NamedTuple):
    """A page as a PGM file, how many of its pixels make a point, and its size in points."""

    data: bytes
    scale: float
    width: float
    height: float


@dataclass(slots=True)
class Recogniser:
    """Tesseract at work on one file; `announce` is called before it first takes its time, and it
    is `late` when there was none left for a page.
    """

    recognition: Recognition
    announce: Callable[[], None] = lambda: None
    late: bool = field(init=False, default=False)
    _end: float = field(init=False, default=0.0)

    def obstacle(self) -> str:
        """Why nothing can be recognised here and what to do about it; empty if all is well."""
        return obstacle(self.recognition.languages)

    def read(self, pages: Iterable[pdfium.PdfPage]) -> Iterator[Recognised | None]:
        """Each page recognised, in order; None for one that fails or for which no time is left."""
        workers = max(1, min(_WORKERS, os.cpu_count() or 1))
        if not self._end:
            self.announce()
            self._end = time.monotonic() + self.recognition.seconds
        coming = (_image(page) if self._left() > 0 else None for page in pages)
        with ThreadPoolExecutor(workers) as pool:
            # Only the programs run side by side: pdfium draws in one thread alone.
            while images := list(islice(coming, workers)):
                yield from pool.map(self._recognised, images)

    def _left(self) -> float:
        """How many seconds there are for the next page."""
        left = min(_PAGE_SECONDS, self._end - time.monotonic())
        self.late = self.late or left <= 0
        return left

    def _recognised(self, image: _Image | None) -> Recognised | None:
        left = self._left()
        if image is None or left <= 0:
            return None
        options = ("-l", self.recognition.languages, "--dpi", str(round(72 * image.scale)), "tsv")
        try:
            told = run("stdin", "stdout", *options, data=image.data, seconds=left)
        except (subprocess.SubprocessError, OSError):
            return None
        return _set(told, image)


def _image(page: pdfium.PdfPage) -> _Image | None:
    """The page drawn in grey; None if it cannot be drawn."""
    width, height = page.get_size()
    scale = min(_DPI / 72, sqrt(_MOST_PIXELS / max(1.0, width * height)))
    try:
        bitmap = page.render(scale=scale, grayscale=True)
    except pdfium.PdfiumError:
        return None
    data = bytes(bitmap.buffer)
    if bitmap.stride != bitmap.width:
        rows = range(0, bitmap.stride * bitmap.height, bitmap.stride)
        data = b"".join(data[row : row + bitmap.width] for row in rows)
    head = b"P5 %d %d 255\n" % (bitmap.width, bitmap.height)
    bitmap.close()
    return _Image(head + data, scale, width, height)


def _set(told: str, image: _Image) -> Recognised:
    """The words of Tesseract's table as a page's text, line by line."""
    table = csv.DictReader(told.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    words = (each for each in table if each["level"] == "5" and (each["text"] or "").strip())
    texts: list[str] = []
    lines: list[tuple[Span, Line]] = []
    parts: list[Part] = []
    start = 0
    for _, group in groupby(words, key=lambda each: [each[name] for name in _LINE]):
        text, line, confidence = _line(list(group), start, image.scale)
        if not text:
            continue
        lines.append((Span(line.start, line.end), line))
        parts.append(Part(lines[-1][0], Role.RECOGNISED, confidence))
        texts.append(text)
        start = line.end + 1
    return Recognised(Sheet("\n".join(texts), lines, image.width, image.height), parts)


_LINE = ("block_num", "par_num", "line_num")


def _line(rows: list[dict[str, str]], start: int, scale: float) -> tuple[str, Line, int]:
    """One line's text, its words with their offsets in the page's text, and its confidence."""
    words: list[Word] = []
    texts: list[str] = []
    sure = 0.0
    at = start
    for row in rows:
        text = clean_line(row["text"])
        if not text:
            continue
        left = int(row["left"]) / scale
        words.append(Word(at, at + len(text), left, left + int(row["width"]) / scale))
        texts.append(text)
        sure += max(0.0, float(row["conf"])) * len(text)
        at += len(text) + 1
    text = " ".join(texts)
    line = Line(
        start,
        start + len(text),
        min((word.left for word in words), default=0.0),
        min(int(row["top"]) for row in rows) / scale,
        max((word.right for word in words), default=0.0),
        max(int(row["top"]) + int(row["height"]) for row in rows) / scale,
        _SIZE,
        words,
    )
    return text, line, round(sure / max(1, sum(map(len, texts))))
