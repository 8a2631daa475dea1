"""Files that are added to the library, taken out and brought back while it answers.

GET /documents says how things stand: every open page asks now and then, and so learns of a newer
index and of another server under the same address. POST /documents takes a file as the whole body
of the request; DELETE /documents removes one, POST /documents/restore brings it back.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from rag.config import ServerSettings
from rag.errors import ConfigError, ParseError, RagError
from rag.indexing.storage import Storage
from rag.parsing.formats import kind_of
from rag.ui.arrivals import NOT_ADDED, Arrivals
from rag.ui.choice import documents
from rag.ui.stack import DAYS, FullError, Stack, safe_name
from rag.ui.state import State
from rag.ui.talk import Answering

ROUTE = "/documents"
AT_ONCE = 4
"""Files that may arrive at the same time."""
HEAD = 16_000_000
"""Bytes of a file that are looked at to tell what it is."""
GONE = "This file is not here any more."
_SWITCH = {"on": True, "off": False}

_log = logging.getLogger(__name__)


def wanted(settings: ServerSettings, *, local: bool) -> bool:
    """Whether files may be added; raises ConfigError for a setting that is none.

    By default they may where only this machine, or who logs in, can reach the page (`local`).
    """
    if settings.uploads == "auto":
        return local or bool(settings.users)
    try:
        return _SWITCH[settings.uploads]
    except KeyError as error:
        raise ConfigError(
            f"The setting server.uploads is {settings.uploads!r}; it can be auto, on or off."
        ) from error


class Uploads:
    """What the routes do. `library` is asked what it holds, `arrivals` what became of the files."""

    def __init__(self, library: Answering, stack: Stack, state: State | None = None) -> None:
        self._library = library
        self._stack = stack
        self._storage = Storage()
        self._room = asyncio.Semaphore(AT_ONCE)
        self.arrivals = Arrivals(stack, library.ingest, state=state)
        self.largest = stack.largest

    def start(self) -> None:
        """Ends what an earlier server left, and indexes what it did not come to."""
        self._stack.tidy()
        known = {source.path for source in self._library.sources()}
        new = any(self._stack.path(name) not in known for name in self._stack.names())
        if new or any(each.open for each in self.arrivals.told):
            self.arrivals.index()

    def state(self) -> dict[str, Any]:
        """As the page shows it."""
        told = [
            {"number": each.number, "called": each.called, "verdict": each.verdict}
            | {"open": each.open, "name": each.name}
            for each in self.arrivals.told
        ]
        about = {"doing": self.arrivals.doing, "arrivals": told, "days": DAYS}
        return about | {"uploaded": self._stack.names(), "largest": self.largest}

    async def take(self, request: Request, called: str) -> str:
        """Takes in a file; returns what its owner is to know, and raises what says why not."""
        size = request.headers.get("content-length", "")
        if not size.isdecimal() or not int(size):
            raise ConfigError("It is empty." if size == "0" else "Its length is not told.")
        if self._room.locked():
            raise FullError("Other files are arriving just now: try again in a moment.")
        async with self._room:
            arriving = await asyncio.to_thread(self._stack.begin, int(size))
            try:
                digest = await self._write(request, arriving)
                return await asyncio.to_thread(self._placed, arriving, called, digest)
            finally:
                self._stack.drop(arriving)

    async def _write(self, request: Request, arriving: Path) -> str:
        digest, seen = hashlib.sha256(), 0
        file = await asyncio.to_thread(self._storage.create, arriving)
        with file:
            async for block in request.stream():
                await asyncio.to_thread(self._storage.write, file, block)
                digest.update(block)
                seen += len(block)
        if seen != int(request.headers["content-length"]):
            raise ConfigError("The file did not arrive whole.")
        return digest.hexdigest()

    def _placed(self, arrived: Path, called: str, digest: str) -> str:
        twin = documents(self._library.sources()).get(digest)
        if twin is not None:
            return f"{NOT_ADDED}: it is the same file as {twin.title or twin.path}"
        with arrived.open("rb") as file:
            kind = kind_of(file.read(HEAD), called)
        name = self._stack.place(arrived, safe_name(called, kind))
        self.arrivals.add(called, name)
        return ""

    def remove(self, name: str) -> str:
        """Takes an uploaded file out; returns the key that brings it back. Raises KeyError."""
        key = self._stack.remove(name)
        self.arrivals.forget(name)
        self.arrivals.index()
        return key

    def restore(self, key: str) -> str:
        """Brings a removed file back; returns its name. Raises KeyError."""
        name = self._stack.restore(key)
        self.arrivals.add(name, name)
        return name


def uploading(library: Answering, uploads: Uploads | None) -> APIRouter:
    """The routes; without `uploads` only the one that says how things stand."""
    router, server = APIRouter(), secrets.token_hex(8)

    async def state() -> Response:
        said = await asyncio.to_thread(_state, library, uploads)
        headers = {"cache-control": "no-store"}
        return JSONResponse({"server": server, **said}, headers=headers)

    router.add_api_route(ROUTE, state, methods=["GET"])
    if uploads is None:
        return router

    async def add(request: Request, name: str = "") -> Response:
        try:
            return _said(202, verdict=await uploads.take(request, name))
        except (RagError, OSError, ClientDisconnect) as error:
            return _refused(error)

    async def remove(name: str = "") -> Response:
        return await _moved(uploads.remove, name, "key")

    async def restore(key: str = "") -> Response:
        return await _moved(uploads.restore, key, "name")

    router.add_api_route(ROUTE, add, methods=["POST"])
    router.add_api_route(ROUTE, remove, methods=["DELETE"])
    router.add_api_route(f"{ROUTE}/restore", restore, methods=["POST"])
    return router


def _refused(error: Exception) -> Response:
    """Why a file was not added."""
    if isinstance(error, ParseError):
        status, why = 415, f"it {error.reason}"
    elif isinstance(error, RagError):
        status, why = 507 if isinstance(error, FullError) else 400, str(error)
    elif isinstance(error, OSError):
        _log.error("an uploaded file cannot be written: %s", error)
        status, why = 507, f"it cannot be written ({error.strerror})"
    else:
        status, why = 400, "it did not arrive whole"
    return _said(status, verdict=f"{NOT_ADDED}: {why}")


async def _moved(move: Callable[[str], str], given: str, told: str) -> Response:
    try:
        return _said(200, **{told: await asyncio.to_thread(move, given)})
    except KeyError:
        return _said(404, verdict=GONE)
    except ConfigError as error:
        return _said(507, verdict=str(error))
    except OSError as error:
        _log.exception("an uploaded file could not be moved")
        return _said(507, verdict=f"The disk does not let it be moved ({error.strerror}).")


def _said(status: int, **said: str) -> Response:
    return JSONResponse(said, status_code=status)


def _state(library: Answering, uploads: Uploads | None) -> dict[str, Any]:
    try:
        library.refresh()
        generation = library.generation
    except RagError:  # the panel says so
        generation = 0
    return {"generation": generation, **(uploads.state() if uploads else {})}
