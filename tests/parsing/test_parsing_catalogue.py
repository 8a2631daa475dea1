"""The catalogue: what it accepts, and how it says what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import ConfigError
from rag.parsing.catalogue import read_catalogue
from rag.parsing.folder import FolderParser
from rag.parsing.limits import Limits
from rag.types import Document


def _write(folder: Path, text: str) -> None:
    (folder / "catalogue.toml").write_text(text, "utf-8")


def test_entries_lie_over_a_document(tmp_path: Path, limits: Limits) -> None:
    """Keys that are given replace the file's own; keys that are not leave it as it is."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.md").write_text("# Own title\n")
    (tmp_path / "b.md").write_text("# Other\n")
    _write(tmp_path, '[documents."sub/a.md"]\nspeaker = "Ombudsman"\ndate = 2023-01-15\n')
    parser = FolderParser(tmp_path, limits)
    b, a = (parser.describe(parser.parse(path)) for path in parser.paths())
    assert (a.title, a.speaker, a.date) == ("Own title", "Ombudsman", "2023-01-15")
    assert (b.title, b.speaker, b.date) == ("Other", "", "")


def test_a_changed_catalogue_is_read_at_the_next_listing(tmp_path: Path, limits: Limits) -> None:
    """Listing the folder reads the catalogue anew, and its corrections reach old documents."""
    (tmp_path / "a.txt").write_text("text")
    parser = FolderParser(tmp_path, limits)
    (path,) = parser.paths()
    bare: Document = parser.parse(path)
    assert parser.describe(bare).title == "a"
    _write(tmp_path, '[documents."a.txt"]\ntitle = "Corrected"\n')
    parser.paths()
    assert parser.describe(bare).title == "Corrected"


def test_a_language_that_nobody_gives_is_told_by_the_letters(
    tmp_path: Path, limits: Limits
) -> None:
    """The catalogue's word counts before front matter, front matter before what the text is in;
    and what no longer stands in the catalogue is not kept.
    """
    text = "Омбудсмен опубликовал доклад о минах и о людях, которые от них пострадали.\n"
    (tmp_path / "a.txt").write_text(text, "utf-8")
    (tmp_path / "b.md").write_text(f"---\nlanguage: uk\n---\n{text}", "utf-8")
    _write(tmp_path, '[documents."a.txt"]\nlanguage = "bg"\n')
    parser = FolderParser(tmp_path, limits)
    a, b = (parser.describe(parser.parse(path)) for path in parser.paths())
    assert (a.language, b.language) == ("bg", "uk")
    (tmp_path / "catalogue.toml").unlink()
    parser.paths()
    assert parser.describe(a).language == "ru"


def test_entries_without_a_file_are_named(tmp_path: Path, limits: Limits) -> None:
    """An entry for a file that is not there yet is no error, but can be warned of."""
    (tmp_path / "a.txt").write_text("text")
    _write(tmp_path, '[documents."later.pdf"]\ntitle = "Later"\n[documents."a.txt"]\n')
    parser = FolderParser(tmp_path, limits)
    assert len(parser.paths()) == 1
    assert parser.absent() == ["later.pdf"]


def test_example_questions(tmp_path: Path, limits: Limits) -> None:
    """Questions are suggested in the catalogue's order, of documents only that are there."""
    (tmp_path / "a.txt").write_text("text")
    _write(
        tmp_path,
        '[documents."b.txt"]\nquestions = ["Not here?"]\n'
        '[documents."a.txt"]\nquestions = ["Who?", "When?"]\n',
    )
    parser = FolderParser(tmp_path, limits)
    assert parser.questions() == ["Who?", "When?"]
    assert parser.describe(parser.parse(tmp_path / "a.txt")).title == "a"


def test_keys_of_the_catalogue_alone(tmp_path: Path, limits: Limits) -> None:
    """Side, relation and the two flags are kept in the entry, and leave the document alone."""
    (tmp_path / "a.txt").write_text("text")
    _write(
        tmp_path,
        '[documents."a.txt"]\nside = "none"\nrelates = "mines"\nverified = false\nfetch = true\n'
        '[documents."b.txt"]\n',
    )
    entries = read_catalogue(tmp_path).entries
    entry, bare = entries["a.txt"], entries["b.txt"]
    assert (entry.side, entry.relates, entry.verified, entry.fetch) == (
        "none",
        "mines",
        False,
        True,
    )
    assert (bare.side, bare.relates, bare.verified, bare.fetch) == ("", "", True, False)
    parser = FolderParser(tmp_path, limits)
    document = parser.parse(tmp_path / "a.txt")
    assert parser.describe(document) == document


def test_no_catalogue_is_an_empty_one(tmp_path: Path) -> None:
    """Without a catalogue nothing is known and nothing fails."""
    assert read_catalogue(tmp_path).entries == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[documents."a.txt"\n', r"not valid TOML: .*line 1"),
        ('[documents."a.txt"]\n[documents."a.txt"]\n', r"not valid TOML: .*line 2"),
        ('[document."a.txt"]\n', r'"document" is not understood'),
        ('documents = "a.txt"\n', r'"documents" is not understood'),
        ('[documents]\n"a.txt" = "Title"\n', r"entry 'a.txt': write it as a table"),
        ('[documents."a.txt"]\nauthor = "X"\n', r"entry 'a.txt': unknown key 'author'; known are"),
        ('[documents."a.txt"]\nquestions = "Why?"\n', r"entry 'a.txt': questions must be a list"),
        ('[documents."a.txt"]\nfetch = "no"\n', r"entry 'a.txt': fetch must be true or false"),
        ('[documents."a.txt"]\nside = 1\n', r"entry 'a.txt': side must be text"),
        ('[documents."a.txt"]\nquestions = [1]\n', r"entry 'a.txt': each of questions must be"),
        ('[documents."a.txt"]\ntitle = 3\n', r"entry 'a.txt': title must be text"),
        ('[documents."a.txt"]\ndate = "15 January"\n', r"entry 'a.txt': date must read like"),
        ('[documents."a.txt"]\ndate = "2023-02-30"\n', r"entry 'a.txt': date must read like"),
        ('[documents."a.txt"]\ndate = 2023-01-15T10:00:00\n', r"entry 'a.txt': date must be text"),
        ('[documents."a.txt"]\nurl = "javascript:x"\n', r"entry 'a.txt': url must begin with"),
        ('[documents."../a.txt"]\n', r"entry '\.\./a\.txt': not a path inside"),
        ('[documents."/a.txt"]\n', r"entry '/a\.txt': not a path inside"),
        ('[documents."./a.txt"]\n', r"entry '\./a\.txt': not a path inside"),
        ('[documents.""]\n', r"entry '': not a path inside"),
        ("x = " + "[" * 5_000, r"not valid TOML"),
    ],
)
def test_faults_are_named(tmp_path: Path, limits: Limits, text: str, sentence: str) -> None:
    """Each fault is one sentence that names the file and the line or entry, before any reading."""
    _write(tmp_path, text)
    with pytest.raises(ConfigError, match=rf"^catalogue\.toml.*{sentence}") as caught:
        FolderParser(tmp_path, limits).paths()
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_catalogue_that_is_no_text(tmp_path: Path) -> None:
    """A catalogue in another encoding, or a folder in its place, is refused in one sentence."""
    (tmp_path / "catalogue.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        read_catalogue(tmp_path)
    (tmp_path / "catalogue.toml").unlink()
    (tmp_path / "catalogue.toml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        read_catalogue(tmp_path)


@pytest.mark.parametrize("date", ["2023", "2023-01", "2023-01-15", ""])
def test_dates_as_exact_as_known(tmp_path: Path, date: str) -> None:
    """A year, a month or a day is accepted as it stands."""
    _write(tmp_path, f'[documents."a.txt"]\ndate = "{date}"\n')
    assert read_catalogue(tmp_path).entries["a.txt"].date == date
