"""What users say of an answer, kept as questions that `rag eval` asks again.

Each verdict is one line of a question file: the question with the turns before it, whether the
documents answer it, and the exact words that do. Nothing is kept unless a setting names the file.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.errors import ConfigError, RagError
from rag.types import Answer, Citation, Outcome

LARGEST_FILE = 20_000_000
"""Bytes: some ten thousand verdicts. Beyond it nothing is kept, so that no visitor fills a disk."""
LONGEST_REMARK = 500
"""Characters of a reason, or of an answer in the user's words."""
_OWNER_ONLY = 0o600


class Feedback:
    """A question file that grows. Safe to share between threads, and between servers."""

    def __init__(self, path: Path, largest: int = LARGEST_FILE) -> None:
        """Raises ConfigError if there is no folder for the file, or no writing to it."""
        self._path = path
        self._largest = largest
        self._lock = threading.Lock()
        try:
            with self._opened():
                pass
        except OSError as error:
            raise ConfigError(
                f"Feedback cannot be kept in {path} ({error.strerror}): name another file in "
                f"[server] feedback."
            ) from error

    def add(self, case: dict[str, Any]) -> None:
        """Appends a test case, whole or not at all; raises RagError with what the user is told."""
        line = json.dumps(case, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        try:
            with self._lock, self._opened() as file:
                self._append(file, line)
        except OSError as error:
            raise RagError(
                f"Your verdict could not be kept: {error.strerror}. Please tell whoever runs "
                f"this page."
            ) from error

    def _append(self, file: int, line: bytes) -> None:
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            line = b"\n" + line  # what a crash left half-written stays a line of its own
        if size + len(line) > self._largest:
            raise RagError("Your verdict could not be kept: the file for them is full.")
        try:
            _write(file, line)
        except OSError:
            os.ftruncate(file, size)
            raise

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The file, for as long as it is ours alone."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        file = os.open(self._path, flags, _OWNER_ONLY)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)


def _write(file: int, line: bytes) -> None:
    if os.write(file, line) < len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(file)


def praised(answer: Answer, earlier: Sequence[str]) -> dict[str, Any]:
    """The test case of an answer that a user calls right: what it says first, or that it abstains.

    `earlier` holds the questions before it, oldest first.
    """
    cited, words = None, ""
    if answer.outcome is Outcome.ANSWERED:
        first = answer.statements[0].citations[0]
        cited = next(each for each in answer.citations if each.number == first)
        words = cited.answer.of(cited.document.text) if cited.answer else ""
    return {"kind": "feedback-right", **_case(answer, earlier, cited, words)}


def corrected(
    answer: Answer, earlier: Sequence[str], choice: int, *, words: str, remark: str
) -> dict[str, Any]:
    """The test case of an answer that a user calls wrong.

    `choice` is the number of the passage that answers the question, 0 if no document does;
    `words` is the answer as the user would give it, `remark` what was wrong. Raises RagError if
    the answer shows no passage of that number.
    """
    shown = {each.number: each for each in passages(answer)}
    if choice and choice not in shown:
        raise RagError("That passage is not one of this answer's: choose another.")
    case = _case(answer, earlier, shown.get(choice), words)
    return {"kind": "feedback-wrong", **case, "note": _line(remark)}


def passages(answer: Answer) -> tuple[Citation, ...]:
    """What a user can point to: what the answer cites, and what it presents besides."""
    return (*answer.citations, *answer.presented)


def _case(
    answer: Answer, earlier: Sequence[str], cited: Citation | None, words: str
) -> dict[str, Any]:
    words = _line(words)
    return {
        "id": f"feedback-{secrets.token_hex(8)}",
        "turns": [*earlier, answer.question],
        "answerable": cited is not None,
        "answers": [words] if words and cited else [],
        "evidence": [cited.quote] if cited else [],
        "index": answer.fingerprint,
    }


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_REMARK]
