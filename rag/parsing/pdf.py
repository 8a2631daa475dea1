"""PDF: pdfium for the text, pypdf for labels and title, and for the text where pdfium fails."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pypdfium2 as pdfium
from pypdf import PdfReader, overwrite_configuration
from pypdfium2.raw import FPDFText_GetUnicode as code_at

from rag.errors import (
    DamagedDocumentError,
    EncryptedDocumentError,
    NoTextError,
    TooComplexError,
)
from rag.parsing.cleaning import clean, clean_line
from rag.parsing.extract import Extract
from rag.parsing.limits import Limits

_WRONG_PASSWORD = 4
_LONGEST_LABEL = 32
# pdfium puts one of the first two for a hyphen that ends a line, together with the line break;
# on real filings five in six are part of the word ("non-GAAP"), so none is dropped.
# The other two are the bullets of the Symbol and Wingdings fonts.
_ARTEFACTS = str.maketrans({"\x02": "-\n", "\ufffe": "-\n", "\uf0b7": "•", "\uf0a7": "▪"})


def read(data: bytes, path: str, limits: Limits) -> Extract:
    """All pages in file order; raises ParseError."""
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
    texts: list[str] = []
    failed: list[str] = []
    characters = 0
    for number, text in enumerate(_texts(document, reader, count), start=1):
        if text is None:
            failed.append(str(number))
        texts.append(text or "")
        characters += len(texts[-1])
        if characters > limits.characters:
            raise TooComplexError(path, f"holds more than {limits.characters:,} characters")
    _check_text(path, texts, failed)
    remarks = (f"page {', '.join(failed)} could not be read",) if failed else ()
    return Extract(tuple(zip(_labels(reader, count), texts, strict=True)), _title(reader), remarks)


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


def _check_text(path: str, texts: list[str], failed: list[str]) -> None:
    if any(text.strip() for text in texts):
        return
    if not texts:
        raise NoTextError(path, "has no pages")
    if len(failed) == len(texts):
        raise DamagedDocumentError(path, "is a damaged PDF of which no page can be read")
    scans = "1 page is a scan" if len(texts) == 1 else f"{len(texts):,} pages are scans"
    raise NoTextError(path, f"its {scans} without a text layer")


def _texts(
    document: pdfium.PdfDocument | None, reader: PdfReader | None, count: int
) -> Iterator[str | None]:
    """Each page's clean text, None where both parsers fail."""
    for number in range(count):
        text = None if document is None else _pdfium_text(document, number)
        yield _pypdf_text(reader, number) if text is None else text


def _pdfium_text(document: pdfium.PdfDocument, number: int) -> str | None:
    """Characters in the order of pdfium's own index, then `_ARTEFACTS` and `clean`.

    Both replace match by match, so that an offset leads back to an index, and so to a box.
    """
    try:
        page = document[number]
        textpage = page.get_textpage()
        count = textpage.count_chars()
        raw = textpage.get_text_range()
        if len(raw) != count:
            # The quick way leaves out characters without meaning, and the index with them.
            raw = "".join(chr(code_at(textpage, at)) for at in range(count))
        page.close()
    except pdfium.PdfiumError:
        return None
    return clean(raw.translate(_ARTEFACTS))


def _pypdf_text(reader: PdfReader | None, number: int) -> str | None:
    try:
        return None if reader is None else clean(reader.pages[number].extract_text())
    except Exception:  # noqa: BLE001 - as above
        return None


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
