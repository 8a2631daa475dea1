"""A dossier as one HTML page that needs nothing else: no script, no picture, no address."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from rag.dossier.content import Dossier, Section
from rag.dossier.phrasing import QUESTION, Note, cited, stated

_PAGE = Markup("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ max-width: 42rem; margin: 2rem auto; padding: 0 1rem; font: 1.05rem/1.6 Georgia, serif }}
h1, h2 {{ line-height: 1.25 }}
p {{ overflow-wrap: anywhere }}
.made, .note {{ font-size: .85rem }}
a {{ text-decoration: none }}
a:hover, a:focus {{ text-decoration: underline }}
:target {{ outline: 2px solid; outline-offset: .3rem }}
@media print {{ body {{ max-width: none; margin: 0 }} }}
</style>
</head>
<body>
<main>
<h1><bdi>{title}</bdi></h1>
<p class="made">{made}</p>
{sections}
<section>
<h2>Sources</h2>
{notes}
</section>
</main>
</body>
</html>
""")
_SECTION = Markup("<section>\n<h2><bdi>{question}</bdi></h2>\n{paragraphs}\n</section>")
_SAID = Markup('<p><bdi>{text}</bdi> <span class="marks">{marks}</span></p>')
_MARK = Markup('<a{identity} href="#note-{number}">[{number}]</a>')
_NOTE = Markup(
    '<p class="note" id="note-{number}"><a href="#mark-{number}">[{number}]</a>'
    " <bdi>{text}</bdi></p>"
)


def html(dossier: Dossier, made: str) -> str:
    """The whole file; `made` says when and how it was made."""
    linked: set[int] = set()
    sections = [
        _section(number, each, linked) for number, each in enumerate(dossier.sections, start=1)
    ]
    return str(
        _PAGE.format(
            title=dossier.title,
            made=made,
            sections=_joined(sections),
            notes=_joined(map(_note, dossier.notes)),
        )
    )


def _section(number: int, section: Section, linked: set[int]) -> Markup:
    paragraphs = [
        _SAID.format(
            text=stated(said), marks=Markup(" ").join(_mark(note, linked) for note in said.notes)
        )
        for said in section.statements
    ]
    texts = filter(None, (section.silence, *section.remarks))
    paragraphs += (Markup("<p>{}</p>").format(text) for text in texts)
    question = QUESTION.format(number, section.question)
    return _SECTION.format(question=question, paragraphs=_joined(paragraphs))


def _mark(number: int, linked: set[int]) -> Markup:
    """A link to the note; the first to it is where the note leads back."""
    identity = Markup("") if number in linked else Markup(' id="mark-{}"').format(number)
    linked.add(number)
    return _MARK.format(number=number, identity=identity)


def _note(note: Note) -> Markup:
    return _NOTE.format(number=note.number, text=cited(note))


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("\n").join(parts)
