"""What programs call instead of looking at the page: a question in, the answer as JSON out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import gradio as gr

from rag.errors import ConfigError, RagError
from rag.schema import answer_json
from rag.types import Answer, Turn
from rag.ui import talk
from rag.ui.calls import UNFIT
from rag.ui.talk import Answering

LONGEST_HISTORY = 50
"""Earlier questions that a call may bring along; older ones are left out."""
ABOUT = (
    "Answers a question from the documents, with every citation. `history` holds the earlier turns "
    "of the conversation, oldest first: each the answer that this gave, or the question alone."
)
_LONGEST_SAID = 10_000
"""Characters of an earlier answer's quotations that are looked at."""

Earlier: TypeAlias = str | dict[str, Any]


def asking(library: Answering) -> Callable[..., dict[str, Any]]:
    """The endpoint."""

    def ask(question: str, history: list[Earlier] | None = None) -> dict[str, Any]:
        if not isinstance(question, str):  # nobody has looked at what a caller sent
            raise gr.Error(UNFIT, print_exception=False)
        try:
            return api_answer(answered(library, question, history or ()))
        except RagError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return ask


def answered(library: Answering, question: str, history: Sequence[Earlier]) -> Answer:
    """The answer to a call; raises RagError, ConfigError for what cannot be asked."""
    turns = [turn for turn in _turns(history) if not talk.objection(turn.question)]
    refused = talk.objection(question)
    if refused is not None:
        raise ConfigError(refused)
    return talk.ask(library, question, turns[-LONGEST_HISTORY:])


def api_answer(answer: Answer) -> dict[str, Any]:
    """The answer as JSON, with the documents' `path` under the name of `file`.

    Gradio's client takes every object with a `path` for a file that it should download.
    """
    said = answer_json(answer)
    for citation in (*said["citations"], *said["presented"]):
        citation["document"]["file"] = citation["document"].pop("path")
    return said


def _turns(history: Sequence[Earlier]) -> list[Turn]:
    """Earlier turns; of an answer that a caller sends back only words to search with are taken."""
    try:
        return [
            Turn(each)
            if isinstance(each, str)
            else Turn(
                str(each["question"]),
                " ".join(str(cited["quote"]) for cited in each["citations"])[:_LONGEST_SAID],
            )
            for each in history
        ]
    except (KeyError, TypeError) as error:
        raise ConfigError(
            "An earlier turn is neither a question nor an answer that /ask gave."
        ) from error
