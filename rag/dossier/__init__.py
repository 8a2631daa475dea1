"""A conversation to take away, whose every quotation can be held against the documents again.

rag.dossier
    content.py    answers as JSON made into questions, statements and numbered notes
    phrasing.py   how these are written, the same words in every format, and read again
    writing.py    a dossier as Markdown, HTML, Word or JSON, by the file's suffix
    markdown.py  html.py  docx.py    the formats
    reading.py    a dossier's file taken apart again
    checking.py   each quotation and statement held against the documents
"""

from rag.dossier.checking import Checked, Finding, Verdict, check
from rag.dossier.content import Dossier, compiled
from rag.dossier.phrasing import Lines
from rag.dossier.reading import read
from rag.dossier.writing import SUFFIXES, suffix_of, write

__all__ = [
    "SUFFIXES",
    "Checked",
    "Dossier",
    "Finding",
    "Lines",
    "Verdict",
    "check",
    "compiled",
    "read",
    "suffix_of",
    "write",
]
