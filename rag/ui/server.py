"""Serves the page: Gradio inside an application of our own, behind the guards."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Callable, Collection
from pathlib import Path
from typing import cast

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from gradio.route_utils import FnIndexInferError

from rag.config import Settings
from rag.errors import ConfigError
from rag.ui.accounts import Accounts, Sessions, Throttle
from rag.ui.admission import Admitted
from rag.ui.bounds import BodyLimit, Busy, Streams
from rag.ui.calls import UNFIT, word_failures
from rag.ui.direct import Questions, direct
from rag.ui.feedback import Feedback
from rag.ui.guards import (
    App,
    Catcher,
    Closed,
    Headers,
    Hosts,
    Requests,
    SameSite,
)
from rag.ui.health import health
from rag.ui.login import Login
from rag.ui.metrics import Metrics
from rag.ui.page import build_page, head, theme
from rag.ui.patience import PatientProtocol
from rag.ui.routes import EXPORT, KINDS, routes
from rag.ui.sheets import sheets
from rag.ui.stack import Stack
from rag.ui.state import State
from rag.ui.talk import Answering
from rag.ui.uploads import ROUTE, Uploads, uploading, wanted

LARGEST_BODY = 2_000_000
"""Bytes of the largest request: a thousand times the longest question."""
LARGEST_CONVERSATION = 8_000_000
"""Bytes of one that is taken away: about what browsers keep of a page."""
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
FAREWELL = 2
"""Seconds that open connections get to finish when the server is told to stop."""
BACKLOG = 128
"""Connections that may wait to be accepted."""
GRADIO = "/gradio_api/"
STREAMS = 400
"""Pages open at the same time: twice the conversations that are held. Further ones work, but are
not told from those that were left."""
MAX_PORT = 65_535
UNUSED = (
    *(
        f"{GRADIO}{route}"
        for route in (
            "api", "call/v2", "component_server", "deep_link", "process_recording", "proxy", "run",
            "stream", "upload", "vibe",
        )
    ),
    "/monitoring",
    "/proxy",
)  # fmt: skip
"""Routes of Gradio's that nothing on the page calls."""
_EVERYBODY = (
    "Everybody who can reach this machine could ask: name a file of accounts in server.users (see "
    "docs/running.md), or set server.open if that is meant."
)


def build_app(  # noqa: PLR0913, PLR0917 - what a service is made of
    page: gr.Blocks,
    library: Answering,
    host: str = "127.0.0.1",
    names: Collection[str] = (),
    accounts: Accounts | None = None,
    metrics: Metrics | None = None,
    uploads: Uploads | None = None,
    questions: Questions | None = None,
    state: State | None = None,
) -> App:
    """The page over the library behind its guards, as an ASGI application.

    It answers under the names of this machine, under `host` unless that is a wildcard, and
    under `names`; to those who log in to one of `accounts`, or to everybody without them. With
    `uploads` they may add files. `questions` bounds what is asked in one request; `state` keeps
    logins.
    """
    word_failures(page)
    inner = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    inner.include_router(health(library, metrics))
    inner.include_router(routes(library))
    inner.include_router(direct(questions or Questions(library)))
    inner.include_router(sheets(library))
    inner.include_router(uploading(library, uploads))
    _mount(inner, page)
    known = {*LOCAL_NAMES, *names, *((host,) if not _is_wildcard(host) else ())}
    guarded: App = Streams(Busy(Closed(inner, UNUSED), GRADIO), GRADIO + "heartbeat/", STREAMS)
    larger = {("POST", f"{EXPORT}/{kind[1:]}"): LARGEST_CONVERSATION for kind in KINDS}
    if uploads:
        larger["POST", ROUTE] = uploads.largest
    if accounts:
        sessions = Sessions(state=state, realm=accounts.realm)
        guarded = Login(guarded, accounts, sessions, Throttle(state=state))
    guarded = Hosts(SameSite(BodyLimit(guarded, LARGEST_BODY, larger=larger)), known)
    # The headers are outermost, so that refusals carry them too.
    return Headers(Requests(Catcher(guarded), metrics))


def _mount(inner: FastAPI, page: gr.Blocks) -> None:
    """Gradio below everything else, with nothing of it that the page has no use for."""
    gr.mount_gradio_app(
        inner,
        page,
        path="/",
        show_error=False,
        enable_monitoring=False,
        max_file_size="20mb",
        allowed_paths=[],
        blocked_paths=["/"],
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        theme=theme(),
        head=head(),
    )
    for route in inner.routes:
        if isinstance(mounted := getattr(route, "app", None), FastAPI):
            mounted.add_exception_handler(FnIndexInferError, _unknown_name)
            mounted.add_exception_handler(RequestValidationError, _unfit)


def serve(
    library: Answering,
    settings: Settings,
    announce: Callable[[str], None] | None = None,
    *,
    telling: bool = False,
) -> None:
    """Serves the page until the process is told to stop.

    `announce` is called with the page's address once it answers there. `telling`: questions are
    logged. Files may be added to the documents folder if the settings let them. Raises ConfigError
    when it cannot listen at the host and port of the settings (port 0 takes any free one), or would
    be open to everybody although nobody said so.
    """
    server = settings.server
    accounts = Accounts.read(Path(server.users)) if server.users else None
    names = server.names.split()
    if not accounts and not server.open and (names or not _is_loopback(server.host)):
        raise ConfigError(_EVERYBODY)
    feedback = Feedback(Path(server.feedback)) if server.feedback else None
    metrics = Metrics() if server.metrics else None
    admission = Admitted(library, server.workers, server.seconds, metrics, telling=telling)
    admitted = cast("Answering", admission)
    state = State(Path(server.state)) if server.state else State()
    uploads = None
    if wanted(server, local=_is_loopback(server.host) and not (names or server.open)):
        stack = Stack(settings.documents, settings.parsing.max_file_mb << 20)
        uploads = Uploads(admitted, stack, state)
    questions = Questions(admitted, server.workers, server.queue)
    with listen(server.host, server.port) as listener:
        page = build_page(admitted, workers=server.workers, queue=server.queue, feedback=feedback)
        if metrics:
            waiting = page._queue  # noqa: SLF001 - Gradio shows its length nowhere else
            metrics.watch(lambda: len(waiting), lambda: admission.running)
        address = f"http://{_written(server.host)}:{listener.getsockname()[1]}/"
        app = build_app(
            page, admitted, server.host, names, accounts, metrics, uploads, questions, state
        )
        service = make_server(app, lambda: announce(address) if announce else None)
        if uploads:
            uploads.start()
        service.run(sockets=[listener])


def make_server(app: App, started: Callable[[], None]) -> uvicorn.Server:
    """A server that prints nothing, and calls `started` once it listens."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        http=PatientProtocol,
        ws="none",
        timeout_graceful_shutdown=FAREWELL,
    )
    return _Server(config, started)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises ConfigError with one sentence that says what to do instead."""
    if not 0 <= port <= MAX_PORT:
        raise ConfigError(f"There is no port {port}; choose one up to {MAX_PORT} with --port.")
    try:
        family, *_, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"There is no address {host!r} here; choose one with --host.") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigError(_unbound(error, host, port)) from error
    return listener


def _unbound(error: OSError, host: str, port: int) -> str:
    reason = error.errno
    if reason == errno.EADDRINUSE:
        return f"Port {port} is taken; choose another with --port."
    if reason == errno.EACCES:
        return f"Port {port} may not be used by this account; choose another with --port."
    if reason == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; choose another with --host."
    return f"Cannot listen on {host}, port {port}: {error}. Choose others with --host and --port."


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._call = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._call()


def _written(host: str) -> str:
    """The host as it stands in an address that a browser of this machine can open."""
    if _is_wildcard(host):
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_wildcard(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return not host


async def _unknown_name(request: Request, error: Exception) -> PlainTextResponse:
    del request, error  # which name it was is of no interest to anyone
    return PlainTextResponse("There is no such endpoint.", status_code=404)


async def _unfit(request: Request, error: Exception) -> JSONResponse:
    """FastAPI's own handler repeats what was sent, and fails where that is no text."""
    del request, error
    return JSONResponse({"detail": UNFIT}, status_code=422)
