"""One hostile file at a time through the whole parser: what came of it, and what it cost."""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rag.errors import ParseError
from rag.parsing import child
from rag.parsing.folder import FolderParser
from rag.parsing.limits import Limits
from rag.types import Document
from tests.parsing.fault_workers import held
from tests.reliability.row import Outcome, Run

LIMITS = Limits(
    seconds=60,
    cpu_seconds=60,
    memory_bytes=2**30,
    pages=5_000,
    characters=20_000_000,
    file_bytes=200 << 20,
)
"""What `rag.toml` says if nobody changes it."""
_LOOKS_SECONDS = 0.01


@dataclass(frozen=True)
class Reading:
    """The document or the error, and what the child took.

    `processor` seconds are its own, so that a busy machine does not count against it. `megabytes`
    of memory is the most that was seen, looking a hundred times a second.
    """

    document: Document | None
    error: ParseError | None
    processor: float
    megabytes: float

    @property
    def status(self) -> str:
        """One word for the table."""
        return type(self.error).__name__ if self.error else "read"

    def check(self, seconds: float, megabytes: float = 1_024) -> None:
        """Within its limits, and what was read can be stored."""
        assert self.processor <= seconds, f"{self.processor:.1f} s of processor time"
        assert self.megabytes <= megabytes, f"{self.megabytes:.0f} MB"
        if self.document:
            text = self.document.text
            assert text.encode().decode() == text
            assert len(text) <= LIMITS.characters + LIMITS.pages
            assert "".join(page.span.of(text) for page in self.document.pages) == text


class Bench:
    """Reads files one after another in a folder of its own, and sums up what they cost."""

    def __init__(self, run: Run, limits: Limits = LIMITS) -> None:
        self._folder = run.folder / "documents"
        self._folder.mkdir(exist_ok=True)
        self._limits = limits
        self.readings: list[Reading] = []

    def read(self, name: str, data: bytes, command: Sequence[str] = child.WORKER) -> Reading:
        """The file's fate; any exception but the parser's own passes through."""
        path = self._folder / name
        path.write_bytes(data)
        parser = FolderParser(self._folder, self._limits, command)
        document, error = None, None
        before = _processor()
        with _watched() as peak:
            try:
                document = parser.parse(path)
            except ParseError as refused:
                error = refused
        path.unlink()
        reading = Reading(document, error, _processor() - before, peak())
        self.readings.append(reading)
        return reading

    def figures(self) -> dict[str, object]:
        """Statuses, and the times and memory of all files."""
        times = sorted(reading.processor for reading in self.readings)
        statuses = sorted({reading.status for reading in self.readings})
        counts = {
            status: sum(reading.status == status for reading in self.readings)
            for status in statuses
        }
        return {
            **counts,
            "95th percentile": f"{times[len(times) * 95 // 100]:.2f} s",
            "longest": f"{times[-1]:.1f} s",
            "most memory": f"{max(reading.megabytes for reading in self.readings):.0f} MB",
        }


@contextmanager
def nothing_left(found: Outcome) -> Iterator[None]:
    """A trial of its own: there is no process, dead or alive, and no open file that was not there
    before. Those of others may go meanwhile.
    """
    before = held()
    yield
    with found.trial("no process and no open file is left"):
        assert not held() - before


def _processor() -> float:
    """Seconds that all children took that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _watched() -> Iterator[Callable[[], float]]:
    """Looks at how much memory the running child has had at most; in MB."""
    most = [0.0]
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_LOOKS_SECONDS):
            most[0] = max([most[0], *(_peak(each.pid) for each in tuple(child._running))])

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield lambda: most[0]
    finally:
        ended.set()
        watcher.join()


def _peak(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return max(
        (int(line.split()[1]) / 1_024 for line in lines if line.startswith("VmHWM")), default=0.0
    )
