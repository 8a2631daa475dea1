"""HTML: the text that a page shows, in reading order, block by block.

Left out are what a browser does not show (and what is hidden by an element's own word is counted),
and what surrounds a page on every page of its site: navigation, banners, asides, forms. No style
sheet is read, no address followed.
"""

from __future__ import annotations

import re

from lxml import etree

from rag.parsing import tags
from rag.parsing.blocks import Blocks, Kind
from rag.parsing.cleaning import clean_line
from rag.parsing.encoding import decode
from rag.parsing.extract import Extract, Marked, numbered
from rag.parsing.limits import Limits
from rag.parsing.markup import check
from rag.types import Role

_INNER = ("table", "ul", "ol", "dl", "blockquote", "pre", *sorted(tags.HEADINGS))
_HIDING = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))", re.IGNORECASE)
_NOTES = re.compile(r"(?:^|[\s_-])(?:foot|end)notes?(?:$|[\s_-])", re.IGNORECASE)
_DECLARED = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_XML_DECLARED = re.compile(rb"<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w.:-]{1,40})")
_WITHIN = 4_096


def read(data: bytes, path: str, limits: Limits) -> Extract:
    """One page; raises ParseError."""
    found = _DECLARED.search(data[:_WITHIN]) or _XML_DECLARED.search(data[:_WITHIN])
    markup, remarks = decode(data, found[1].decode() if found else "")
    page, title, hidden = shown(markup, path)
    return Extract(numbered([page], path, limits), title, (*remarks, *hidden_remark(hidden)))


def hidden_remark(hidden: int) -> tuple[str, ...]:
    """What is said of text that was there to be read by machines alone."""
    parts = "1 hidden part" if hidden == 1 else f"{hidden:,} hidden parts"
    return (f"{parts} left out",) if hidden else ()


def shown(markup: str, path: str) -> tuple[Marked, str, int]:
    """The text of a page with its parts, its title, and how many hidden parts with text were left
    out.

    A page that is nothing but surroundings, such as one in a single form, is read with them.
    Raises TooComplexError for elements nested too deeply.
    """
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    data = markup.encode("utf-8", "replace")
    try:
        root = etree.fromstring(data, parser) if data.strip() else None
    except etree.XMLSyntaxError:
        root = None
    check(parser, path)
    if root is None:
        return ("", ()), "", 0
    walk = _Walk(whole=False)
    walk.into(root)
    if not walk.blocks.text():
        walk = _Walk(whole=True)
        walk.into(root)
    return walk.blocks.marked(), _title(root), walk.hidden


def _title(root: etree._Element) -> str:
    found = (root.find(".//head/title"), root.find(".//h1"))
    titles = (clean_line("".join(map(str, each.itertext()))) for each in found if each is not None)
    return next(filter(None, titles), "")


class _Walk:
    """One way through a page, in document order."""

    def __init__(self, *, whole: bool) -> None:
        self.blocks = Blocks()
        self.hidden = 0
        self._whole = whole
        self._sections = 0
        self._row = 0
        self._exact = 0
        self._table = 0
        self._tables = 0

    def into(self, element: etree._Element) -> None:
        """Takes what `element` shows, without what follows it."""
        tag = _name(element)
        if tag == "br":
            self.blocks.break_line()
        elif not self._left_out(element, tag):
            self._enter(element, tag)

    def _enter(self, element: etree._Element, tag: str) -> None:
        row = tag == "tr" and _is_row(element)
        apart = tag in tags.BLOCKS or (tag in tags.CELLS and not self._row)
        ends = apart and not (self._row and tag != "tr")
        outer = self.blocks.kind, self._table
        if ends:
            self.blocks.end()
            self._begin(element, tag, row=row)
        elif tag in tags.CELLS:
            self.blocks.cell()
        elif apart:
            self.blocks.add(" ")
        self._sections += tag in tags.SECTIONS
        self._row += row
        self._children(element, tag)
        self._row -= row
        self._sections -= tag in tags.SECTIONS
        if ends:
            self.blocks.end()
            self.blocks.kind, self._table = outer
        elif apart:
            self.blocks.add(" ")

    def _begin(self, element: etree._Element, tag: str, *, row: bool) -> None:
        """Notes of what kind the blocks in `element` are."""
        if tag == "table":
            self._tables += 1
            self._table = self._tables
        elif row and self._table:
            self.blocks.kind = Kind(Role.TABLE, int(_is_head(element)), self._table)
        elif tag in tags.HEADINGS:
            self.blocks.kind = Kind(Role.HEADING, int(tag[1]))
        elif _role(element) in tags.NOTES or _NOTES.search(element.get("class") or ""):
            self.blocks.kind = Kind(Role.FOOTNOTE)

    def _children(self, element: etree._Element, tag: str) -> None:
        self._exact += tag == "pre"
        self.blocks.add(element.text or "", exact=self._exact > 0)
        for child in element:
            self.into(child)
            self.blocks.add(child.tail or "", exact=self._exact > 0)
        self._exact -= tag == "pre"

    def _left_out(self, element: etree._Element, tag: str) -> bool:
        if tag in tags.UNSHOWN or tag in tags.CONTROLS:
            return True
        if "hidden" in element.attrib or _HIDING.search(element.get("style") or ""):
            self.hidden += any(text.strip() for text in element.itertext())
            return True
        return not self._whole and self._surrounds(element, tag)

    def _surrounds(self, element: etree._Element, tag: str) -> bool:
        role = _role(element)
        if role in tags.NOTES:
            return False
        if role in tags.SURROUNDING_ROLES or tag in tags.SURROUNDINGS:
            return True
        if tag in {"header", "footer"}:
            return not self._sections
        # Some sites put the whole page into one form.
        return tag == "form" and element.find(".//p") is None


def _name(element: etree._Element) -> str:
    """The tag in lower case without its namespace."""
    return element.tag.rpartition(":")[2].lower()


def _role(element: etree._Element) -> str:
    return (element.get("role") or element.get("epub:type") or "").lower()


def _is_head(row: etree._Element) -> bool:
    """Whether a table's row heads the others."""
    parent = row.getparent()
    within = parent is not None and _name(parent) == "thead"
    return within or all(_name(cell) == "th" for cell in row if _name(cell) in tags.CELLS)


def _is_row(element: etree._Element) -> bool:
    """Whether a table's row holds values, and not the columns of a page's layout."""
    cells = [child for child in element if _name(child) in tags.CELLS]
    return len(cells) > 1 and not any(
        len(cell.findall(".//p")) > 1 or any(cell.find(f".//{tag}") is not None for tag in _INNER)
        for cell in cells
    )
