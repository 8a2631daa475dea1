"""Where generations live on a Milvus server: opens the live one, publishes new ones."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

from rag.errors import (
    ConfigError,
    IndexCorruptError,
    IndexingError,
    IndexMismatchError,
    IndexMissingError,
    IndexUnavailableError,
)
from rag.indexing.milvus.build import MilvusBuild, sealed
from rag.indexing.milvus.index import MilvusIndex
from rag.indexing.milvus.server import Generation, Server
from rag.indexing.recipe import check_recipe
from rag.indexing.spool import Fingerprint
from rag.indexing.storage import exclusive

GRACE = 600.0
"""Seconds for which a generation stays after it was replaced: readers may still be in it."""
_LOCK = ".lock"
_SPOOL = "milvus.tmp"


class MilvusIndexStore:
    """Generations as collections, the live one behind an alias. Any number of readers.

    One writer at a time on a machine, by a lock in `folder`, which also holds what is collected
    for a build. Of two machines that build at once, the second to finish is refused.
    """

    warnings: Sequence[str] = ()

    def __init__(
        self, server: Server, folder: Path, recipe: Mapping[str, str], grace: float = GRACE
    ) -> None:
        self._server = server
        self._grace = grace
        self._folder = folder
        self._recipe = dict(recipe)

    def open(self) -> MilvusIndex:
        """The live generation, all of whose passages are there.

        Raises IndexMissingError, IndexMismatchError, IndexCorruptError or IndexUnavailableError.
        """
        live = self._server.live()
        if live is None:
            raise IndexMissingError(
                f"there is no index named {self._server.name} on the server yet: run `rag index`"
            )
        index = MilvusIndex(self._server, live)
        check_recipe(index.manifest.recipe, self._recipe)
        return index

    def current(self) -> int | None:
        """One short request to the server."""
        live = self._server.live()
        return live.number if live else None

    @contextmanager
    def build(self) -> Iterator[MilvusBuild]:
        """Starts a new generation; leaving the block without publishing removes it.

        Raises IndexBusyError, ConfigError for a folder that cannot be written, and
        IndexUnavailableError.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"the index folder {self._folder} cannot be made ({error.strerror}): "
                "choose another one"
            ) from error
        spool = self._folder / _SPOOL
        with exclusive(self._folder / _LOCK):
            try:
                spool.unlink(missing_ok=True)
                build = MilvusBuild(self._server, self._recipe, self._previous(), spool)
                try:
                    yield build
                finally:
                    with suppress(IndexUnavailableError):
                        build.close()
                        self._tidy(build.before)
            finally:
                spool.unlink(missing_ok=True)

    def verify(self) -> list[str]:
        """Reads everything back and compares it with the manifest; one sentence for each fault."""
        try:
            live = self._server.live()
            if live is None:
                return [f"there is no index named {self._server.name} on the server yet"]
            index = MilvusIndex(self._server, live)
            return list(_faults(index))
        except IndexingError as error:
            return [str(error)]

    def _previous(self) -> MilvusIndex | None:
        """What can be taken over from: whole, and made by the same recipe."""
        try:
            return self.open()
        except (IndexMissingError, IndexCorruptError, IndexMismatchError):
            return None

    def _tidy(self, before: Generation | None) -> None:
        """After a publication: removes what was replaced long enough ago.

        The generation before the live one stays in any case, and so does what is not older than
        the live one: it may be another machine's, in the making.
        """
        live = self._server.live()
        if live is None or live == before:
            return
        latest = time.time() - self._grace
        every = self._server.generations()
        for each, successor in pairwise(every):
            if successor.begun <= latest and successor.number < live.number and each != before:
                self._server.drop(each)


def _faults(index: MilvusIndex) -> Iterator[str]:
    fingerprint, digest = Fingerprint(index.manifest.recipe), hashlib.sha256()
    for entry in index.manifest.documents:
        try:
            head, text = index.raw(entry)
            fingerprint.add(head.encode(), text)
        except IndexCorruptError as error:
            yield str(error)
    if str(fingerprint) != index.fingerprint:
        yield "the documents on the server are not those that were published"
    for row in index.rows():
        digest.update(sealed(row))
    if digest.hexdigest() != index.manifest.rows:
        yield "the passages on the server are not those that were published"
