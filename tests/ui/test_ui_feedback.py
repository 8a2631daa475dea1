"""Verdicts of users become questions of an evaluation set."""

from __future__ import annotations

import errno
import json
import logging
import multiprocessing
import os
import threading
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import pytest

from rag.config import load_settings
from rag.errors import ConfigError, RagError
from rag.evaluation.formats.faults import Faults
from rag.evaluation.formats.question_file import read_question_file
from rag.ui import feedback
from rag.ui.feedback import Feedback, corrected, praised
from tests.ui.fakes import LANDMINES, MISSING, UNKNOWN, FakeLibrary


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_right_answer_becomes_its_first_citation() -> None:
    """The case holds the question with those before it, the quote, and the answering words."""
    answer = FakeLibrary().ask(LANDMINES)
    case = praised(answer, [MISSING])
    assert case["turns"] == [MISSING, LANDMINES]
    assert case["answerable"] is True
    assert case["answers"] == ["274"]
    assert case["evidence"] == [answer.citations[0].quote]


def test_a_right_silence_becomes_a_question_without_answer() -> None:
    """Praise for an abstention says that the documents do not answer."""
    case = praised(FakeLibrary().ask(UNKNOWN), [])
    assert (case["answerable"], case["answers"], case["evidence"]) == (False, [], [])


def test_a_wrong_answer_becomes_what_was_chosen_instead() -> None:
    """Any passage shown can be the right one, or none; the user's words are the answer."""
    answer = FakeLibrary().ask(LANDMINES)
    case = corrected(answer, [], 3, words=" hundreds of\nthousands ", remark="x" * 9_999)
    assert case["evidence"] == [answer.presented[0].quote]
    assert case["answers"] == ["hundreds of thousands"]
    assert len(case["note"]) == feedback.LONGEST_REMARK
    silent = corrected(answer, [], 0, words="ignored", remark="")
    assert (silent["answerable"], silent["answers"], silent["evidence"]) == (False, [], [])
    with pytest.raises(RagError, match="choose another"):
        corrected(answer, [], 9, words="", remark="")


def test_the_file_is_a_question_file(tmp_path: Path) -> None:
    """What was kept is read by the evaluation without a fault, whatever the words were."""
    path = tmp_path / "questions.jsonl"
    kept, library = Feedback(path), FakeLibrary()
    for question in (LANDMINES, UNKNOWN, "A\u2028line\x00 with\r\nodd \ud800 characters?"):
        kept.add(praised(library.ask(question), []))
    read = read_question_file(path, faults := Faults())
    assert faults.found == []
    assert [each.answerable for each in read.questions] == [True, False, False]
    assert read.questions[0].text == LANDMINES
    assert path.stat().st_mode & 0o077 == 0


def test_a_line_that_a_crash_cut_short_spoils_no_other(tmp_path: Path) -> None:
    """The next verdict begins on a line of its own, and only the broken one is a fault."""
    path = tmp_path / "kept.jsonl"
    path.write_text('{"id": "half', "utf-8")
    Feedback(path).add(praised(FakeLibrary().ask(LANDMINES), []))
    read = read_question_file(path, faults := Faults())
    assert len(faults.found) == 1
    assert [each.text for each in read.questions] == [LANDMINES]


def _add_many(path: Path, times: int) -> None:
    kept = Feedback(path)
    case = praised(FakeLibrary().ask(LANDMINES), [])
    for _ in range(times):
        kept.add(case)


def test_threads_and_processes_do_not_mix_their_lines(tmp_path: Path) -> None:
    """Verdicts given at once are all there, whole, each on its line."""
    path = tmp_path / "kept.jsonl"
    spawn = multiprocessing.get_context("spawn")
    others = [spawn.Process(target=_add_many, args=(path, 20)) for _ in range(2)]
    threads = [threading.Thread(target=_add_many, args=(path, 20)) for _ in range(4)]
    everyone: list[threading.Thread | SpawnProcess] = [*others, *threads]
    for each in everyone:
        each.start()
    for each in everyone:
        each.join(120)
    assert len(lines(path)) == 120


@pytest.mark.parametrize("short", [False, True], ids=["refused", "cut short"])
def test_a_full_disk_loses_nothing_and_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, short: bool
) -> None:
    """Where a write fails or ends early the file is as before, and the user is told."""
    path = tmp_path / "kept.jsonl"
    kept, case = Feedback(path), praised(FakeLibrary().ask(LANDMINES), [])
    kept.add(case)
    before, write = path.read_bytes(), os.write

    def failing(file: int, data: bytes) -> int:
        if short:
            return write(file, data[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", failing)
        with pytest.raises(RagError, match="No space left on device"):
            kept.add(case)
    assert path.read_bytes() == before
    kept.add(case)
    assert len(lines(path)) == 2


def test_a_full_file_is_said_and_does_not_grow(tmp_path: Path) -> None:
    """No visitor can fill the disk by giving verdicts."""
    path = tmp_path / "kept.jsonl"
    case = praised(FakeLibrary().ask(LANDMINES), [])
    length = len(json.dumps(case, ensure_ascii=False).encode()) + 1
    kept = Feedback(path, largest=length)
    kept.add(case)
    with pytest.raises(RagError, match="is full"):
        kept.add(case)
    assert path.stat().st_size == length


def test_a_file_that_cannot_be_written_is_a_configuration_error(tmp_path: Path) -> None:
    """A missing folder, a folder in its place and a symbolic link are refused at the start."""
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for path in (tmp_path / "none" / "kept.jsonl", tmp_path, tmp_path / "link"):
        with pytest.raises(ConfigError, match=r"\[server\] feedback"):
            Feedback(path)


def test_nothing_of_a_verdict_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the question nor the words reach the log."""
    with caplog.at_level(logging.DEBUG):
        Feedback(tmp_path / "kept.jsonl").add(praised(FakeLibrary().ask(LANDMINES), []))
    assert caplog.text == ""


def test_feedback_is_off_unless_a_file_is_named(tmp_path: Path) -> None:
    """The setting is empty by default, and can be given in the file or as a variable."""
    assert load_settings(tmp_path / "none.toml", {}).server.feedback == ""
    (tmp_path / "rag.toml").write_text('[server]\nfeedback = "kept.jsonl"\n', "utf-8")
    assert load_settings(tmp_path / "rag.toml", {}).server.feedback == "kept.jsonl"
    assert load_settings(tmp_path / "x", {"RAG_SERVER_FEEDBACK": "a"}).server.feedback == "a"
