"""What becomes of uploaded files: the index is brought up to date behind the answers that the old
one still gives, one run at a time, and each file gets its verdict.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from rag.errors import IndexBusyError, RagError
from rag.ingest import Ingested
from rag.ports import Progress
from rag.types import Source
from rag.ui.choice import documents
from rag.ui.html import showable
from rag.ui.stack import Stack
from rag.ui.state import State

AGAIN = 2.0
"""Seconds after which an index that another process was writing is tried again."""
REMEMBERED = 200
"""Files whose verdict is told."""
NOT_ADDED = "not added"
"""Begins the verdict on a file that was not kept."""
WAITING = "waiting to be read"
LOOKING = "Looking through the documents."
ELSEWHERE = "Another process is writing the index; it is waited for."
FAILED = "could not be indexed: something failed here, and the server's log has the details"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One uploaded file: what its owner called it, its `name` among the uploads, and its verdict.

    `open`: the verdict is still to come. `name` is empty once the file is not there.
    """

    number: int
    called: str
    name: str
    verdict: str = WAITING
    open: bool = True


class Arrivals:
    """The uploads of a server. Its methods may be called from several threads.

    All processes that share `state` tell of the same files. Whichever of them has gone through the
    folder next judges all files that wait, whoever took them in.
    """

    def __init__(
        self,
        stack: Stack,
        ingest: Callable[[Progress], Ingested],
        again: float = AGAIN,
        state: State | None = None,
    ) -> None:
        self._stack = stack
        self._ingest = ingest
        self._again = again
        self._state = state or State()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._worker: threading.Thread | None = None
        self._wanted = False
        self.doing = ""

    @property
    def told(self) -> list[Arrival]:
        """The files that arrived, oldest first."""
        found = self._state.rows(
            "SELECT number, called, name, verdict, open FROM arrivals ORDER BY number"
        )
        return [
            Arrival(number, called, name, verdict, open=bool(waits))
            for number, called, name, verdict, waits in found
        ]

    def add(self, called: str, name: str) -> None:
        """A file that was placed; the index is brought up to date."""
        shown = "".join(letter for letter in showable(called) if letter.isprintable())
        with self._state.change():
            columns = "(called, name, verdict, open)"
            self._state.rows(
                f"INSERT INTO arrivals {columns} VALUES (?, ?, ?, 1)",  # noqa: S608 - our own
                shown[:200], name, WAITING,
            )  # fmt: skip
            self._state.shorten("arrivals", REMEMBERED)
        self.index()

    def forget(self, name: str) -> None:
        """The file was taken away, and its verdict with it."""
        self._state.rows("DELETE FROM arrivals WHERE name = ?", name)

    def index(self) -> None:
        """Has the index brought up to date, after the run that is under way if there is one."""
        with self._lock:
            self._wanted = True
            if self._worker is None and not self._stop.is_set():
                self.doing = LOOKING
                self._worker = threading.Thread(target=self._work, name="indexing", daemon=True)
                self._worker.start()

    def stop(self) -> None:
        """Begins no further run."""
        self._stop.set()

    def _work(self) -> None:
        while self._takes_up():
            batch = [each for each in self.told if each.open]
            try:
                again = self._run(batch)
            except IndexBusyError:
                self.doing, again = ELSEWHERE, True
                self._stop.wait(self._again)
            except Exception as error:  # noqa: BLE001 - the owners of the files are told
                _log.exception("uploaded files were not indexed")
                ours = isinstance(error, RagError)
                self._judge(batch, f"could not be indexed: {error}" if ours else FAILED)
                again = False
            if again:
                with self._lock:
                    self._wanted = True

    def _takes_up(self) -> bool:
        with self._lock:
            wanted, self._wanted = self._wanted and not self._stop.is_set(), False
            if not wanted:
                self._worker, self.doing = None, ""
            return wanted

    def _run(self, batch: list[Arrival]) -> bool:
        """One run; whether there has to be another, because a file was deleted: one that cannot be
        read, or that is there already.
        """
        self.doing = LOOKING
        sources = {each.path: each for each in self._ingest(self._report).sources}
        deleted = False
        for each in batch:
            source = sources.get(self._stack.path(each.name))
            if source is None:  # it came after the folder was looked through, or was taken away
                continue
            verdict = _verdict(source, sources)
            kept = not verdict.startswith(NOT_ADDED)
            if kept:
                self._settle(replace(each, verdict=verdict))
            else:
                with suppress(KeyError):  # taken away meanwhile
                    self._stack.discard(each.name)
                self._settle(replace(each, name="", verdict=verdict))
            deleted |= not kept
        return deleted

    def _judge(self, batch: list[Arrival], verdict: str) -> None:
        """A failure; if another process has come to a verdict meanwhile, that stays."""
        with self._state.change():
            for each in batch:
                self._state.rows(
                    "UPDATE arrivals SET verdict = ?, open = 0 WHERE number = ? AND open",
                    verdict, each.number,
                )  # fmt: skip

    def _settle(self, arrival: Arrival) -> None:
        """The verdict, unless the file was removed meanwhile."""
        self._state.rows(
            "UPDATE arrivals SET name = ?, verdict = ?, open = 0 WHERE number = ?",
            arrival.name, arrival.verdict, arrival.number,
        )  # fmt: skip

    def _report(self, what: str, done: int, total: int) -> None:
        self.doing = f"{showable(what)}, {done:,} of {total:,}."


def _verdict(source: Source, sources: Mapping[str, Source]) -> str:
    """What became of a file."""
    if not source.read:
        return f"{NOT_ADDED}: it {source.reason}"
    whole = documents([*sources.values()]).get(source.document_id or "", source)
    if whole.path != source.path:
        return f"{NOT_ADDED}: it is the same file as {whole.title or whole.path}"
    read = f"indexed, {source.passages:,} passage{'s' * (source.passages != 1)}"
    return f"{read}; {source.note}" if source.note else read
