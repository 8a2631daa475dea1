"""A set's own corpus behind the ports of parsing and chunking: one passage an entry.

So that figures compare with published ones, entries are neither joined nor cut.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.evaluation.questions import Entry
from rag.types import Document, Page, Passage, Span


@dataclass(frozen=True, slots=True)
class Corpus:
    """Entries as a folder of files would be: the port `Parser`. Paths are places in the list."""

    entries: Sequence[Entry]
    recipe: str = "entries-1"

    def paths(self) -> Sequence[Path]:
        """One for each entry that has text."""
        return [Path(str(place)) for place, entry in enumerate(self.entries) if entry.text.strip()]

    def name(self, path: Path) -> str:
        """The entry's id."""
        return self._entry(path).id

    def identify(self, path: Path) -> str:
        """Two entries with the same text are two, so that both can be found."""
        return _digest(self._entry(path))

    def describe(self, document: Document) -> Document:
        """Nothing is known beyond the entry."""
        return document

    def parse(self, path: Path) -> Document:
        """The text is the entry's, on one page."""
        entry = self._entry(path)
        page = Page(1, "1", Span(0, len(entry.text)))
        return Document(_digest(entry), entry.id, entry.title, entry.text, (page,))

    def note(self, document: Document) -> str:  # noqa: ARG002 - the port
        """None."""
        return ""

    def _entry(self, path: Path) -> Entry:
        return self.entries[int(path.name)]

    @property
    def digest(self) -> str:
        """SHA-256 of all entries: names the index that is built of them."""
        return hashlib.sha256("".join(map(_digest, self.entries)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class WholeEntries:
    """The port `Chunker`: each document is one passage."""

    recipe: str = "whole-1"

    def chunk(self, document: Document) -> list[Passage]:
        """The one passage."""
        return [Passage(document.id, Span(0, len(document.text)), document.text)]


def _digest(entry: Entry) -> str:
    parts = json.dumps([entry.id, entry.title, entry.text])
    return hashlib.sha256(parts.encode()).hexdigest()
