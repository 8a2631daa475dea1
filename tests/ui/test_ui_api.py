"""The API as programs use it, over the loopback interface."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import jsonschema
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from rag.schema import answer_json, answer_schema
from rag.types import Turn
from rag.ui.api import api_answer
from tests.ui.conftest import serving
from tests.ui.fakes import BROKEN, CRASH, LANDMINES, MISSING, FakeLibrary

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def asked() -> FakeLibrary:
    return FakeLibrary()


@pytest.fixture(scope="module")
def client(asked: FakeLibrary) -> Iterator[Client]:
    with serving(asked) as address:
        connected = Client(address, verbose=False)
        yield connected
        connected.close()


def test_ask_returns_the_answer_as_json(client: Client, asked: FakeLibrary) -> None:
    """/ask gives what the command line prints, but for the name of the documents' `path`."""
    said = client.predict(LANDMINES, api_name="/ask")
    assert said == json.loads(json.dumps(api_answer(asked.answers[LANDMINES])))
    jsonschema.Draft202012Validator(answer_schema()).validate(said)
    for citation in (*said["citations"], *said["presented"]):
        citation["document"]["path"] = citation["document"].pop("file")
    assert said == json.loads(json.dumps(answer_json(asked.answers[LANDMINES])))


def test_history_reaches_the_library_without_what_was_never_a_question(
    client: Client, asked: FakeLibrary
) -> None:
    """Earlier questions are handed on in order, blank and endless ones left out."""
    client.predict(LANDMINES, ["One?", " ", "x" * 3_000, "Two?"], api_name="/ask")
    assert asked.asked[-1] == (LANDMINES, (Turn("One?"), Turn("Two?")))


def test_an_earlier_answer_brings_along_what_it_quoted(client: Client, asked: FakeLibrary) -> None:
    """What /ask gave can be sent back as it is; what is no turn is refused in a sentence."""
    earlier = client.predict(MISSING, api_name="/ask")
    client.predict(LANDMINES, [earlier, "Two?"], api_name="/ask")
    said = asked.answers[MISSING].citations[0].quote
    assert asked.asked[-1] == (LANDMINES, (Turn(MISSING, said), Turn("Two?")))
    for wrong in ({"question": "Why?"}, 7, {"question": "Why?", "citations": ["x"]}):
        with pytest.raises(AppError, match="neither a question nor an answer"):
            client.predict(LANDMINES, [wrong], api_name="/ask")


@pytest.mark.parametrize(
    ("question", "words"),
    [("", "Type a question"), ("x" * 100_000, "at most 2,000"), (BROKEN, "run `rag index`")],
)
def test_what_cannot_be_answered_is_an_error_in_one_sentence(
    client: Client, question: str, words: str
) -> None:
    """Refusals and RagErrors reach the caller as their sentence."""
    with pytest.raises(AppError, match=words):
        client.predict(question, api_name="/ask")


@pytest.mark.parametrize("question", [7, ["Why?"], {"path": "x"}, True], ids=repr)
def test_a_question_that_is_no_text_is_refused(client: Client, question: object) -> None:
    """It is the caller's mistake, of which the log has no traceback."""
    with pytest.raises(AppError, match="not what the endpoint takes"):
        client.predict(question, api_name="/ask")


def test_an_unforeseen_failure_tells_nothing_of_itself(client: Client) -> None:
    """The text of any other exception stays on the server."""
    with pytest.raises(AppError) as caught:
        client.predict(CRASH, api_name="/ask")
    assert "secret" not in str(caught.value)


def test_only_ask_is_offered(client: Client) -> None:
    """Events of the page are no part of the API."""
    assert list(client.view_api(return_format="dict")["named_endpoints"]) == ["/ask"]


def test_the_queue_cannot_be_passed_by(client: Client) -> None:
    """The routes that would skip the queue and its limits do not exist."""
    for route in ("run", "api"):
        request = Request(  # noqa: S310 - the address is our own
            f"{client.src}gradio_api/{route}/ask",
            b'{"data": ["a"]}',
            {"Content-Type": "application/json"},
        )
        with pytest.raises(HTTPError) as caught:
            urlopen(request, timeout=10)  # noqa: S310
        assert caught.value.code == 404
        caught.value.close()
