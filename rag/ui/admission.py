"""How much the server takes on: so many questions at once, each for so long."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rag.errors import DeadlineError
from rag.types import Answer
from rag.ui.metrics import Metrics
from rag.ui.talk import Answering

_log = logging.getLogger(__name__)


class Admitted:
    """A library that answers `workers` questions at a time, and lets none wait over `seconds`.

    Gradio limits each of its events by itself; the page and the API have several that ask. An
    answer that comes too late is dropped when it comes: until then it keeps its place, so that
    there are never more at work than were admitted.
    """

    def __init__(
        self,
        library: Answering,
        workers: int,
        seconds: float,
        metrics: Metrics | None = None,
        *,
        telling: bool = False,
    ) -> None:
        """`telling`: the log has the questions themselves."""
        self._library = library
        self._seconds = seconds
        self._metrics = metrics
        self._telling = telling
        self._pool = ThreadPoolExecutor(workers, "answering")
        self._lock = threading.Lock()
        self.running = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a library can do
        return getattr(self._library, name)

    def ask(self, question: str, history: Sequence[str] = (), **choice: Any) -> Answer:  # noqa: ANN401
        """The library's answer; raises RagError, DeadlineError if it takes too long."""
        begun = time.perf_counter()
        future = self._pool.submit(self._asked, question, history, choice)
        try:
            answer = future.result(self._seconds)
        except TimeoutError as late:
            future.cancel()
            error = DeadlineError(
                f"No answer was found within {self._seconds:g} seconds; please ask again later."
            )
            self._note(question, begun, error=error)
            raise error from late
        except Exception as error:
            self._note(question, begun, error=error)
            raise
        self._note(question, begun, answer)
        return answer

    def _asked(self, question: str, history: Sequence[str], choice: dict[str, Any]) -> Answer:
        with self._lock:
            self.running += 1
        try:
            return self._library.ask(question, history, **choice)
        finally:
            with self._lock:
                self.running -= 1

    def _note(
        self,
        question: str,
        begun: float,
        answer: Answer | None = None,
        error: Exception | None = None,
    ) -> None:
        """Counts and logs what became of a question."""
        said: dict[str, object] = {"ms": round((time.perf_counter() - begun) * 1_000, 1)}
        if self._telling:
            said["question"] = question
        if answer:
            said |= {"outcome": answer.outcome.value, "generation": answer.generation}
            said |= {stage: round(spent, 1) for stage, spent in answer.timings_ms.items()}
        elif error:
            said["outcome"] = type(error).__name__
        if self._metrics and answer:
            self._metrics.answered(answer)
        elif self._metrics and error:
            self._metrics.failed(error)
        _log.info("question", extra={"said": said})
