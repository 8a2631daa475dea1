"""The API in one request, which any of several processes may get."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import jsonschema
import pytest

from rag.schema import answer_json, answer_schema
from rag.types import Turn
from rag.ui.direct import UNFIT, Questions
from rag.ui.guards import App
from rag.ui.page import build_page
from rag.ui.server import build_app
from tests.ui.conftest import built
from tests.ui.fakes import BROKEN, CRASH, LANDMINES, MISSING, SLOW, FakeLibrary
from tests.ui.test_ui_guards import request


@pytest.fixture
def app(library: FakeLibrary) -> App:
    return built(library)


def ask(app: App, body: object) -> tuple[int, object]:
    """Status and what is said."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    status, _, said = request(app, "POST", "/ask", body=[data])
    return status, json.loads(said)


def test_an_answer_is_what_the_command_line_prints(app: App, library: FakeLibrary) -> None:
    """By the schema, and equal to it; earlier turns reach the library."""
    status, said = ask(app, {"question": LANDMINES, "history": ["One?", " "]})
    assert status == 200
    assert said == json.loads(json.dumps(answer_json(library.answers[LANDMINES])))
    jsonschema.Draft202012Validator(answer_schema()).validate(said)
    assert library.asked == [(LANDMINES, (Turn("One?"),))]


def test_an_answer_of_another_process_can_be_gone_on_from(library: FakeLibrary) -> None:
    """What one gave is history for the other, without anything in between."""
    _, earlier = ask(built(FakeLibrary()), {"question": MISSING})
    assert ask(built(library), {"question": LANDMINES, "history": [earlier]})[0] == 200
    quote = library.answers[MISSING].citations[0].quote
    assert library.asked == [(LANDMINES, (Turn(MISSING, quote),))]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, UNFIT), (b"\xff", 400, UNFIT), (b"[" * 100_000, 400, UNFIT),
        ([], 400, UNFIT), ({}, 400, UNFIT), ({"question": 7}, 400, UNFIT),
        ({"question": LANDMINES, "history": "x"}, 400, UNFIT),
        ({"question": LANDMINES, "model": "x"}, 400, UNFIT),
        ({"question": LANDMINES, "history": [7]}, 400, "neither a question nor an answer"),
        ({"question": " "}, 400, "Type a question"),
        ({"question": "x" * 3_000}, 400, "at most 2,000"),
        ({"question": BROKEN}, 503, "run `rag index`"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_one_sentence(
    app: App, body: object, status: int, words: str
) -> None:
    """The caller's mistakes and the library's errors, each with its status."""
    got, said = ask(app, body)
    assert isinstance(said, dict)
    assert (got, words in said["detail"]) == (status, True)


def test_an_unforeseen_failure_tells_nothing_of_itself(app: App) -> None:
    """Its text stays on the server."""
    status, _, said = request(app, "POST", "/ask", body=[json.dumps({"question": CRASH}).encode()])
    assert status == 500
    assert b"secret" not in said


def test_beyond_the_queue_is_a_503_that_says_when_to_come_again(library: FakeLibrary) -> None:
    """One answered and one waiting are all that this server takes; then there is room again."""
    questions = Questions(library, workers=1, queue=1)

    async def build() -> App:
        return build_app(build_page(library), library, questions=questions)

    app = asyncio.run(build())
    body = [json.dumps({"question": SLOW}).encode()]
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(request, app, "POST", "/ask", (), body) for _ in range(2)]
        until = time.monotonic() + 30
        while questions._room._value and time.monotonic() < until:
            threading.Event().wait(0.01)
        status, headers, said = request(app, "POST", "/ask", body=body)
        assert (status, dict(headers)["retry-after"]) == (503, "5")
        assert b"Too many questions are waiting" in said
        library.go_on.set()
        assert [each.result()[0] for each in waiting] == [200, 200]
    assert ask(app, {"question": LANDMINES})[0] == 200
