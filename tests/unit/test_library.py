"""The pipeline from folder to answer, on doubles."""

from __future__ import annotations

import jsonschema
import pytest

from rag.answering.extractive import ExtractiveAnswerer
from rag.chunking import SentenceChunker
from rag.errors import ConfigError, IndexMissingError
from rag.library import LONGEST_QUESTION, Library, Stages
from rag.reader.plain import PlainReader
from rag.retrieval.hybrid import HybridRetriever
from rag.schema import answer_json, answer_schema
from rag.types import Outcome
from tests.doubles import MemoryParser, MemoryStore, WordEmbedder

BRIDGE = "The bridge was opened in 1998. Its length is 274 metres. Ferries crossed before."
TOWER = "The tower burned in 1870. Rain fell. Its bell was saved by the sexton."


class House:
    """A library on doubles, and the doubles."""

    def __init__(self, **files: str) -> None:
        self.parser = MemoryParser(dict(files))
        self.embedder = WordEmbedder()
        self.store = MemoryStore()
        self.library = Library(
            Stages(
                parser=self.parser,
                chunker=SentenceChunker(20, 5),
                embedder=self.embedder,
                store=self.store,
                retriever=HybridRetriever(self.embedder),
                reader=PlainReader(self.embedder),
                answerer=ExtractiveAnswerer(0.3, 3, 2, 0.3),
                clock=iter(range(1_000)).__next__,
                remarks=lambda question: ["That was loud."] if question.isupper() else [],
            ),
            passages=10,
        )


def test_a_question_is_answered_with_the_words_of_its_source() -> None:
    """Ingest, search, read, draft and cite fit together."""
    house = House(bridge=BRIDGE, tower=TOWER)
    house.parser.speakers = {"bridge": "The engineer"}
    house.library.ingest()
    answer = house.library.ask("What is the length of the bridge in metres?")
    assert answer.outcome is Outcome.ANSWERED
    assert answer.citations[0].quote == "The bridge was opened in 1998. Its length is 274 metres."
    assert answer.statements[0].speaker == "The engineer"
    assert answer.timings_ms == {"search": 1_000, "read": 1_000, "answer": 1_000, "total": 3_000}


def test_a_question_about_something_else_is_not_answered() -> None:
    """Abstaining shows the nearest sentences and a reason."""
    house = House(bridge=BRIDGE)
    house.library.ingest()
    answer = house.library.ask("Which minister resigned over Quellmalz?")
    assert answer.outcome is Outcome.ABSTAINED
    assert "Quellmalz" in str(answer.reason)
    assert answer.presented


def test_what_there_is_to_know_of_a_question_goes_with_its_answer() -> None:
    """A remark on the question stands beside the answer, whatever comes of it."""
    house = House(bridge=BRIDGE)
    house.library.ingest()
    assert house.library.ask("WHEN WAS THE BRIDGE OPENED?").notes == ("That was loud.",)
    assert house.library.ask("When was the bridge opened?").notes == ()


@pytest.mark.parametrize("question", ["When was the bridge opened?", "Which Quellmalz resigned?"])
def test_answers_fit_the_schema(question: str) -> None:
    """What the command line and the API print is what the schema promises."""
    house = House(bridge=BRIDGE)
    house.library.ingest()
    said = answer_json(house.library.ask(question))
    said["index"]["fingerprint"] = "f"
    jsonschema.Draft202012Validator(answer_schema()).validate(said)


def test_a_follow_up_is_searched_with_the_question_before() -> None:
    """The history reaches the search, and the answer says what was searched."""
    house = House(bridge=BRIDGE, tower=TOWER)
    house.library.ingest()
    answer = house.library.ask("And when?", ["Who saved the bell of the tower?"])
    assert answer.searched == "Who saved the bell of the tower? And when?"
    assert answer.question == "And when?"


def test_unchanged_passages_are_not_embedded_again() -> None:
    """Editing one of two documents embeds and reads that one alone."""
    house = House(bridge=BRIDGE, tower=TOWER)
    house.library.ingest()
    house.embedder.embedded.clear()
    house.parser.parsed.clear()
    house.parser.files["tower"] = TOWER.replace("1870", "1871")
    done = house.library.ingest()
    assert house.parser.parsed == ["tower"]
    assert (done.embedded, done.carried) == (1, 1)
    assert done.generation == 2


def test_nothing_changed_publishes_nothing() -> None:
    """A second run over the same folder leaves the generation as it is."""
    house = House(bridge=BRIDGE, broken="")
    first = house.library.ingest()
    again = house.library.ingest()
    assert first.published
    assert not again.published
    assert (again.generation, again.sources) == (1, first.sources)


def test_new_metadata_alone_publishes_without_embedding() -> None:
    """A changed speaker shows in citations without a model's work."""
    house = House(bridge=BRIDGE)
    house.library.ingest()
    house.parser.speakers = {"bridge": "The engineer"}
    done = house.library.ingest()
    assert (done.generation, done.embedded) == (2, 0)
    assert house.library.ask("When was the bridge opened?").statements[0].speaker == "The engineer"


def test_passages_are_searched_with_their_title() -> None:
    """What a document is called counts for its passages, and is embedded with their words."""
    house = House(bridge=BRIDGE)
    house.library.ingest()
    assert house.embedder.embedded == [f"bridge\n{BRIDGE}"]


def test_a_removed_document_is_gone() -> None:
    """After the next run nothing of it is found."""
    house = House(bridge=BRIDGE, tower=TOWER)
    house.library.ingest()
    del house.parser.files["tower"]
    house.library.ingest()
    assert all("tower" not in hit.passage.text for hit in house.library.search("tower bell", 10))


def test_one_bad_file_does_not_stop_the_rest() -> None:
    """Every file has a status, and the readable ones are indexed."""
    house = House(bridge=BRIDGE, broken="", locked="locked")
    done = house.library.ingest()
    reasons = {source.path: source.reason for source in done.sources}
    assert reasons == {"bridge": "", "broken": "has no text", "locked": "has no text"}
    assert done.published


def test_two_names_of_one_file_are_indexed_once() -> None:
    """The second name is listed with a note, and its passages are not doubled."""
    house = House(bridge=BRIDGE, copy=BRIDGE)
    done = house.library.ingest()
    assert [source.note for source in done.sources] == ["", "the same file as bridge, indexed once"]
    assert len(house.store.open()) == done.sources[0].passages


@pytest.mark.parametrize("files", [{}, {"broken": ""}], ids=["empty", "unreadable"])
def test_a_folder_with_nothing_to_read_keeps_the_old_index(files: dict[str, str]) -> None:
    """Nothing is lost when the folder is emptied or wrong by mistake."""
    house = House(bridge=BRIDGE)
    house.library.ingest()
    house.parser.files = files
    done = house.library.ingest()
    assert (done.published, done.generation) == (False, 1)
    assert house.library.search("bridge", 1)


@pytest.mark.parametrize("question", ["", " \n", "?!", "x" * (LONGEST_QUESTION + 1)])
def test_impossible_questions_are_refused_in_a_sentence(question: str) -> None:
    """Neither nothing nor a whole book is a question."""
    house = House(bridge=BRIDGE)
    house.library.ingest()
    with pytest.raises(ConfigError, match="question"):
        house.library.ask(question)


def test_asking_before_ingesting_names_the_command() -> None:
    """Without an index the user is told how to make one."""
    with pytest.raises(IndexMissingError, match="rag index"):
        House().library.ask("What?")
