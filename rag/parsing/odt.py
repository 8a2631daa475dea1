"""ODT: paragraphs, headings and tables in the order of the file, then its notes.

Deleted text under tracked changes, comments and running heads are not in the text. The pages are
made by the program that prints the file, so it is one page here.
"""

from __future__ import annotations

from lxml import etree

from rag.errors import DamagedDocumentError, EncryptedDocumentError
from rag.parsing.archive import Archive
from rag.parsing.blocks import Blocks, Kind
from rag.parsing.cleaning import clean_line
from rag.parsing.extract import Extract, numbered
from rag.parsing.limits import Limits
from rag.parsing.markup import attribute, local, tree
from rag.types import Role

_LEFT_OUT = frozenset({"annotation", "tracked-changes", "forms", "sequence-decls", "desc", "title"})
_MANIFEST = "META-INF/manifest.xml"
_META = "meta.xml"
_MOST_SPACES = 100


def read(archive: Archive, limits: Limits) -> Extract:
    """One page: the body, and after it each note with its number, "1 See the report."."""
    if _MANIFEST in archive.names and b"encryption-data" in archive.read(_MANIFEST):
        path = archive.path
        raise EncryptedDocumentError(path, "is protected by a password; save a copy without one")
    root = tree(archive.read("content.xml"), archive.path)
    body = next((element for element in root if local(element) == "body"), None)
    if body is None:
        raise DamagedDocumentError(archive.path, "is an OpenDocument file without a body")
    walk = _Walk()
    walk.into(body)
    walk.notes()
    return Extract(numbered([walk.blocks.marked()], archive.path, limits), _title(archive))


def _title(archive: Archive) -> str:
    if _META not in archive.names:
        return ""
    elements = tree(archive.read(_META), archive.path).iter()
    title = next((element for element in elements if local(element) == "title"), None)
    return clean_line(title.text or "") if title is not None else ""


class _Walk:
    """One way through a file, in its order."""

    def __init__(self) -> None:
        self.blocks = Blocks()
        self._notes: list[etree._Element] = []
        self._rows = 0
        self._table = 0
        self._tables = 0

    def into(self, element: etree._Element) -> None:
        """Takes what `element` holds, without what follows it."""
        name = local(element)
        if name == "note":
            self._notes.append(element)
        elif name == "note-citation":
            self.blocks.add("".join(map(str, element.itertext())) + " ")
        elif name == "s":
            count = attribute(element, "c")
            self.blocks.add(" " * min(int(count) if count.isdecimal() else 1, _MOST_SPACES))
        elif name in {"tab", "line-break"}:
            self.blocks.add("\t" if name == "tab" else "\n", exact=True)
        elif name in {"p", "h", "table-row"}:
            self._block(element, name)
        elif name == "table":
            outer = self._table
            self._tables += 1
            self._table = self._tables
            self._all(element)
            self._table = outer
        elif name not in _LEFT_OUT:
            if name == "table-cell" and self._rows:
                self.blocks.cell()
            self._all(element)

    def notes(self) -> None:
        """The notes that were met on the way."""
        self._rows += 1
        while self._notes:
            self.blocks.end()
            self.blocks.kind = Kind(Role.FOOTNOTE)
            self._all(self._notes.pop(0))
        self._rows -= 1
        self.blocks.end()
        self.blocks.kind = None

    def _block(self, element: etree._Element, name: str) -> None:
        if self._rows:
            # Inside a row or a note, paragraphs are lines.
            self.blocks.add(" ")
            self._text(element)
            return
        self.blocks.end()
        self.blocks.kind = self._kind(element, name)
        self._rows += name == "table-row"
        if name == "table-row":
            self._all(element)
        else:
            self._text(element)
        self._rows -= name == "table-row"
        self.blocks.end()
        self.blocks.kind = None

    def _kind(self, element: etree._Element, name: str) -> Kind | None:
        if name == "table-row":
            parent = element.getparent()
            head = parent is not None and local(parent) == "table-header-rows"
            return Kind(Role.TABLE, int(head), self._table)
        if name == "h":
            level = attribute(element, "outline-level")
            return Kind(Role.HEADING, int(level) if level.isdecimal() else 1)
        return None

    def _text(self, element: etree._Element) -> None:
        self.blocks.add(element.text or "")
        for child in element:
            self._inline(child)
            self.blocks.add(child.tail or "")

    def _inline(self, element: etree._Element) -> None:
        if local(element) in {"span", "a", "meta", "ruby", "ruby-base"}:
            self._text(element)
        else:
            self.into(element)

    def _all(self, element: etree._Element) -> None:
        for child in element:
            self.into(child)
