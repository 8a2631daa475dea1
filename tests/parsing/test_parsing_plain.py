"""Plain text and Markdown, read through the whole parser."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import NoTextError, ParseError, TooComplexError, UnsupportedFormatError
from rag.parsing.folder import FolderParser
from rag.parsing.limits import Limits
from rag.text import sentences
from rag.types import Document

DOCUMENTS = Path(__file__).parents[2] / "documents"


def test_the_statement_comes_through_byte_for_byte(limits: Limits) -> None:
    """The shipped statement's text is its file, and the catalogue attributes it."""
    path = DOCUMENTS / "ombudsman-statement-2023-01-15.txt"
    parser = FolderParser(DOCUMENTS, limits)
    bare = parser.parse(path)
    assert bare.text.encode() == path.read_bytes()
    assert bare.id == parser.identify(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [page.label for page in bare.pages] == ["1"]
    statement = parser.describe(bare)
    assert statement.attribution == "Ombudsman of Azerbaijan, 15 January 2023"
    assert statement.title.startswith("Statement of the Ombudsman of Azerbaijan")
    assert (statement.language, statement.licence) == ("en", "not stated")
    assert parser.note(statement) == ""
    assert statement.path not in parser.absent()


TEXT = "Übergriffe “hüquq” Հայաստան\n"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(TEXT.encode(), TEXT, id="UTF-8"),
        pytest.param(codecs.BOM_UTF8 + TEXT.encode(), TEXT, id="UTF-8 with mark"),
        pytest.param(codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), TEXT, id="UTF-16 LE"),
        pytest.param(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), TEXT, id="UTF-16 BE"),
        pytest.param(codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), TEXT, id="UTF-32 LE"),
        pytest.param(b"one\r\ntwo\rthree", "one\ntwo\nthree", id="line ends"),
        pytest.param(b"x" * 1_000_000, "x" * 1_000_000, id="one enormous line"),
    ],
)
def test_encodings(read: Callable[..., Document], data: bytes, text: str) -> None:
    """A byte order mark decides, else UTF-8; the mark is no part of the text."""
    assert read("a.txt", data).text == text


GUESSES = [
    ("cp1251", "Мины унесли жизни 36 мирных жителей."),
    ("cp1251", "Отчёт HRW за 2022 год («World Report»)."),
    ("cp1254", "Mayınlar nedeniyle 36 sivil hayatını kaybetti."),
    ("cp1254", "İnsan hakları örgütünün raporu değiştirildi."),
    ("cp1254", "Işık ağacı."),
    ("cp1254", "Azärbaycanın Ombudsmanı bäyanat yayıb."),
    ("cp1252", "“Überblick” 5 €"),
    ("cp1252", "The “Ombudsman” – in 2023 – said: it’s 5 €."),
    ("cp1252", "Café résumé"),
    ("cp1252", "Le rapport a été publié à l’été dernier."),
    ("cp1252", "§ 5 Für Österreich"),
]


@pytest.mark.parametrize(("encoding", "text"), GUESSES)
def test_a_guessed_encoding_is_noted(
    tmp_path: Path, limits: Limits, encoding: str, text: str
) -> None:
    """Of what is not UTF-8 even a short sentence tells its code page, and the note says which."""
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    parser = FolderParser(tmp_path, limits)
    document = parser.parse(path)
    assert document.text == text
    assert parser.note(document) == f"not UTF-8: read as {encoding.replace('cp', 'Windows-')}"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_an_encoding_that_a_mark_tells_is_noted(
    tmp_path: Path, limits: Limits, encoding: str
) -> None:
    """What is not UTF-8 is named, also where nothing was guessed."""
    path = tmp_path / "a.txt"
    path.write_bytes("\N{ZERO WIDTH NO-BREAK SPACE}Мины и карты".encode(encoding))
    parser = FolderParser(tmp_path, limits)
    document = parser.parse(path)
    assert document.text == "Мины и карты"
    assert parser.note(document) == f"{encoding.upper()} text"


def test_a_broken_character_in_sound_text(tmp_path: Path, limits: Limits) -> None:
    """One broken byte in UTF-8 is one replaced character, and not another encoding."""
    path = tmp_path / "a.txt"
    path.write_bytes("Мины и \udcff карты".encode("utf-8", "surrogateescape"))
    parser = FolderParser(tmp_path, limits)
    document = parser.parse(path)
    assert document.text == "Мины и \N{REPLACEMENT CHARACTER} карты"
    assert parser.note(document) == "broken UTF-8 text"


def test_form_feeds_divide_pages(read: Callable[..., Document]) -> None:
    """Each form feed begins a page, the pages tile the text, and blank pages are noted."""
    document = read("a.txt", b"first page\fsecond\n\f\fthird\f")
    assert [page.span.of(document.text) for page in document.pages] == [
        "first page\n",
        "second\n",
        "",
        "third",
    ]
    assert [page.label for page in document.pages] == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("name", "data", "error", "reason"),
    [
        ("a.txt", b"", NoTextError, "is empty"),
        ("a.md", b" \n\t\f\n", NoTextError, "is blank"),
        ("a.txt", codecs.BOM_UTF8, NoTextError, "is blank"),
        ("a.txt", bytes(range(256)), UnsupportedFormatError, "binary"),
        ("a.txt", "no mark".encode("utf-16-le"), UnsupportedFormatError, "binary"),
        ("noname", b"text", UnsupportedFormatError, "convert it to .pdf, .docx, .html, .txt or"),
    ],
)
def test_refusals(
    refusal: Callable[..., ParseError], name: str, data: bytes, error: type[ParseError], reason: str
) -> None:
    """What cannot be read is refused with the fitting error, by its path in the folder."""
    refused = refusal(name, data)
    assert type(refused) is error
    assert reason in refused.reason
    assert refused.path == name


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"characters": 9}, "holds more than 9 characters"),
        ({"pages": 1}, "has more than 1 pages"),
        ({"file_bytes": 5}, "is larger than 5 bytes"),
    ],
)
def test_limits_of_text(
    refusal: Callable[..., ParseError], limits: Limits, change: dict[str, int], reason: str
) -> None:
    """Text over a limit of characters, pages or bytes is too complex, and the limit is named."""
    refused = refusal("a.txt", b"one\ftwo and three", replace(limits, **change))
    assert type(refused) is TooComplexError
    assert refused.reason == reason


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("a.csv", "Region,Victims\nAghdam,12\n", "Region,Victims\n\nAghdam,12\n"),
        ("a.csv", '"a; b";"line\nbreak"\r\n"c ""d""";5', '"a; b";"line\nbreak"\n\n"c ""d""";5\n'),
        ("a.tsv", "Region\tVictims, all\nAghdam\t12", "Region\tVictims, all\n\nAghdam\t12\n"),
        ("a.csv", "x" * 200_000 + "\n\nlast", "x" * 200_000 + "\n\nlast\n"),
        ("a.csv", '"never closed\nb', '"never closed\nb\n'),
    ],
)
def test_tables(read: Callable[..., Document], name: str, data: str, text: str) -> None:
    """Each row stands as the file writes it, with a blank line after it."""
    assert read(name, data.encode()).text == text


def test_rows_are_not_run_together(read: Callable[..., Document]) -> None:
    """Every row of a long table is found in it once, and no sentence is longer than some rows."""
    rows = [f"District {number},{number} victims counted in the year" for number in range(500)]
    document = read("a.csv", "\n".join(rows).encode())
    assert all(document.text.count(row + "\n") == 1 for row in rows)
    assert max(len(span) for span in sentences(document.text)) < 400
