"""The living folder: what is added, changed, renamed or removed there is indexed a moment later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import watchfiles

from rag.errors import ConfigError, IndexBusyError, RagError
from rag.ingest import Ingested

SETTLED = 400
"""Milliseconds without a change after which what was changed is read; a copy takes its time."""
LONGEST = 5_000
"""Milliseconds of changes without a pause after which they are read all the same."""
AGAIN = 2_000
"""Milliseconds after which an index that another process was writing is tried again."""


def watch(
    folder: Path,
    ingest: Callable[[], Ingested],
    told: Callable[[Ingested | RagError], None],
    stop: threading.Event,
) -> None:
    """Ingests now and after every change, until `stop` is set; `told` hears of each outcome.

    An error ends nothing: the index stays as it was, and the next change is a new try. Raises
    ConfigError when the folder itself cannot be watched.
    """
    if not folder.is_dir():
        raise ConfigError(f"The documents folder {folder.name!r} is not there to be watched.")
    waiting = not _ingested(ingest, told)
    try:
        for changes in watchfiles.watch(
            folder,
            watch_filter=None,
            stop_event=stop,
            step=SETTLED,
            debounce=LONGEST,
            rust_timeout=AGAIN,
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            if changes or waiting:
                waiting = not _ingested(ingest, told)
    except OSError as error:
        raise ConfigError(
            f"The documents folder {folder.name!r} cannot be watched ({error})."
        ) from error


def _ingested(ingest: Callable[[], Ingested], told: Callable[[Ingested | RagError], None]) -> bool:
    """Whether there is nothing left to do: another writer is waited for, and told of by nobody."""
    try:
        told(ingest())
    except IndexBusyError:
        return False
    except RagError as error:
        told(error)
    return True
