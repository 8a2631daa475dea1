"""DOCX: paragraphs, headings and tables in the order of the file, then its notes.

Text that was deleted or moved away under "track changes" and text marked as hidden is left out,
the latter counted. Running heads, comments and the numbers that Word computes are not in the text.
A Word file has no pages until it is printed, so it is one page here.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from rag.errors import DamagedDocumentError
from rag.parsing.archive import Archive
from rag.parsing.blocks import Blocks, Kind
from rag.parsing.cleaning import clean_line
from rag.parsing.extract import Extract, numbered
from rag.parsing.html import hidden_remark
from rag.parsing.limits import Limits
from rag.parsing.markup import attribute, local, tree
from rag.parsing.styles import Styles, styles_of
from rag.types import Role

_CHARACTERS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n"} | {
    "noBreakHyphen": "\N{NON-BREAKING HYPHEN}",
    "softHyphen": "\N{SOFT HYPHEN}",
}
_LEFT_OUT = frozenset(
    [
        "del",
        "moveFrom",
        "delText",
        "instrText",
        "rPr",
        "pPr",
        "tblPr",
        "tblGrid",
        "trPr",
        "tcPr",
        "sectPr",
        "sdtPr",
        "Fallback",
    ]
)
_NOTES = {"footnoteReference": "footnote", "endnoteReference": "endnote"}
_LINES = 3
"""A cell of more paragraphs than this is a text of its own."""
_CORE = "docProps/core.xml"


def read(archive: Archive, limits: Limits) -> Extract:
    """One page: the body, and after it each note that it refers to, "1 See the report."."""
    body = next(_named(tree(archive.read("word/document.xml"), archive.path), "body"), None)
    if body is None:
        raise DamagedDocumentError(archive.path, "is a Word file without a body")
    walk = _Walk(styles_of(archive))
    walk.into(body)
    for kind in ("footnote", "endnote"):
        part = f"word/{kind}s.xml"
        if part in archive.names:
            walk.notes(kind, tree(archive.read(part), archive.path))
    macros = any(name.endswith("vbaProject.bin") for name in archive.names)
    remarks = (*hidden_remark(walk.hidden), *(("its macros were not read",) if macros else ()))
    return Extract(numbered([walk.blocks.marked()], archive.path, limits), _title(archive), remarks)


def _title(archive: Archive) -> str:
    if _CORE not in archive.names:
        return ""
    title = next(_named(tree(archive.read(_CORE), archive.path), "title"), None)
    return clean_line(title.text or "") if title is not None else ""


def _named(root: etree._Element, name: str) -> Iterator[etree._Element]:
    return (element for element in root.iter() if local(element) == name)


def _is_layout(row: etree._Element) -> bool:
    """Whether a table's row sets whole pieces of text side by side, and not values."""
    return any(
        sum(1 for _ in _named(cell, "p")) > _LINES or next(_named(cell, "tbl"), None) is not None
        for cell in row
    )


class _Walk:
    """One way through a file, in its order."""

    def __init__(self, styles: Styles) -> None:
        self.blocks = Blocks()
        self._styles = styles
        self._table = 0
        self._tables = 0
        self.hidden = 0
        # In the order of their first mention; a note may be cited again.
        self._cited: dict[str, dict[str, None]] = {"footnote": {}, "endnote": {}}
        self._boxes: list[etree._Element] = []
        self._rows = 0
        self._begun = False

    def into(self, element: etree._Element) -> None:
        """Takes what `element` holds."""
        name = local(element)
        if name == "t":
            self._add(element.text or "")
        elif name in _CHARACTERS:
            self.blocks.add(_CHARACTERS[name], exact=True)
        elif name in _NOTES:
            self._cited[_NOTES[name]][attribute(element, "id")] = None
        elif name == "txbxContent":
            # A text box hangs in the middle of a paragraph, and is read after it.
            self._boxes.append(element)
        elif name in _LEFT_OUT or (name == "r" and self._is_hidden(element)):
            return
        elif name in {"p", "tr"}:
            self._block(element)
        elif name == "tbl":
            outer = self._table
            self._tables += 1
            self._table = self._tables
            self._all(element)
            self._table = outer
        else:
            self._cell(name)
            self._all(element)

    def notes(self, kind: str, part: etree._Element) -> None:
        """The notes of one part that were cited, in the order of their numbers."""
        texts = {attribute(note, "id"): note for note in part}
        for number, identity in enumerate(self._cited[kind], start=1):
            if identity in texts:
                self.blocks.end()
                self.blocks.kind = Kind(Role.FOOTNOTE)
                self._rows += 1
                self.blocks.add(f"{number} ")
                self._begun = True
                self._all(texts[identity])
                self._rows -= 1
                self.blocks.end()
                self.blocks.kind = None

    def _add(self, text: str) -> None:
        """Text as it is; but a note's own space before its first word is the number's already."""
        text = text.lstrip() if self._begun else text
        self._begun = self._begun and not text
        self.blocks.add(text, exact=True)

    def _block(self, element: etree._Element) -> None:
        row = local(element) == "tr" and not _is_layout(element)
        if self._rows:
            # Inside a row or a note, paragraphs are lines.
            self.blocks.add(" ")
            self._all(element)
            return
        self.blocks.end()
        self.blocks.kind = self._kind(element, row=row)
        self._rows += row
        self._all(element)
        self._rows -= row
        self.blocks.end()
        self.blocks.kind = None
        while self._boxes and not self._rows:
            self._all(self._boxes.pop(0))

    def _kind(self, element: etree._Element, *, row: bool) -> Kind | None:
        if row:
            head = next(_named(element, "tblHeader"), None) is not None
            return Kind(Role.TABLE, int(head), self._table)
        level = self._styles.level(element) if local(element) == "p" else 0
        return Kind(Role.HEADING, level) if level else None

    def _cell(self, name: str) -> None:
        if name == "tc" and self._rows:
            self.blocks.cell()

    def _all(self, element: etree._Element) -> None:
        for child in element:
            self.into(child)

    def _is_hidden(self, run: etree._Element) -> bool:
        """Whether a run is marked as hidden; counted, if it holds text."""
        properties = next((child for child in run if local(child) == "rPr"), None)
        marks = [] if properties is None else list(properties)
        found = next((each for each in marks if local(each) == "vanish"), None)
        if found is None or attribute(found, "val") in {"0", "false", "off"}:
            return False
        self.hidden += any((each.text or "").strip() for each in _named(run, "t"))
        return True
