"""XML as office files hold it: without a document type, and so without entities."""

from __future__ import annotations

import codecs
import re

from lxml import etree

from rag.errors import DamagedDocumentError, TooComplexError

_DOCTYPE = re.compile(rb"<\s*!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def tree(data: bytes, path: str) -> etree._Element:
    """The root element; raises DamagedDocumentError or TooComplexError.

    Nothing outside the data is read: a document type is refused before anything is parsed.
    """
    # In UTF-16 the same letters have zeros between them.
    if _DOCTYPE.search(data.replace(b"\0", b"")):
        raise DamagedDocumentError(path, "defines entities in its XML, which such files never do")
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise DamagedDocumentError(path, "is written in an encoding that such files never have")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        check(parser, path)
        raise DamagedDocumentError(path, "holds broken XML") from error


def check(parser: etree.XMLParser | etree.HTMLParser, path: str) -> None:
    """Whether the parser stopped at a limit: raises MemoryError, or TooComplexError for depth.

    It goes no deeper than 255 elements.
    """
    reasons = {entry.type_name for entry in parser.error_log}
    if "ERR_NO_MEMORY" in reasons:
        raise MemoryError
    if "ERR_RESOURCE_LIMIT" in reasons:
        raise TooComplexError(path, "holds elements nested too deeply to be read")


def local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def attribute(element: etree._Element, name: str) -> str:
    """The value of the attribute of that name in any namespace, or an empty text."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return ""
