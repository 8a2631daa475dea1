"""Ask contested official documents; get answers cut from their exact words, or an honest no.

What is named here is imported when it is first asked for, so that `import rag`, and with it every
small module, costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_ELSEWHERE = {
    "Library": "library",
    "RagError": "errors",
    "Settings": "config",
    "answer_json": "schema",
    "answer_schema": "schema",
    "load_settings": "config",
    "open_library": "bootstrap",
}
"""The module of each name that is not one of the nouns in `types`."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(import_module(f"rag.{_ELSEWHERE.get(name, 'types')}"), name)


def __dir__() -> list[str]:
    return __all__
