"""Several questions in one are answered each, and silence on one of them is said."""

from __future__ import annotations

from rag.answering.extractive import ExtractiveAnswerer
from rag.answering.merging import merged
from rag.chunking import SentenceChunker
from rag.citing import Evidence, cite
from rag.library import Library, Stages
from rag.reader.plain import PlainReader
from rag.retrieval.hybrid import HybridRetriever
from rag.types import Claim, Draft, Outcome
from tests.doubles import MemoryParser, MemoryStore, WordEmbedder, document, passage

TEXT = "Landmines hit 274 people. The tower burned in 1870."
SOURCE = document(TEXT)


def claim(quote: str) -> Claim:
    """A claim that quotes a sentence."""
    held = passage(SOURCE, quote)
    return Claim(quote, held, held.span)


def library() -> Library:
    """A library on doubles that holds two short documents."""
    embedder = WordEmbedder()
    made = Library(
        Stages(
            parser=MemoryParser(
                {
                    "mines.txt": "Landmines hit 274 people in spring. Rain fell.",
                    "tower.txt": "The tower burned in 1870. Its bell was saved.",
                }
            ),
            chunker=SentenceChunker(12, 0),
            embedder=embedder,
            store=MemoryStore(),
            retriever=HybridRetriever(embedder),
            reader=PlainReader(embedder),
            answerer=ExtractiveAnswerer(0.4, 2, 1, 0.2),
        ),
        passages=4,
    )
    made.ingest()
    return made


def test_each_part_is_searched_and_answered() -> None:
    """Both answers stand in the order of the questions, each cited once."""
    answer = library().ask("How many people did landmines hit? When did the tower burn?")
    assert answer.outcome is Outcome.ANSWERED
    said = " ".join(statement.text for statement in answer.statements)
    assert said.index("274") < said.index("1870")
    assert [hit.rank for hit in answer.retrieved] == list(range(1, len(answer.retrieved) + 1))
    assert "When did the tower burn?" in answer.searched


def test_silence_on_a_part_is_said() -> None:
    """A note names the part that the documents leave open."""
    answer = library().ask("When did the tower burn? Who invented the zeppelin airship?")
    assert [statement.text for statement in answer.statements] == ["The tower burned in 1870."]
    assert answer.notes == ("On “Who invented the zeppelin airship?” the documents do not say.",)


def test_where_every_part_is_open_the_whole_is() -> None:
    """One abstention, with each reason once."""
    nothing = Draft((), "x", "Nothing.")
    whole = merged([("A?", nothing), ("B?", nothing)])
    assert (whole.claims, whole.reason, whole.notes) == ((), "Nothing.", ())


def test_a_sentence_that_answers_two_parts_is_said_once() -> None:
    """The first part says it."""
    one, two = claim("Landmines hit 274 people."), claim("The tower burned in 1870.")
    whole = merged([("A?", Draft((one,), "x")), ("B?", Draft((two, one), "x"))])
    assert whole.claims == (one, two)
    evidence = Evidence("A? B?", "", [], [], 1, "f")
    answer = cite(whole, evidence, {SOURCE.id: SOURCE}.__getitem__)
    assert [each.text for each in answer.statements] == [one.text, two.text]
    assert [each.number for each in answer.citations] == [1, 2]


def test_one_part_is_left_as_it_is() -> None:
    """A plain question costs nothing more."""
    draft = Draft((claim("Landmines hit 274 people."),), "x")
    assert merged([("A?", draft)]) is draft
