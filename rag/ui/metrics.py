"""Figures about the service, in the form that Prometheus reads."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from rag.types import Answer

disable_created_metrics()  # type: ignore[no-untyped-call] # a second figure for each of them
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """What has been asked and answered since the start; no text of it is kept."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._questions = Counter(
            "rag_questions", "Questions, by what became of them.", ["outcome"],
            registry=self._registry,
        )  # fmt: skip
        self._stages = Histogram(
            "rag_stage_seconds", "Time that an answer took, by stage.", ["stage"],
            registry=self._registry, buckets=SECONDS,
        )  # fmt: skip
        self._responses = Counter(
            "rag_http_responses", "Responses, by status.", ["status"], registry=self._registry
        )
        self._generation = Gauge(
            "rag_index_generation", "The index that answered last.", registry=self._registry
        )
        self._waiting = Gauge(
            "rag_questions_waiting", "Questions in the queue.", registry=self._registry
        )
        self._running = Gauge(
            "rag_questions_running", "Questions being answered.", registry=self._registry
        )

    def answered(self, answer: Answer) -> None:
        """Counts an answer, or an abstention, and its times."""
        self._questions.labels(answer.outcome.value).inc()
        for stage, spent in answer.timings_ms.items():
            self._stages.labels(stage).observe(spent / 1_000)
        self._generation.set(answer.generation)

    def failed(self, error: Exception) -> None:
        """Counts a question that got no answer, by the kind of error."""
        self._questions.labels(type(error).__name__).inc()

    def responded(self, status: int) -> None:
        """Counts a response."""
        self._responses.labels(str(status)).inc()

    def watch(self, waiting: Callable[[], int], running: Callable[[], int]) -> None:
        """Where to look for the length of the queue, and for what is being answered."""
        self._waiting.set_function(waiting)
        self._running.set_function(running)

    def text(self) -> bytes:
        """All figures."""
        return generate_latest(self._registry)
