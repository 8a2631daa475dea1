"""The page as Gradio sees it: components, and which of them an event reads and writes.

Nothing here uses Gradio's own JavaScript hooks or gr.HTML: both build code from strings in the
browser, which the page's content security policy forbids. `script.js` does what is left to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any, TypeAlias

import gradio as gr
from gradio.events import api

from rag.errors import RagError
from rag.schema import answer_json
from rag.types import Answer
from rag.ui import evidence, reply, talk
from rag.ui.html import Html
from rag.ui.sources import sources
from rag.ui.talk import Answering, Turns

TITLE = "Ask the documents"
LONGEST_HISTORY = 50
"""Earlier questions that a call of the API may bring along; older ones are left out."""
SESSIONS = 200
"""Conversations that the server holds; the one unused longest goes first."""

SPARE_THREADS = 4
"""Beside the workers, for what is quick: showing evidence, stopping, clearing."""

Updates: TypeAlias = tuple[Any, ...]


def build_page(library: Answering, *, workers: int = 2, queue: int = 64) -> gr.Blocks:
    """The whole page and its API, not yet served.

    `workers` questions are answered at the same time and `queue` more may wait; beyond them the
    server says that it is full.
    """
    # Whatever Gradio caches is looked through hourly and goes after a day.
    page: gr.Blocks
    with gr.Blocks(
        title=TITLE,
        fill_width=True,
        fill_height=True,
        analytics_enabled=False,
        delete_cache=(3_600, 86_400),
    ) as page:
        _Page(library)
        api(_api(library), api_name="ask", api_description=_API)
    page.state_session_capacity = SESSIONS
    page.max_threads = workers + SPARE_THREADS
    page.queue(api_open=False, max_size=queue, default_concurrency_limit=workers)
    return page


def theme() -> gr.themes.Base:
    """Gradio's plainest theme in the reader's own fonts: nothing is fetched."""
    system = [gr.themes.Font(name) for name in ("system-ui", "Segoe UI", "Roboto", "sans-serif")]
    mono = [gr.themes.Font(name) for name in ("ui-monospace", "monospace")]
    base = gr.themes.Base(font=system, font_mono=mono)
    # Gradio writes these into the page itself: no flash of another colour while the rest loads.
    return base.set(
        body_background_fill="#f6f5f1",
        body_background_fill_dark="#14181c",
        body_text_color="#1d242c",
        body_text_color_dark="#e5e8eb",
    )


def head() -> str:
    """The page's own style and script, inline in its head."""
    files = resources.files("rag.ui")
    style = files.joinpath("style.css").read_text("utf-8")
    script = files.joinpath("script.js").read_text("utf-8")
    icon = files.joinpath("icon.html").read_text("utf-8")
    return f"{icon}<style>{style}</style><script>{script}</script>"


class _Page:
    """Components, and the events between them."""

    def __init__(self, library: Answering) -> None:
        self._library = library
        self._turns = gr.State(())
        self._lay_out(list(library.examples()))
        self._connect()

    def _lay_out(self, examples: list[str]) -> None:
        with gr.Row(elem_id="top"):
            gr.Markdown(Html("<h1>{}</h1>").format(TITLE), elem_id="title")
            self._sources = gr.Markdown(elem_id="sources", latex_delimiters=[])
            self._clear = gr.Button("New conversation", elem_id="clear", size="sm")
        with gr.Row(elem_id="panes"):
            with gr.Column(elem_id="talk", min_width=0):
                self._chat = _chatbot(examples)
                with gr.Row(elem_id="asking"):
                    self._question = gr.Textbox(
                        label="Your question",
                        placeholder="Ask a question",
                        show_label=False,
                        container=False,
                        lines=1,
                        max_lines=6,
                        autofocus=True,
                        elem_id="question",
                    )
                    self._ask = gr.Button("Ask", variant="primary", elem_id="ask")
                    self._stop = gr.Button("Stop", visible=False, elem_id="stop")
            with gr.Column(elem_id="side", min_width=0):
                gr.Markdown(Html("<h2>Evidence</h2>"), elem_id="evidence-title")
                self._evidence = gr.Markdown(
                    evidence.WELCOME, elem_id="evidence", latex_delimiters=[]
                )
        self._wanted = gr.Textbox(visible="hidden", elem_id="wanted", label="Wanted evidence")

    def _connect(self) -> None:
        told = [self._turns, self._chat, self._evidence]
        buttons = [self._ask, self._stop]
        asking = gr.on(
            [self._question.submit, self._ask.click],
            self._converse,
            [self._question, self._turns],
            [*told, *buttons, self._question],
            **_SLOW,
        )
        example = self._chat.example_select(
            self._converse_example, self._turns, [*told, *buttons, self._question], **_SLOW
        )
        # Gradio drops what is sent before an event is over, so Ask comes back only after that.
        for event in (asking, example):
            event.then(_ready, None, buttons, **_QUICK)
        stop = self._stop.click(
            self._stopped, self._turns, told, cancels=[asking, example], **_QUICK
        )
        clear = self._clear.click(self._cleared, None, told, cancels=[asking, example], **_QUICK)
        for event in (stop, clear):
            event.then(_ready, None, buttons, **_QUICK)
        self._wanted.change(_wanted_evidence, [self._wanted, self._turns], self._evidence, **_QUICK)
        gr.on(None, self._counted, None, self._sources, **_QUICK)

    def _converse(self, question: str, turns: Turns) -> Iterator[Updates]:
        # What is refused stays in the box, to be mended there.
        started = (gr.skip(),) * 3 if talk.objection(question) else (*_busy(), "")
        for after in talk.converse(self._library, question, turns):
            yield (*_told(after), *started)
            started = (gr.skip(),) * 3

    def _converse_example(self, turns: Turns, chosen: gr.SelectData) -> Iterator[Updates]:
        yield from self._converse(str(chosen.value["text"]), turns)

    def _stopped(self, turns: Turns) -> Updates:
        return _told(talk.stopped(turns))

    def _cleared(self) -> Updates:
        return _told(())

    def _counted(self) -> str:
        try:
            return str(sources(self._library.sources()))
        except RagError as error:
            return str(reply.notice(str(error)))


def _chatbot(examples: list[str]) -> gr.Chatbot:
    # Without delimiters no text is taken for a formula, nor any tag for a model's reasoning.
    return gr.Chatbot(
        label="Conversation",
        show_label=False,
        container=False,
        height="100%",
        autoscroll=False,
        layout="panel",
        buttons=[],
        feedback_options=None,
        latex_delimiters=[],
        examples=[{"text": example} for example in examples],
        placeholder=_WELCOME,
        elem_id="chat",
    )


def _told(turns: Turns) -> Updates:
    """The turns, and what the conversation and the evidence show for them."""
    messages = [
        {"role": role, "content": str(content)}
        for turn in turns
        for role, content in (("user", reply.asked(turn.question)), ("assistant", turn.reply))
    ]
    return turns, messages, str(turns[-1].evidence if turns else evidence.WELCOME)


def _busy() -> Updates:
    return gr.update(visible=False), gr.update(visible=True)


def _ready() -> Updates:
    return gr.update(visible=True), gr.update(visible=False)


def _wanted_evidence(wanted: str, turns: Turns) -> str:
    """The evidence of the turn whose number `wanted` begins with."""
    number = re.match(r"\d{1,9}", wanted)
    return str(talk.evidence_of(turns, int(number[0]) if number else 0))


def _api(library: Answering) -> Callable[..., dict[str, Any]]:
    def ask(question: str, history: list[str] | None = None) -> dict[str, Any]:
        asked = [earlier for earlier in history or () if not talk.objection(earlier)]
        refused = talk.objection(question)
        if refused is not None:
            raise gr.Error(refused, print_exception=False)
        try:
            return api_answer(talk.ask(library, question, asked[-LONGEST_HISTORY:]))
        except RagError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return ask


def api_answer(answer: Answer) -> dict[str, Any]:
    """The answer as JSON, with the documents' `path` under the name of `file`.

    Gradio's client takes every object with a `path` for a file that it should download.
    """
    said = answer_json(answer)
    for citation in (*said["citations"], *said["presented"]):
        citation["document"]["file"] = citation["document"].pop("path")
    return said


_API = (
    "Answers a question from the documents, with every citation. `history` holds the earlier "
    "questions of the conversation, oldest first."
)
_WELCOME = str(
    Html(
        '<div class="welcome"><p class="lead">Ask what the documents say.</p><p>Answers are cut '
        "from their exact words, with who said it, when, and on which page. What they do not say, "
        "you are told.</p></div>"
    )
)
_SLOW: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_QUICK: dict[str, Any] = {**_SLOW, "concurrency_limit": None}
