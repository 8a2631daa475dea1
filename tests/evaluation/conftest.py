"""A small set with a corpus of its own, asked of a library on doubles."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rag.answering.extractive import ExtractiveAnswerer
from rag.bootstrap import Bench
from rag.config import Settings
from rag.evaluation import run as running
from rag.evaluation.asking import Asker, LibraryAsker
from rag.evaluation.corpus import Corpus, WholeEntries
from rag.evaluation.formats import read_set
from rag.evaluation.plan import Plan
from rag.evaluation.run import Run
from rag.library import Library, Stages
from rag.ports import Retriever
from rag.reader.plain import PlainReader
from rag.retrieval.hybrid import DENSE, LEXICAL, HybridRetriever
from tests.doubles import MemoryStore, WordEmbedder

CORPUS = {
    "bridge": ("Bridge", "The bridge was opened in 1998. Its length is 274 metres."),
    "tower": ("Tower", "The tower burned in 1870. Its bell was saved by the sexton."),
    "ferry": ("Ferry", "The ferry crossed the river until 1997. It carried forty cars."),
    "<b>mill</b>": ("<script>alert(1)</script>", "The mill ground rye & oats <i>daily</i>."),
}
ASKED = {
    "q1": ("What is the length of the bridge in metres?", "bridge", "274 metres"),
    "q2": ("When did the tower burn?", "tower", "1870"),
    "q3": ("How many cars did the ferry carry?", "ferry", "forty cars"),
    "q4": ("What did the mill grind?", "<b>mill</b>", "rye & oats"),
    "q5": ("Which minister resigned over Quellmalz?", None, None),
    "q6": ("Who saved the bell of the tower?", "tower", "the sexton"),
}


def write_lines(path: Path, values: list[Any]) -> None:
    """One JSON value a line."""
    path.write_text("".join(json.dumps(value) + "\n" for value in values), "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The set in BEIR's layout."""
    made = tmp_path / "small"
    (made / "qrels").mkdir(parents=True)
    entries = [{"_id": key, "title": title, "text": text} for key, (title, text) in CORPUS.items()]
    write_lines(made / "corpus.jsonl", entries)
    queries = [{"_id": key, "text": text} for key, (text, _, _) in ASKED.items()]
    write_lines(made / "queries.jsonl", queries)
    answers = [
        {"_id": key, "answers": [answer] if answer else [], "answerable": answer is not None}
        for key, (_, _, answer) in ASKED.items()
    ]
    write_lines(made / "answers.jsonl", answers)
    judged = [f"{key}\t{entry}\t1" for key, (_, entry, _) in ASKED.items() if entry]
    lines = "\n".join(["query-id\tcorpus-id\tscore", *judged])
    (made / "qrels" / "test.tsv").write_text(lines + "\n", "utf-8")
    return made


Start = Callable[..., Run]


@pytest.fixture
def no_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plots take most of a small run's time; what is not about pages goes without."""
    monkeypatch.setattr(running, "report", lambda *_: "")


@pytest.fixture
def start(folder: Path, tmp_path: Path) -> Start:
    """Prepares a run over the set; `asker` stands in for the library, options are the plan's."""

    def prepared(out: str = "out", asker: Asker | None = None, **options: Any) -> Run:  # noqa: ANN401
        plan = Plan(options.pop("path", folder), tmp_path / out, **options)
        found = read_set(plan.path, strict=plan.strict)
        bench = make_bench(Corpus(found.entries or ()))
        asker = asker or LibraryAsker(bench.library, whole=False)
        return Run(plan, Settings(), found, bench, asker, lambda *_: None)

    return prepared


def make_bench(corpus: Corpus, retriever: Retriever | None = None) -> Bench:
    """A library of the corpus on doubles, with its kinds of search."""
    embedder = WordEmbedder()
    stages = Stages(
        parser=corpus,
        chunker=WholeEntries(),
        embedder=embedder,
        store=MemoryStore(),
        retriever=retriever or HybridRetriever(embedder),
        reader=PlainReader(embedder),
        answerer=ExtractiveAnswerer(0.3, 3, 2, 0.3),
        clock=lambda: 0.0,
    )
    library = Library(stages, passages=10)
    library.ingest()
    return Bench(
        library,
        {
            "bm25": HybridRetriever(embedder, use=(LEXICAL,)),
            "dense": HybridRetriever(embedder, use=(DENSE,)),
            "fused": HybridRetriever(embedder),
        },
    )
