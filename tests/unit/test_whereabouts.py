"""A quotation's heading path, its paragraph's number, and how sure recognised words are."""

from __future__ import annotations

import jsonschema
import pytest

from rag.citing import quoted
from rag.schema import answer_schema, citation_json
from rag.types import Document, Part, Role, Span
from rag.whereabouts import paragraph, recognition, section, sureness
from tests.doubles import document, part

TEXT = (
    "The case of mines\nThe facts\n44. The mission came in\n2020. It saw mines.\n45. It left.\n"
    "[3] Letter.\nNobody knew why.\nThe law\nNo number stands here.\nArticle 5a\nAll are free.\n"
)
PARTS = [
    part(TEXT, "The case of mines", Role.HEADING, 1),
    part(TEXT, "The facts", Role.HEADING, 2),
    part(TEXT, "[3] Letter.", Role.FOOTNOTE),
    part(TEXT, "The law", Role.HEADING, 2),
]


def judgment() -> Document:
    """Numbered paragraphs under two headings, and an article."""
    return document(TEXT, title="The case of mines", parts=PARTS)


@pytest.mark.parametrize(
    ("words", "path", "number"),
    [
        ("44. The mission", ("The facts",), "paragraph 44"),
        ("It saw mines.", ("The facts",), "paragraph 44"),
        ("Nobody knew why.", ("The facts",), "paragraph 45"),
        ("[3] Letter.", ("The facts",), ""),
        ("No number stands", ("The law",), ""),
        ("All are free.", ("The law",), "Article 5a"),
    ],
)
def test_a_quotation_has_its_headings_and_its_number(
    words: str, path: tuple[str, ...], number: str
) -> None:
    """A number reaches to the next one or a heading; a year at a line's beginning is none."""
    start = TEXT.index(words)
    span = Span(start, start + len(words))
    assert section(judgment(), span) == path
    assert paragraph(judgment(), span) == number


def test_a_number_ends_with_its_paragraph() -> None:
    """Where blank lines divide paragraphs, what follows one has no number."""
    text = "1. One was seen.\n\n2. Two were seen.\n\nThe end."
    held = document(text)
    assert paragraph(held, Span(3, 16)) == "paragraph 1"
    assert paragraph(held, Span(text.index("The end"), len(text))) == ""


@pytest.mark.parametrize(
    ("span", "sure", "words"),
    [
        (Span(0, 10), 90, "recognised text, 90 %"),
        (Span(5, 20), 60, "recognised text, 60 %, doubtful: compare it with the page"),
        (Span(20, 24), None, ""),
    ],
)
def test_recognised_words_say_how_sure_they_are(span: Span, sure: int | None, words: str) -> None:
    """Confidence is weighed by the characters of each line; what is low is called doubtful."""
    parts = [Part(Span(0, 10), Role.RECOGNISED, 90), Part(Span(10, 20), Role.RECOGNISED, 45)]
    held = document("x" * 24, parts=parts)
    assert sureness(held, span) == sure
    assert recognition(held, span) == words


def test_json_says_it_where_it_is_known() -> None:
    """A citation has the three fields where there is something to say, and is valid either way."""
    held = judgment()
    scanned = document(TEXT, parts=[Part(Span(0, len(TEXT)), Role.RECOGNISED, 87)])
    place = Span(TEXT.index("It saw"), TEXT.index("It saw") + 13)
    first, second = (citation_json(each) for each in quoted([(held, place), (scanned, place)]))
    assert (first["section"], first["paragraph"]) == (["The facts"], "paragraph 44")
    assert "recognised" not in first
    assert second["recognised"] == 87
    assert "section" not in second
    schema = answer_schema()
    part_of_it = {"$ref": "#/$defs/citation", "$defs": schema["$defs"]}
    for each in (first, second):
        jsonschema.Draft202012Validator(part_of_it).validate(each)
