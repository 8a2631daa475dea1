"""One run over one set: asks block by block, keeps every answer, survives being stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.bootstrap import Bench
from rag.config import Settings
from rag.errors import ConfigError
from rag.evaluation.asking import Asker
from rag.evaluation.exports import RAG, TREC, rag_line, trec_lines
from rag.evaluation.formats.faults import Faults
from rag.evaluation.gold import Gold, Shelf, locate
from rag.evaluation.judging import judge
from rag.evaluation.metrics import Done, metrics
from rag.evaluation.plan import Plan
from rag.evaluation.questions import Question, QuestionSet
from rag.evaluation.ranking import Rankings, rank_all
from rag.evaluation.records import ANSWERS, Record, Records, cut_back, kept, record, write
from rag.evaluation.report import report
from rag.ports import Progress

BLOCK = 256
"""Questions that are searched together."""
METRICS, RUN, REPORT = "metrics.json", "run.json", "report.html"


@dataclass(frozen=True, slots=True)
class Run:
    """A plan with everything that it needs."""

    plan: Plan
    settings: Settings
    found: QuestionSet
    bench: Bench
    asker: Asker
    progress: Progress

    def carry_out(self) -> dict[str, Any]:
        """The metrics, as they are written; partial if Ctrl-C ended the run. Raises RagError."""
        questions = self.plan.chosen(self.found.questions)
        shelf = Shelf(self.bench.library)
        golds = {each.id: locate(each, shelf) for each in questions}
        faults = Faults(self.plan.strict, list(self.found.faults))
        for gold in golds.values():
            for fault in gold.faults:
                faults.add(self.plan.path.name, fault)
        records = self._begin(questions)
        with suppress(KeyboardInterrupt):
            self._go_on(questions, golds, shelf, records, faults.found)
        made = self._summarise(records, len(questions), faults.found)
        write(self.plan.out / REPORT, report(made, records))
        if "trec" in self.plan.exports:
            write(self.plan.out / TREC, "".join(self._trec(questions, golds, shelf)))
        if "rag" in self.plan.exports:
            write(self.plan.out / RAG, "".join(map(rag_line, records)))
        return made

    def _trec(
        self, questions: Sequence[Question], golds: Mapping[str, Gold], shelf: Shelf
    ) -> Iterator[str]:
        """The ranking of the chosen search."""
        for first in range(0, len(questions), BLOCK):
            searches = rank_all(self.bench, shelf, questions[first : first + BLOCK], golds)
            yield from trec_lines(
                searches[self.plan.retriever].ranked, f"rag-{self.plan.retriever}"
            )

    def _begin(self, questions: Sequence[Question]) -> list[Record]:
        """What was answered before; the folder is made, and what the run is, written there."""
        out = self.plan.out
        identity = self.plan.identity(
            self.settings, self.found.digest, self.bench.library.fingerprint()
        )
        if (out / ANSWERS).exists() and not self.plan.resume:
            raise ConfigError(f"{out} holds a run: go on with --resume, or choose another folder.")
        with kept(out):
            out.mkdir(parents=True, exist_ok=True)
        if (out / ANSWERS).exists():
            _compare(out, identity)
        write(out / RUN, json.dumps(identity, indent=2) + "\n")
        return cut_back(out, [each.id for each in questions])

    def _go_on(
        self,
        questions: Sequence[Question],
        golds: Mapping[str, Gold],
        shelf: Shelf,
        records: list[Record],
        faults: Sequence[str],
    ) -> None:
        self.progress("Asking", len(records), len(questions))
        with Records(self.plan.out) as file:
            for first in range(len(records), len(questions), BLOCK):
                block = questions[first : first + BLOCK]
                for entry in self._block(block, golds, shelf):
                    file.add(entry)
                    records.append(entry)
                    self.progress("Asking", len(records), len(questions))
                file.sync()
                self._summarise(records, len(questions), faults)

    def _block(
        self, block: Sequence[Question], golds: Mapping[str, Gold], shelf: Shelf
    ) -> Iterator[Record]:
        searches = (
            {} if self.plan.given or self.plan.server else rank_all(self.bench, shelf, block, golds)
        )
        for question, reply in zip(block, self.asker.ask(block), strict=True):
            measures = judge(question, golds[question.id], reply.answer, shelf)
            compared = {name: _of(question, each) for name, each in searches.items()}
            chosen = compared.get(self.plan.retriever, {}).get("measures", {})
            yield record(question, golds[question.id], {**chosen, **measures}, compared, reply)

    def _summarise(
        self, records: Sequence[Record], asked: int, faults: Sequence[str]
    ) -> dict[str, Any]:
        made = metrics(self.plan, self.settings, self.found, Done(records, asked, faults))
        write(self.plan.out / METRICS, json.dumps(made, indent=2) + "\n")
        return made


def _of(question: Question, rankings: Rankings) -> dict[str, Any]:
    measures = rankings.measures.get(question.id, {})
    return {
        "measures": {name: round(value, 6) for name, value in measures.items()},
        "ranks": rankings.ranks.get(question.id, []),
    }


def _compare(out: Path, identity: Mapping[str, Any]) -> None:
    """Raises ConfigError naming what differs from the run in the folder."""
    try:
        before = json.loads((out / RUN).read_text("utf-8"))
        differing = [name for name, value in identity.items() if before.get(name) != value]
    except (OSError, ValueError, AttributeError) as error:
        raise ConfigError(f"{out} cannot be resumed: {RUN} is missing or damaged.") from error
    if differing:
        raise ConfigError(
            f"{out} was run with another {', '.join(differing)}: choose another folder."
        )
