"""E-mail, read through the whole parser."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from rag.errors import EncryptedDocumentError, ParseError
from rag.parsing.folder import FolderParser
from rag.parsing.limits import Limits
from rag.types import Document

HEADERS = """From: Büro <office@example.org>
To: press@example.org
Date: Sun, 15 Jan 2023 10:00:00 +0400
Subject: On mines — and maps"""


def _message() -> EmailMessage:
    message = EmailMessage()
    message["Message-ID"] = "<1@example.org>"
    for line in HEADERS.split("\n"):
        name, _, value = line.partition(": ")
        message[name] = value
    return message


def test_headers_text_and_attachments(tmp_path: Path, limits: Limits) -> None:
    """Headers come first, then the plain text; attachments are named in the note, and not read."""
    message = _message()
    message.set_content("Mines hit 274 people — “civilians” too.\n")
    message.add_alternative("<p>Not this one.</p>", subtype="html")
    for name in ("annex.pdf", "maps.zip"):
        message.add_attachment(b"%PDF-", maintype="application", subtype="x", filename=name)
    (tmp_path / "a.eml").write_bytes(bytes(message))
    parser = FolderParser(tmp_path, limits)
    document = parser.parse(tmp_path / "a.eml")
    assert document.text == f"{HEADERS}\n\nMines hit 274 people — “civilians” too.\n"
    assert document.title == "On mines — and maps"
    assert parser.note(document) == "attachments not read: annex.pdf, maps.zip"


@pytest.mark.parametrize("name", ["a.eml", "a.txt"])
def test_a_message_in_html(tmp_path: Path, limits: Limits, name: str) -> None:
    """Without a plain text the HTML is read as HTML is, whatever the file's name."""
    message = _message()
    page = "<h1>Head</h1><p>Мины.</p><p hidden>x</p><img src='http://a.test/pixel'>"
    message.set_content(page, subtype="html", charset="koi8-r", cte="quoted-printable")
    (tmp_path / name).write_bytes(bytes(message))
    parser = FolderParser(tmp_path, limits)
    document = parser.parse(tmp_path / name)
    assert document.text == f"{HEADERS}\n\nHead\n\nМины."
    assert parser.note(document) == (
        "not UTF-8: read as koi8-r, which it declares; 1 hidden part left out"
    )


@pytest.mark.parametrize(
    "text",
    [
        "From: the Office\nTo: all\nDate: today\nSubject: mines\n\nText.\n",
        "Received: on 12 May\nReference: 5\n\nText.\n",
    ],
)
def test_a_memorandum_is_text(read: Callable[..., Document], text: str) -> None:
    """A text that begins like a letter stays the text that it is."""
    assert read("a.txt", text.encode()).text == text


def test_encrypted_mail(refusal: Callable[..., ParseError]) -> None:
    """An encrypted message is refused as such."""
    data = b"MIME-Version: 1.0\nContent-Type: multipart/encrypted; boundary=x\n\n--x--\n"
    assert type(refusal("a.eml", data)) is EncryptedDocumentError


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n)
                     for n in range(3_000)),
            id="nested"),
        pytest.param(b"Subject: " + b"=?utf-8?q?a?= " * 100_000 + b"\n\nx", id="subject"),
        pytest.param(b"To: " + b"(" * 100_000 + b"\n\nx", id="comments"),
        pytest.param(b"To: " + b"a@b.c, " * 100_000 + b"\n\nx", id="addresses"),
        pytest.param(b"", id="empty"),
    ],
)  # fmt: skip
def test_hostile_messages(read: Callable[..., Document], limits: Limits, data: bytes) -> None:
    """Messages made to cost time or depth are read, or refused with a status, in time."""
    started = time.monotonic()
    with contextlib.suppress(ParseError):
        assert read("a.eml", data, replace(limits, seconds=8, cpu_seconds=1)).text
    assert time.monotonic() - started < 9
