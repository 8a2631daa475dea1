"""From a plan to a finished run: reads the set, builds what it is asked of, runs, reports."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.bootstrap import Bench, open_bench
from rag.config import Settings
from rag.errors import ConfigError
from rag.evaluation.asking import Asker, LibraryAsker
from rag.evaluation.comparing import compare
from rag.evaluation.corpus import Corpus, WholeEntries
from rag.evaluation.formats import read_set
from rag.evaluation.given import OwnParagraph
from rag.evaluation.limits import parsed, too_low, worse
from rag.evaluation.plan import Plan
from rag.evaluation.questions import QuestionSet
from rag.evaluation.records import kept, write
from rag.evaluation.report import comparison_report
from rag.evaluation.run import Run
from rag.evaluation.server import connected
from rag.ports import Progress, Retriever

_SHORT = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """Conditions such as "nDCG@10=0.85", for a run and for the comparison of two."""

    below: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What a command has to show: a table, what its user should know, which limits were missed."""

    figures: dict[str, Any]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    failures: tuple[str, ...]


def planned(path: Path | None, out: Path | None, **options: Any) -> Plan:  # noqa: ANN401
    """A plan of the command's options; raises ConfigError if they do not make one."""
    if path is None:
        raise ConfigError("Name a set of questions, or two runs with --compare.")
    if out is None:
        raise ConfigError("Name a folder for the results with --out.")
    return Plan(path, out, **options)


def evaluate(plan: Plan, settings: Settings, progress: Progress, limits: Limits) -> Evaluated:
    """Carries out the plan. Raises RagError."""
    needs_extra()
    if limits.worse:
        raise ConfigError("--fail-worse compares two runs: name them with --compare.")
    below = parsed(limits.below, "--fail-below")
    found = read_set(plan.path, strict=plan.strict)
    settings = plan.settings(settings)
    asker: Asker | None = None
    if plan.server:
        if found.entries is not None:
            raise ConfigError(
                "--server: a set with a corpus of its own cannot be asked of a server."
            )
        asker = connected(plan.server)
    bench = _bench(plan, found, settings, progress)
    asker = asker or LibraryAsker(bench.library, whole=found.entries is None, written=plan.writer)
    made = Run(plan, settings, found, bench, asker, progress).carry_out()
    return Evaluated(
        figures=made,
        columns=("Measure", "Value", "Questions"),
        rows=tuple(_rows(made)),
        notes=tuple(_notes(made)),
        failures=tuple(too_low(made, below)),
    )


def _rows(made: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, figure in made["measures"].items():
        yield name, f"{figure['value']:.4f}", str(figure["n"])
    for search, figures in made["by_retriever"].items():
        for name in ("nDCG@10", "Success@1", "Success@5"):
            if name in figures:
                yield f"{search}: {name}", f"{figures[name]['value']:.4f}", str(figures[name]["n"])


def _notes(made: Mapping[str, Any]) -> Iterator[str]:
    questions, faults = made["questions"], made["faults"]
    if made["partial"]:
        yield (
            f"Stopped after {questions['done']} of {questions['asked']} questions: what was done "
            "is kept, --resume goes on."
        )
    if faults:
        yield f"The set has faults, {len(faults)} in all, such as {faults[0]}."
    if questions["failed"]:
        yield f"{questions['failed']} questions could not be asked, and count as not answered."


def compare_runs(
    first: Path, second: Path, seed: int, out: Path | None, limits: Limits
) -> Evaluated:
    """The comparison; kept as compare.json and compare.html if `out` names a folder."""
    needs_extra()
    if limits.below:
        raise ConfigError("--fail-below judges one run: leave --compare out.")
    made = compare(first, second, seed)
    if out is not None:
        with kept(out):
            out.mkdir(parents=True, exist_ok=True)
        write(out / "compare.json", json.dumps(made, indent=2) + "\n")
        write(out / "compare.html", comparison_report(made))
    return Evaluated(
        figures=made,
        columns=("Measure", "First", "Second", "Difference", "95 % interval", "Questions"),
        rows=(
            *(_row(name, each) for name, each in made["measures"].items()),
            *_rows_alike(made["alike"], made["questions"]),
        ),
        notes=("One of the runs is partial.",) if any(made["partial"]) else (),
        failures=tuple(worse(made, parsed(limits.worse, "--fail-worse", 0.0))),
    )


def _row(name: str, figure: Mapping[str, Any]) -> tuple[str, ...]:
    bounds = [figure["low"], figure["high"]]
    between = " to ".join(f"{bound:+.4f}" for bound in bounds if bound is not None)
    values = (f"{figure['first']:.4f}", f"{figure['second']:.4f}", f"{figure['difference']:+.4f}")
    return name, *values, between, str(figure["n"])


def _rows_alike(alike: Mapping[str, Any], questions: int) -> Iterator[tuple[str, ...]]:
    for name, what in (("outcomes", "Same outcome"), ("answers", "Same sentences and places")):
        yield what, "", "", "", "", f"{alike[name]} of {questions}"


def needs_extra() -> None:
    """Raises ConfigError if a library of the extra is missing."""
    for name in ("ir_measures", "matplotlib", "jinja2"):
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise ConfigError(f"Evaluation needs {name}: pip install 'rag[eval]'") from error


def _bench(plan: Plan, found: QuestionSet, settings: Settings, progress: Progress) -> Bench:
    """The settings' library, or one of the set's own corpus, kept beside the run's results."""
    retriever: str | Retriever = plan.retriever
    if plan.given:
        if not any(question.own for question in found.questions):
            raise ConfigError("--given: this set does not say which paragraph a question is about.")
        retriever = OwnParagraph(found.questions)
    if found.entries is None:
        return open_bench(settings, None, retriever)
    corpus = Corpus(found.entries)
    folder = plan.out / "cache" / corpus.digest[:_SHORT]
    exports = settings.exports or str(settings.index / "models")
    milvus = replace(settings.milvus, name=f"{settings.milvus.name}_{folder.name}")
    settings = replace(settings, index=folder, exports=exports, milvus=milvus)
    bench = open_bench(settings, (corpus, WholeEntries()), retriever)
    bench.library.ingest(progress)
    return bench
