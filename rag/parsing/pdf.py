"""PDF: pdfium for the text, pypdf for labels and title, and for the text where pdfium fails."""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Iterator, Sequence

import pypdfium2 as pdfium
from pypdf import PdfReader, overwrite_configuration

from rag.errors import (
    DamagedDocumentError,
    EncryptedDocumentError,
    NoTextError,
    TooComplexError,
)
from rag.parsing.cleaning import clean_line
from rag.parsing.extract import Extract, Leaf
from rag.parsing.limits import Limits
from rag.parsing.outline import Entry, entries_of
from rag.parsing.page_reading import PageRead, pages_of, recognise, said
from rag.parsing.recognise import Recogniser
from rag.parsing.roles import parts_of
from rag.parsing.scans import Layer

_WRONG_PASSWORD = 4
_LONGEST_LABEL = 32
_FEW_SECONDS = 5.0
_PAGE_SECONDS = 0.5
"""Of the processor: ten times what a dense page takes. A small file can ask for far more."""
_LATE = "the time for recognising ran out (parsing.ocr_seconds)"


def read(data: bytes, path: str, limits: Limits, recogniser: Recogniser | None = None) -> Extract:
    """All pages in file order, scans by a `recogniser`; raises ParseError."""
    # pypdf's own limits hold for one stream or page; a small file can share one among thousands.
    overwrite_configuration(
        stream_parsing_work_maximum_count=500_000,
        zlib_maximum_output_length=20_000_000,
        page_tree_maximum_entries=2 * limits.pages,
        disable_legacy_handling=True,
    )
    document = _pdfium(data, path)
    reader = _pypdf(data, path)
    count = _count(reader) if document is None else len(document)
    if count is None:
        raise DamagedDocumentError(path, "is a damaged PDF that no parser can open")
    if count > limits.pages:
        raise TooComplexError(path, f"has {count:,} pages, more than {limits.pages:,}")
    pages = list(_within(limits, path, pages_of(document, reader, count)))
    obstacle = _recognised(document, pages, recogniser)
    _check_text(path, pages, obstacle)
    labels, outline = _labels(reader, count), entries_of(document)
    return Extract(_leaves(pages, labels, outline), _title(reader), tuple(said(pages, obstacle)))


def _within(limits: Limits, path: str, pages: Iterable[PageRead]) -> Iterator[PageRead]:
    """The pages, as long as they hold no more than allowed and cost no more than pages do."""
    characters = 0
    started = time.process_time()
    for number, page in enumerate(pages, start=1):
        characters += len(page.sheet.text)
        if characters > limits.characters:
            raise TooComplexError(path, f"holds more than {limits.characters:,} characters")
        if time.process_time() - started > _FEW_SECONDS + _PAGE_SECONDS * number:
            raise TooComplexError(path, f"has pages that take too long to read (page {number:,})")
        yield page


def _recognised(
    document: pdfium.PdfDocument | None, pages: Sequence[PageRead], recogniser: Recogniser | None
) -> str | None:
    """Has the scans recognised; returns what is in the way, empty if nothing is, None if that is
    not asked for.
    """
    if recogniser is None or document is None:
        return None
    if all(page.layer is Layer.GOOD for page in pages):
        return ""
    obstacle = recogniser.obstacle()
    if not obstacle:
        recognise(document, pages, recogniser)
    return _LATE if recogniser.late else obstacle


def _leaves(
    pages: Sequence[PageRead], labels: Sequence[str], outline: Sequence[Entry]
) -> tuple[Leaf, ...]:
    sheets = [page.sheet for page in pages]
    parts = parts_of(sheets, [page.parts for page in pages], labels, outline)
    each = zip(labels, sheets, parts, strict=True)
    return tuple(Leaf(label, sheet.text, tuple(found)) for label, sheet, found in each)


def _pdfium(data: bytes, path: str) -> pdfium.PdfDocument | None:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code == _WRONG_PASSWORD:
            raise EncryptedDocumentError(path, _ENCRYPTED) from error
        return None


_ENCRYPTED = "is protected by a password; save a copy without one"


def _pypdf(data: bytes, path: str) -> PdfReader | None:
    try:
        reader = PdfReader(io.BytesIO(data))
        locked = reader.is_encrypted and not reader.decrypt("")
    except Exception:  # noqa: BLE001 - pypdf asks its users to expect any
        return None
    if locked:
        raise EncryptedDocumentError(path, _ENCRYPTED)
    return reader


def _count(reader: PdfReader | None) -> int | None:
    try:
        return None if reader is None else len(reader.pages)
    except Exception:  # noqa: BLE001 - as above
        return None


def _check_text(path: str, pages: Sequence[PageRead], obstacle: str | None) -> None:
    if any(page.sheet.text.strip() for page in pages):
        return
    if not pages:
        raise NoTextError(path, "has no pages")
    if all(page.failed for page in pages):
        raise DamagedDocumentError(path, "is a damaged PDF of which no page can be read")
    unread = [page.layer for page in pages if page.layer is not Layer.GOOD]
    if not unread:
        raise NoTextError(path, "is blank")
    raise NoTextError(path, _unreadable(unread, obstacle))


def _unreadable(layers: Sequence[Layer], obstacle: str | None) -> str:
    """What is said of these pages, none of which has text that can be read."""
    one = len(layers) == 1
    pages = "its 1 page" if one else f"its {len(layers):,} pages"
    because = f": {obstacle}" if obstacle else ""
    if set(layers) == {Layer.GARBLED}:
        unnamed = f"{pages} {'does' if one else 'do'} not say which letters are printed"
        return unnamed + (", and none were recognised" if obstacle == "" else because)
    scans = f"{pages} {'is a scan' if one else 'are scans'}"
    if obstacle == "":
        return f"{scans} in which no text was recognised"
    return f"{scans} without a text layer{because}"


def _labels(reader: PdfReader | None, count: int) -> list[str]:
    """The printed label of each page, its number where there is none."""
    numbers = [str(number) for number in range(1, count + 1)]
    try:
        labels = [] if reader is None else reader.page_labels
    except Exception:  # noqa: BLE001 - as above
        return numbers
    if len(labels) != count:
        return numbers
    printed = (clean_line(label)[:_LONGEST_LABEL] for label in labels)
    return [label or number for label, number in zip(printed, numbers, strict=True)]


def _title(reader: PdfReader | None) -> str:
    """The title among the properties. Their author and date are those of the file's making, which
    on real filings name the converter and its day: nobody is quoted under such a name.
    """
    try:
        properties = None if reader is None else reader.metadata
        return clean_line(properties.title or "") if properties else ""
    except Exception:  # noqa: BLE001 - as above
        return ""
