"""Readers that misbehave, as the commands of their processes, and what such a process leaves."""

from __future__ import annotations

import contextlib
import os
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


def children() -> set[str]:
    """The ids of this process's children, the dead but unburied among them."""
    found: set[str] = set()
    for thread in Path(f"/proc/{os.getpid()}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # of a thread that has ended meanwhile
            found |= set((thread / "children").read_text().split())
    return found


def descriptors() -> int:
    """How many files this process holds open."""
    return len(list(Path("/proc/self/fd").iterdir()))
