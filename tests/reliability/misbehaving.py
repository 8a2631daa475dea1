"""Readers that hang, die, grow, multiply or never stop talking."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from tests.parsing.fault_workers import bare, within
from tests.reliability.reading import LIMITS, Bench, nothing_left
from tests.reliability.row import Outcome, Run

_SECONDS = 4.0
_MARK = "one of many"
_MANY = 7
"""Doublings: 128 processes, which is enough to see whether all are ended."""


class _Worker(NamedTuple):
    """How a reader misbehaves, and what is said of its file."""

    command: Sequence[str]
    status: str
    reason: str


_WORKERS = {
    "works for ever": _Worker(bare("while True: pass"), "TooComplexError", "took more than 4 s"),
    "aborts": _Worker(bare("os.abort()"), "DamagedDocumentError", "SIGABRT"),
    "takes 100 GB": _Worker(within("bytearray(10**11)"), "TooComplexError", "MB of memory"),
    "multiplies": _Worker(
        bare(f"# {_MARK}\nfor _ in range({_MANY}): os.fork()\ntime.sleep(99)"),
        "TooComplexError",
        "took more than 4 s",
    ),
    "says a gigabyte": _Worker(
        bare("for _ in range(1 << 14): os.write(1, b'x' * (1 << 16))"),
        "TooComplexError",
        "characters",
    ),
    "is deaf and mute": _Worker(
        bare("signal.signal(signal.SIGTERM, signal.SIG_IGN); os.close(1); time.sleep(99)"),
        "DamagedDocumentError",
        "no answer",
    ),
}


def workers(run: Run) -> Outcome:
    """Readers that hang, abort, take 100 GB, fork, say a gigabyte or nothing: ended, all of them"""
    found = Outcome()
    bench = Bench(run, replace(LIMITS, seconds=_SECONDS, characters=1_000_000))
    with nothing_left(found):
        for name, worker in _WORKERS.items():
            with found.trial(name):
                started = time.monotonic()
                reading = bench.read("a.txt", b"text", worker.command)
                took = time.monotonic() - started
                assert reading.status == worker.status
                assert worker.reason in str(reading.error)
                assert took <= _SECONDS + 1, f"{took:.1f} s"
                assert not _remaining()
        with found.trial("the next file is read"):
            document = Bench(run).read("a.txt", b"text").document
            assert document is not None
            assert document.text == "text"
    return found


def _remaining() -> list[str]:
    """Processes of the kind that multiplies; those that were killed may take a moment to end."""
    deadline = time.monotonic() + 1
    while left := [each.name for each in Path("/proc").glob("[0-9]*") if _is_one(each)]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return left


def _is_one(process: Path) -> bool:
    try:
        return f"# {_MARK}\n".encode() in (process / "cmdline").read_bytes()
    except OSError:
        return False
