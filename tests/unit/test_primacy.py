"""A summary is read beside its subjects, and quoted after them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.primacy import BESIDE, names, retrieve
from rag.retrieval.hybrid import HybridRetriever
from rag.types import Answer, Outcome, Part, Role, Span
from tests.unit.test_library import House

REPORT = "The bridge is 274 metres long. It was opened in 1998 by the mayor."
SUMMARY = " ".join(f"The length of the bridge is 274 metres, says source {n}." for n in range(40))
QUESTION = "What is the length of the bridge in metres?"


def house(*secondary: str) -> House:
    """A report and a far longer text that repeats it, which may be marked as secondary."""
    made = House(report=REPORT, summary=SUMMARY, weather="Rain fell.")
    made.parser.secondary = set(secondary)
    made.library.ingest()
    return made


def cited(answer: Answer) -> list[str]:
    """The documents that are cited, in order."""
    return list(dict.fromkeys(each.document.path for each in answer.citations))


def test_what_a_summary_tells_of_is_quoted_before_it() -> None:
    """The longer text, whose words fit better, leads only where it is no summary."""
    assert cited(house().library.ask(QUESTION))[0] == "summary"
    assert cited(house("summary").library.ask(QUESTION))[0] == "report"


def test_a_summary_adds_passages_and_takes_no_place() -> None:
    """The other documents are read as if it were not there; at most a few passages join them."""
    made = house("summary")
    index = made.store.open()
    [hits] = retrieve(HybridRetriever(made.embedder), index, [QUESTION], 3)
    paths = [index.document(hit.passage.document_id).path for hit in hits]
    assert paths[:2] == ["report", "weather"]
    assert paths[2:] == ["summary"] * BESIDE
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


HOUR = "The Ferry Board says that the crossing took an hour."
TOLD = f"{HOUR} The crossing took a day, says another."


def test_what_somebody_says_who_wrote_nothing_is_told_by_the_summary() -> None:
    """Where the documents leave it open, the sentence that names who was asked for answers."""
    made = House(report=REPORT, summary=TOLD)
    made.parser.secondary = {"summary"}
    made.library.ingest()
    asked = "What does the Ferry Board say about the crossing?"
    assert [each.text for each in made.library.ask(asked).statements] == [
        TOLD.split(". ", maxsplit=1)[0] + "."
    ]
    other = made.library.ask(asked.replace("Ferry", "Tower"))
    assert other.outcome is Outcome.ABSTAINED


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("HRW", "HRW's researcher said so."),
        ("HRW", "Human Rights Watch said so."),
        ("Human Rights Watch", "HRW said so."),
        ("the Ombudsman", "The Ombudsman of Azerbaijan said so."),
    ],
)
def test_a_name_is_known_in_full_and_by_its_initials(voice: str, text: str) -> None:
    """A body is named alike by its name and by what it is called for short."""
    assert names(text, voice)
    assert not names("The board said so.", voice)


@pytest.mark.parametrize("chosen", ["report", "summary"])
def test_either_kind_can_be_asked_alone(chosen: str) -> None:
    """Choosing documents is obeyed, whichever kind they are."""
    made = house("summary")
    [source] = [each for each in made.library.sources() if each.path == chosen]
    answer = made.library.ask(QUESTION, documents=[source.document_id or ""])
    assert cited(answer) == [chosen]


def test_a_heading_is_no_sentence_of_evidence() -> None:
    """What is near a question is shown by what is said, not by the line that stands over it."""
    made = House(report=f"# The length of the bridge in metres\n\n{REPORT}")
    heading = Part(Span(0, 36), Role.HEADING, 1)
    parse = made.parser.parse
    made.parser.parse = lambda path: replace(parse(path), parts=(heading,))  # type: ignore[method-assign]
    made.library.ingest()
    answer = made.library.ask(QUESTION)
    shown = [each.quote for each in (*answer.citations, *answer.presented)]
    assert shown[0] == "The bridge is 274 metres long."
    assert not any("#" in quote for quote in shown)
