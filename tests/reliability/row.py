"""One row of the table of reliability: what goes wrong, how often it was tried, what came of it."""

from __future__ import annotations

import random
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

_MEMORY = Path("/dev/shm")  # noqa: S108 - a fresh private folder is made below it


@dataclass(frozen=True)
class Run:
    """How much a row tries, by which seed, and the empty folder that is its own.

    The same function is a test of every run (`long` is False) and a row of the long one.
    """

    folder: Path
    long: bool = False
    seed: int = 1

    def count(self, quick: int, long: int) -> int:
        """How often to try: in every run of the tests, and in the long one."""
        return long if self.long else quick

    def chance(self) -> random.Random:
        """The same series for the same seed."""
        return random.Random(self.seed)  # noqa: S311 - not for secrets


@dataclass
class Outcome:
    """What a row found. `absent` says why this machine cannot try it at all; figures are shown."""

    trials: int = 0
    failures: list[str] = field(default_factory=list)
    figures: dict[str, object] = field(default_factory=dict)
    absent: str = ""

    @contextmanager
    def trial(self, what: str) -> Iterator[None]:
        """One attempt: an exception inside, of an `assert` or any other, is its failure."""
        self.trials += 1
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever comes is what is to be reported
            self.failures.append(f"{what}: {_said(error)}")

    def add(self, other: Outcome) -> None:
        """Takes the trials, failures and figures of another part of the same row."""
        self.trials += other.trials
        self.failures += other.failures
        self.figures |= other.figures


Row: TypeAlias = Callable[[Run], Outcome]
"""Its docstring's first line names the fault; what it returns says whether the promise held."""
Rows: TypeAlias = Mapping[int, Row]


def title(row: Row) -> str:
    """What the row is about."""
    return (row.__doc__ or row.__name__).partition("\n")[0].rstrip(".")


def tried(row: Row, run: Run) -> Outcome:
    """The row's outcome; if it breaks off, that is its failure."""
    try:
        return row(run)
    except Exception as error:  # noqa: BLE001 - one row must not end the others
        return Outcome(failures=[f"the row broke off: {_said(error)}"])


@contextmanager
def working_folder() -> Iterator[Path]:
    """An empty folder, in memory where that is possible: much is synced to it. Passing files go
    to another one, and both are removed.
    """
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        own, passing = Path(folder) / "own", Path(folder) / "passing"
        own.mkdir()
        passing.mkdir()
        tempfile.tempdir = str(passing)
        try:
            yield own
        finally:
            tempfile.tempdir = before


def _said(error: BaseException) -> str:
    """The error, and the line at which it was raised."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    words = str(error).partition("\n")[0][:300]
    return f"{type(error).__name__} {words} ({Path(last.filename).name}:{last.lineno} {last.line})"
