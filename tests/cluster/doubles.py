"""What workers are given in these tests: they die, fail, and write down what they did."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import IO
from uuid import uuid4

from rag.bootstrap import _workers_parser
from rag.config import ParsingSettings
from rag.errors import ModelUnavailableError
from rag.ports import Vectors
from rag.types import Document
from tests.doubles import WordEmbedder


def noted(log: Path, what: str) -> int:
    """How often this was noted before; each time is a file of its own, as others write too."""
    folder = log / hashlib.sha256(what.encode()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    before = len(list(folder.iterdir()))
    (folder / uuid4().hex).write_text(what)
    return before


def notes(log: Path) -> list[str]:
    """Everything that was noted, as often as it was."""
    return sorted(each.read_text() for each in log.glob("*/*"))


class Reader:
    """Reads as workers do, and dies the first time that it reads a file whose name says so."""

    def __init__(self, log: str) -> None:
        self._log = Path(log)
        self._parser = _workers_parser(ParsingSettings())
        self.note = self._parser.note

    def parse_copy(self, copy: IO[bytes], name: str, digest: str) -> Document:
        """The document of these bytes."""
        before = noted(self._log, name)
        if "deadly" in name or ("dying" in name and not before):
            os.kill(os.getpid(), signal.SIGKILL)
        return self._parser.parse_copy(copy, name, digest)


class Embedding(WordEmbedder):
    """Embeds by words; dies the first time that it gets such a text, fails while told to."""

    def __init__(self, log: str) -> None:
        super().__init__()
        self._log = Path(log)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (n, d)."""
        if any("Dying" in text for text in texts) and not noted(self._log, "dying words"):
            os.kill(os.getpid(), signal.SIGKILL)
        if any("Failing" in text for text in texts) and (self._log / "broken").exists():
            raise ModelUnavailableError("no such processor")
        for text in texts:
            noted(self._log, text)
        return super().embed(texts)
