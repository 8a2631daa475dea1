"""Readers that misbehave, as the commands of their processes, and what such a process leaves."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from rag.parsing import child

_INSIDE = child._ENTRANCE.replace(
    "main(sys.argv[2])",
    "import rag.parsing.worker as worker\nworker.read = lambda *order: {}\nmain(sys.argv[2])",
)


def bare(code: str) -> tuple[str, ...]:
    """A child that is not ours at all."""
    return (sys.executable, "-I", "-c", f"import os, signal, sys, time\n{code}")


def within(expression: str) -> tuple[str, ...]:
    """Our own worker under its limits, with `expression` in place of reading."""
    return (*child.WORKER[:4], _INSIDE.format(expression), child.WORKER[5])


def held() -> set[str]:
    """This process's children, the dead but unburied among them, and the files it has open, each
    under a name that no later one takes: what is new in the set was not given back.
    """
    found: set[str] = set()
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # of a thread that has ended meanwhile
            found |= {f"child {pid}" for pid in (thread / "children").read_text().split()}
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # of what looks into the folder
            found.add(f"{link.name} {link.readlink()}")
    return found
