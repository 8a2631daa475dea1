"""From a click on a citation to the evidence that it leads to, as the browser sees it.

    python -m benchmarks.clicks [--clicks 30] [--pages 40]

The shipped documents, and a PDF made of their words, are served as `rag serve` does it. Chromium
opens a conversation of as many answers as there will be clicks, each about another place; every
click goes to another answer's citation, so that its evidence has to come from the server. A text is
there when its marked words are in view; a page when, below them, its image is drawn too, with the
boxes on it: the first time (drawn for it) and the second (drawn before).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.measuring import keep
from rag.bootstrap import open_library
from rag.citing import QUOTED_BY, quoted
from rag.config import Settings, go_offline
from rag.library import Library
from rag.schema import answer_json
from rag.types import Answer, Citation, Document, Outcome, Span, Statement, Status
from tests.pdfs import typed_pdf
from tests.ui.conftest import CHROMIUM, FLAGS

_ROOT = Path(__file__).parents[1]
_CITED = 4
"""Citations of one answer."""
_WATCH = """what => {
    const seen = (element) => {
        const pane = document.querySelector("#evidence").getBoundingClientRect();
        const place = element?.getBoundingClientRect();
        return place && place.height > 0 && place.top >= Math.max(0, pane.top) - 1
            && place.top < Math.min(innerHeight, pane.bottom);
    };
    const shown = () => {
        const card = document.querySelector("#evidence .card.followed");
        const image = card?.querySelector(".sheet img");
        if (!card || card.id !== window.wanted) return false;
        const drawn = image?.complete && image.naturalWidth > 0 && card.querySelector(".area");
        return seen(card.querySelector("mark")) && (what === "text" || drawn);
    };
    addEventListener("click", (event) => {
        const link = event.target.closest("#chat a.cite");
        if (!link) return;
        [window.wanted, window.spent] = [link.getAttribute("href").slice(1), null];
        const begun = event.timeStamp;
        const look = () => requestAnimationFrame((now) => {
            // A frame that is due now is on the screen when the next one is.
            if (shown()) requestAnimationFrame(() => { window.spent = performance.now() - begun; });
            else look();
        });
        look();
    }, true);
}"""
_SPENT = """async () => {
    while (window.spent === null) await new Promise(requestAnimationFrame);
    return window.spent;
}"""
"""`wait_for_function` evaluates text, which the page's policy forbids."""


def main() -> None:
    """Serves, clicks, and keeps what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=30)
    parser.add_argument("--pages", type=int, default=40)
    options = parser.parse_args()
    go_offline()
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(Path(folder), options.pages)
        _rag(settings, "index").wait()
        library = open_library(settings)
        conversations = {
            kind: _conversation(library, kind, options.clicks) for kind in (".txt", ".md", ".pdf")
        }
        figures: dict[str, Any] = {"clicks": options.clicks, "pages": options.pages}
        with _served(settings) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for name, kind, what in (
                ("text", ".txt", "text"), ("summaries", ".md", "text"), ("page", ".pdf", "page"),
                ("page_again", ".pdf", "page"),
            ):  # fmt: skip
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                spent = _clicked(page, address, conversations[kind], what)
                figures[name] = _summary(spent)
                print(name, figures[name])
                page.close()
            figures["chromium"] = browser.version
            browser.close()
    keep("clicks", figures)


def _settings(folder: Path, pages: int) -> Settings:
    documents = folder / "documents"
    shutil.copytree(_ROOT / "documents", documents)
    words = " ".join(path.read_text("utf-8") for path in sorted(documents.rglob("*.md"))).split()
    lines = [" ".join(words[at : at + 12]) for at in range(0, len(words), 12)]
    sheets = [
        [lines[(40 * sheet + line) % len(lines)] for line in range(40)] for sheet in range(pages)
    ]
    (documents / "report.pdf").write_bytes(
        typed_pdf([line.encode("ascii", "replace").decode() for line in sheet] for sheet in sheets)
    )
    return Settings(documents, folder / "index", exports=str(folder / "exports"))


def _rag(settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    places = ["--documents", str(settings.documents), "--index", str(settings.index)]
    return subprocess.Popen(
        [sys.executable, "-m", "rag", *arguments, *places],
        env={**os.environ, "RAG_EXPORTS": settings.exports, "RAG_SERVER_PORT": "0"},
        stdout=subprocess.PIPE,
        text=True,
    )


@contextmanager
def _served(settings: Settings) -> Iterator[str]:
    server = _rag(settings, "serve")
    try:
        yield next(line for line in server.stdout or () if "http" in line).split()[-1]
    finally:
        server.terminate()
        server.wait()


def _conversation(library: Library, kind: str, count: int) -> list[dict[str, Any]]:
    """Answers that cite sentences of the documents of that kind, as a browser keeps them."""
    places = [
        (document, span)
        for source in library.sources()
        if source.path.endswith(kind) and source.document_id
        for document in [library.document(source.document_id)]
        for span in _sentences(document)
    ]
    chosen = [places[at * len(places) // (_CITED * count)] for at in range(_CITED * count)]
    groups = [chosen[at : at + _CITED] for at in range(0, len(chosen), _CITED)]
    return [_answer(f"Question {at}?", quoted(group)) for at, group in enumerate(groups, 1)]


def _sentences(document: Document) -> Iterator[Span]:
    for page in document.pages:
        start = page.span.start
        for sentence in page.span.of(document.text).split(". "):
            if 60 < len(sentence) < 300:
                yield Span(start, start + len(sentence))
            start += len(sentence) + 2


def _answer(question: str, citations: Sequence[Citation]) -> dict[str, Any]:
    statements = [
        Statement(each.quote, (each.number,), Status.VERBATIM, each.document.speaker)
        for each in citations
    ]
    answer = Answer(
        question=question,
        outcome=Outcome.ANSWERED,
        statements=tuple(statements),
        citations=tuple(citations),
        presented=(),
        retrieved=(),
        score=1.0,
        written_by=QUOTED_BY,
        generation=1,
        fingerprint="",
    )
    return answer_json(replace(answer, searched=question))


def _clicked(page: Page, address: str, answers: list[dict[str, Any]], what: str) -> list[float]:
    """Milliseconds of a click on the first citation of each answer, the last answer first."""
    page.goto(address)
    kept = json.dumps({"title": "Clicks", "at": 1, "answers": answers})
    page.evaluate(
        "kept => { localStorage.setItem('rag:conversation:x', kept);"
        " sessionStorage.setItem('rag:current', 'x'); }",
        kept,
    )
    page.reload()
    page.locator(f"#answer-{len(answers)}").wait_for()
    page.evaluate(_WATCH, what)
    spent = []
    for number in [*range(len(answers) - 1, 0, -1), len(answers)]:
        page.locator(f"#answer-{number} a.cite").first.click()
        spent.append(float(page.evaluate(_SPENT)))
        page.wait_for_timeout(400)  # what came with it has settled
    return spent


def _summary(spent: Sequence[float]) -> dict[str, float]:
    middle, high = np.percentile(spent, [50, 95])
    return {"p50_ms": round(middle), "p95_ms": round(high), "most_ms": round(max(spent))}


if __name__ == "__main__":
    main()
