"""What is asked about, in one line, and file by file when opened."""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Source
from rag.ui.html import Html, join

EMPTY = "There are no documents yet: put files into the documents folder and run `rag index`."


def sources(found: Sequence[Source]) -> Html:
    """A line that counts the documents and opens to the list of them, skipped files included."""
    read = [source for source in found if source.read]
    skipped = [source for source in found if not source.read]
    if not found:
        return Html('<p class="sources">{}</p>').format(EMPTY)
    return Html(
        '<details class="sources"><summary>{summary}</summary><ul>{read}{skipped}</ul></details>'
    ).format(
        summary=_counted(len(read), len(skipped)),
        read=join(_read(source) for source in read),
        skipped=join(_skipped(source) for source in skipped),
    )


def _counted(read: int, skipped: int) -> str:
    line = f"{read:,} document{'s' * (read != 1)}"
    return f"{line}, {skipped:,} file{'s' * (skipped != 1)} skipped" if skipped else line


def _read(source: Source) -> Html:
    pages = f"{source.pages:,} page{'s' * (source.pages != 1)}"
    note = f"{pages}; {source.note}" if source.note else pages
    return Html("<li><bdi>{}</bdi> <small><bdi>{}</bdi>, {}</small></li>").format(
        source.title or source.path, source.path, note
    )


def _skipped(source: Source) -> Html:
    return Html('<li class="skipped"><bdi>{}</bdi> <small>skipped: {}</small></li>').format(
        source.path, source.reason
    )
