"""What the reading of one file may cost, and how a process is held to it."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace

_LANGUAGES = re.compile(r"[A-Za-z]\w{1,30}(?:\+[A-Za-z]\w{1,30}){0,9}")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: time, memory (`memory_bytes` of address space), and size.

    `seconds` is wall clock for the whole process, `cpu_seconds` its processor time; `pages` and
    `characters` bound what is read out of a file of at most `file_bytes`.
    """

    seconds: float
    cpu_seconds: int
    memory_bytes: int
    pages: int
    characters: int
    file_bytes: int

    def for_markup(self) -> Limits:
        """The same for what is no PDF: a third of the processor's time, if that is 20 s or more.

        Long reports are PDFs; what keeps a reader of web pages busy for so long is made to.
        """
        return replace(self, cpu_seconds=min(self.cpu_seconds, max(20, self.cpu_seconds // 3)))


@dataclass(frozen=True, slots=True)
class Recognition:
    """What is asked of recognising text in scans: the languages as Tesseract names them, joined by
    "+" ("eng+rus"), and how many seconds more it may take for one file.

    Raises ValueError for what cannot be languages.
    """

    languages: str = "eng"
    seconds: float = 600.0

    def __post_init__(self) -> None:
        if not _LANGUAGES.fullmatch(self.languages):
            raise ValueError(f"not names of languages: {self.languages!r}")


def hold_to(limits: Limits) -> None:
    """Bind this process, for good, to its memory and time; it may write no file and open few.

    Only the wall clock of the parent holds on Windows, and memory is not reliably bounded on macOS.
    """
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - does not exist on Windows

    bounds = {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in bounds.items():
        _, ceiling = resource.getrlimit(kind)
        allowed = bound if ceiling == resource.RLIM_INFINITY else min(bound, ceiling)
        # Only the soft limit of processor time ends a process by a signal that says why.
        spare = 1 if kind == resource.RLIMIT_CPU and allowed == bound != ceiling else 0
        resource.setrlimit(kind, (allowed, allowed + spare))
