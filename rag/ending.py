"""How the program ends when it is told to: soon, with the right code, and leaving no child behind.

The index survives an end at any moment, so nothing is waited for that lasts.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

from rag.parsing.child import end_all

SECONDS = 1.0
"""For threads that are still at work, such as one that awaits a language model."""

_last: threading.Timer | None = None


class Terminated(SystemExit):
    """The process got SIGTERM."""


def prepare() -> None:
    """From now on Ctrl-C and SIGTERM end the program in seconds; a second one ends it at once."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)


def leave_within_seconds(code: int) -> None:
    """Ends the process with `code` although threads may still be at work then."""
    global _last  # noqa: PLW0603 - a process ends but once, and the last word counts
    if _last is not None:
        _last.cancel()
    _last = threading.Timer(SECONDS, _leave, [code])
    _last.daemon = True
    _last.start()


def _end(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)
    end_all()
    leave_within_seconds(128 + number)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise Terminated(128 + number)


def _leave(code: int) -> None:
    sys.stdout.flush()
    os._exit(code)
