"""Serves the page: Gradio inside an application of our own, behind the guards."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from gradio.route_utils import FnIndexInferError

from rag.config import ServerSettings
from rag.errors import ConfigError
from rag.ui.feedback import Feedback
from rag.ui.guards import App, BodyLimit, Catcher, Closed, Headers, Hosts, SameSite
from rag.ui.page import build_page, head, theme
from rag.ui.routes import routes
from rag.ui.talk import Answering

LARGEST_BODY = 2_000_000
"""Bytes of the largest request: a thousand times the longest question."""
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
FAREWELL = 3
"""Seconds that open connections get to finish when the server is told to stop."""
BACKLOG = 128
"""Connections that may wait to be accepted."""
MAX_PORT = 65_535
UNUSED = (
    *(
        f"/gradio_api/{route}"
        for route in (
            "api", "component_server", "deep_link", "process_recording", "proxy", "run", "stream",
            "upload", "vibe",
        )
    ),
    "/monitoring",
    "/proxy",
)  # fmt: skip
"""Routes of Gradio's that nothing on the page calls."""


def build_app(
    page: gr.Blocks, library: Answering, host: str = "127.0.0.1", names: Collection[str] = ()
) -> App:
    """The page over the library behind its guards, as an ASGI application.

    It answers under the names of this machine, under `host` unless that is a wildcard, and
    under `names`.
    """
    inner = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    inner.add_api_route("/healthz", _healthz)
    inner.include_router(routes(library))
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
    known = {*LOCAL_NAMES, *names, *((host,) if not _is_wildcard(host) else ())}
    guarded = BodyLimit(Closed(inner, UNUSED), LARGEST_BODY)
    # The headers are outermost, so that refusals carry them too.
    return Headers(Catcher(Hosts(SameSite(guarded), known)))


def serve(
    library: Answering,
    settings: ServerSettings,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serves the page until the process is told to stop.

    `announce` is called with the page's address once it answers there. Raises ConfigError when
    it cannot listen at the host and port of `settings`; port 0 takes any free one.
    """
    feedback = Feedback(Path(settings.feedback)) if settings.feedback else None
    with listen(settings.host, settings.port) as listener:
        page = build_page(
            library, workers=settings.workers, queue=settings.queue, feedback=feedback
        )
        address = f"http://{_written(settings.host)}:{listener.getsockname()[1]}/"
        server = make_server(
            build_app(page, library, settings.host), lambda: announce(address) if announce else None
        )
        with suppress(KeyboardInterrupt):  # Ctrl-C is how one stops it
            server.run(sockets=[listener])


def make_server(app: App, started: Callable[[], None]) -> uvicorn.Server:
    """A server that prints nothing, and calls `started` once it listens."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
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


def _is_wildcard(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return not host


async def _healthz() -> dict[str, str]:
    return {"status": "ok"}


async def _unknown_name(request: Request, error: Exception) -> PlainTextResponse:
    del request, error  # which name it was is of no interest to anyone
    return PlainTextResponse("There is no such endpoint.", status_code=404)
