"""Which documents a question is put to: what is there, what was chosen, and how both are said."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from rag.errors import ConfigError
from rag.language import language_name
from rag.types import Source
from rag.ui.html import Html, join

EMPTY = "There are no documents yet: put files into the documents folder and run `rag index`."
NONE_LEFT = (
    "None of the documents that you chose is in the index any more, and nothing was asked. Choose "
    "others, or press “Ask all” first."
)
GONE = "A document that is no longer in the index"
"""Stands at the box of one that was ticked."""
_ONE_GONE = "A document that you chose is no longer in the index, and was left out."
_MANY_GONE = "{:,} documents that you chose are no longer in the index, and were left out."
_NAMED = 3
"""Titles of chosen documents that are written out; of more, only the count is."""


def documents(found: Sequence[Source]) -> dict[str, Source]:
    """The documents that can be asked, by id; one that lies in two files stands here once."""
    held: dict[str, Source] = {}
    for source in found:
        if source.document_id is not None:
            held.setdefault(source.document_id, source)
    return held


def chosen(found: Sequence[Source], wanted: Collection[str]) -> tuple[list[str], tuple[str, ...]]:
    """Of the wanted ids those that can be asked, and what the answer has to say of that.

    Raises ConfigError if nothing of them is left.
    """
    held = documents(found)
    kept = [each for each in held if each in set(wanted)]
    if not kept:
        raise ConfigError(NONE_LEFT)
    gone = len(set(wanted)) - len(kept)
    lost = [] if not gone else [_ONE_GONE if gone == 1 else _MANY_GONE.format(gone)]
    return kept, (f"Only {_portion(kept, held)}{_titles(kept, held)} asked.", *lost)


def line(found: Sequence[Source], wanted: Collection[str]) -> Html:
    """While a choice is on: of how many documents."""
    if not wanted:
        return Html()
    held = documents(found)
    kept = [each for each in held if each in set(wanted)]
    return Html('<p class="scope">Asking {}</p>').format(_portion(kept, held))


def counted(found: Sequence[Source]) -> str:
    """What the panel is called: "15 documents, 1 file skipped"."""
    if not found:
        return EMPTY
    read = len(documents(found))
    lost = sum(not source.read for source in found)
    words = f"{read:,} document{'s' * (read != 1)}"
    return f"{words}, {lost:,} file{'s' * (lost != 1)} skipped" if lost else words


def label(source: Source, language: str) -> str:
    """A document in two lines of plain text: its title, then what is known of it."""
    known = (
        f"{source.pages:,} page{'s' * (source.pages != 1)}",
        f"{source.passages:,} passage{'s' * (source.passages != 1)}",
        language_name(language) if language else "",
        "tells what others say" if source.secondary else "",
        source.note,
        "" if source.path == _title(source) else _isolated(source.path),
    )
    return f"{_isolated(_title(source))}\n{', '.join(filter(None, known))}"


def skipped(found: Sequence[Source]) -> Html:
    """The files that could not be read, each with the reason."""
    lost = [source for source in found if not source.read]
    if not lost:
        return Html()
    rows = join(
        Html("<li><bdi>{}</bdi> <small>skipped: {}</small></li>").format(each.path, each.reason)
        for each in lost
    )
    return Html('<ul class="skipped">{}</ul>').format(rows)


def _title(source: Source) -> str:
    return source.title or source.path


def _portion(kept: Sequence[str], held: Collection[str]) -> str:
    return f"{len(kept):,} of {len(held):,} document{'s' * (len(held) != 1)}"


def _titles(kept: Sequence[str], held: Mapping[str, Source]) -> str:
    verb = "was" if len(kept) == 1 else "were"
    if len(kept) > _NAMED:
        return f" {verb}"
    return f" ({'; '.join(_isolated(_title(held[each])) for each in kept)}) {verb}"


def _isolated(text: str) -> str:
    """Text whose direction of writing ends where it ends, as <bdi> does it where there are tags."""
    return f"\N{FIRST STRONG ISOLATE}{' '.join(text.split())}\N{POP DIRECTIONAL ISOLATE}"
