"""All mentions, likenesses and comparisons over a library on doubles."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from rag.answering.extractive import ExtractiveAnswerer
from rag.chunking import SentenceChunker
from rag.errors import ConfigError, UnsupportedFormatError
from rag.library import Library, Stages
from rag.reader.plain import PlainReader
from rag.results import Drawn
from rag.retrieval.hybrid import HybridRetriever
from rag.schema import answer_schema, comparison_json, mentions_json
from rag.survey import Outlines
from rag.types import Document, Outcome, Span
from tests.doubles import MemoryParser, MemoryStore, WordEmbedder, document

FILES = {
    "a.txt": "The bridge opened in 1998. Rain fell on the town. The bridge is long.",
    "b.txt": "The mayor praised the bridge opened in 1998. Nothing burned.",
    "c.txt": "The tower burned in 1870. Its bell was saved.",
    "d.txt": "A tower stood there. The fire of 1870 burned the tower to the ground.",
}
SPEAKERS = {"a.txt": "Engineer", "b.txt": "Mayor", "c.txt": "Sexton", "d.txt": "Engineer"}
DATES = {"a.txt": "2001-05", "b.txt": "1999", "d.txt": "2000-01-31"}


class DatedParser(MemoryParser):
    """Knows dates, too."""

    def describe(self, document: Document) -> Document:
        return replace(super().describe(document), date=DATES.get(document.path, ""))


@pytest.fixture
def library() -> Library:
    """The files above, indexed in passages of two sentences or so."""
    embedder = WordEmbedder()
    stages = Stages(
        parser=DatedParser(dict(FILES), dict(SPEAKERS)),
        chunker=SentenceChunker(12, 6),
        embedder=embedder,
        store=MemoryStore(),
        retriever=HybridRetriever(embedder),
        reader=PlainReader(embedder),
        answerer=ExtractiveAnswerer(0.3, 3, 2, 0.3),
    )
    made = Library(stages, passages=10)
    made.ingest()
    return made


def named(*names: str) -> list[str]:
    """The ids of these files."""
    return [document(FILES[name]).id for name in names]


def test_only_the_chosen_documents_are_asked(library: Library) -> None:
    """What is not chosen is neither retrieved nor cited; without a choice all are asked."""
    everything = library.ask("When did the tower burn?")
    chosen = library.ask("When did the tower burn?", documents=named("d.txt"))
    assert {hit.passage.document_id for hit in everything.retrieved} >= {*named("c.txt", "d.txt")}
    assert {hit.passage.document_id for hit in chosen.retrieved} == {*named("d.txt")}
    assert {each.document.path for each in chosen.citations} == {"d.txt"}
    assert library.ask("When did the tower burn?", documents=[]).outcome is Outcome.ABSTAINED


@pytest.mark.parametrize("call", ["ask", "mentions"])
def test_a_document_that_is_gone_is_named_as_such(library: Library, call: str) -> None:
    """A choice that the index no longer holds is an error that a person understands."""
    with pytest.raises(ConfigError, match="no longer in the index"):
        getattr(library, call)("Who?", documents=["0" * 64])


def test_mentions_are_all_there(library: Library) -> None:
    """Each with its exact words, in the order of documents, with totals that add up."""
    found = library.mentions("Where is the bridge mentioned?")
    assert found.words == ("bridge",)
    assert [each.quote for each in found.citations] == [
        "The bridge opened in 1998.",
        "The bridge is long.",
        "The mayor praised the bridge opened in 1998.",
    ]
    assert [each.number for each in found.citations] == [1, 2, 3]
    assert all(each.span.of(each.document.text) == each.quote for each in found.citations)
    assert [(each.document.path, each.count) for each in found.documents] == [
        ("a.txt", 2),
        ("b.txt", 1),
    ]
    assert [each.path for each in found.silent] == ["c.txt", "d.txt"]
    assert found.total == sum(n for each in found.documents for _, n in each.pages) == 3


def test_lists_and_comparisons_are_json(library: Library) -> None:
    """What the page shows can be had as JSON, with answers and citations in their usual form."""
    found = library.mentions("bridge")
    told = json.loads(json.dumps(mentions_json(found)))
    assert told["total"] == len(told["citations"]) == 3
    assert [each["pages"] for each in told["documents"]] == [
        [{"number": 1, "label": "1", "count": 2}],
        [{"number": 1, "label": "1", "count": 1}],
    ]
    assert [each["path"] for each in told["silent"]] == ["c.txt", "d.txt"]
    compared = library.compare("When did the Tower burn?", ["Mayor", "Sexton"])
    sides = json.loads(json.dumps(comparison_json(compared)))["sides"]
    assert [(side["name"], side["silent"]) for side in sides] == [
        ("Mayor", True),
        ("Sexton", False),
    ]
    for side in sides:
        side["answer"]["index"]["fingerprint"] = "f"
        jsonschema.Draft202012Validator(answer_schema()).validate(side["answer"])


def test_mentions_keep_to_the_chosen_documents(library: Library) -> None:
    """A choice of documents narrows the count, and what was not chosen is not called silent."""
    found = library.mentions("bridge", documents=named("b.txt", "c.txt"))
    assert [each.document.path for each in found.citations] == ["b.txt"]
    assert [each.path for each in found.silent] == ["c.txt"]


def test_outlines_are_remembered_within_bounds(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second question reads no document again; the oldest outlines go when there are too many."""
    outlines = Outlines()
    index = library._live()
    of = [index.document(each) for each in named("a.txt", "b.txt")]
    first = outlines.of(index, of[0])
    assert outlines.of(index, of[0]) is first
    monkeypatch.setattr("rag.survey._MOST_SENTENCES", 4)
    outlines.of(index, of[1])
    assert [document for _, document in outlines._known] == [of[1].id]


def test_related_places_are_elsewhere(library: Library) -> None:
    """The nearest sentences of other places come first; the place itself never comes."""
    [home] = named("a.txt")
    span = Span(0, len("The bridge opened in 1998."))
    found = library.related(home, span)
    assert found[0].quote == "The mayor praised the bridge opened in 1998."
    assert all(not (each.document.id == home and each.span.overlap(span)) for each in found)
    assert "Nothing burned." not in [each.quote for each in found]
    assert [each.number for each in found] == list(range(1, len(found) + 1))


def test_related_places_of_nothing(library: Library) -> None:
    """A span of no words has no likeness; one outside the document or of another one is refused."""
    [home] = named("a.txt")
    assert library.related(home, Span(3, 4)) == ()
    with pytest.raises(ValueError, match="outside"):
        library.related(home, Span(0, 10_000))
    with pytest.raises(KeyError):
        library.related("0" * 64, Span(0, 1))


def test_sources_are_compared_in_the_order_of_time(library: Library) -> None:
    """Each answers from its own documents alone, and the silent one is said to be silent."""
    [c] = named("c.txt")
    found = library.compare("When did the Tower burn?", ["Mayor", c, "Engineer"])
    assert [(side.name, side.date, side.silent) for side in found.sides] == [
        ("Mayor", "1999", True),
        ("Engineer", "2000-01-31", False),
        ("c.txt", "", False),
    ]
    for side in found.sides:
        assert {each.document.id for each in side.answer.citations} <= set(side.documents)
    assert found.sides[1].documents == (*named("a.txt", "d.txt"),)


class OnePixel:
    """Draws pages without a file: of each the text, and nothing printed."""

    def draw(self, document: Document, number: int, width: int) -> Drawn:
        text = document.pages[number - 1].span.of(document.text)
        return Drawn(b"png", width, width, text, (None,) * len(text))


def test_pages_are_drawn_of_documents_that_are_there(library: Library) -> None:
    """A page of the live index is drawn; another page, or a library that draws none, says so."""
    [home] = named("a.txt")
    with pytest.raises(UnsupportedFormatError, match="no pages to draw"):
        library.page_image(home, 1)
    library._stages = replace(library._stages, pages=OnePixel())
    image = library.page_image(home, 1, [Span(0, 3)], width=70)
    assert (image.png, image.width, image.areas, image.approximate) == (b"png", 70, ((),), False)
    for number in (0, 2):
        with pytest.raises(ConfigError, match=f"no page {number}"):
            library.page_image(home, number)
    with pytest.raises(KeyError):
        library.page_image("0" * 64, 1)


def test_a_file_that_changed_is_no_longer_held(library: Library) -> None:
    """The index is one thing, the file another: changed, removed or unreadable, it is not held."""
    [home] = named("a.txt")
    files = library._stages.parser.files  # type: ignore[attr-defined]
    assert library.holds(home)
    for text in ("Something else.", "locked"):
        files["a.txt"] = text
        assert not library.holds(home)
    del files["a.txt"]
    assert not library.holds(home)
    with pytest.raises(KeyError):
        library.holds("0" * 64)


def test_an_unknown_source_is_named(library: Library) -> None:
    """Nobody is put words into the mouth: a name that is not there is refused."""
    with pytest.raises(ConfigError, match="Nobody"):
        library.compare("When?", ["Mayor", "Nobody"])
