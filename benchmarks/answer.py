"""What one answer costs, stage by stage, and a whole `rag ask` from start to end.

    python -m benchmarks.answer [--documents documents] [--rounds 5] [--passages 20]

Questions are the shipped documents' own. Times are by the clock and in processor time.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measuring import keep, memory, milliseconds, timed
from rag.bootstrap import open_library
from rag.config import Settings, go_offline
from rag.library import Library

_ROOT = Path(__file__).parents[1]
_LARGEST = 10
"""Imports that are named, of those that take longest."""


def main() -> None:
    """Indexes the documents in a folder of its own, and asks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=Path, default=_ROOT / "documents")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--passages", type=int, default=20)
    options = parser.parse_args()
    go_offline()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        settings = Settings(options.documents, place / "index", exports=str(place / "exports"))
        settings = replace(
            settings, answering=replace(settings.answering, passages=options.passages)
        )
        for first in (("index",), ("ask", "How many?")):
            _run(settings, *first)  # exporting models needs torch, which must not count here
        library = open_library(settings)
        questions = list(library.examples())
        figures = {"passages_read": options.passages, **_stages(library, questions, options.rounds)}
        figures["serving_memory_mib"] = memory()
        figures["whole_process"] = _whole(settings, questions[0], options.rounds)
        figures["imports"] = _imports(settings)
    print(figures)
    keep("answer", figures)


def _stages(library: Library, questions: list[str], rounds: int) -> dict[str, Any]:
    library.ask(questions[0])
    stages: dict[str, list[float]] = {}
    whole = []
    for _ in range(rounds):
        for question in questions:
            whole.append(timed(partial(library.ask, question)))
            for name, spent in library.ask(question).timings_ms.items():
                stages.setdefault(name, []).append(spent)
    figures: dict[str, Any] = {
        name: {"p50_ms": round(median(spent), 2)} for name, spent in stages.items()
    }
    return {"questions": len(questions), "stages": figures, "answer": milliseconds(whole)}


def _run(settings: Settings, *arguments: str, options: tuple[str, ...] = ()) -> str:
    """What a command of ours says on standard error."""
    command = [sys.executable, *options, "-m", "rag", *arguments]
    command += ["--documents", str(settings.documents), "--index", str(settings.index)]
    passages = str(settings.answering.passages)
    environment = {"RAG_EXPORTS": settings.exports, "RAG_ANSWERING_PASSAGES": passages}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={**os.environ, **environment}
    )
    return done.stderr


def _whole(settings: Settings, question: str, rounds: int) -> dict[str, Any]:
    """`rag ask` as a process: seconds by the clock and of processor time, and its peak memory."""
    spent, worked = [], []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        _run(settings, "ask", question)
        spent.append(time.perf_counter() - start)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        worked.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {
        "seconds": round(median(spent), 2),
        "fastest_seconds": round(min(spent), 2),
        "cpu_seconds": round(median(worked), 2),
    }


def _imports(settings: Settings) -> dict[str, Any]:
    """What `python -X importtime` says of `rag ask`: all of it, and the slowest by themselves."""
    said = _run(settings, "ask", "How many?", options=("-X", "importtime"))
    rows = [line[12:].split("|") for line in said.splitlines() if line.startswith("import time:")][
        1:
    ]
    own = {name.strip(): max(0, int(spent)) / 1e3 for spent, _, name in rows}
    slowest = sorted(own, key=own.__getitem__, reverse=True)[:_LARGEST]
    return {
        "modules": len(own),
        "total_ms": round(sum(own.values()), 1),
        "slowest_ms": {name: round(own[name], 1) for name in slowest},
    }


if __name__ == "__main__":
    main()
