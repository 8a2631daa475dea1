"""The API in one request: POST /ask with a question, and the answer comes back.

Gradio's own way takes two, of which the second must reach the process that took the first. This one
leaves nothing behind, so that a proxy may send each to another process.
"""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from rag.errors import ConfigError, DeadlineError, RagError
from rag.schema import answer_json
from rag.ui.api import answered
from rag.ui.bounds import AGAIN, BUSY, FULL
from rag.ui.talk import Answering

UNFIT = (
    'The body is to be JSON such as {"question": "Who sat?", "history": ["When was the hearing?"]}.'
)


class Questions:
    """Lets `workers` questions be answered at a time, and `queue` more wait."""

    def __init__(self, library: Answering, workers: int = 2, queue: int = 64) -> None:
        self._library = library
        self._pool = ThreadPoolExecutor(workers, "asking")
        self._room = threading.Semaphore(workers + queue)

    async def answer(self, request: Request) -> Response:
        """The answer as JSON, or a sentence and why: 400, 503 or 504."""
        try:
            question, history = _asked(await request.body())
        except (ValueError, RecursionError):
            return _refused(400, UNFIT)
        if not self._room.acquire(blocking=False):
            return _refused(FULL, BUSY)
        try:
            loop = asyncio.get_running_loop()
            said = await loop.run_in_executor(self._pool, self._answered, question, history)
        except RagError as error:
            return _refused(_status(error), str(error))
        finally:
            self._room.release()
        return Response(said, media_type="application/json")

    def _answered(self, question: str, history: list[Any]) -> str:
        return json.dumps(answer_json(answered(self._library, question, history)))


def direct(questions: Questions) -> APIRouter:
    """POST /ask."""
    router = APIRouter()
    router.add_api_route("/ask", questions.answer, methods=["POST"])
    return router


def _asked(body: bytes) -> tuple[str, list[Any]]:
    """Question and history; raises ValueError for a body that holds none."""
    said = json.loads(body)
    if not isinstance(said, dict) or not said.keys() <= {"question", "history"}:
        raise ValueError("no question")
    question, history = said.get("question"), said.get("history", [])
    if not isinstance(question, str) or not isinstance(history, list):
        raise ValueError("of another kind")  # noqa: TRY004 - one error for all that does not fit
    return question, history


def _status(error: RagError) -> int:
    if isinstance(error, ConfigError):
        return 400
    return 504 if isinstance(error, DeadlineError) else 503


def _refused(status: int, sentence: str) -> Response:
    headers = {"retry-after": str(AGAIN)} if status == FULL else {}
    return JSONResponse({"detail": sentence}, status_code=status, headers=headers)
