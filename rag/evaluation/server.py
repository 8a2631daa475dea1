"""Questions put to a running page through its /ask endpoint: what users get is what is measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rag.errors import ConfigError, RagError
from rag.evaluation.asking import Reply, conversation, refusal
from rag.evaluation.questions import Question

Ask = Callable[[str, list[Any]], Any]
"""A question and the earlier turns, each an answer or a question that got none; gives the answer as
JSON, or raises whatever went wrong.
"""


@dataclass(frozen=True, slots=True)
class ServerAsker:
    """Asks a server turn by turn; the round trip is timed as the stage "request"."""

    ask_server: Ask
    clock: Callable[[], float] = time.perf_counter

    def ask(self, questions: Sequence[Question]) -> Iterator[Reply]:
        """One reply for each question; raises RagError when the server is gone."""
        for question in questions:
            no = refusal(question)
            if no:
                yield Reply(None, no)
            else:
                yield self._held([turn for turn, _ in conversation(question)])

    def _held(self, turns: Sequence[str]) -> Reply:
        """The last reply of a conversation in which each turn brings along what was said before."""
        before: list[Any] = []
        for turn in turns:
            reply = self._turn(turn, before)
            before.append(_said(reply.answer) if reply.answer else turn)
        return reply

    def _turn(self, question: str, history: list[Any]) -> Reply:
        start = self.clock()
        try:
            answer = self.ask_server(question, list(history))
        except OSError as error:
            raise RagError(f"The server does not answer any more: {error}.") from error
        except Exception as error:  # noqa: BLE001 - whatever the server says counts as no answer
            return Reply(None, f"the server refused: {error}")
        if not isinstance(answer, dict) or "citations" not in answer:
            return Reply(None, "the server's reply is no answer")
        for citation in (*answer["citations"], *answer["presented"]):
            # The page calls a path "file": Gradio's client would download what is called "path".
            about = citation["document"]
            citation["document"] = {**about, "path": about.get("path") or about.get("file", "")}
            citation["document"].pop("file", None)
        spent = {**answer["timings_ms"], "request": round((self.clock() - start) * 1_000, 1)}
        return Reply({**answer, "timings_ms": spent})


def _said(answer: dict[str, Any]) -> dict[str, Any]:
    """What /ask takes in of an earlier answer."""
    quotes = [{"quote": each["quote"]} for each in answer["citations"]]
    return {"question": answer["question"], "citations": quotes}


def connected(url: str) -> ServerAsker:
    """An asker for the page at `url`; raises ConfigError when there is none."""
    from gradio_client import Client  # noqa: PLC0415 - takes a second to import

    try:
        client = Client(url, verbose=False, analytics_enabled=False)
    except Exception as error:
        raise ConfigError(
            f"No page answers at {url} ({error}): start it with `rag serve`."
        ) from error

    def ask(question: str, history: list[Any]) -> Any:  # noqa: ANN401 - out of JSON
        return client.predict(question, history, api_name="/ask")

    return ServerAsker(ask)
