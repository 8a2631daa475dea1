"""EPUB: the parts of the book in their reading order, each a page under its number.

What a book prints as pages is not in the file: a part, mostly a chapter, is what it can be cited
by.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote

from lxml import etree

from rag.errors import DamagedDocumentError, EncryptedDocumentError
from rag.parsing.archive import Archive
from rag.parsing.cleaning import clean_line
from rag.parsing.encoding import decode
from rag.parsing.extract import Extract, Marked, numbered
from rag.parsing.html import hidden_remark, shown
from rag.parsing.limits import Limits
from rag.parsing.markup import attribute, local, tree

_CONTAINER = "META-INF/container.xml"
_RIGHTS = "META-INF/rights.xml"
_MARKUP = frozenset({"application/xhtml+xml", "text/html"})


def read(archive: Archive, limits: Limits) -> Extract:
    """One page for each part of the spine; raises ParseError."""
    if _RIGHTS in archive.names:
        reason = "is an e-book under copy protection; use a copy without it"
        raise EncryptedDocumentError(archive.path, reason)
    package = _package(archive)
    book = tree(archive.read(package), archive.path)
    hidden = 0
    pages: list[Marked] = []
    for name in _spine(book, posixpath.dirname(package)):
        markup, _ = decode(archive.read(name))
        page, _, unseen = shown(markup, archive.path)
        pages.append(page)
        hidden += unseen
    return Extract(numbered(pages, archive.path, limits), _title(book), hidden_remark(hidden))


def _package(archive: Archive) -> str:
    """The name of the part that lists all others."""
    container = tree(archive.read(_CONTAINER), archive.path)
    for element in container.iter():
        if local(element) == "rootfile":
            return attribute(element, "full-path")
    raise DamagedDocumentError(archive.path, "is an e-book that does not say where its text is")


def _spine(book: etree._Element, folder: str) -> Iterator[str]:
    """The names of the parts that hold text, in reading order, each once."""
    items = {attribute(each, "id"): each for each in book.iter() if local(each) == "item"}
    references = (attribute(each, "idref") for each in book.iter() if local(each) == "itemref")
    for reference in dict.fromkeys(references):
        item = items.get(reference)
        if item is not None and attribute(item, "media-type") in _MARKUP:
            yield posixpath.normpath(posixpath.join(folder, unquote(attribute(item, "href"))))


def _title(book: etree._Element) -> str:
    title = next((each for each in book.iter() if local(each) == "title"), None)
    return clean_line(title.text or "") if title is not None else ""
