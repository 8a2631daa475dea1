"""The levels of headings, by how they are set and what their numbers look like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from string import ascii_letters
from typing import NamedTuple

from rag.types import Span

DEEPEST = 9
_NUMBER = re.compile(
    r"\s*(?:(?P<word>[^\W\d_]{3,12})\s(?P<first>\d{1,3}[A-Z]?|[IVXLC]{1,6}|[A-Z])"
    r"|\(?(?P<second>\d{1,3}(?:\.\d{1,3}){0,4})|\(?(?P<third>[IVX]{1,6}|[ivx]{1,6}|[A-Za-z])(?=[.):]))"
    r"(?P<after>[.):]?)(?=\s)"
)
_DIGITS = re.compile(r"\d+")
_ROMAN = re.compile(r"[IVX]+|[ivx]+|[IVXLC]{2,}")


class Style(NamedTuple):
    """How headings of one level are set, and what their numbers look like; larger ones sort first,
    then bold ones.
    """

    size: float
    light: bool
    number: str = ""


class Found(NamedTuple):
    """A heading, by the index of its page and its span in the page's text."""

    page: int
    span: Span
    style: Style


def numbering(text: str) -> str:
    """What a heading's number looks like, "" without one: "1.1" for 3.2, "a)" for b), "note 1"."""
    found = _NUMBER.match(text)
    if not found:
        return ""
    number = found["first"] or found["second"] or found["third"]
    if number[0].isdigit():
        kind = _DIGITS.sub("1", number).rstrip(ascii_letters)
    else:
        kind = "i" if _ROMAN.fullmatch(number) else "a"
        kind = kind.upper() if number.isupper() else kind
    return f"{(found['word'] or '').casefold()} {kind}{found['after']}".strip()


def levels_of(found: Sequence[Found], named: Mapping[tuple[int, Span], int]) -> dict[Style, int]:
    """The level of each style: that which the outline gives it, else one under the next larger."""
    given: dict[Style, Counter[int]] = {}
    for each in found:
        level = named.get((each.page, each.span))
        if level is not None:
            given.setdefault(each.style, Counter())[level] += 1
    levels: dict[Style, int] = {}
    level = 0
    for _, group in groupby(sorted((each.style for each in found), key=_type), key=_type):
        for styles in _ranked(Counter(group)):
            known = sum((given.get(style, Counter()) for style in styles), Counter[int]())
            level = known.most_common(1)[0][0] if known else min(DEEPEST, level + 1)
            levels.update(dict.fromkeys(styles, level))
    return levels


def _type(style: Style) -> tuple[float, bool]:
    return style.size, style.light


def _ranked(group: Counter[Style]) -> list[list[Style]]:
    """Styles that differ in their numbers alone, by rank: what came first stands over the others.

    Those without a number are sections of the numbered ones where they are more, else their peers.
    """
    kinds = [style for style in group if style.number and group[style] > 1]
    plain = [style for style in group if style not in kinds]
    if not kinds or not plain:
        return [[kind] for kind in kinds] or [plain]
    if sum(group[each] for each in plain) > sum(group[each] for each in kinds):
        return [*([kind] for kind in kinds), plain]
    return [[kinds[0], *plain], *([kind] for kind in kinds[1:])]
