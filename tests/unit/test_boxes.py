"""Areas of a span from the places of single characters, where these are known exactly."""

from __future__ import annotations

from rag.boxes import boxed
from rag.results import Area, Drawn
from rag.types import Span
from tests.doubles import document

WIDE, HIGH = 0.01, 0.02
"""Of a character."""


def drawn(text: str, places: dict[int, tuple[float, float]]) -> Drawn:
    """A square page on which runs of characters stand side by side from given places on.

    `places` gives left and top for the first character of each run.
    """
    boxes: list[Area | None] = []
    left = top = 0.0
    for at, character in enumerate(text):
        left, top = places.get(at, (left, top))
        printed = not character.isspace()
        boxes.append(Area(left, top, left + WIDE, top + HIGH) if printed else None)
        left += WIDE
    return Drawn(b"", 100, 100, text, tuple(boxes))


def areas(page: Drawn, *span: int) -> list[list[float]]:
    """Left, top, right and bottom of each area of one span, rounded."""
    of = document(page.text)
    [found] = boxed(page, of, of.pages[0], [Span(*span)]).areas
    return [[round(edge, 4) for edge in (a.left, a.top, a.right, a.bottom)] for a in found]


def test_a_line_is_one_area() -> None:
    """From its first printed character to its last, spaces inside included."""
    page = drawn("one two", {0: (0.1, 0.5)})
    assert areas(page, 0, 7) == [[0.1, 0.5, 0.17, 0.52]]
    assert areas(page, 3, 7) == [[0.14, 0.5, 0.17, 0.52]]
    assert areas(page, 3, 4) == []


def test_each_line_has_its_own_area() -> None:
    """Also where no line break stands in the text, because a word was divided there."""
    for text in ("ab\ncd", "ab-cd"):
        page = drawn(text, {0: (0.1, 0.5), 3: (0.1, 0.53)})
        assert len(areas(page, 0, 5)) == 2


def test_far_apart_is_not_one_area() -> None:
    """Two cells of a table stay two, though they share a line."""
    page = drawn("ab cd", {0: (0.1, 0.5), 3: (0.6, 0.5)})
    assert areas(page, 0, 5) == [[0.1, 0.5, 0.12, 0.52], [0.6, 0.5, 0.62, 0.52]]


def test_a_stranger_in_between_divides() -> None:
    """What stands between two cited characters, but belongs elsewhere, is left out."""
    page = drawn("acb", {0: (0.1, 0.5), 1: (0.12, 0.5), 2: (0.11, 0.5)})
    assert areas(page, 0, 2) == [[0.1, 0.5, 0.11, 0.52], [0.12, 0.5, 0.13, 0.52]]


def test_upright_writing_is_one_area() -> None:
    """Characters that stand one below the other, as in a margin, are one line."""
    page = drawn("abc", {0: (0.1, 0.5), 1: (0.1, 0.52), 2: (0.1, 0.54)})
    assert areas(page, 0, 3) == [[0.1, 0.5, 0.11, 0.56]]


def test_neighbouring_lines_keep_their_edges() -> None:
    """Where the lines are so tight that cells overlap, the overlap is shared, up to an eighth."""
    page = drawn("a\nb\nc", {0: (0.1, 0.5), 2: (0.1, 0.5175), 4: (0.1, 0.535)})
    assert areas(page, 2, 3) == [[0.1, 0.5188, 0.11, 0.5363]]
    crowded = drawn("a\nb", {0: (0.1, 0.5), 2: (0.1, 0.505)})
    assert areas(crowded, 2, 3) == [[0.1, 0.505, 0.11, 0.525]]
