"""Routes for whoever looks after the service: is it alive, is it ready, how is it doing."""

from __future__ import annotations

import asyncio
import logging
import threading
import time

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from rag.errors import RagError
from rag.ui.metrics import Metrics
from rag.ui.talk import Answering

FRESH = 10.0
"""Seconds for which what was found about readiness holds."""
REHEARSAL = "Is everything ready to answer?"

_log = logging.getLogger(__name__)


class Readiness:
    """Whether questions can be answered, found out by asking one.

    That opens the index, which holds its bytes against the manifest, and loads all models.
    """

    def __init__(self, library: Answering) -> None:
        self._library = library
        self._asking = threading.Lock()
        self._found: tuple[float, int, str] | None = None

    def found(self) -> tuple[int, str]:
        """The generation that answers, and ""; or 0 and the kind of error that keeps it."""
        with self._asking:  # one at a time: the others get what it finds
            now = time.monotonic()
            if self._found is None or now - self._found[0] > FRESH:
                self._found = (now, *self._rehearsed())
            return self._found[1:]

    def _rehearsed(self) -> tuple[int, str]:
        try:
            self._library.refresh()
            return self._library.ask(REHEARSAL).generation, ""
        except RagError as error:
            _log.warning("not ready: %s", error)
            return 0, type(error).__name__
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody gets an answer
            _log.exception("not ready")
            return 0, type(error).__name__


def health(library: Answering, metrics: Metrics | None = None) -> APIRouter:
    """GET /healthz: the process answers. GET /readyz: so would the library. GET /metrics."""
    router, readiness = APIRouter(), Readiness(library)

    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    async def readyz() -> JSONResponse:
        generation, reason = await asyncio.to_thread(readiness.found)
        if reason:  # its kind only: whoever asks here has not logged in
            return JSONResponse({"status": "not ready", "reason": reason}, status_code=503)
        return JSONResponse({"status": "ready", "generation": generation})

    router.add_api_route("/healthz", healthz)
    router.add_api_route("/readyz", readyz)
    if metrics is not None:
        figures = metrics

        async def numbers() -> Response:
            return Response(figures.text(), media_type=CONTENT_TYPE_LATEST)

        router.add_api_route("/metrics", numbers)
    return router
