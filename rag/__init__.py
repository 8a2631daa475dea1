"""Ask contested official documents; get answers cut from their exact words, or an honest no."""

from rag.bootstrap import open_library
from rag.config import Settings, load_settings
from rag.errors import RagError
from rag.library import Library
from rag.schema import answer_json, answer_schema
from rag.types import Answer, Citation, Document, Hit, Outcome, Page, Passage, Span, Status

__all__ = [
    "Answer",
    "Citation",
    "Document",
    "Hit",
    "Library",
    "Outcome",
    "Page",
    "Passage",
    "RagError",
    "Settings",
    "Span",
    "Status",
    "answer_json",
    "answer_schema",
    "load_settings",
    "open_library",
]
