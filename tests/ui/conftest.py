"""A served page over a hand-made library, and a browser that may speak to nobody else."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    expect,
    sync_playwright,
)

from rag.ui.feedback import Feedback
from rag.ui.guards import App
from rag.ui.page import build_page
from rag.ui.server import build_app, listen, make_server
from rag.ui.talk import Answering
from rag.ui.uploads import Uploads
from tests.ui.fakes import FakeLibrary

# A busy machine may take seconds where an idle one takes none.
expect.set_options(timeout=20_000)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def built(
    library: Answering, feedback: Feedback | None = None, uploads: Uploads | None = None
) -> App:
    """The page over `library`, behind its guards.

    Made inside an event loop, because Gradio otherwise makes two of its own and closes neither;
    and in a thread, because Playwright's loop runs in this one.
    """

    async def build() -> App:
        return build_app(build_page(library, feedback=feedback), library, uploads=uploads)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(build())).result()


@contextmanager
def serving(
    library: Answering,
    feedback: Feedback | None = None,
    uploads: Uploads | None = None,
    port: int = 0,
) -> Iterator[str]:
    """The address of a page over `library`, for as long as the context lasts."""
    listening = threading.Event()
    with listen("127.0.0.1", port) as listener:
        server = make_server(built(library, feedback, uploads), listening.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert listening.wait(30)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join(30)


@pytest.fixture
def library() -> FakeLibrary:
    return FakeLibrary()


@pytest.fixture
def address(library: FakeLibrary) -> Iterator[str]:
    """Where `library` is served."""
    with serving(library) as url:
        yield url


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        reason = "no chromium on this machine: install it with `apt-get install chromium`"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Tab:
    """A page in the browser, with what it asked the network for and what its console said."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.address = address
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._dismiss)
        self.page.on("console", self._hear)
        self.page.goto(address)
        self.page.get_by_label("Your question").wait_for()

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def ask(self, question: str) -> None:
        """Types the question and sends it, with the keyboard, once the page is ready for it."""
        self.page.get_by_role("button", name="Ask", exact=True).wait_for()
        self.page.get_by_label("Your question").fill(question)
        self.page.keyboard.press("Enter")

    @property
    def strays(self) -> list[str]:
        """Requests to anything but the server."""
        return [
            url for url in self.requests if not url.startswith((self.address, "data:", "blob:"))
        ]


@pytest.fixture
def open_tab(chromium: Browser, address: str) -> Iterator[Callable[..., Tab]]:
    """Opens the page; options are those of a browser context (viewport, color_scheme ...)."""
    contexts: list[BrowserContext] = []

    def opened(url: str = address, **options: object) -> Tab:
        options.setdefault("viewport", {"width": 1280, "height": 800})
        contexts.append(chromium.new_context(**options))  # type: ignore[arg-type]
        return Tab(contexts[-1], url)

    yield opened
    for context in contexts:
        context.close()
