"""Question sets to measure on: each question with the passages that are read for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rag.reader.training.data import articles_of, rows_of
from rag.reader.training.search import BaseEmbedder, Collection
from rag.text import sentences
from rag.types import Hit, Passage, Span

_WORDS = 120


@dataclass(frozen=True, slots=True)
class Question:
    """A question, what is read for it, and what is accepted; `gold`: texts of which evidence
    must overlap one to be right.
    """

    text: str
    hits: tuple[Hit, ...]
    answers: tuple[str, ...]
    gold: tuple[str, ...]
    answerable: bool

    def right(self, evidence: str, passage: str) -> bool:
        """Whether `evidence`, a sentence of `passage`, overlaps what annotators marked."""
        said, around = _spaced(evidence), _spaced(passage)
        return any(
            gold in around and (gold in said or said in gold) for gold in map(_spaced, self.gold)
        )


def _spaced(text: str) -> str:
    return " ".join(text.split())


def own_paragraph(folder: Path) -> list[Question]:
    """SQuAD 2.0's held-out articles, each question with its own paragraph."""
    return [
        Question(
            example.question,
            (Hit(_passage("squad2", at, example.context), 0.0, 1, ()),),
            example.answers,
            example.answers,
            example.answer is not None,
        )
        for at, example in enumerate(articles_of(folder, reported=True))
    ]


def squad_retrieved(folder: Path, k: int, embedder: BaseEmbedder) -> list[Question]:
    """The same with what a search finds among the paragraphs of all articles."""
    examples = articles_of(folder, reported=True)
    rows = list(rows_of(folder / "corpus.jsonl"))
    passages = [_passage("squad2", at, row["text"]) for at, row in enumerate(rows)]
    collection = Collection(passages, [""] * len(rows), embedder)
    found = collection.hits([example.question for example in examples], k)
    return [
        Question(
            example.question,
            tuple(hits),
            example.answers,
            (example.context,) if example.answer else (),
            example.answer is not None,
        )
        for example, hits in zip(examples, found, strict=True)
    ]


def with_evidence(folder: Path, k: int, embedder: BaseEmbedder) -> list[Question]:
    """A folder in BEIR layout whose answers name evidence sentences, and what a search finds."""
    rows = list(rows_of(folder / "corpus.jsonl"))
    passages = [_passage(folder.name, at, row["text"]) for at, row in enumerate(rows)]
    collection = Collection(passages, [row["title"] for row in rows], embedder)
    queries = list(rows_of(folder / "queries.jsonl"))
    answers = {row["_id"]: row for row in rows_of(folder / "answers.jsonl")}
    found = collection.hits([row["text"] for row in queries], k)
    made = []
    for query, hits in zip(queries, found, strict=True):
        answer = answers[query["_id"]]
        gold = tuple(s for group in answer.get("selected_sentences", []) for s in group)
        made.append(
            Question(
                query["text"], tuple(hits), tuple(answer["answers"]), gold, answer["answerable"]
            )
        )
    return made


def single_document(
    document: Path, questions: Path, k: int, embedder: BaseEmbedder
) -> list[Question]:
    """Questions in English, of one turn, about one text."""
    passages = passages_of(document.read_text("utf-8"))
    collection = Collection(passages, [""] * len(passages), embedder)
    rows = [
        row
        for row in rows_of(questions)
        if len(row["turns"]) == 1 and not row["kind"].startswith("lang-")
    ]
    found = collection.hits([row["turns"][0] for row in rows], k)
    return [
        Question(
            row["turns"][0],
            tuple(hits),
            tuple(row["answers"]),
            tuple(row["evidence"]) if row["answerable"] else (),
            row["answerable"],
        )
        for row, hits in zip(rows, found, strict=True)
    ]


def passages_of(text: str) -> list[Passage]:
    """Neighbouring sentences joined up to about 120 words, without overlap."""
    groups: list[list[Span]] = []
    words = _WORDS
    for sentence in sentences(text):
        size = len(sentence.of(text).split())
        if words + size > _WORDS:
            groups.append([])
            words = 0
        groups[-1].append(sentence)
        words += size
    spans = [Span(group[0].start, group[-1].end) for group in groups]
    return [Passage("document", span, span.of(text)) for span in spans]


def _passage(collection: str, row: int, text: str) -> Passage:
    return Passage(f"{collection}-{row}", Span(0, len(text)), text)
