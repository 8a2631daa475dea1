"""HTML: what a page shows, and what it hides, read through the whole parser."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import NoTextError, ParseError, TooComplexError
from rag.parsing import html
from rag.parsing.folder import FolderParser
from rag.parsing.limits import Limits
from rag.text import sentences
from rag.types import Document

PAGE = """<!DOCTYPE html>
<html><head><title>Mines in 2022</title><meta http-equiv="refresh" content="0;url=http://a.test/">
<style>p { color: red }</style><script>var tracker = "never shown";</script></head>
<body>
<header><p>The name of the site</p></header>
<nav><a href="/">Home</a></nav>
<main>
<header><h1>Mines and   their victims</h1></header>
<p>Mines hit 274 people,
 <b>36 of them</b> civilians. <a href="javascript:steal()">Maps</a> were &quot;incomplete&quot;.</p>
<h2>By region</h2>
<table>
<tr><th>Region</th><th>Victims</th></tr>
<tr><td><p>Aghdam</p></td><td>12</td></tr>
</table>
<ul><li>One map was handed over.<li>Two maps were not.</ul>
<p hidden>First secret.</p>
<div style="color:red; Display : NONE"><p>Second secret.</p></div>
<span style="visibility:hidden">Third secret.</span>
<aside role="doc-footnote">See the annex.</aside>
<aside>Read more of this</aside>
<form><label>Your name</label><input value="typed"><button>Send</button></form>
<template>Fourth secret.</template><!-- a comment -->
<p>One line.<br>Another line.</p>
</main>
<footer>All rights reserved</footer>
</body></html>"""

TEXT = """Mines and their victims

Mines hit 274 people, 36 of them civilians. Maps were "incomplete".

By region

Region | Victims

Aghdam | 12

One map was handed over.

Two maps were not.

See the annex.

One line.
Another line."""


@pytest.mark.parametrize("name", ["a.html", "a.txt", "noname"])
def test_the_visible_text(tmp_path: Path, limits: Limits, name: str) -> None:
    """A page is its visible text in reading order, whatever its name; hidden parts are counted."""
    (tmp_path / name).write_text(PAGE)
    parser = FolderParser(tmp_path, limits)
    document = parser.parse(tmp_path / name)
    assert document.text == TEXT
    assert document.title == "Mines in 2022"
    assert parser.note(document) == "3 hidden parts left out"


def test_headings_are_sentences_of_their_own(read: Callable[..., Document]) -> None:
    """No sentence begins with the heading above it, and each stands in the text once."""
    document = read("a.html", PAGE.encode())
    found = [span.of(document.text) for span in sentences(document.text)]
    assert "Mines hit 274 people, 36 of them civilians." in found
    assert "Mines and their victims" in found
    assert all(document.text.count(sentence) == 1 for sentence in found)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<form><p>All in one form.</p><input value=x></form>", "All in one form."),
        ("<aside>Nothing but an aside.</aside>", "Nothing but an aside."),
        ("<pre>a\n   <code>b  c</code></pre>", "a\n   b  c"),
        ("<table><tr><td><h2>Left</h2></td><td><p>a<p>b</td></tr></table>", "Left\n\na\n\nb"),
        ("<p>|</p>", "|"),
        ("<p>H<sub>2</sub>O, <i>non</i>-state</p>", "H2O, non-state"),
        ("<p>ab<wbr>cd&shy;ef&nbsp;g</p>", "abcd\u00adef\u00a0g"),
        ("<p>pay\u202etxt\u200b</p>", "paytxt"),
        ("<article><header>Kept head.</header>x<footer>Kept foot.</footer></article>",
         "Kept head.\n\nx\n\nKept foot."),
    ],
)  # fmt: skip
def test_structures(read: Callable[..., Document], markup: str, text: str) -> None:
    """Layout tables, inline elements, forms round a page and preformatted text by hand."""
    assert read("a.html", f"<html><body>{markup}".encode()).text == text


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="windows-1251">', "cp1251"),
        ('<meta http-equiv=Content-Type content="text/html; charset=koi8-r">', "koi8-r"),
        ('<meta charset="windows-1251">', "utf-8"),
        ("", "utf-8"),
        ("", "utf-16"),
        ("", "cp1251"),
    ],
)
def test_character_sets(read: Callable[..., Document], head: str, encoding: str) -> None:
    """A mark or UTF-8 decides, then what the page declares, then a guess."""
    page = f"<html><head>{head}</head><body><p>Мины унесли жизни мирных жителей.</p></body></html>"
    assert read("a.htm", page.encode(encoding)).text == "Мины унесли жизни мирных жителей."


@pytest.mark.parametrize(
    ("data", "error"),
    [
        pytest.param(b"<a " * 1_000_000, NoTextError, id="open tags"),
        pytest.param(b"<!--" * 1_000_000, NoTextError, id="open comments"),
        pytest.param(b"<?" * 500_000, NoTextError, id="instructions"),
        pytest.param(b"<![CDATA[" * 300_000, NoTextError, id="sections"),
        pytest.param(b"<div>" * 100_000 + b"deep", TooComplexError, id="deep"),
        pytest.param(b"<table><tr><td>" * 50_000 + b"deep", TooComplexError, id="deep tables"),
        pytest.param(
            b"<p " + b" ".join(b"a%d=1" % number for number in range(100_000)) + b">text",
            TooComplexError, id="attributes"),
        pytest.param(b"", NoTextError, id="empty"),
        pytest.param(b"<html><body><script>1</script>", NoTextError, id="no text"),
    ],
)  # fmt: skip
def test_hostile_pages(
    refusal: Callable[..., ParseError], limits: Limits, data: bytes, error: type[ParseError]
) -> None:
    """Pages made to cost time end within their limits, in one status."""
    started = time.monotonic()
    refused = refusal("a.html", data, replace(limits, seconds=10, cpu_seconds=1))
    assert type(refused) is error
    assert time.monotonic() - started < 11


def test_pages_have_less_time_than_reports(limits: Limits) -> None:
    """What is no PDF has a third of the processor's time, but never less than 20 s of it."""
    given = {each: replace(limits, cpu_seconds=each).for_markup() for each in (1, 20, 60, 300)}
    assert [each.cpu_seconds for each in given.values()] == [1, 20, 20, 100]


def test_too_little_memory(refusal: Callable[..., ParseError], limits: Limits) -> None:
    """A page whose elements need more memory than allowed says so."""
    refused = refusal("a.html", b"<p>a" * 1_000_000, replace(limits, memory_bytes=128 * 2**20))
    assert type(refused) is TooComplexError
    assert refused.reason == "needs more than 128 MB of memory"


def test_many_elements_are_read_in_time(read: Callable[..., Document], limits: Limits) -> None:
    """A long page of small elements is read whole, in time in proportion to its length."""
    data = b"<p>One <b>of</b> many &amp; more." * 20_000
    document = read("a.html", data, replace(limits, cpu_seconds=4))
    assert document.text.count("One of many & more.") == 20_000


def test_nothing_outside_is_read(read: Callable[..., Document], tmp_path: Path) -> None:
    """An entity that names a file stays what it is: its name."""
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    page = f'<!DOCTYPE html [<!ENTITY x SYSTEM "{secret.as_uri()}">]><html><body>a &x; b'
    assert "the secret" not in read("a.html", page.encode()).text


@given(st.lists(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])), max_size=5))
def test_any_text_comes_through(texts: list[str]) -> None:
    """Paragraphs of any characters come out as they went in, but for runs of blanks."""
    markup = "".join(f"<p>{escape(text)}</p>" for text in texts)
    blocks = (re.sub(" +", " ", text).strip(" ") for text in texts)
    expected = "\n\n".join(filter(None, blocks))
    (shown, _), _, hidden = html.shown(f"<html><body>{markup}", "a.html")
    assert (shown, hidden) == (expected, 0)
