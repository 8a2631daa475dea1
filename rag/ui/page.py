"""The page as Gradio sees it: components, and which of them an event reads and writes.

Nothing here uses Gradio's own JavaScript hooks or gr.HTML: both build code from strings in the
browser, which the page's content security policy forbids. `script.js` does what is left to do.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from importlib import resources
from typing import Any, TypeAlias

import gradio as gr
from gradio.events import api

from rag.errors import RagError
from rag.ui import evidence, reply, talk, views
from rag.ui.api import ABOUT, asking
from rag.ui.desk import Desk, Turn, Wish
from rag.ui.feedback import Feedback
from rag.ui.html import Html
from rag.ui.judging import Judging
from rag.ui.records import record
from rag.ui.shelf import Shelf
from rag.ui.talk import Answering

TITLE = "Ask the documents"
SESSIONS = 200
"""Conversations that the server holds; the one unused longest goes first."""

ALONE = " alone"
"""Ends what the page says of the conversation where a question is to be asked without it."""
SPARE_THREADS = 4
"""Beside the workers, for what is quick: showing evidence, stopping, clearing."""

_STYLES = (
    "style.css",
    "peek.css",
    "history.css",
    "written.css",
    "sheet.css",
    "views.css",
    "shelf.css",
    "uploads.css",
)
_SCRIPTS = (
    "stream.js",
    "script.js",
    "peek.js",
    "history.js",
    "sheet.js",
    "shelf.js",
    "uploads.js",
)

Updates: TypeAlias = tuple[Any, ...]


def build_page(
    library: Answering, *, workers: int = 2, queue: int = 64, feedback: Feedback | None = None
) -> gr.Blocks:
    """The whole page and its API, not yet served.

    `workers` questions are answered at the same time and `queue` more may wait; beyond them the
    server says that it is full. `feedback` keeps what users say of answers; without it they are
    not asked.
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
        _Page(library, feedback)
        api(asking(library), api_name="ask", api_description=ABOUT)
    page.state_session_capacity = SESSIONS
    page.max_threads = workers + SPARE_THREADS
    page.queue(api_open=False, max_size=queue, default_concurrency_limit=workers)
    # Gradio sums up the last 10,000 events after each of them, for a view that is not served here.
    page._queue.ANALYTICS_MAX_EVENTS = 0  # noqa: SLF001
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

    def read(names: tuple[str, ...], tag: str) -> str:
        return "".join(
            f"<{tag}>{files.joinpath(name).read_text('utf-8')}</{tag}>" for name in names
        )

    return (
        files.joinpath("icon.html").read_text("utf-8")
        + read(_STYLES, "style")
        + read(_SCRIPTS, "script")
    )


class _Page:
    """Components, and the events between them."""

    def __init__(self, library: Answering, feedback: Feedback | None) -> None:
        self._library = library
        self._shelf = Shelf(library)
        self._judging = Judging(feedback) if feedback else None
        self._desk = gr.State(Desk(inquiring=feedback is not None))
        self._lay_out(list(library.examples()))
        self._connect()

    def _lay_out(self, examples: list[str]) -> None:
        with gr.Row(elem_id="top"):
            gr.Markdown(Html("<h1>{}</h1>").format(TITLE), elem_id="title")
            self._shelf.lay_out()
            gr.Markdown(Html('<div class="host"></div>'), elem_id="history")
            self._clear = gr.Button("New conversation", elem_id="clear", size="sm")
        with gr.Row(elem_id="panes"):
            with gr.Column(elem_id="talk", min_width=0):
                self._chat = _chatbot(examples)
                self._written = gr.Checkbox(
                    label="Let the language model write; each of its sentences is checked",
                    visible=self._library.writes,
                    container=False,
                    elem_id="writer",
                )
                self._shelf.lay_out_line()
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
                    self._stop = gr.Button("Stop", elem_id="stop")
            with gr.Column(elem_id="side", min_width=0):
                gr.Markdown(Html("<h2>Evidence</h2>"), elem_id="evidence-title")
                if self._judging:
                    self._judging.lay_out()
                self._evidence = gr.Markdown(
                    evidence.WELCOME, elem_id="evidence", latex_delimiters=[]
                )
        self._wanted = gr.Textbox(visible="hidden", elem_id="wanted", label="Wanted evidence")
        self._looked = gr.Textbox(visible="hidden", elem_id="looked", label="Wanted view")
        self._record = gr.Markdown(elem_id="record", latex_delimiters=[])
        self._kept = gr.Textbox(visible="hidden", elem_id="kept", label="Kept conversation")
        self._renewed = gr.Textbox(visible="hidden", elem_id="renewed", label="Newer index")
        self._view = gr.Textbox("0", visible="hidden", elem_id="view", label="Conversation")

    def _connect(self) -> None:
        here = [self._view, self._desk]
        asking = [self._view, self._desk, self._written, self._shelf.boxes]
        shown = [self._chat, self._evidence, self._record]
        events = [
            gr.on(
                [self._question.submit, self._ask.click],
                self._converse,
                [self._question, *asking],
                [*shown, self._question],
                **_SLOW,
            ),
            self._chat.example_select(
                self._converse_example, asking, [*shown, self._question], **_SLOW
            ),
            self._stop.click(_stopped, here, shown, **_QUICK),
            self._clear.click(_cleared, here, shown, **_QUICK),
            self._kept.change(self._restored, [self._kept, self._desk], shown, **_QUICK),
        ]
        # The page may take in what two events sent in another order: so it asks for the last word.
        asked, others = events[:2], events[2:]
        for event in asked:
            event.then(self._settle, self._desk, shown, **_QUICK)
        for event in others:
            event.then(_show, self._desk, shown, **_QUICK)
        self._renewed.change(self._looked_back, self._desk, shown, **_QUICK)
        self._wanted.change(self._selected, [self._wanted, self._desk], self._evidence, **_QUICK)
        self._looked.change(self._viewed, [self._looked, self._desk], self._evidence, **_SLOW)
        if self._judging:
            self._judging.connect(self._desk, _QUICK)
        self._shelf.connect(asked, self._renewed, _QUICK)

    async def _converse(
        self,
        question: str,
        view: str,
        desk: Desk,
        written: bool,  # noqa: FBT001 - a ticked box
        documents: list[str],
    ) -> AsyncIterator[Updates]:
        # What is refused stays in the box, to be mended there.
        box: Any = gr.skip() if talk.objection(question) else ""
        if not talk.objection(question):
            desk.rewind(_number(view), _number(view.partition(" ")[2]))
        wish = Wish(written, alone=view.endswith(ALONE), documents=tuple(documents))
        states = talk.converse(self._library, question, desk, _number(view), wish=wish)
        while await asyncio.to_thread(next, states, _OVER) is not _OVER:
            async with desk.showing:
                desk.sent = desk.turns
                yield (*_shown(desk), box)
            box = gr.skip()

    async def _converse_example(
        self,
        view: str,
        desk: Desk,
        written: bool,  # noqa: FBT001 - a ticked box
        documents: list[str],
        chosen: gr.SelectData,
    ) -> AsyncIterator[Updates]:
        question = str(chosen.value["text"])
        async for shown in self._converse(question, view, desk, written, documents):
            yield shown

    async def _restored(self, kept: str, desk: Desk) -> AsyncIterator[Updates]:
        """The conversation's number, a plus and how many turns the browser did not send, and what
        it kept of the others.
        """
        view, _, said = kept.partition(" ")
        before = _number(view.partition("+")[2])
        try:
            await asyncio.to_thread(talk.restore, self._library, desk, _number(view), said, before)
        except RagError as error:
            desk.open(_number(view))
            desk.lay(Html('<div class="empty"><p>{}</p></div>').format(error))
        async with desk.showing:
            yield _shown(desk)

    async def _settle(self, desk: Desk) -> AsyncIterator[Updates]:
        """The last word after a question, unless its own still stands: shown again, parts of the
        page would be built anew under their reader.
        """
        await asyncio.to_thread(talk.look_back, self._library, desk)
        async with desk.showing:
            yield (gr.skip(),) * 3 if desk.sent is desk.turns else _shown(desk)

    async def _looked_back(self, desk: Desk) -> AsyncIterator[Updates]:
        """The index is a newer one."""
        before = desk.turns
        await asyncio.to_thread(talk.look_back, self._library, desk)
        async with desk.showing:
            yield (gr.skip(),) * 3 if before is desk.turns else _shown(desk)

    async def _selected(self, wanted: str, desk: Desk) -> AsyncIterator[str]:
        """The evidence of the turn whose number `wanted` begins with, or the passage it names."""
        if ":" in wanted:
            await asyncio.to_thread(talk.show_passage, self._library, desk, wanted)
        else:
            desk.select(_number(wanted))
        async with desk.showing:
            yield str(desk.evidence)

    async def _viewed(self, wanted: str, desk: Desk) -> AsyncIterator[str]:
        """Another look at a question or a passage; it may have to be read for."""
        desk.lay(evidence.READING)
        async with desk.showing:
            yield str(desk.evidence)
        await asyncio.to_thread(views.show, self._library, desk, wanted)
        async with desk.showing:
            yield str(desk.evidence)


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


async def _show(desk: Desk) -> AsyncIterator[Updates]:
    """What stands on the desk. Gradio comes back to an iterator when it has sent what it got."""
    async with desk.showing:
        yield _shown(desk)


def _shown(desk: Desk) -> Updates:
    """The conversation and the evidence as they stand."""
    turns = desk.turns
    messages = [
        {"role": role, "content": str(content)}
        for turn in turns
        for role, content in (
            ("user", _beginning(turn, turns[0]) + reply.asked(turn.question, turn.number)),
            ("assistant", turn.reply + turn.since + _ending(turn, last=turn is turns[-1])),
        )
    ]
    return messages, str(desk.evidence), str(record(desk))


def _beginning(turn: Turn, first: Turn) -> Html:
    """What stands above a question: above the first, how many there were before it."""
    return reply.earlier(turn.number - 1) if turn is first and turn.number > 1 else Html()


def _ending(turn: Turn, *, last: bool) -> Html:
    """What stands below a reply: only the last one's suggestion can still be taken up."""
    if turn.pending:  # the style sheet shows Stop in the place of Ask while this is on the page
        return reply.PENDING
    return reply.offer(turn.offered) if last and turn.offered else Html()


async def _stopped(view: str, desk: Desk) -> AsyncIterator[Updates]:
    talk.stop(desk, _number(view))
    async with desk.showing:
        yield _shown(desk)


async def _cleared(view: str, desk: Desk) -> AsyncIterator[Updates]:
    desk.open(_number(view))
    async with desk.showing:
        yield _shown(desk)


def _number(text: str) -> int:
    """The number that the text begins with, 0 if there is none."""
    found = re.match(r"\d{1,15}", text)
    return int(found[0]) if found else 0


_OVER = object()
_WELCOME = str(
    Html(
        '<div class="welcome"><p class="lead">Ask what the documents say.</p><p>Answers are cut '
        "from their exact words, with who said it, when, and on which page. What they do not say, "
        "you are told.</p></div>"
    )
)
_SLOW: dict[str, Any] = {
    "show_progress": "hidden",
    "api_visibility": "private",
    "trigger_mode": "multiple",
}
"""Gradio must drop no press: what comes at the wrong moment is for the desk to refuse."""

_QUICK: dict[str, Any] = {**_SLOW, "concurrency_limit": None}
