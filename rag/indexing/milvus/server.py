"""A Milvus server, spoken to through one client: every failure is one sentence."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from grpc import RpcError
from pymilvus import MilvusClient
from pymilvus.exceptions import MilvusException

from rag.errors import ConfigError, IndexingError, IndexMissingError, IndexUnavailableError

READING, WRITING = 10.0, 120.0
"""Seconds that one request is given; until they are over, it is sent again when the line breaks."""
_NO_COLLECTION, _NOT_LOADED, _NO_ALIAS = 100, 101, 1600
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_LONGEST_REASON = 200

# What fails is told to the user once, by us, and not with a traceback of the client's.
logging.getLogger("pymilvus").setLevel(logging.CRITICAL + 1)
logging.getLogger("milvus_lite").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True, order=True)
class Generation:
    """Two collections: passages, and beside them documents. Names order by number."""

    number: int
    passages: str
    begun: int
    """Seconds since 1970, by the clock of the machine that built it."""

    @property
    def documents(self) -> str:
        """The collection of texts and of the manifest."""
        return f"{self.passages}_documents"


class Server:
    """The generations under one name. Safe to share between threads.

    The alias `name` leads to the live generation's passages. `uri` is a server's address, or a
    file ending in .db for milvus-lite. Connects at the first request.
    """

    def __init__(self, uri: str, name: str, token: str = "") -> None:
        """Raises ConfigError for a name that Milvus does not take."""
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"The setting milvus.name is {name!r}; it must begin with a letter and hold "
                "letters, digits and underscores alone."
            )
        self.name = name
        self._uri = uri
        self._token = token
        self._client: MilvusClient | None = None
        self._pattern = re.compile(
            rf"({re.escape(name)}_(\d{{6,}})_(\d{{10,}})_[0-9a-f]{{8}})(_documents)?"
        )

    @contextmanager
    def asked(self) -> Iterator[MilvusClient]:
        """The client; what goes wrong with it inside the block is raised as an IndexingError.

        IndexMissingError: a collection is not there, or no longer. IndexUnavailableError: the
        server cannot be reached, or refuses.
        """
        try:
            yield self._connected()
        except MilvusException as error:
            if error.code == _NO_COLLECTION:
                raise IndexMissingError(
                    "the generation that was being read has been replaced and removed: ask again"
                ) from error
            raise self._unavailable(error.message) from error
        except RpcError as error:
            raise self._unavailable(str(error)) from error

    def _connected(self) -> MilvusClient:
        if self._client is None:
            self._client = MilvusClient(
                self._uri, token=self._token, timeout=READING, dedicated=True
            )
        return self._client

    def read(self, request: str, name: str, **how: object) -> list[Any]:
        """What the client's `request`, "query" or "search", gets of a collection.

        A server that was started again may have to load it first.
        """
        with self.asked() as client:
            ask: Callable[[], list[Any]] = partial(
                getattr(client, request), name, timeout=READING, **how
            )
            try:
                return ask()
            except MilvusException as error:
                if error.code != _NOT_LOADED:
                    raise
            client.load_collection(name, timeout=WRITING)
            return ask()

    def new(self) -> Generation:
        """A name that no generation has, numbered after all others."""
        number = max((each.number for each in self.generations()), default=0) + 1
        now = int(time.time())
        return Generation(number, f"{self.name}_{number:06d}_{now}_{secrets.token_hex(4)}", now)

    def generations(self) -> list[Generation]:
        """All that are there, whole or not, in order."""
        with self.asked() as client:
            names = client.list_collections(timeout=READING)
        return sorted({found for name in names if (found := self._generation(name))})

    def live(self) -> Generation | None:
        """Where the alias leads; None without an alias."""
        with self.asked() as client:
            try:
                name = client.describe_alias(self.name, timeout=READING)["collection_name"]
            except MilvusException as error:
                if error.code in {_NO_COLLECTION, _NO_ALIAS}:
                    return None
                raise
        found = self._generation(name)
        if not found:
            raise IndexingError(
                f"the alias {self.name} leads to {name}, which rag did not make: "
                "choose another milvus.name"
            )
        return found

    def make_live(self, generation: Generation) -> None:
        """One step for the server: whoever asks the alias gets the old one or the new one."""
        there = self.live()
        with self.asked() as client:
            switch = client.alter_alias if there else client.create_alias
            switch(generation.passages, self.name, timeout=WRITING)

    def drop(self, generation: Generation) -> None:
        """Removes both collections. Raises IndexingError for the live generation.

        Milvus itself would remove a collection from behind its alias.
        """
        if generation == self.live():
            raise IndexingError(f"{generation.passages} is the live generation, which stays")
        with self.asked() as client:
            client.drop_collection(generation.passages, timeout=WRITING)
            client.drop_collection(generation.documents, timeout=WRITING)

    def close(self) -> None:
        """Ends the connection."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _generation(self, name: str) -> Generation | None:
        """Whose collection this is; None for a stranger's."""
        match = self._pattern.fullmatch(name)
        return Generation(int(match[2]), match[1], int(match[3])) if match else None

    def _unavailable(self, reason: str) -> IndexUnavailableError:
        self.close()  # a broken line is not mended but laid anew, at the next request
        short = " ".join(reason.split())[:_LONGEST_REASON]
        return IndexUnavailableError(
            f"the index at {self._uri} cannot be used now ({short}): "
            "see that the server runs and that milvus.uri names it"
        )
