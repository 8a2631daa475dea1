"""One answer measured against what is known of its question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rag.evaluation.gold import Gold, Place, Shelf
from rag.evaluation.measures.citations import citation_precision, citation_recall, evidence_among
from rag.evaluation.measures.exactness import exactness
from rag.evaluation.measures.pages import right_page
from rag.evaluation.measures.squad import exact_match, f1
from rag.evaluation.questions import Question
from rag.types import Outcome, Span

Json = Mapping[str, Any]
Measures = dict[str, float]


def judge(question: Question, gold: Gold, answer: Json | None, shelf: Shelf) -> Measures:
    """Every measure that applies to the question; without an answer each has its worst value."""
    cited = list(answer["citations"]) if answer else []
    shown = [*cited, *(answer["presented"] if answer else ())]
    answered = float(answer is not None and answer["outcome"] == Outcome.ANSWERED)
    measures: Measures = {"answered": answered}
    if question.answerable:
        measures |= _words(question, answer, shown)
        measures |= _evidence(gold, cited, shown)
        measures |= _pages(question, shown)
    else:
        measures["F1_overall"] = 1 - answered
    correct = _correct(question, measures, shown)
    if correct is not None:
        measures["loss"] = 1 - correct
    exact = exactness(shown, shelf.by_id)
    if exact is not None:
        measures["citation_exactness"] = exact
    return measures


def _words(question: Question, answer: Json | None, shown: Sequence[Json]) -> Measures:
    """What is said, against the gold answers; nothing is said by whoever abstains."""
    golds = [gold for gold in question.answers if gold.strip()]
    if not golds:
        return {}
    text = " ".join(each["text"] for each in answer["statements"]) if answer else ""
    surest = _answering_words(shown[0]) if shown else ""
    said = surest if text else ""
    value = f1(said, golds) if said else 0.0
    return {
        "F1": value,
        "EM": exact_match(said, golds) if said else 0.0,
        "F1_text": f1(text, golds) if text else 0.0,
        "F1_unguarded": f1(surest, golds) if surest else 0.0,
        "F1_overall": value,
    }


def _answering_words(citation: Json) -> str:
    """The exact words that answer, where the reader marks them; else the whole quote."""
    quote, answer = str(citation["quote"]), citation["answer"]
    if answer is None:
        return quote
    return quote[answer["start"] - citation["start"] : answer["end"] - citation["start"]]


def _evidence(gold: Gold, cited: Sequence[Json], shown: Sequence[Json]) -> Measures:
    if not gold.evidence:
        return {}
    places = _places(cited)
    return {
        "evidence@1": evidence_among(_places(shown[:1]), gold.evidence),
        "evidence@3": evidence_among(_places(shown[:3]), gold.evidence),
        "citation_recall": citation_recall(places, gold.evidence),
        "citation_precision": citation_precision(places, gold.evidence),
    }


def _pages(question: Question, shown: Sequence[Json]) -> Measures:
    if not question.pages:
        return {}
    pages = [[(each["document"]["path"], page) for page in each["pages"]] for each in shown]
    return {f"page@{k}": right_page(pages[:k], question.pages) for k in (1, 3, 5)}


def _correct(question: Question, measures: Measures, shown: Sequence[Json]) -> float | None:
    """Whether what is shown first is right: by evidence, page, entry or words, as far as known."""
    if not question.answerable:
        return 0.0
    for name in ("evidence@1", "page@1"):
        if name in measures:
            return measures[name]
    if question.relevant:
        return float(bool(shown) and shown[0]["document"]["path"] in question.relevant)
    return measures.get("F1_unguarded")


def _places(shown: Sequence[Json]) -> list[Place]:
    return [_place(each) for each in shown]


def _place(citation: Json) -> Place:
    return Place(citation["document"]["path"], Span(citation["start"], citation["end"]))
