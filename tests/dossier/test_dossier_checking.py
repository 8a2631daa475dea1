"""What was written down is verified, and no change to it goes unnoticed, in any format."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rag import dossier
from rag.dossier import Checked, Verdict
from rag.errors import ConfigError
from rag.types import Status
from tests.dossier.conftest import (
    CONVERSATION,
    LETTER,
    LIMITS,
    MADE,
    REPORT,
    Shelf,
    answered,
    in_other_words,
)
from tests.doubles import document

Verify = Callable[[Path], Checked]
SUBSTITUTE = '"status": "supported",\n          "speaker": "The minister"'


def alter(path: Path, old: str, new: str, count: int = -1) -> None:
    """Replaces words in the file, also inside the zip of a Word file; they must be there."""
    if path.suffix != ".docx":
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, count), "utf-8")
        return
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name).decode() for name in archive.namelist()}
    assert any(old in text for text in entries.values())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in entries.items():
            archive.writestr(name, text.replace(old, new, count))
            count = 0 if count == 1 and old in text else count
    path.write_bytes(out.getvalue())


def verdicts(checked: Checked) -> set[Verdict]:
    """All that were given."""
    return {finding.verdict for finding in checked.findings}


def test_what_was_written_is_verified(file: Path, verify: Verify) -> None:
    """Every quotation and every statement of each format is found exactly."""
    checked = verify(file)
    assert checked.verified
    assert verdicts(checked) == {Verdict.EXACT}
    statements = [each for each in checked.findings if each.kind == "statement"]
    assert [each.text for each in statements] == [
        "The mine at the bridge exploded in 1993.",
        "We deny it.",
        "Page two says [1] “so” – *loud*.",
        "The mine at the bridge exploded in 1993.",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("1993", "1994", id="words of statements and notes"),
        pytest.param("We deny it.", "We admit it.", id="a denial"),
        pytest.param("The surveyor", "The minister", id="speaker"),
        pytest.param("October 2022", "October 2021", id="date"),
        pytest.param("A letter", "A later letter", id="title"),
        pytest.param("Office of Maps", "Office of Mines", id="publisher"),
        pytest.param(REPORT.id, LETTER.id, id="document"),
    ],
)
def test_any_tampering_is_caught(file: Path, verify: Verify, old: str, new: str) -> None:
    """Other words, another speaker, date, title, publisher or source: not verified."""
    if file.suffix == ".json":
        old, new = (text.replace("October ", "") for text in (old, new))
        old, new = (f"{text}-10" if text.startswith("202") else text for text in (old, new))
    alter(file, old, new)
    checked = verify(file)
    assert not checked.verified
    assert Verdict.ALTERED in verdicts(checked)


@pytest.mark.parametrize(("old", "new"), [("page 2", "page 3"), ("page 1", "page iv (sheet 1)")])
def test_a_wrong_page_is_caught(file: Path, verify: Verify, old: str, new: str) -> None:
    """The page that a note names must be the one on which the document has the words."""
    if file.suffix == ".json":
        old = f'"page_labels": [\n            "{old[-1]}"\n          ]'
        new = '"page_labels": [\n            "9"\n          ]'
    alter(file, old, new)
    checked = verify(file)
    assert not checked.verified
    assert any("source is" in finding.reason for finding in checked.findings)


@pytest.mark.parametrize("file", [".md", ".html", ".docx"], indirect=True)
@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("We deny it.", "We admit it.", "Its source says: “We deny it.”"),
        (": “We deny it.”", ": We deny it.", "not as a dossier writes it"),
        ("15 January 2023: “We deny", "16 January 2023: “We deny", "not said by this speaker"),
    ],
)
def test_a_statement_that_differs_from_its_note_is_caught(
    file: Path, verify: Verify, old: str, new: str, reason: str
) -> None:
    """With the note left as it was, a change of the statement alone is seen."""
    alter(file, old, new, 1)
    found = [each for each in verify(file).findings if each.verdict is not Verdict.EXACT]
    assert [each.kind for each in found] == ["statement"]
    assert reason in found[0].reason


def test_a_note_that_is_gone_is_missed(tmp_path: Path, shelf: Shelf, verify: Verify) -> None:
    """A statement whose note was taken away, or given to another, is not verified."""
    path = tmp_path / "dossier.md"
    path.write_bytes(dossier.write(".md", CONVERSATION, shelf.document, MADE))
    alter(path, "[^3]: ", "Once there was a note: ")
    reasons = [each.reason for each in verify(path).findings]
    assert any("points to is not there" in reason for reason in reasons)
    alter(path, "[^2]: ", "[^1]: ")
    assert any("Two notes" in each.reason for each in verify(path).findings)


def test_a_changed_document_that_still_says_so(file: Path, shelf: Shelf, verify: Verify) -> None:
    """The words are found in the new version, at their new place, and called moved."""
    moved = document("A new preface. " + LETTER.text, "letter.txt", title="A letter, revised")
    shelf.held = [REPORT, moved]
    found = [each for each in verify(file).findings if each.verdict is not Verdict.EXACT]
    assert {each.verdict for each in found} == {Verdict.MOVED}
    assert not verify(file).verified
    [note] = [each for each in found if each.kind == "quotation"]
    assert note.places == (f"A letter, revised, page 1: {moved.id}:15-26",)


def test_a_document_that_is_gone(file: Path, shelf: Shelf, verify: Verify) -> None:
    """No document with that hash and none with those words: missing, and not verified."""
    shelf.held = [REPORT]
    checked = verify(file)
    assert verdicts(checked) == {Verdict.EXACT, Verdict.MISSING}
    assert not checked.verified


def test_a_file_that_changed_since_it_was_indexed(file: Path, shelf: Shelf, verify: Verify) -> None:
    """The index alone is no witness: the file must be the one that was read."""
    shelf.changed = {LETTER.id}
    reasons = {each.reason for each in verify(file).findings} - {""}
    assert len(reasons) == 1
    assert "rag index" in reasons.pop()


def test_words_at_another_place_of_their_document(
    tmp_path: Path, shelf: Shelf, verify: Verify
) -> None:
    """Wrong characters with the right words: moved, with the place where they are."""
    path = tmp_path / "dossier.md"
    path.write_bytes(dossier.write(".md", CONVERSATION, shelf.document, MADE))
    alter(path, "Characters 0–11", "Characters 1–12")
    found = [each for each in verify(path).findings if each.verdict is Verdict.MOVED]
    assert found[0].places == (f"A letter, 15 January 2023, page 1: {LETTER.id}:0-11",)


def test_other_words_are_no_quotation(tmp_path: Path, shelf: Shelf, verify: Verify) -> None:
    """A written statement is marked as such in every format; its notes are checked all the same."""
    told = answered("Who denies?", (LETTER, "We deny it."))
    for status in (Status.SUPPORTED, Status.WEAK, Status.UNSUPPORTED):
        for suffix in dossier.SUFFIXES:
            path = tmp_path / f"{status}{suffix}"
            said = in_other_words(told, "They deny everything.", status)
            path.write_bytes(dossier.write(suffix, [said], shelf.document, MADE))
            checked = verify(path)
            assert [each.verdict for each in checked.findings] == [Verdict.EXACT, Verdict.WRITTEN]
            assert checked.verified


@pytest.mark.parametrize("suffix", dossier.SUFFIXES)
def test_a_written_statement_names_all_whom_it_renders(
    tmp_path: Path, shelf: Shelf, verify: Verify, suffix: str
) -> None:
    """With two sources both speakers are named; a third one in their place is caught."""
    path = tmp_path / f"d{suffix}"
    both = (REPORT, "Two were hurt."), (LETTER, "We deny it.")
    told = in_other_words(answered("So?", *both), "Two sides differ.", Status.SUPPORTED)
    told["statements"] = [told["statements"][0] | {"citations": [1, 2]}]
    path.write_bytes(dossier.write(suffix, [told], shelf.document, MADE))
    assert verify(path).counts[Verdict.WRITTEN] == 1
    assert verify(path).verified
    if suffix == ".json":
        alter(path, '"status": "supported",\n          "speaker": "The surveyor"', SUBSTITUTE)
    else:
        alter(path, "surveyor, October 2022; A letter", "minister, October 2022; A letter")
    assert not verify(path).verified


def test_a_quotation_of_a_second_source_points_to_that_one(
    tmp_path: Path, shelf: Shelf, verify: Verify
) -> None:
    """A sentence that a model copied is given as the quotation of the source that has it."""
    told = answered("So?", (REPORT, "Two were hurt."), (LETTER, "We deny it."))
    copied = told["statements"][1] | {"citations": [1, 2], "speaker": "The surveyor"}
    for suffix in dossier.SUFFIXES:
        path = tmp_path / f"d{suffix}"
        answers = [told | {"statements": [copied]}]
        path.write_bytes(dossier.write(suffix, answers, shelf.document, MADE))
        assert verify(path).verified
    assert "A letter, 15 January 2023: “We deny it.” [^2]" in (tmp_path / "d.md").read_text("utf-8")


def test_paragraphs_of_somebody_else_do_not_matter(
    tmp_path: Path, shelf: Shelf, verify: Verify
) -> None:
    """A reader's own remarks, headings and white space leave a dossier verified."""
    path = tmp_path / "dossier.md"
    path.write_bytes(dossier.write(".md", CONVERSATION, shelf.document, MADE))
    text = path.read_text("utf-8").replace(" exploded", "\nexploded")
    path.write_text("My *remarks*: see below.\n\n" + text + "\n\n> end\n", "utf-8")
    assert verify(path).verified


def test_one_answer_as_it_is_printed_can_be_verified(tmp_path: Path, verify: Verify) -> None:
    """What `rag ask --json` prints is verified, too, and so is a list of such answers."""
    path = tmp_path / "answer.json"
    for value in (CONVERSATION[0], CONVERSATION):
        path.write_text(json.dumps(value), "utf-8")
        assert verify(path).verified
    first = CONVERSATION[0]["statements"][0] | {"speaker": "The minister"}
    path.write_text(json.dumps(CONVERSATION[0] | {"statements": [first]}), "utf-8")
    assert not verify(path).verified


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.md", b"Just a text."),
        ("a.md", b"\xff\xfe"),
        ("a.md", b"x" + b"[" * 1_000_000),
        ("a.json", b"{"),
        ("a.json", b'{"answers": 7}'),
        ("a.json", b'[{"citations": [{}], "presented": []}]'),
        ("a.json", b"[" * 100_000),
        ("a.docx", b"no zip"),
        ("a.html", b""),
        ("a.pdf", b"%PDF-"),
    ],
)
def test_what_is_no_dossier_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    """One sentence for what cannot be read, whatever it is."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ConfigError):
        dossier.read(tmp_path / name, LIMITS)
    with pytest.raises(ConfigError, match="No such file"):
        dossier.read(tmp_path / "none.md", LIMITS)


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    """The limit of a file's size holds for dossiers."""
    (tmp_path / "a.md").write_bytes(b"x" * 100)
    with pytest.raises(ConfigError, match="too large"):
        dossier.read(tmp_path / "a.md", replace(LIMITS, file_bytes=99))


def test_a_hostile_line_takes_no_time(tmp_path: Path, verify: Verify) -> None:
    """Hundreds of thousands of marks, or of quotation marks, on one line are read and refused."""
    for text in ("[1]" * 300_000, ": “" * 300_000 + "” [1]", "[1] “" * 200_000):
        (tmp_path / "a.md").write_text(text.replace("[1]", "[^1]"), "utf-8")
        assert not verify(tmp_path / "a.md").verified
