"""Yes and No under an answer, and the form that asks for the right one."""

from __future__ import annotations

import asyncio
from typing import Any, TypeAlias

import gradio as gr

from rag.errors import RagError
from rag.types import Citation
from rag.ui.desk import Desk, Turn
from rag.ui.feedback import LONGEST_REMARK, Feedback, corrected, passages, praised
from rag.ui.html import DASH, Html, place, showable

Updates: TypeAlias = tuple[Any, ...]

SILENT = 0
_LONGEST_LABEL = 220
_THANKS = "Thank you: this is now one of the questions that every evaluation asks."
_AGAIN = "You have said so already; thank you."
_GONE = "That answer is no longer here: ask the question again."
_CHOOSE = "Choose what would have been right."


class Judging:
    """The form, its place in the page, and what its buttons do."""

    def __init__(self, feedback: Feedback) -> None:
        self._feedback = feedback

    def lay_out(self) -> None:
        """Makes the components where they are called for; unseen while they are about nothing."""
        with gr.Column(elem_id="judging"):
            self._about = gr.Markdown(elem_id="judging-about", latex_delimiters=[])
            self._choice = gr.Radio([], label="Which of these would have been right?")
            self._words = gr.Textbox(
                label="The answer in a few words, if you like", max_length=LONGEST_REMARK
            )
            self._remark = gr.Textbox(
                label="What was wrong, if you like", lines=2, max_length=LONGEST_REMARK
            )
            with gr.Row():
                self._keep = gr.Button("Keep as a test question", variant="primary", size="sm")
                self._leave = gr.Button("Cancel", size="sm")
        self._outcome = gr.Markdown(elem_id="judging-outcome", latex_delimiters=[])
        self._pressed = gr.Textbox(visible="hidden", elem_id="judged", label="Verdict")

    def connect(self, desk: gr.State, options: dict[str, Any]) -> None:
        """Joins the components to what happens; `options` are those of each event."""
        shown = [self._about, self._outcome]
        opened = [*shown, self._choice, self._words, self._remark]
        self._pressed.change(self._judge, [self._pressed, desk], opened, **options)
        given = [self._choice, self._words, self._remark, desk]
        self._keep.click(self._correct, given, shown, **options)
        self._leave.click(lambda: _said(""), None, shown, **options)

    async def _judge(self, pressed: str, desk: Desk) -> Updates:
        """Keeps what is right at once, and asks about what is wrong."""
        verdict, _, rest = pressed.partition("-")
        number = rest.partition(" ")[0]
        turn = desk.turn(int(number)) if number.isdecimal() and len(number) < 10 else None  # noqa: PLR2004
        others = (gr.skip(),) * 3
        if turn is None or turn.answer is None:
            return (*_said(_GONE), *others)
        if turn.number in desk.judged:
            return (*_said(_AGAIN), *others)
        if verdict == "right":
            case = praised(turn.answer, _asked(desk, turn))
            return (*await self._kept(case, desk, turn), *others)
        desk.judging = turn.number
        about = Html("<h3>What is right?</h3><p>For <q>{}</q></p>").format(turn.question)
        choices = gr.update(choices=_choices(turn), value=None)
        return str(about), "", choices, "", ""

    async def _correct(self, choice: int | None, words: str, remark: str, desk: Desk) -> Updates:
        turn = desk.turn(desk.judging)
        if turn is None or turn.answer is None:
            return _said(_GONE)
        if choice is None:
            return gr.skip(), _notice(_CHOOSE)
        try:
            case = corrected(
                turn.answer,
                _asked(desk, turn),
                choice,
                words=showable(words),
                remark=showable(remark),
            )
        except RagError as error:
            return gr.skip(), _notice(str(error))
        return await self._kept(case, desk, turn)

    async def _kept(self, case: dict[str, Any], desk: Desk, turn: Turn) -> Updates:
        try:
            await asyncio.to_thread(self._feedback.add, case)
        except RagError as error:
            return gr.skip(), _notice(str(error))
        desk.judged.add(turn.number)
        return _said(_THANKS)


def _asked(desk: Desk, turn: Turn) -> list[str]:
    """The questions that this turn goes on from, oldest first."""
    return [answer.question for answer in desk.earlier(turn.number)]


def _choices(turn: Turn) -> list[tuple[str, int]]:
    """What may have been right: each passage shown, or none."""
    shown = passages(turn.answer) if turn.answer else ()
    return [*((_label(each), each.number) for each in shown), ("The documents do not say.", SILENT)]


def _label(citation: Citation) -> str:
    where = ", ".join(part for part in (citation.document.attribution, place(citation)) if part)
    quote = " ".join(showable(citation.quote).split())
    short = quote if len(quote) <= _LONGEST_LABEL else f"{quote[:_LONGEST_LABEL].rstrip()}…"
    return f"{citation.number} {DASH} “{short}” ({where})"


def _said(sentence: str) -> Updates:
    """The form put away, and a sentence in its place."""
    return "", _notice(sentence) if sentence else ""


def _notice(sentence: str) -> str:
    return str(Html('<p class="notice">{}</p>').format(sentence))
