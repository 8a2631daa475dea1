"""Front matter: what a Markdown file says of itself is metadata, and no part of its text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.parsing import front_matter
from rag.parsing.folder import FolderParser
from rag.parsing.limits import Limits

TOML = '+++\ntitle = "On mines"\npublisher = "Office"\ndate = 2023-01-15\ntags = ["a"]\n+++\n'
YAML = '---\ntitle: "On mines"\npublisher: Office\ndate: 2023-01-15\ntags:\n  - a\n---\n'
BODY = "# Heading\n\nThe text.\n"


@pytest.mark.parametrize("head", [TOML, YAML, YAML.replace("\n", "\r\n"), "\ufeff" + TOML])
def test_metadata(tmp_path: Path, limits: Limits, head: str) -> None:
    """Either form gives title, publisher and date, and the text begins after it."""
    (tmp_path / "a.md").write_text(head + "\n" + BODY)
    parser = FolderParser(tmp_path, limits)
    bare = parser.parse(tmp_path / "a.md")
    document = parser.describe(bare)
    assert document.text == BODY
    assert (document.title, document.attribution) == ("On mines", "Office, 15 January 2023")
    assert bare.publisher == ""


def test_the_catalogue_has_the_last_word(tmp_path: Path, limits: Limits) -> None:
    """The catalogue's values go before the file's; what is in neither any more is not said."""
    (tmp_path / "a.md").write_text(TOML + BODY)
    catalogue = tmp_path / "catalogue.toml"
    catalogue.write_text('[documents."a.md"]\npublisher = "Ministry"\nspeaker = "Minister"\n')
    parser = FolderParser(tmp_path, limits)
    first = parser.describe(parser.parse(tmp_path / "a.md"))
    assert (first.publisher, first.speaker, first.title) == ("Ministry", "Minister", "On mines")
    catalogue.unlink()
    later = FolderParser(tmp_path, limits).describe(first)
    assert (later.publisher, later.speaker) == ("Office", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("---\nA rule above and below.\n---\nText", {}, id="rules"),
        pytest.param("+++\nnot TOML\n+++\nText", {}, id="broken TOML"),
        pytest.param("+++\na = " + "[" * 5_000 + "\n+++\n", {}, id="deep TOML"),
        pytest.param("---\ntitle: never closed\nText", {}, id="open"),
        pytest.param("Text\n---\ntitle: later\n---\n", {}, id="not at the head"),
        pytest.param("---\ntitle: ok\n" + "x" * 20_000 + "\n---\n", {}, id="too long"),
        pytest.param("---\ntitle: 'a: b'\nlist: [1]\n---\n", {"title": "a: b", "list": "[1]"},
                     id="quotes"),
        pytest.param("+++\na = 1\nb = 'x\u202ey'\n+++\n", {"b": "xy"}, id="kinds"),
    ],
)  # fmt: skip
def test_values(text: str, expected: dict[str, str]) -> None:
    """Only a closed block at the head counts, and of it only what is plain text or a day."""
    assert front_matter.values(text) == expected


def test_nonsense_is_not_taken(tmp_path: Path, limits: Limits) -> None:
    """A date or an address that is none says nothing, and the file is read all the same."""
    (tmp_path / "a.md").write_text("---\ndate: last week\nurl: javascript:x\n---\n" + BODY)
    parser = FolderParser(tmp_path, limits)
    document = parser.describe(parser.parse(tmp_path / "a.md"))
    assert (document.date, document.url, document.title) == ("", "", "Heading")


@given(st.text("-+\na: =\"'[]#\r\t", max_size=60))
def test_any_head(text: str) -> None:
    """Whatever a file begins with, the block lies within it and its values are lines."""
    assert 0 <= front_matter.length(text) <= len(text)
    assert all("\n" not in value for value in front_matter.values(text).values())
