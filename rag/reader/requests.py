"""Requests that are no question to the documents: orders to the program, texts to be written.

A program that only quotes cannot be talked into anything. But the words of an order may well
resemble a passage, and a quotation would then look like a reply to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from rag.types import Reading

ONLY_QUOTES = "this asks for something other than what the documents say, and only they are quoted"

_TEXTS = (
    "text|letter|e-?mail|essay|article|poem|song|story|speech|press release|release|statement|post|"
    "tweet|summary|report|paragraph|paper|headline|slogan|code|script"
)
_ORDERS = re.compile(
    rf"""
    \b(?:ignore|disregard|forget|override|bypass)\b.{{0,40}}
        \b(?:instruction|rule|prompt|guideline|polic|restriction)
    | \b(?:system|developer|admin(?:istrator)?)\s+(?:message|prompt|mode|override)\b
    | \b(?:hidden|secret|initial|system)\s+(?:instruction|prompt)
    | \b(?:pretend\s+(?:to|that|you)|role-?play|you\s+are\s+now|from\s+now\s+on)\b
    | ^\W*act\s+as\b
    | \bin\s+your\s+own\s+(?:voice|words|name)\b
    | ^\W*(?:(?:please|now|then|just|can\s+you|could\s+you|would\s+you)\s+)*
        (?:write|draft|compose|generate|invent|translate|rewrite|rephrase)\b
    | [,;.:]\s*(?:and\s+|then\s+|please\s+)*
        (?:write|draft|compose|generate|invent)\s+(?:me|us|an?)\b
    | \b(?:write|draft|compose|generate)\s+(?:(?:me|us)\s+)?(?:an?|some|the)\s+(?:\w+\s+){{0,2}}
        (?:{_TEXTS})\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ASKS = re.compile(
    r"^\W*(?:who|whom|whose|when|where|did|does|do|has|have|was|were|is|are)\b", re.IGNORECASE
)


def is_order(text: str) -> bool:
    """Whether an English text tells the program what to do instead of asking the documents.

    "Who wrote a letter?" and "Did they write a report?" are questions.
    """
    return not _ASKS.match(text) and bool(_ORDERS.search(text))


def set_aside(readings: Iterable[Reading]) -> list[Reading]:
    """The readings as no answers to an order: shown as what is nearest, and why."""
    return [replace(each, probability=0.0, lacks=(ONLY_QUOTES,)) for each in readings]
