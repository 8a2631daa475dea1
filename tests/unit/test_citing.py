"""Nothing unchecked gets through to an answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.citing import NO_SUPPORT, NOTHING_HELD, PRESENTED, Evidence, cite
from rag.types import (
    Answer,
    Claim,
    Draft,
    Outcome,
    Passage,
    Reading,
    Role,
    Span,
    Status,
    Written,
)
from tests.doubles import document, hits, part, passage

TEXT = "It is said that 274 were hit. Of those, 46 died. More was not said."
SOURCE = document(TEXT, pages=[30], speaker="Ombudsman of Azerbaijan")
WHOLE = passage(SOURCE, TEXT)


def claim(quote: str, text: str | None = None, answer: str | None = None) -> Claim:
    """A claim that quotes `quote`, saying `text`."""
    marked = passage(SOURCE, answer).span if answer else None
    return Claim(quote if text is None else text, WHOLE, passage(SOURCE, quote).span, marked)


def checked(*claims: Claim, readings: tuple[Reading, ...] = ()) -> Answer:
    """The answer that comes of the claims."""
    evidence = Evidence("q", "q", hits(WHOLE), readings, 7, "f")
    return cite(Draft(claims, "test"), evidence, {SOURCE.id: SOURCE}.__getitem__)


def test_a_quote_is_cut_from_the_document_at_its_page() -> None:
    """Quote, page, speaker and the marked words all follow from offsets."""
    answer = checked(claim("Of those, 46 died.", answer="46"))
    [citation], [statement] = answer.citations, answer.statements
    assert citation.quote == citation.span.of(TEXT) == "Of those, 46 died."
    assert [page.number for page in citation.pages] == [2]
    assert citation.answer is not None
    assert citation.answer.of(TEXT) == "46"
    assert (statement.citations, statement.status) == ((1,), Status.VERBATIM)
    assert statement.speaker == "Ombudsman of Azerbaijan"


@pytest.mark.parametrize(
    "text", ["Of those, 64 died.", "Of those, 46 did not die.", "46 died.", "", "Of those 46 died"]
)
def test_words_that_the_source_does_not_say_are_dropped(text: str) -> None:
    """A claim that differs from its quote in one word, number or sign is not shown as said."""
    answer = checked(claim("Of those, 46 died.", text))
    assert (answer.outcome, answer.reason) == (Outcome.ABSTAINED, NO_SUPPORT)


def test_a_heading_alone_is_not_quoted() -> None:
    """Neither as a claim nor under a written sentence: a heading says nothing by itself."""
    text = "Ferries and mines\n\nMines kill."
    source = document(text, parts=[part(text, "Ferries and mines", Role.HEADING, 1)])
    whole = passage(source, text)
    draft = Draft(
        (Claim("Ferries and mines", whole, Span(0, 17)),),
        "test",
        sentences=(Written("Ferries and mines.", (whole,)),),
        given=(whole,),
    )
    evidence = Evidence("q", "q", hits(whole), (), 7, "f")
    assert cite(draft, evidence, {source.id: source}.__getitem__).outcome is Outcome.ABSTAINED
    said = replace(draft, sentences=(Written("Mines kill.", (whole,)),))
    [citation] = cite(said, evidence, {source.id: source}.__getitem__).citations
    assert citation.quote == "Mines kill."


def test_white_space_and_case_are_no_difference() -> None:
    """A quote broken over lines is still verbatim when it is shown on one."""
    assert checked(claim("Of those, 46 died.", "of  those,\n46 died.")).statements


@pytest.mark.parametrize(
    "held",
    [
        Claim(TEXT[:29], passage(SOURCE, "More was not said."), Span(0, 29)),
        Claim("It is forged.", Passage(SOURCE.id, Span(0, 13), "It is forged."), Span(0, 13)),
        Claim("", WHOLE, Span(5, 5)),
    ],
    ids=["quote outside its passage", "forged passage", "empty quote"],
)
def test_claims_that_do_not_fit_their_passage_are_dropped(held: Claim) -> None:
    """Neither the place nor the words of a passage are taken on trust."""
    assert checked(held).outcome is Outcome.ABSTAINED


def test_a_good_claim_survives_beside_a_bad_one() -> None:
    """Dropping one statement leaves the numbering whole."""
    answer = checked(claim("Of those, 46 died.", "Invented."), claim("More was not said."))
    assert [statement.citations for statement in answer.statements] == [(1,)]
    assert [citation.number for citation in answer.citations] == [1]


def test_a_page_break_inside_a_quotation_is_left_out_of_what_is_said() -> None:
    """The quote is the source's characters; the statement shows that a running head stood there."""
    text = "It went on until\nReport 7\nthe spring."
    source = document(text, parts=[part(text, "Report 7", Role.FURNITURE)])
    whole = passage(source, text)
    draft = Draft((Claim(" ".join(text.split()), whole, whole.span),), "test")
    answer = cite(draft, Evidence("q", "q", hits(whole), (), 1, "f"), lambda _: source)
    assert [each.text for each in answer.statements] == ["It went on until […] the spring."]
    assert [each.quote for each in answer.citations] == [text]


def test_one_place_is_cited_once_and_said_once() -> None:
    """Two claims on the same sentence are one statement with one citation."""
    answer = checked(claim("Of those, 46 died."), claim("Of those, 46 died.", "Of those, 46 DIED."))
    assert [statement.citations for statement in answer.statements] == [(1,)]
    assert len(answer.citations) == 1


def test_marked_words_outside_the_quote_are_not_marked() -> None:
    """The answer's words are marked inside the quote or not at all."""
    assert checked(claim("Of those, 46 died.", answer="274")).citations[0].answer is None


def test_further_sentences_are_presented_once_and_after_the_citations() -> None:
    """What else was read is shown, without what is cited, numbered on."""
    spans = [Span(place, place + 1) for place in range(10)]
    readings = tuple(Reading(WHOLE, span, 1, 0.5) for span in [*spans, *spans])
    cited = checked(claim("More was not said."), readings=readings)
    assert [each.number for each in cited.presented] == list(range(2, PRESENTED + 2))
    assert [each.span for each in cited.presented] == spans[:PRESENTED]


def written(*sentences: Written) -> Answer:
    """The answer that comes of a model's sentences, with a quotation to fall back on."""
    evidence = Evidence("q", "q", hits(WHOLE), (), 7, "f")
    draft = Draft(
        (claim("More was not said."),), "model", sentences=sentences, given=(WHOLE,), notes=("n",)
    )
    return cite(draft, evidence, {SOURCE.id: SOURCE}.__getitem__)


def test_what_a_model_writes_cites_the_sentences_that_it_rests_on() -> None:
    """Its words, the document's sentence by offset, the document's speaker."""
    answer = written(Written("Of the 274, 46 died.", (WHOLE,)), Written("All died.", (WHOLE,)))
    [statement] = answer.statements
    assert (statement.text, statement.status) == ("Of the 274, 46 died.", Status.SUPPORTED)
    assert statement.speaker == "Ombudsman of Azerbaijan"
    cited = [answer.citations[number - 1].quote for number in statement.citations]
    assert "Of those, 46 died." in cited
    assert [each.text for each in answer.removed] == ["All died."]
    assert (answer.written_by, len(answer.notes)) == ("model", 2)


def test_where_nothing_written_holds_the_quotation_stands() -> None:
    """Under its own name, with a note, and with what was removed."""
    answer = written(Written("64 died.", (WHOLE,)), Written("46 died.", ()))
    assert [statement.text for statement in answer.statements] == ["More was not said."]
    assert (answer.written_by, answer.notes) == ("extractive", ("n", NOTHING_HELD))
    assert [each.text for each in answer.removed] == ["64 died.", "46 died."]


def test_a_forged_passage_supports_nothing() -> None:
    """What is not in the document cannot be cited, whatever the draft says of it."""
    forged = Passage(SOURCE.id, Span(0, 9), "99 agreed")
    assert written(Written("99 agreed.", (forged,))).written_by == "extractive"


@given(st.text(max_size=60), st.integers(0, 70), st.integers(0, 70))
def test_whatever_is_claimed_quotes_equal_the_document(text: str, one: int, other: int) -> None:
    """No draft, however wrong, makes a citation that is not in the source."""
    span = Span(min(one, other), max(one, other))
    answer = checked(Claim(text, WHOLE, span, span))
    assert all(citation.quote == citation.span.of(TEXT) != "" for citation in answer.citations)
