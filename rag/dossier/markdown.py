"""A dossier as Markdown with footnotes, in which no document's text is taken for markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.dossier.content import Dossier
from rag.dossier.phrasing import QUESTION, cited, stated

_MARKUP = re.compile(r"[\\`*_\[\]<>&#|~$^]")
_AT_START = re.compile(r"^(\d*)([-+=.)])")
_FOOTNOTE = re.compile(r"(?<!\\)\[\^(\d{1,9})\]:?")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_TITLE = re.compile(r"^#{1,6} ", re.MULTILINE)


def markdown(dossier: Dossier, made: str) -> str:
    """The whole file; `made` says when and how it was made."""
    return "\n\n".join(_paragraphs(dossier, made)) + "\n"


def _paragraphs(dossier: Dossier, made: str) -> Iterator[str]:
    yield f"# {_literal(dossier.title)}"
    yield _literal(made)
    for number, section in enumerate(dossier.sections, start=1):
        yield f"## {_literal(QUESTION.format(number, section.question))}"
        for said in section.statements:
            marks = "".join(f"[^{note}]" for note in said.notes)
            yield f"{_literal(stated(said))} {marks}"
        for text in filter(None, (section.silence, *section.remarks)):
            yield _literal(text)
    for note in dossier.notes:
        yield f"[^{note.number}]: {_literal(cited(note))}"


def paragraphs_of(text: str) -> list[str]:
    """The paragraphs of such a file as people see them, with [1] for the marks of footnotes."""
    blocks = re.split(r"\n[^\S\n]*\n", _TITLE.sub("\n", text.replace("\r\n", "\n")))
    marked = (_FOOTNOTE.sub(r"[\1]", block) for block in blocks)
    return [_ESCAPED.sub(r"\1", block) for block in marked]


def _literal(text: str) -> str:
    r"""The text with a backslash before all that Markdown could take for markup."""
    return _AT_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", text))
