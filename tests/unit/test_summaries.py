"""The shipped summaries: labelled, sourced and attributed, sentence by sentence."""

from __future__ import annotations

import re
from calendar import month_name
from datetime import date
from pathlib import Path

import pytest

from rag.parsing.catalogue import read_catalogue
from rag.parsing.folder import FolderParser
from rag.text import sentences
from rag.types import written_date
from tests.conftest import ROOT
from tests.parsing.conftest import LIMITS

DOCUMENTS = ROOT / "documents"
SUMMARIES = sorted((DOCUMENTS / "summaries").glob("*.md"))
PARSER = FolderParser(DOCUMENTS, LIMITS)
ENTRIES = read_catalogue(DOCUMENTS).entries
LABEL = "(summary prepared for this project, not the document itself)"
LATER = "## Later than the statement"
STATEMENT_DATE = date(2023, 1, 15)

MARK = re.compile(r" \[([^\[\]]+)\]\.$")
HOST = re.compile(r"\b[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,4}\b")
HOW = re.compile(r"\b(as|own pages?:|cop(y|ies)|text|release|note|statement of) ?|^[a-z.]+, \d")
ATTRIBUTION = re.compile(
    r"\b([Aa]ccording to|said|says|say|notes|noted|reported|wrote|writes|counted|counts|called"
    r"|calls|described|named|announced|asked|told|ordered|issued|gave|gives|spoke|speaks|quoted"
    r"|quotes|cited|lists|infers|seen|saw|answered|made|deplored|records|recorded|found|faults"
    r"|faulted|attributes|alleges|acknowledged|provides|commented|comes to|widened|rejected"
    r"|called on)\b"
)
DAY = re.compile(r"\b(\d{1,2}) (\w+) (20\d\d)\b")
MONTHS = tuple(month_name)
PLACES = [("Shusha", "Shushi"), ("Khankendi", "Stepanakert"), ("Kalbajar", "Karvachar")]
DANGLING = re.compile(
    r"^(It|Its|This|That|These|Those|They|Their|He|She|His|Her|There|Here|Both)\b"
    r"|\bthe same (comment|organisation|report|source|text)\b"
)

summary = pytest.mark.parametrize("path", SUMMARIES, ids=lambda path: path.stem)


def lines_of(text: str) -> list[str]:
    """The lines that say something: neither blank nor a heading."""
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def days_in(text: str) -> list[date]:
    """The exact days that a text names."""
    found = (match.groups() for match in DAY.finditer(text))
    return [date(int(y), MONTHS.index(m), int(d)) for d, m, y in found if m in MONTHS]


def test_there_are_ten_to_fourteen_and_all_have_entries() -> None:
    """Every summary has an entry in the catalogue, and every such entry a summary."""
    listed = {name for name in ENTRIES if name.startswith("summaries/")}
    assert listed == {path.relative_to(DOCUMENTS).as_posix() for path in SUMMARIES}
    assert 10 <= len(listed) <= 14


@summary
def test_no_citation_can_be_taken_for_the_document_itself(path: Path) -> None:
    """Title and speaker, as a citation shows them, say that it is the project's summary."""
    document = PARSER.parse(path)
    entry = ENTRIES[document.path]
    described = PARSER.describe(document)
    assert document.title == described.title == entry.title
    assert described.title.endswith(LABEL)
    assert described.attribution.startswith("Project summary of ")
    assert (entry.publisher, entry.side, entry.language) == ("rag project", "none", "en")
    assert (entry.licence, entry.url, entry.fetch) == ("MIT", "", False)
    assert entry.relates
    assert written_date(entry.date) in document.text


@summary
def test_every_sentence_names_its_source_and_who_says_it(path: Path) -> None:
    """Each line is one sentence with an attribution, and ends in a mark with an address."""
    text = path.read_text("utf-8")
    cut = {span.of(text) for span in sentences(text)}
    for line in lines_of(text):
        assert line in cut
        mark = MARK.search(line)
        assert mark, line
        source = mark.group(1)
        known = "statement of 15 January 2023" in source or "project note" in source
        assert known or HOST.search(source), line
        assert HOW.search(source), line
        assert ATTRIBUTION.search(line.removesuffix(mark.group())), line


@summary
def test_every_sentence_stands_alone(path: Path) -> None:
    """A sentence that is quoted without its neighbours names who acts in it."""
    assert [line for line in lines_of(path.read_text("utf-8")) if DANGLING.search(line)] == []


@summary
def test_places_have_both_names(path: Path) -> None:
    """Where the sides name a place differently, both names stand together."""
    for line in lines_of(path.read_text("utf-8")):
        for pair in PLACES:
            assert not any(name in line for name in pair) or "/".join(pair) in line


@summary
def test_what_came_later_stands_apart(path: Path) -> None:
    """No day before the heading is later than the statement; each sentence after it has a date."""
    before, _, after = path.read_text("utf-8").partition(LATER)
    assert all(day <= STATEMENT_DATE for day in days_in(before))
    assert not re.search(r"202[4-9]", before)
    for line in lines_of(after):
        later = any(day > STATEMENT_DATE for day in days_in(line))
        assert later or re.search(r"202[3-9]|date, .*, was not seen", line), line


@summary
def test_a_summary_is_short(path: Path) -> None:
    """Between 150 and 350 words, source marks aside."""
    words = sum(len(MARK.sub("", line).split()) for line in lines_of(path.read_text("utf-8")))
    assert 150 <= words <= 350
