"""The shipped documents on a Milvus server, asked with the real models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.bootstrap import open_library
from rag.config import MilvusSettings, Settings
from rag.library import Library
from rag.ports import Index, IndexStore

pytestmark = [pytest.mark.model, pytest.mark.server]
_QUESTIONS = [
    "How many people were hit by landmines after the Second Karabakh War?",
    "What do HRW and the Ombudsman say about mine victims?",
    "What does the statement say about prisoners of war?",
    "Which cities and districts are named?",
    "Was the Lachin road closed, and by whom?",
    "Who are meant by journalists?",
    "How long do blue whales carry their young?",
]


def moved(index: Index, to: IndexStore) -> None:
    """The same documents, passages and vectors elsewhere, without embedding them again."""
    with to.build() as build:
        for source in index.sources:
            document = index.document(source.document_id or "")
            passages = index.passages_of(document.id)
            texts = [document.searched(each.span) for each in passages]
            vectors = index.vectors_of(texts)
            build.add(document, passages, np.stack([vectors[text] for text in texts]))
        build.publish(index.sources)


def test_both_indexes_answer_alike(library: Library, shipped: Settings, tmp_path: Path) -> None:
    """Outcome, sentences, quotes, places and pages are the same, and so is the fingerprint. Far
    down, passages may change places: tantivy rounds their lengths.
    """
    milvus = MilvusSettings(str(tmp_path / "index.db"))
    settings = replace(shipped, index=tmp_path / "index", milvus=milvus)
    other = open_library(settings)
    moved(library._live(), other._stages.store)
    assert not other.ingest().published
    assert other.fingerprint() == library.fingerprint()
    for question in _QUESTIONS:
        one, two = library.ask(question), other.ask(question)
        assert (two.outcome, two.statements) == (one.outcome, one.statements)
        assert two.citations == one.citations
        assert two.retrieved[0].passage == one.retrieved[0].passage
    assert other.verify() == []
