"""The parent's side: one process for one file, listened to, bounded, and never left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from rag.errors import DamagedDocumentError, ParseError, StoppedError, TooComplexError
from rag.parsing.extract import Extract, Leaf
from rag.parsing.limits import Limits, Recognition
from rag.types import Part, Role, Span

# The package's public face may bring in everything; the child needs only the way to its parts.
_ENTRANCE = """
import sys, types
package = types.ModuleType("rag")
package.__path__ = [sys.argv[1]]
sys.modules["rag"] = package
from rag.parsing.worker import main
main(sys.argv[2])
"""
WORKER = (sys.executable, "-I", "-B", "-c", _ENTRANCE, str(Path(__file__).resolve().parents[1]))
"""The command that reads; what to read follows as its last argument."""

_CHUNK = 65_536
_SLOW = b'{"recognising"'
_LAST_WORDS = (b'{"end"', b'{"error"')
_DYING_SECONDS = 1.0
_running: set[subprocess.Popen[bytes]] = set()
_ending = threading.Event()
_ERRORS = {error.__name__: error for error in ParseError.__subclasses__()}


def extract(
    command: Sequence[str],
    data: IO[bytes],
    path: str,
    limits: Limits,
    recognition: Recognition | None = None,
) -> Extract:
    """What `command` reads out of `data`; raises ParseError, also when the child dies."""
    order: dict[str, object] = {"path": path, "limits": asdict(limits)}
    if recognition:
        order["recognition"] = asdict(recognition)
    more = recognition.seconds if recognition else 0.0
    return _understand(
        path, heard(command, json.dumps(order), data, path, limits, more_seconds=more)
    )


def heard(  # noqa: PLR0913 - one child's whole surroundings
    command: Sequence[str],
    job: str,
    data: IO[bytes],
    path: str,
    limits: Limits,
    *,
    more_seconds: float = 0.0,
) -> bytes:
    """All that the child says to the end; raises ParseError if it says too much, or dies, and
    StoppedError when the program ends.

    It has `more_seconds` if it says in time that it recognises text in images.
    """
    with _child([*command, job], data, path) as process:
        listener = _Listener(process, _most_bytes(limits))
        try:
            listener.start()
            listener.join(limits.seconds)
            if listener.recognising:
                listener.join(more_seconds)
            late = listener.is_alive()
            if not (late or listener.finished or listener.flooded):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_DYING_SECONDS)
            code = process.returncode
        finally:
            _kill(process)
            listener.join(_DYING_SECONDS)
    if late:
        raise TooComplexError(path, f"took more than {limits.seconds:g} s to read")
    if listener.flooded:
        raise TooComplexError(path, f"holds more than {limits.characters:,} characters")
    if not listener.finished:
        raise _death(path, code, limits)
    return bytes(listener.heard)


@contextlib.contextmanager
def _child(command: Sequence[str], data: IO[bytes], path: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a session of its own, gone afterwards; raises StoppedError if `end_all` ended
    it, or would have.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
            command,
            stdin=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
    except OSError as error:
        raise ParseError(path, f"no process could be started to read it ({error})") from error
    _running.add(process)
    try:
        if not _ending.is_set():
            yield process
        if _ending.is_set():
            raise StoppedError("Reading was stopped, because the program ends.")
    finally:
        _kill(process)
        _running.discard(process)


def end_all() -> None:
    """Ends all children now, and lets no other begin. May be called by a signal's handler: it
    waits for no lock.
    """
    _ending.set()
    for process in tuple(_running):
        if process.returncode is None:
            _signal_group(process)


def _most_bytes(limits: Limits) -> int:
    """More than any honest answer has: eight bytes a character, which is room for its part in
    parts too, and each page's frame.
    """
    return 8 * limits.characters + 1_024 * limits.pages + _CHUNK


class _Listener(threading.Thread):
    """Hears one child out: until its last words, the end of its output, or too much of it."""

    def __init__(self, process: subprocess.Popen[bytes], most: int) -> None:
        super().__init__(daemon=True)
        self._stream = process.stdout
        self._most = most
        self.heard = bytearray()
        self.recognising = False
        self.finished = False
        self.flooded = False

    def run(self) -> None:
        if self._stream is None:
            return
        with self._stream as stream:
            while not (self.finished or self.flooded):
                chunk = stream.read(_CHUNK)
                if not chunk:
                    return
                self.heard += chunk
                self.flooded = len(self.heard) > self._most
                self.recognising = self.heard.startswith(_SLOW)
                self.finished = self._is_last()

    def _is_last(self) -> bool:
        if not self.heard.endswith(b"\n"):
            return False
        return self.heard.startswith(_LAST_WORDS, self.heard.rfind(b"\n", 0, -1) + 1)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the child and all that it started, and leave no zombie."""
    _signal_group(process)
    process.wait()


def _signal_group(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _death(path: str, code: int | None, limits: Limits) -> ParseError:
    """Why a child said no last words, as far as its exit code tells; None: it never ended."""
    if code is None:
        name = "no answer"
    else:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"exit code {code}"
    if name == "SIGXCPU":
        reason = f"took more than {limits.cpu_seconds:,} s of processor time"
        return TooComplexError(path, reason)
    if name == "SIGKILL":
        return TooComplexError(path, "needs more memory than this machine gives")
    return DamagedDocumentError(path, f"breaks the parser ({name})")


def _understand(path: str, heard: bytes) -> Extract:
    try:
        *pages, last = lines(path, heard)
        return Extract(
            tuple(map(_leaf, pages)),
            str(last["end"]["title"]),
            tuple(map(str, last["end"]["remarks"])),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedDocumentError(path, "breaks the parser (garbled answer)") from error


def lines(path: str, heard: bytes) -> list[dict[str, Any]]:
    """What the child said, line by line; raises the ParseError of which it speaks."""
    said: list[dict[str, Any]] = [json.loads(line) for line in heard.splitlines()]
    if len(said) > 1 and "recognising" in said[0]:
        del said[0]
    if "error" in said[-1]:
        raise _ERRORS[said[-1]["error"]](path, said[-1]["reason"])
    return said


def _leaf(page: dict[str, Any]) -> Leaf:
    parts = (
        Part(Span(int(start), int(end)), Role(role), int(value))
        for start, end, role, value in page["parts"]
    )
    return Leaf(str(page["label"]), str(page["page"]), tuple(parts))
