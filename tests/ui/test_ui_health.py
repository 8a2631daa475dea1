"""What those who look after the service can see: health, readiness, figures, the log."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator
from typing import cast

import pytest

from rag import logs
from rag.errors import ConfigError, DeadlineError, IndexMissingError
from rag.types import Answer
from rag.ui.admission import Admitted
from rag.ui.guards import App, Requests
from rag.ui.health import FRESH, Readiness
from rag.ui.metrics import Metrics
from rag.ui.talk import Answering
from tests.ui.conftest import built
from tests.ui.fakes import BROKEN, CRASH, LANDMINES, SLOW, UNKNOWN, FakeLibrary
from tests.ui.test_ui_guards import echo, failing, request


class Unready(FakeLibrary):
    """A library without an index, until it gets one."""

    missing = True

    def refresh(self) -> None:
        if self.missing:
            raise IndexMissingError("Nothing is indexed yet: run `rag index`.")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged as JSON, from the level of information upwards."""
    root, ours = logging.getLogger(), logging.getLogger("rag")
    before = (root.handlers, root.level, ours.level)
    stream = io.StringIO()
    logs.configure("info", stream, as_json=True)
    yield stream
    root.handlers, _, _ = before
    root.setLevel(before[1])
    ours.setLevel(before[2])


def lines(log: io.StringIO) -> list[dict[str, object]]:
    """The log's lines."""
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_ready_means_that_a_question_is_answered() -> None:
    """Without an index /readyz is 503 with the kind of error only; with one it names it."""
    library = Unready()
    status, _, body = request(built(library), "GET", "/readyz")
    assert status == 503
    assert json.loads(body) == {"status": "not ready", "reason": "IndexMissingError"}
    library.missing = False
    status, _, body = request(built(library), "GET", "/readyz")
    assert (status, json.loads(body)) == (200, {"status": "ready", "generation": 1})


def test_readiness_is_found_out_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is asked, a question is answered for it every few seconds only."""
    library, now = FakeLibrary(), [1_000.0]
    monkeypatch.setattr("rag.ui.health.time.monotonic", lambda: now[0])
    readiness = Readiness(library)
    assert [readiness.found() for _ in range(50)] == [(1, "")] * 50
    assert len(library.asked) == 1
    now[0] += FRESH + 1
    readiness.found()
    assert len(library.asked) == 2


def test_metrics_are_off_unless_switched_on() -> None:
    """/metrics is no address of the plain page."""
    assert request(built(FakeLibrary()), "GET", "/metrics")[0] == 404


def test_metrics_count_what_became_of_questions() -> None:
    """Answers, abstentions, errors by kind, stages, generation, queue and responses."""
    metrics = Metrics()
    library = admitted(FakeLibrary(), metrics=metrics)
    metrics.watch(lambda: 7, lambda: 1)
    for question in (LANDMINES, UNKNOWN, UNKNOWN):
        library.ask(question)
    with pytest.raises(IndexMissingError):
        library.ask(BROKEN)
    request(cast("App", Requests(echo, metrics)), "GET", "/")
    figures = metrics.text().decode()
    for line in (
        'rag_questions_total{outcome="answered"} 1.0',
        'rag_questions_total{outcome="abstained"} 2.0',
        'rag_questions_total{outcome="IndexMissingError"} 1.0',
        'rag_http_responses_total{status="200"} 1.0',
        "rag_index_generation 1.0",
        "rag_questions_waiting 7.0",
        "rag_questions_running 1.0",
    ):
        assert line in figures


def test_every_response_has_an_id_that_its_log_lines_have(log: io.StringIO) -> None:
    """A failure can be found in the log by what the response says; query and session are absent."""
    app = built(FakeLibrary())
    headers = request(app, "GET", "/gradio_api/heartbeat_of/a-session?question=why")[1]
    (line,) = lines(log)
    assert line["request"] == dict(headers)["x-request-id"]
    assert (line["method"], line["status"]) == ("GET", 404)
    assert line["path"] == "/gradio_api/heartbeat_of"
    assert "why" not in log.getvalue()
    assert "a-session" not in log.getvalue()


def test_questions_are_logged_only_when_that_is_set(log: io.StringIO) -> None:
    """What was asked stands in the log with `log.questions`, and never without it."""
    admitted(FakeLibrary()).ask(LANDMINES)
    assert "landmines" not in log.getvalue()
    (line,) = lines(log)
    assert (line["event"], line["outcome"], line["generation"]) == ("question", "answered", 1)
    admitted(FakeLibrary(), telling=True).ask(LANDMINES)
    assert lines(log)[-1]["question"] == LANDMINES


def test_a_log_line_cannot_be_feigned(log: io.StringIO) -> None:
    """Line breaks and control characters from outside stay inside their line, in both forms."""
    evil = "a\nb\r\x1b[31m\u2028c"
    logging.getLogger("rag.test").warning("%s", evil)
    assert lines(log)[0]["event"] == evil
    words = io.StringIO()
    logs.configure("warning", words, as_json=False)
    logging.getLogger("rag.test").warning("%s", evil, extra={"said": {"path": evil}})
    assert len(words.getvalue().splitlines()) == 1
    assert "\x1b" not in words.getvalue()


def test_a_level_that_is_none_is_named() -> None:
    """A misspelt level is one sentence with the levels there are."""
    with pytest.raises(ConfigError, match="debug, info, warning, error"):
        logs.configure("loud", io.StringIO(), as_json=False)


def admitted(library: FakeLibrary, seconds: float = 30.0, **more: object) -> Answering:
    """The library with two workers."""
    return cast("Answering", Admitted(library, 2, seconds, **more))  # type: ignore[arg-type]


def test_an_answer_that_takes_too_long_is_not_waited_for() -> None:
    """After the deadline whoever asked is told, and the other worker still answers."""
    library = FakeLibrary()
    asked = admitted(library, seconds=0.2)
    with pytest.raises(DeadlineError, match=r"0\.2 seconds"):
        asked.ask(SLOW)
    assert asked.ask(LANDMINES).citations
    library.go_on.set()


def test_no_more_are_answered_at_once_than_there_are_workers() -> None:
    """Twelve who ask together are served two at a time, each with its own answer."""
    most, running, lock = 0, 0, threading.Lock()

    class Slow(FakeLibrary):
        def ask(self, question: str, *_: object, **choice: object) -> Answer:
            nonlocal most, running
            with lock:
                running += 1
                most = max(most, running)
            threading.Event().wait(0.02)
            with lock:
                running -= 1
            return super().ask(question)

    library = admitted(Slow())
    answers: dict[int, str] = {}

    def ask(number: int) -> None:
        answers[number] = library.ask(f"Question {number}?").question

    threads = [threading.Thread(target=ask, args=[number]) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2
    assert answers == {number: f"Question {number}?" for number in range(12)}


def test_the_rest_of_the_library_is_as_it_was() -> None:
    """What is not a question is passed on, and what fails inside is raised as it was."""
    library = admitted(FakeLibrary())
    assert library.examples() == FakeLibrary().examples()
    with pytest.raises(ZeroDivisionError):
        library.ask(CRASH)


def test_a_request_that_fails_is_logged_too(log: io.StringIO) -> None:
    """Also what ends in an exception leaves its line."""
    with pytest.raises(ZeroDivisionError):
        request(cast("App", Requests(failing)), "GET", "/")
    assert lines(log)[-1]["event"] == "request"
