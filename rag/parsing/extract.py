"""What a reader takes out of one file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Extract:
    """The (label, clean text) of each page in order, the title that the file gives itself, if any,
    and remarks on what was lost or guessed.
    """

    pages: tuple[tuple[str, str], ...]
    title: str = ""
    remarks: tuple[str, ...] = ()
