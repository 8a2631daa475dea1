"""HTTP for clients that may be slow on purpose: each has so much time, and there is room for so
many.

uvicorn limits how long a connection may rest between two requests, not how long a request's head
may take to arrive or an answer to be taken; without such limits a few hundred idle clients keep
everybody else out (the "slowloris" attack). Bodies are bounded in `guards`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""For all headers of a request, from the first byte, or from the beginning of the connection."""
TAKE_SECONDS = 60.0
"""For taking what was sent, once the buffers of this machine are full."""
CONNECTIONS = 600
"""At the same time: two for each conversation that the server holds, and as many again to spare
for what comes and goes. More would meet the usual limit of 1,024 open files.
"""


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with an end to its patience."""

    _for_head: asyncio.TimerHandle | None = None
    _for_room: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.abort()
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._got_head()
        self._got_room()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        cycle: Any = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._got_head()
        elif self._for_head is None:
            self._await_head()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._for_room = self.loop.call_later(TAKE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._got_room()
        super().resume_writing()

    def _await_head(self) -> None:
        self._for_head = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _got_head(self) -> None:
        if self._for_head is not None:
            self._for_head.cancel()
            self._for_head = None

    def _got_room(self) -> None:
        if self._for_room is not None:
            self._for_room.cancel()
            self._for_room = None
