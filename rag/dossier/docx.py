"""A dossier as a Word file with true footnotes: the few parts of Office Open XML that it takes.

ECMA-376 part 1: a document, its styles and its footnotes, in a zip. The marks of the notes are the
dossier's own numbers ("[1]"), so that they stay the same when notes are added or moved.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable

from markupsafe import Markup

from rag.dossier.content import Dossier, Section
from rag.dossier.phrasing import QUESTION, Note, cited, stated

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The date of all entries: equal dossiers are equal files."""
_FOREIGN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold."""

_TYPES = f"""<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/>
<Override PartName="/word/styles.xml" ContentType="{_WORD}.styles+xml"/>
<Override PartName="/word/footnotes.xml" ContentType="{_WORD}.footnotes+xml"/>
<Override PartName="/docProps/core.xml"
 ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>
</Types>"""
_RELATIONS = f"""<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="d" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>
<Relationship Id="c" Type="{_PACKAGE}/relationships/metadata/core-properties"
 Target="docProps/core.xml"/>
</Relationships>"""
_PARTS = f"""<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="s" Type="{_OFFICE}/styles" Target="styles.xml"/>
<Relationship Id="f" Type="{_OFFICE}/footnotes" Target="footnotes.xml"/>
</Relationships>"""
_CORE = Markup(
    "<cp:coreProperties xmlns:cp="
    '"http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{}</dc:title></cp:coreProperties>'
)
_STYLE = Markup(
    '<w:style w:type="paragraph" w:styleId="{identity}"{default}><w:name w:val="{name}"/>'
    '<w:qFormat/><w:pPr>{level}<w:spacing w:before="{before}" w:after="120"/></w:pPr>'
    '<w:rPr>{bold}<w:sz w:val="{size}"/></w:rPr></w:style>'
)
_BODY = Markup(
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    "<w:body>{}<w:sectPr/></w:body></w:document>"
)
_STYLES = Markup(
    '<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{}</w:styles>'
)
_NOTES = Markup(
    '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
    '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/>'
    "</w:r></w:p></w:footnote>{}</w:footnotes>"
)
_PARAGRAPH = Markup('<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{runs}</w:p>')
_RUN = Markup('<w:r>{properties}{mark}<w:t xml:space="preserve">{text}</w:t></w:r>')
_RAISED = Markup('<w:rPr><w:vertAlign w:val="superscript"/></w:rPr>')
_MARK = Markup('<w:footnoteReference w:customMarkFollows="1" w:id="{}"/>')
_FOOTNOTE = Markup('<w:footnote w:id="{identity}">{paragraph}</w:footnote>')


def docx(dossier: Dossier, made: str) -> bytes:
    """The whole file; `made` says when and how it was made."""
    entries = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS,
        "word/_rels/document.xml.rels": _PARTS,
        "word/document.xml": _BODY.format(_joined(_body(dossier, made))),
        "word/styles.xml": _styles(),
        "word/footnotes.xml": _NOTES.format(_joined(map(_footnote, dossier.notes))),
        "docProps/core.xml": _CORE.format(_fit(dossier.title)),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, (_XML + str(text)).encode())
    return out.getvalue()


def _body(dossier: Dossier, made: str) -> Iterable[Markup]:
    yield _paragraph("Title", _run(dossier.title))
    yield _paragraph("Normal", _run(made))
    noted: set[int] = set()
    for number, section in enumerate(dossier.sections, start=1):
        yield from _section(number, section, noted)


def _section(number: int, section: Section, noted: set[int]) -> Iterable[Markup]:
    yield _paragraph("Heading1", _run(QUESTION.format(number, section.question)))
    for said in section.statements:
        marks = (_mark(note, noted) for note in said.notes)
        yield _paragraph("Normal", _run(f"{stated(said)} "), *marks)
    for text in filter(None, (section.silence, *section.remarks)):
        yield _paragraph("Normal", _run(text))


def _mark(number: int, noted: set[int]) -> Markup:
    """The number; at its first mention the note hangs on it."""
    mark = Markup("") if number in noted else _MARK.format(number)
    noted.add(number)
    return _RUN.format(properties=_RAISED, mark=mark, text=f"[{number}]")


def _footnote(note: Note) -> Markup:
    paragraph = _paragraph("Footnote", _run(f"[{note.number}] {cited(note)}"))
    return _FOOTNOTE.format(identity=note.number, paragraph=paragraph)


def _paragraph(style: str, *runs: Markup) -> Markup:
    return _PARAGRAPH.format(style=style, runs=_joined(runs))


def _run(text: str) -> Markup:
    return _RUN.format(properties="", mark="", text=_fit(text))


def _fit(text: str) -> str:
    return _FOREIGN.sub("\N{REPLACEMENT CHARACTER}", text)


def _styles() -> Markup:
    bold, level = Markup("<w:b/>"), Markup('<w:outlineLvl w:val="0"/>')
    given = [
        ("Normal", "Normal", Markup(' w:default="1"'), "", "", 22, 0),
        ("Title", "Title", "", bold, "", 36, 0),
        ("Heading1", "heading 1", "", bold, level, 26, 240),
        ("Footnote", "footnote text", "", "", "", 18, 0),
    ]
    names = ("identity", "name", "default", "bold", "level", "size", "before")
    styles = (_STYLE.format(**dict(zip(names, each, strict=True))) for each in given)
    return _STYLES.format(_joined(styles))


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)
