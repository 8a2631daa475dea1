"""Front matter: the block at the head of a Markdown file that says what the file is.

TOML between lines of "+++", or "key: value" between lines of "---". It is metadata, so it is no
part of the document's text: nobody is to be quoted as having said "date: 2023-01-15".
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping

from rag.parsing.cleaning import clean_line

SUFFIXES = frozenset({".md", ".markdown"})
LONGEST = 16_384
"""In characters, or in bytes when it is read from a file: more is not taken for front matter."""

_BLOCK = re.compile(
    r"\A\ufeff?(?P<fence>\+\+\+|---)[ \t]*\r?\n(?P<body>.*?)^(?P=fence)[ \t]*(?:\r?\n\s*|\Z)",
    re.DOTALL | re.MULTILINE,
)
_SCALAR = re.compile(r"(?P<key>\w+)[ \t]*:[ \t]+(?P<quote>[\"']?)(?P<value>.*?)(?P=quote)[ \t]*")
# Of "---" blocks only those with keys: a pair of rules may stand round anything.
_KEY = re.compile(r"^\w[\w-]*[ \t]*:", re.MULTILINE)


def length(text: str) -> int:
    """How many characters of `text` its front matter takes, 0 if it has none."""
    block = _block(text)
    return block.end() if block else 0


def values(text: str) -> Mapping[str, str]:
    """What the front matter of `text` says, by key: only text and days, each on one line."""
    block = _block(text)
    if block is None:
        return {}
    if block["fence"] == "+++":
        return {
            key: clean_line(str(value))
            for key, value in _toml(block["body"]).items()
            if isinstance(value, str) or type(value) is dt.date
        }
    found = map(_SCALAR.fullmatch, block["body"].splitlines())
    return {each["key"]: clean_line(each["value"]) for each in found if each}


def _block(text: str) -> re.Match[str] | None:
    block = _BLOCK.match(text[:LONGEST])
    if block and block["fence"] == "---" and not _KEY.search(block["body"]):
        return None
    return block


def _toml(body: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(body.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
