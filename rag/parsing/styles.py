"""Which styles of a Word file are those of headings, and of which level."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from rag.parsing.archive import Archive
from rag.parsing.markup import attribute, local, tree

_PART = "word/styles.xml"
_HEADING = re.compile(r"heading ?([1-9])", re.IGNORECASE)
_DEEPEST = 9
_STEPS = 10
"""A style may be based on another, and that on another, but hardly so often."""


@dataclass(frozen=True, slots=True)
class Styles:
    """The levels of the heading styles by their id."""

    levels: Mapping[str, int]

    def level(self, paragraph: etree._Element) -> int:
        """The level of a paragraph that is a heading, from 1; 0 for any other."""
        properties = _child(paragraph, "pPr")
        own = _outline(properties)
        if own is not None:
            return own
        style = _value(properties, "pStyle")
        named = _HEADING.fullmatch(style)
        return self.levels.get(style, int(named[1]) if named else 0)


def styles_of(archive: Archive) -> Styles:
    """The styles of a Word file, known by the English names that Word keeps beside its own."""
    if _PART not in archive.names:
        return Styles({})
    found = {
        attribute(each, "styleId"): each
        for each in tree(archive.read(_PART), archive.path)
        if local(each) == "style" and attribute(each, "type") == "paragraph"
    }
    return Styles({identity: _level(identity, found) for identity in found})


def _level(identity: str, styles: Mapping[str, etree._Element]) -> int:
    for _ in range(_STEPS):
        style = styles.get(identity)
        if style is None:
            return 0
        name = _value(style, "name")
        named = _HEADING.fullmatch(name)
        if named or name.casefold() == "title":
            return int(named[1]) if named else 1
        outline = _outline(_child(style, "pPr"))
        if outline is not None:
            return outline
        identity = _value(style, "basedOn")
    return 0


def _outline(properties: etree._Element | None) -> int | None:
    """The level that properties name, 0 for that of plain text; None if they name none."""
    value = _value(properties, "outlineLvl")
    if not value.isdecimal():
        return None
    return int(value) + 1 if int(value) < _DEEPEST else 0


def _value(element: etree._Element | None, name: str) -> str:
    """The value of the child of that name; empty if there is none."""
    child = None if element is None else _child(element, name)
    return "" if child is None else attribute(child, "val")


def _child(element: etree._Element, name: str) -> etree._Element | None:
    return next((child for child in element if local(child) == name), None)
