"""The folder: what is listed, how files are named and guarded, and pages against a slow scan."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import (
    ConfigError,
    DamagedDocumentError,
    ParseError,
    TooComplexError,
    UnsupportedFormatError,
)
from rag.parsing import child, folder
from rag.parsing.extract import Extract, Leaf
from rag.parsing.folder import FolderParser
from rag.parsing.limits import Limits
from rag.ports import Parser
from rag.types import Document, Page, Span


def _touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def test_listing(tmp_path: Path, limits: Limits) -> None:
    """Files at any depth are listed in order, but no hidden or temporary ones or catalogue."""
    _touch(tmp_path, "b.txt", "a/z.txt", "a/catalogue.toml", "README.md", "x.zip")
    _touch(tmp_path, ".hidden", ".git/config", "~$b.docx", "b.txt~", "c.pdf.part", ".~lock.b#")
    (tmp_path / "catalogue.toml").write_text("")
    parser: Parser = FolderParser(tmp_path, limits)
    listed = [path.relative_to(tmp_path).as_posix() for path in parser.paths()]
    assert listed == ["README.md", "a/catalogue.toml", "a/z.txt", "b.txt", "x.zip"]


@pytest.mark.parametrize("name", ["missing", "file.txt"])
def test_an_unusable_folder(tmp_path: Path, limits: Limits, name: str) -> None:
    """A missing folder, or a file in its place, is one sentence without the way to it."""
    _touch(tmp_path, "file.txt")
    with pytest.raises(ConfigError, match="cannot be listed") as caught:
        FolderParser(tmp_path / name, limits).paths()
    assert str(tmp_path) not in str(caught.value)


def test_a_part_that_cannot_be_listed_has_a_status(
    tmp_path: Path, limits: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A subfolder that the system refuses to list is listed itself, and refused with the reason."""
    _touch(tmp_path, "a.txt", "closed/b.txt")
    scan = os.scandir

    def scandir(path: str | Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    parser = FolderParser(tmp_path, limits)
    assert parser.paths() == [tmp_path / "a.txt", tmp_path / "closed"]
    with pytest.raises(ParseError, match=r"^closed: is a folder that cannot be listed"):
        parser.parse(tmp_path / "closed")


@pytest.mark.parametrize(
    ("name", "target", "reason"),
    [
        ("out.txt", "../outside.txt", "is a link out of the documents folder"),
        ("out", "..", "is a link out of the documents folder"),
        ("in", "sub", "is a link to a folder, which is not followed"),
        ("pipe.txt", "sub/pipe", "is a link to something that is not a file"),
        ("self.txt", "self.txt", "is a link that leads back to itself"),
        ("broken.txt", "nothing.txt", "cannot be opened (No such file or directory)"),
    ],
)
def test_links(tmp_path: Path, limits: Limits, name: str, target: str, reason: str) -> None:
    """A link that is not followed is listed, and says why, both when identified and when read."""
    root = tmp_path / "documents"
    _touch(root, "sub/a.txt")
    (tmp_path / "outside.txt").write_text("secret")
    os.mkfifo(root / "sub" / "pipe")
    (root / name).symlink_to(target)
    parser = FolderParser(root, limits)
    assert root / name in parser.paths()
    for attempt in (parser.parse, parser.identify):
        with pytest.raises(ParseError) as caught:
            attempt(root / name)
        assert caught.value.reason == reason
        assert str(tmp_path) not in str(caught.value)


def test_a_link_within_the_folder_is_read(tmp_path: Path, limits: Limits) -> None:
    """A link to a file of the same folder is that file."""
    _touch(tmp_path, "a.txt")
    (tmp_path / "b.txt").symlink_to("a.txt")
    parser = FolderParser(tmp_path, limits)
    assert parser.parse(tmp_path / "b.txt").text == "a.txt"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"line\nbreak.txt", r"line\nbreak.txt"),
        (b"caf\xe9.txt", r"caf\udce9.txt"),
        ("\u202egnp.txt".encode(), r"\u202egnp.txt"),
        ("mətn hüquq.txt".encode(), "mətn hüquq.txt"),
        (b"-rf.txt", "-rf.txt"),
    ],
)
def test_odd_names(tmp_path: Path, limits: Limits, name: bytes, shown: str) -> None:
    """Any name that the system allows is read, and shown so that it can be printed and stored."""
    (tmp_path / os.fsdecode(name)).write_text("text")
    parser = FolderParser(tmp_path, limits)
    (path,) = parser.paths()
    document = parser.parse(path)
    assert document.path == shown
    assert document.path.encode()


def test_identity(tmp_path: Path, limits: Limits) -> None:
    """A document's id is the SHA-256 of its bytes, whatever its name; the size is limited."""
    data = os.urandom(10_000).hex().encode()
    _touch(tmp_path, "a.txt", "b.md")
    for name in ("a.txt", "b.md"):
        (tmp_path / name).write_bytes(data)
        parser = FolderParser(tmp_path, limits)
        assert parser.identify(tmp_path / name) == hashlib.sha256(data).hexdigest()
        assert parser.parse(tmp_path / name).id == hashlib.sha256(data).hexdigest()
    with pytest.raises(TooComplexError, match="is larger than 100 bytes"):
        FolderParser(tmp_path, replace(limits, file_bytes=100)).identify(tmp_path / "a.txt")


@pytest.mark.parametrize("changes", [1, 2])
def test_a_file_that_changes_while_being_read(
    tmp_path: Path, limits: Limits, monkeypatch: pytest.MonkeyPatch, changes: int
) -> None:
    """One change is read again, and the id is that of the text; a second one is reported."""
    path = tmp_path / "a.txt"
    path.write_text("first")
    parser = FolderParser(tmp_path, limits)
    copy = parser._copy
    left = [f"version {number}" for number in range(changes)]

    def meddle(*arguments: object) -> str:
        identity = copy(*arguments)  # type: ignore[arg-type]
        if left:
            path.write_text(left.pop())
        return identity

    monkeypatch.setattr(parser, "_copy", meddle)
    if changes == 1:
        document = parser.parse(path)
        assert document.text == "version 0"
        assert document.id == hashlib.sha256(b"version 0").hexdigest()
    else:
        with pytest.raises(DamagedDocumentError, match="changed while being read"):
            parser.parse(path)


def test_one_bad_file_among_many(tmp_path: Path, limits: Limits) -> None:
    """After refused files the next one is read: nothing of a failure lingers."""
    parser = FolderParser(tmp_path, limits)
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 nothing")
    (tmp_path / "b.bin").write_bytes(b"\0")
    (tmp_path / "c.txt").write_text("text")
    outcomes: list[object] = []
    for path in parser.paths():
        try:
            outcomes.append(parser.parse(path).text)
        except ParseError as error:
            outcomes.append(type(error))
    assert outcomes == [DamagedDocumentError, UnsupportedFormatError, "text"]


def test_the_recipe_names_what_decides_the_text(tmp_path: Path, limits: Limits) -> None:
    """The recipe names every library of a format, and does not depend on the folder."""
    recipe = FolderParser(tmp_path, limits).recipe
    assert all(f"{library} " in recipe for library in ("lxml", "pypdf", "pypdfium2"))
    assert recipe == FolderParser(tmp_path.parent, limits).recipe


def test_the_child_is_light(tmp_path: Path) -> None:
    """The child loads none of the heavy libraries, nor the package's public face."""
    command = [child.WORKER[0], "-X", "importtime", *child.WORKER[1:], "{}"]
    loaded = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
    modules = {line.rpartition("|")[2].strip() for line in loaded.stderr.splitlines()}
    assert "rag.parsing.worker" in modules
    assert not modules & {
        "rag",
        "numpy",
        "torch",
        "faiss",
        "gradio",
        "lxml",
        "pypdf",
        "email",
        "csv",
    }
    assert command[0] == sys.executable


TEXTS = st.lists(st.text("ab \n\N{GRINNING FACE}", max_size=5), min_size=1, max_size=8)


@given(TEXTS)
def test_pages_tile_the_text(texts: list[str]) -> None:
    """Pages are set end to end; each holds its own text and at most one line break more."""
    pages = tuple(Leaf(str(number), text) for number, text in enumerate(texts, start=1))
    document = folder._document("id", "a.txt", Extract(pages))
    for page, text in zip(document.pages, texts, strict=True):
        assert page.span.of(document.text) in {text, text + "\n"}
    assert document.text.rstrip("\n") == "".join(
        page.span.of(document.text) for page in document.pages
    ).rstrip("\n")


@given(TEXTS, st.data())
def test_pages_of_a_span_against_a_slow_scan(texts: list[str], data: st.DataObject) -> None:
    """The pages of a span are those that share a character with it, found one by one."""
    pages = tuple(Leaf(str(number), text) for number, text in enumerate(texts, start=1))
    document = folder._document("id", "a.txt", Extract(pages))
    start = data.draw(st.integers(0, len(document.text)))
    end = data.draw(st.integers(start, len(document.text)))
    found = document.pages_of(Span(start, end))
    if start < end:
        assert found == tuple(
            page for page in document.pages if page.span.overlap(Span(start, end))
        )
    else:
        assert found == _standing_on(document, start)


def _standing_on(document: Document, place: int) -> tuple[Page, ...]:
    """The page whose character stands at `place`, the last one at the end of the text."""
    for page in document.pages:
        if page.span.start <= place < page.span.end:
            return (page,)
    return (document.pages[-1],)


def test_no_worker_to_start(tmp_path: Path, limits: Limits) -> None:
    """A command that cannot be started is a status of the file, not a crash."""
    _touch(tmp_path, "a.txt")
    parser = FolderParser(tmp_path, limits, (str(tmp_path / "nothing"),))
    with pytest.raises(ParseError, match="no process could be started"):
        parser.parse(tmp_path / "a.txt")


def test_blank_pages_between_texts(read: Callable[..., Document]) -> None:
    """Blank pages are countable by anyone: their spans hold nothing but white space."""
    document = read("a.txt", b"one\f \ftwo")
    blank = [page.number for page in document.pages if not page.span.of(document.text).strip()]
    assert blank == [2]
