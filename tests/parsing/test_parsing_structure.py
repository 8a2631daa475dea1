"""Headings, footnotes and tables of the formats that name them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rag.parsing import markdown
from rag.types import Document, Role, Span
from tests.files import docx, epub, odt, paragraph, styles, table, zipped

HTML = """<html><body><h1>Mines</h1><p>Before.</p><h2>By <i>region</i></h2>
<table><caption>Victims</caption>
<thead><tr><th>Region</th><th>Killed</th></tr></thead>
<tr><td>Aghdam</td><td>12</td></tr><tr><td>Fuzuli</td><td>7</td></tr></table>
<p>Between.</p>
<table><tr><td>Year</td><td>Maps</td></tr><tr><td>2021</td><td>2</td></tr></table>
<h3><div>Sources</div></h3><p>After.</p>
<section class="footnotes"><ol><li>See the annex.</li><li>Both names are used.</li></ol></section>
</body></html>"""


def _parts(document: Document, role: Role) -> list[tuple[int, str]]:
    everything = Span(0, len(document.text))
    return [
        (part.value, part.span.of(document.text)) for part in document.parts_of(everything, role)
    ]


def test_html(read: Callable[..., Document]) -> None:
    """Headings with their levels, notes one by one, and tables with their heads."""
    document = read("a.html", HTML.encode())
    assert _parts(document, Role.HEADING) == [(1, "Mines"), (2, "By region"), (3, "Sources")]
    assert _parts(document, Role.FOOTNOTE) == [(0, "See the annex."), (0, "Both names are used.")]
    assert _parts(document, Role.TABLE) == [
        (len("Region | Killed"), "Region | Killed\n\nAghdam | 12\n\nFuzuli | 7"),
        (len("Year | Maps"), "Year | Maps\n\n2021 | 2"),
    ]
    place = document.text.index("After.")
    assert document.headings(Span(place, place + 1)) == ("Mines", "By region", "Sources")


def test_html_in_books_and_mail(read: Callable[..., Document]) -> None:
    """The same page in an e-book or a message has the same parts, where they stand there."""
    chapters = ["<p>First chapter.</p>", "<h2>Maps</h2><p>Second chapter.</p>"]
    book = read("a.epub", zipped(epub(chapters)))
    assert _parts(book, Role.HEADING) == [(2, "Maps")]
    message = (
        "From: a@example.org\nSubject: Maps\nMIME-Version: 1.0\n"
        "Content-Type: text/html; charset=utf-8\n\n<html><body><h2>Maps</h2><p>Text.</p>"
    )
    assert _parts(read("a.eml", message.encode()), Role.HEADING) == [(2, "Maps")]


def test_word(read: Callable[..., Document]) -> None:
    """Styles of any name are headings if Word knows them as such; notes and tables are marked."""
    reference = '<w:r><w:footnoteReference w:id="7"/></w:r>'
    body = (
        paragraph("Report", style="Titel")
        + paragraph("Mines", style="berschrift1")
        + paragraph("By region", style="Eigene")
        + paragraph("Text.", style="Standard", inside=reference)
        + table([["Region", "Killed"], ["Aghdam", "12"]])
        + paragraph("Maps", style="Heading3")
    )
    known = styles(
        {
            "Titel": ("Title", ""),
            "berschrift1": ("heading 1", ""),
            "berschrift2": ("heading 2", ""),
            "Eigene": ("Mine", "berschrift2"),
            "Standard": ("Normal", ""),
            "Kreis": ("Circle", "Kreis"),
        }
    )
    document = read("a.docx", zipped(docx(body, {"7": "See the annex."}) | known))
    assert _parts(document, Role.HEADING) == [
        (1, "Report"),
        (1, "Mines"),
        (2, "By region"),
        (3, "Maps"),
    ]
    assert _parts(document, Role.FOOTNOTE) == [(0, "1 See the annex.")]
    assert _parts(document, Role.TABLE) == [(15, "Region | Killed\n\nAghdam | 12")]


def test_open_document(read: Callable[..., Document]) -> None:
    """Outline levels, notes and header rows of an OpenDocument text."""
    note = (
        "<text:note><text:note-citation>1</text:note-citation>"
        "<text:note-body><text:p>See the annex.</text:p></text:note-body></text:note>"
    )
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>".format
    rows = [
        f"<table:table-row>{cell(one)}{cell(two)}</table:table-row>"
        for one, two in (("Region", "In 2022"), ("Aghdam", "12"))
    ]
    body = (
        '<text:h text:outline-level="2">By region</text:h>'
        f"<text:p>Text.{note}</text:p><table:table><table:table-header-rows>{rows[0]}"
        f"</table:table-header-rows>{rows[1]}</table:table><text:h>Maps</text:h>"
    )
    document = read("a.odt", zipped(odt(body)))
    assert _parts(document, Role.HEADING) == [(2, "By region"), (1, "Maps")]
    assert _parts(document, Role.FOOTNOTE) == [(0, "1 See the annex.")]
    assert _parts(document, Role.TABLE) == [(16, "Region | In 2022\n\nAghdam | 12")]


MARKDOWN = """---
title: Mines
---
# Mines and *maps* #

Underlined
----------

| Region | Killed |
|:-------|-------:|
| Aghdam | 12     |

- a list
---
```
# no heading
```
    # code
#hashtag
###### The last
"""


def test_markdown(read: Callable[..., Document]) -> None:
    """Both kinds of headings and tables; code, lists with a rule under them and tags are none."""
    document = read("a.md", MARKDOWN.encode())
    assert _parts(document, Role.HEADING) == [
        (1, "# Mines and *maps* #"),
        (2, "Underlined\n----------"),
        (6, "###### The last"),
    ]
    ((value, rows),) = _parts(document, Role.TABLE)
    assert rows.startswith("| Region")
    assert rows.endswith("| Aghdam | 12     |")
    assert rows[:value].endswith("|-------:|")
    end = len(document.text)
    assert document.headings(Span(end, end)) == ("Mines and *maps*", "Underlined", "The last")


@pytest.mark.parametrize(
    ("name", "data", "header"),
    [
        ("a.csv", "Region;Killed\nAghdam;12\n", "Region;Killed"),
        ("a.tsv", "Region\tKilled\nAghdam\t12\n", "Region\tKilled"),
        ("a.csv", '"Region, or\ndistrict",Killed\nAghdam,12\n', '"Region, or\ndistrict",Killed'),
        ("a.csv", "2021,Aghdam\n2022,Fuzuli\n", ""),
    ],
)
def test_tables_of_text(read: Callable[..., Document], name: str, data: str, header: str) -> None:
    """A file of rows is one table, headed by its first row unless that holds values."""
    document = read(name, data.encode())
    ((value, rows),) = _parts(document, Role.TABLE)
    assert rows[:value] == header
    assert rows == document.text.rstrip("\n")


@pytest.mark.parametrize("text", ["", "\n", "a|b\n-|-", "|\n|-|\n|", "```\n# a", "===\n==="])
def test_odd_markdown(text: str) -> None:
    """Fragments of markup are no reason to fail, and parts stay inside the text."""
    same, parts = markdown.marked(text)
    assert same == text
    assert all(part.span.end <= len(text) for part in parts)
