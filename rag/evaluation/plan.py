"""What a run is to do; two runs with the same plan ask the same questions of the same thing."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from rag.config import Settings
from rag.errors import ConfigError
from rag.evaluation.questions import Question

RETRIEVERS = ("fused", "dense", "bm25")
EXPORTS = ("trec", "rag")
_FIELDS = ("kind", "id", "answerable")


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. `retriever` finds what answers are made of; all kinds are compared beside it.

    `limit` takes a random sample drawn with `seed`; `filters` are like "kind=lang-*", and several
    of one field mean any of them. `given` reads each question's own paragraph instead of searching;
    `writer` lets the model that is set write; `exports` name further formats in which the results
    are written.
    """

    path: Path
    out: Path
    limit: int | None = None
    passages: int | None = None
    seed: int = 0
    filters: tuple[str, ...] = ()
    retriever: str = "fused"
    given: bool = False
    writer: bool = False
    strict: bool = False
    resume: bool = False
    server: str = ""
    exports: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.retriever not in RETRIEVERS:
            raise ConfigError(f"--retriever is one of {', '.join(RETRIEVERS)}.")
        if unknown := set(self.exports) - set(EXPORTS):
            raise ConfigError(f"--export {min(unknown)}: there are {' and '.join(EXPORTS)}.")

    def settings(self, settings: Settings) -> Settings:
        """With the number of passages that this run reads."""
        if self.passages is None:
            return settings
        return replace(settings, answering=replace(settings.answering, passages=self.passages))

    def identity(self, settings: Settings, digest: str, fingerprint: str) -> dict[str, Any]:
        """What has to be the same when a run is resumed."""
        return {
            "set": digest,
            "index": fingerprint,
            "seed": self.seed,
            "limit": self.limit,
            "filters": list(self.filters),
            "retriever": self.retriever,
            "given": self.given,
            "writer": [settings.writer.url, settings.writer.model] if self.writer else [],
            "server": self.server,
            "answering": asdict(settings.answering),
        }

    def chosen(self, questions: Sequence[Question]) -> list[Question]:
        """The questions that are asked, in the order of the set; raises ConfigError if none is."""
        wanted = _wanted(self.filters)
        kept = [each for each in questions if _matches(each, wanted)]
        if not kept:
            raise ConfigError(f"No question matches {' and '.join(self.filters)}.")
        if self.limit is None or self.limit >= len(kept):
            return kept
        picked = random.Random(self.seed).sample(range(len(kept)), self.limit)  # noqa: S311
        return [kept[at] for at in sorted(picked)]


def _wanted(filters: Sequence[str]) -> Mapping[str, list[str]]:
    wanted: dict[str, list[str]] = {}
    for each in filters:
        name, equals, pattern = each.partition("=")
        if not equals or name not in _FIELDS:
            raise ConfigError(
                f"--filter {each}: write one of {', '.join(_FIELDS)}, =, and a value."
            )
        wanted.setdefault(name, []).append(pattern)
    return wanted


def _matches(question: Question, wanted: Mapping[str, Sequence[str]]) -> bool:
    values = {
        "kind": question.kind,
        "id": question.id,
        "answerable": str(question.answerable).lower(),
    }
    return all(
        any(fnmatchcase(values[name], pattern) for pattern in patterns)
        for name, patterns in wanted.items()
    )
