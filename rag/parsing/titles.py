"""What a file without an entry in the catalogue is called."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from rag.parsing.cleaning import clean_line

_MARKDOWN = frozenset({".md", ".markdown"})
_MARKDOWN_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$", re.MULTILINE)
_LETTERS = re.compile(r"[^\W\d_]")
_FILE_NAME = re.compile(r"\.\w{2,4}$|[\\/]")
_WITHIN = 2_000
_LONGEST_TITLE = 200
_LONGEST_HEADING = 100
_FEWEST_LETTERS = 4
_FEWEST_WORDS = 3
_UNTITLED = frozenset({"untitled", "title", "document", "unknown", "none"})


def title_of(path: str, text: str, own: str) -> str:
    """The first that serves: Markdown heading, the file's `own` title, first line, file name."""
    name = PurePosixPath(path)
    if name.suffix.lower() in _MARKDOWN:
        heading = _MARKDOWN_HEADING.search(text)
        if heading and heading[1]:
            return clean_line(heading[1])[:_LONGEST_TITLE]
    if _sensible(own):
        return own
    first, second, *_ = *filter(None, map(clean_line, text[:_WITHIN].split("\n"))), "", ""
    if _like_a_heading(first, second):
        return first
    return clean_line(name.stem.replace("_", " ")) or name.name


def _sensible(title: str) -> bool:
    """Not what programs put there: "untitled", "Microsoft Word - a.doc", "0000764478-23-06"."""
    return (
        len(_LETTERS.findall(title)) >= _FEWEST_LETTERS
        and len(title) <= _LONGEST_TITLE
        and title.lower() not in _UNTITLED
        and not title.startswith("Microsoft ")
        and not _FILE_NAME.search(title)
    )


def _like_a_heading(line: str, following: str) -> bool:
    """Some words, begun like a title, not ended like a sentence nor running on in the next line."""
    return (
        len(line) <= _LONGEST_HEADING
        and len(line.split()) >= _FEWEST_WORDS
        and len(_LETTERS.findall(line)) >= _FEWEST_LETTERS
        and not line[0].islower()
        and not following[:1].islower()
        and not line.endswith((".", ",", ";", ":", "-"))
    )
