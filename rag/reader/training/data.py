"""Examples from question sets in JSON Lines, cut to windows of whole sentences."""

# ruff: noqa: S311 - samples are drawn here, not secrets

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SENTENCE_BREAK = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])|\n+")
HELD_OUT_ARTICLES = 0.4
"""Share of SQuAD articles from which nothing is learnt, so that figures may be reported on them."""
_DEVELOPMENT = 60
"""One context in so many is kept from training, for the learning curve."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question, a context, and the answer's code points in it; no answer: it does not answer.

    `kind` says how the example came to be: "human", or how it was made unanswerable.
    """

    question: str
    context: str
    answer: tuple[int, int] | None
    source: str
    kind: str = "human"
    answers: tuple[str, ...] = ()

    @property
    def answer_text(self) -> str:
        """The words of the answer, or nothing."""
        return self.context[slice(*self.answer)] if self.answer else ""


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a file is learnt: rows at most, passes over them, longest window (characters)."""

    rows: int
    passes: int = 1
    window: int = 800


MIXTURE = {
    "squadshifts_new_wiki": Share(4_500),
    "squadshifts_reddit": Share(1_800),
    "squadshifts_amazon_reviews": Share(1_500),
    "afriqa_en": Share(2_500),
    "timeqa": Share(2_000),
    "nq_open_oracle": Share(2_587),
    "qed_nq": Share(1_243),
    "policyqa": Share(900),
    "tatqa_text": Share(663),
    "onestopqa": Share(500),
    "fairytaleqa": Share(500),
    "covidqa": Share(300),
    "contractnli": Share(700),
    "xquad_clean": Share(4_198, passes=2, window=900),
    "qamr": Share(7_000),
}
"""What a run on a processor can afford; `scale` multiplies the rows where there is more time."""


def number_of(text: str) -> int:
    """A number that depends on the text alone: the same on every machine and in every run."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def held_out(articles: set[str]) -> set[str]:
    """The articles that are never trained on: those whose names hash lowest."""
    ordered = sorted(articles, key=number_of)
    return set(ordered[: round(HELD_OUT_ARTICLES * len(ordered))])


def is_development(example: Example) -> bool:
    """Whether the example serves the learning curve alone; decided by its context."""
    return number_of(example.context[:80]) % _DEVELOPMENT == 0


def sentence_starts(text: str) -> list[int]:
    """Where sentences begin, by punctuation: rough, and only ever used to cut windows."""
    return [0, *(match.end() for match in _SENTENCE_BREAK.finditer(text) if match.end())]


def window(
    text: str, answer: tuple[int, int] | None, length: int, rng: random.Random
) -> tuple[int, int]:
    """A run of whole sentences, at most `length` characters if it can be, that holds `answer`."""
    starts = sentence_starts(text)
    edges = [*starts, len(text)]
    if answer:
        first = max(i for i, start in enumerate(starts) if start <= answer[0])
        last = min(i for i, end in enumerate(edges[1:]) if end >= answer[1])
    else:
        first = last = rng.randrange(len(starts))
    while True:
        grown = [
            (a, b)
            for a, b in ((first - 1, last), (first, last + 1))
            if a >= 0 and b < len(starts) and edges[b + 1] - edges[a] <= length
        ]
        if not grown:
            return edges[first], edges[last + 1]
        first, last = rng.choice(grown)


def cut(example: Example, longest: int, rng: random.Random) -> Example:
    """The example with its context cut to a window of random length, `longest` at most."""
    if len(example.context) <= longest:
        return example
    length = rng.randint(longest // 2, longest)
    start, end = window(example.context, example.answer, length, rng)
    answer = (example.answer[0] - start, example.answer[1] - start) if example.answer else None
    return Example(
        example.question,
        example.context[start:end],
        answer,
        example.source,
        example.kind,
        example.answers,
    )


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a JSON Lines file, compressed or not."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        for line in file:
            yield json.loads(line)


def spans_of(path: Path) -> list[Example]:
    """The English rows of one span set, with one of the answers, chosen by the question."""
    examples = []
    for row in rows_of(path):
        if row["lang"] != "en":
            continue
        answers = row["answers"] if row["answerable"] else []
        span = None
        if answers:
            chosen = answers[number_of(row["question"]) % len(answers)]
            span = (chosen["start"], chosen["start"] + len(chosen["text"]))
        texts = tuple(answer["text"] for answer in answers)
        source = path.name.split(".")[0]
        examples.append(Example(row["question"], row["context"], span, source, answers=texts))
    return examples


def articles_of(folder: Path, *, reported: bool) -> list[Example]:
    """The SQuAD 2.0 questions of a folder in BEIR layout, each with its own paragraph.

    `reported` chooses the articles that are held out; otherwise those that may be trained on.
    Answers come as texts; the first place of the first one that the paragraph holds is taken.
    """
    texts = {row["_id"]: row["text"] for row in rows_of(folder / "corpus.jsonl")}
    answers = {row["_id"]: row for row in rows_of(folder / "answers.jsonl")}
    questions = list(rows_of(folder / "queries.jsonl"))
    article = {row["_id"]: row["paragraph"].split(":")[1] for row in questions}
    kept = held_out(set(article.values()))
    examples = []
    for row in questions:
        if (article[row["_id"]] in kept) is not reported:
            continue
        context, truth = texts[row["paragraph"]], answers[row["_id"]]
        accepted = tuple(truth["answers"]) if truth["answerable"] else ()
        spans = [(context.find(text), context.find(text) + len(text)) for text in accepted]
        found = [span for span in spans if span[0] >= 0]
        if accepted and not found:
            continue
        span = found[number_of(row["_id"]) % len(found)] if found else None
        examples.append(Example(row["text"], context, span, "squad2", answers=accepted))
    return examples


def mixture(
    train: Path, articles: Path, seed: int, scale: float
) -> tuple[list[Example], list[Example]]:
    """Examples to learn from and for the learning curve, before anything is made unanswerable."""
    learnt: list[Example] = []
    kept: list[Example] = []
    for name, share in MIXTURE.items():
        rng = random.Random(f"{seed}:{name}")
        examples = spans_of(train / f"{name}.jsonl.gz")
        rng.shuffle(examples)
        kept += [cut(e, share.window, rng) for e in examples if is_development(e)]
        examples = [e for e in examples if not is_development(e)][: round(share.rows * scale)]
        learnt += [cut(e, share.window, rng) for _ in range(share.passes) for e in examples]
    passes = 4
    rng = random.Random(f"{seed}:squad2")
    learnt += [
        cut(e, 1_000, rng) for _ in range(passes) for e in articles_of(articles, reported=False)
    ]
    return learnt, kept
