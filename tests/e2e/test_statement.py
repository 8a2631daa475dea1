"""The shipped statement, asked with the real model."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rag.library import Library
from rag.schema import answer_json, answer_schema
from rag.types import Answer, Outcome, Span
from tests.conftest import SHARED, STATEMENT

pytestmark = pytest.mark.model

LANDMINES = "How many people were hit by landmines after the Second Karabakh War?"


def test_the_statement_ships_as_it_was_given(library: Library, statement_text: str) -> None:
    """The file is byte for byte the one that was given, and its text is the file's."""
    given = SHARED / "documents" / STATEMENT.name
    if given.is_file():
        assert STATEMENT.read_bytes() == given.read_bytes()
    [source] = [each for each in library.sources() if each.path == STATEMENT.name]
    assert source.document_id == hashlib.sha256(STATEMENT.read_bytes()).hexdigest()
    assert library.document(source.document_id).text == statement_text


def test_the_landmine_question_is_answered_by_the_sentence_that_says_it(library: Library) -> None:
    """274, in the Ombudsman's own words, with who says it and when."""
    answer = library.ask(LANDMINES)
    assert answer.outcome is Outcome.ANSWERED
    assert answer.citations[0].quote == (
        "After the end of the Second Karabakh War, a total of 274 people were hit by landmines, "
        "36 of them civilians."
    )
    assert answer.citations[0].document.attribution == "Ombudsman of Azerbaijan, 15 January 2023"


def test_a_question_about_something_else_is_not_answered(library: Library) -> None:
    """The statement says nothing about whales."""
    answer = library.ask("How long do blue whales carry their young?")
    assert answer.outcome is Outcome.ABSTAINED
    assert answer.reason


def test_two_voices_are_answered_from_the_statement_and_from_a_summary(library: Library) -> None:
    """Each part has its own source: the summary says in its title and its voice that it is one."""
    answer = library.ask("What do HRW and the Ombudsman say about mine victims?")
    documents = [each.document for each in answer.citations]
    told = [each for each in documents if each.secondary]
    assert {each.path for each in documents} >= {STATEMENT.name}
    assert told
    assert all("summary prepared for this project" in each.title for each in told)
    assert all(each.attribution.startswith("Project summary of ") for each in told)
    assert answer.notes == ()


@pytest.fixture(scope="module")
def asked(library: Library, evaluation_sets: Path) -> list[tuple[dict[str, Any], Answer]]:
    """Every question of the statement's set with its answer."""
    lines = (evaluation_sets / "statement" / "questions.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line) for line in lines]
    return [(each, library.ask(each["turns"][-1], tuple(each["turns"][:-1]))) for each in questions]


def test_every_answer_is_valid_and_every_quote_exact(
    asked: list[tuple[dict[str, Any], Answer]], library: Library
) -> None:
    """Over the whole set, answers fit the schema and quotes equal the text at their offsets."""
    validator = jsonschema.Draft202012Validator(answer_schema())
    for _, answer in asked:
        said = answer_json(answer)
        validator.validate(said)
        for citation in [*said["citations"], *said["presented"]]:
            text = library.document(citation["document"]["id"]).text
            assert citation["quote"] == text[citation["start"] : citation["end"]]


def test_the_evidence_is_among_the_first_three(
    asked: list[tuple[dict[str, Any], Answer]], statement_text: str
) -> None:
    """For at least 0.88 of the English questions that have an answer."""
    found = [
        any(
            shown.span.overlap(gold) >= min(len(shown.span), len(gold)) / 2
            for shown in [*answer.citations, *answer.presented][:3]
            if shown.document.text == statement_text
            for gold in _gold(question, statement_text)
        )
        for question, answer in asked
        if question["answerable"] and not question["kind"].startswith("lang-")
    ]
    assert len(found) > 20
    assert sum(found) / len(found) >= 0.88


def _gold(question: dict[str, Any], text: str) -> list[Span]:
    starts = [(text.index(quote), len(quote)) for quote in question["evidence"]]
    return [Span(start, start + length) for start, length in starts]
