"""What a model wrote, cleaned, cut into sentences, with the citation marks taken off."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from rag.text import sentences

_MARK = re.compile(r"\s*\[\s*(\d{1,4}(?:\s*[,;]\s*\d{1,4})*)\s*\]")
_LATE = re.compile(r"([.!?…][\"”’»]?)((?:\s*\[\s*\d{1,4}(?:\s*[,;]\s*\d{1,4})*\s*\])+)")
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)")
_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_BULLET = re.compile(
    r"^\s*(?:[-*•]|\d{1,2}[.)])\s+|[*_`#]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}", re.MULTILINE
)
_INVISIBLE = {"Cc", "Cf", "Co", "Cs"}


def clean(text: str) -> str:
    """Without what moves a terminal, hides or reorders characters, or only shows thinking."""
    text = _THOUGHT.sub(" ", _ESCAPE.sub("", text))
    kept = (
        character
        for character in text
        if character in "\n\t" or unicodedata.category(character) not in _INVISIBLE
    )
    return _BULLET.sub("", "".join(kept))


def parse(text: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Each sentence of `text` without its marks, and the numbers in them, as written.

    A mark behind a full stop belongs to the sentence before it.
    """
    moved = _LATE.sub(lambda match: f"{match[2]}{match[1]}", text)
    for paragraph in moved.splitlines():
        for span in sentences(paragraph):
            sentence = span.of(paragraph)
            found = [
                int(number)
                for match in _MARK.finditer(sentence)
                for number in re.split(r"\s*[,;]\s*", match[1])
            ]
            said = " ".join(_MARK.sub("", sentence).split())
            if any(character.isalnum() for character in said) or found:
                yield said, tuple(dict.fromkeys(found))
