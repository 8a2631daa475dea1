"""Against LangChain with FAISS, txtai and LlamaIndex: the same model, the same texts, in turn.

    python -m benchmarks.compare [CORPUS.jsonl] [--count 600] [--rounds 3] [--work FOLDER]

The others get an environment of their own, made from benchmarks/requirements.txt. Each round runs
every contender once, in an order that is turned around each time; figures are medians over rounds
and, because only these compare between machines, ratios to LangChain's.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import texts
from benchmarks.measuring import keep
from rag.embedding.model_files import installed_model
from rag.embedding.openvino import OpenVINOEmbedder

OURS = ("rag", "raw")
OTHERS = ("langchain", "txtai", "llamaindex")
_HERE = Path(__file__).parent
_QUESTIONS = 100
Figures = dict[str, dict[str, list[float]]]


def main() -> None:
    """All rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    squad = texts.CORPORA / "squad2"
    parser.add_argument("corpus", nargs="?", type=Path, default=squad / "corpus.jsonl")
    parser.add_argument("--questions", type=Path, default=squad / "queries.jsonl")
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "rag-compare")
    options = parser.parse_args()
    options.work.mkdir(exist_ok=True)
    given = {
        "texts": texts.lines(options.corpus)[: options.count],
        "questions": texts.lines(options.questions)[: _QUESTIONS + 1],
    }
    python = _environment(options.work / "venv")
    OpenVINOEmbedder(installed_model(), options.work / "exports").embed(["exported once"])
    figures: Figures = {name: {} for name in (*OURS, *OTHERS)}
    for number in range(options.rounds):
        names = list(figures) if number % 2 == 0 else list(reversed(figures))
        for name in names:
            interpreter = sys.executable if name in OURS else str(python)
            for what, value in _run(interpreter, name, options.work, given).items():
                figures[name].setdefault(what, []).append(value)
            print(name, {what: round(values[-1], 2) for what, values in figures[name].items()})
        keep("compare", {"passages": len(given["texts"]), **_summary(figures)})


def _environment(folder: Path) -> Path:
    """The others' Python."""
    python = folder / "bin" / "python"
    done = folder / ".installed"
    if not done.exists():
        venv.create(folder, with_pip=True)
        requirements = _HERE / "requirements.txt"
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", requirements], check=True)
        done.touch()
    return python


def _run(interpreter: str, name: str, work: Path, given: dict[str, Any]) -> dict[str, float]:
    """Build and serve, each in a process; what was built the last time is removed before."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(dir=work) as place:
        for stage in ("build", "serve"):
            model = str(installed_model().folder)
            command = [interpreter, str(_HERE / "contender.py"), name, stage, model, place]
            done = subprocess.run(
                command,
                input=json.dumps(given),
                env={**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(_HERE.parent)},
                check=False,
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise SystemExit(f"{name} failed:\n{done.stderr}")
            figures |= json.loads(done.stdout.splitlines()[-1])
    return figures


def _summary(figures: Figures) -> dict[str, Any]:
    medians = {
        name: {what: round(median(values), 3) for what, values in found.items()}
        for name, found in figures.items()
    }
    base = medians["langchain"]
    return {
        "rounds": figures,
        "medians": medians,
        "ratio_to_langchain": {
            name: {what: round(value / base[what], 3) for what, value in found.items()}
            for name, found in medians.items()
        },
        "ingest_to_raw": round(medians["rag"]["ingest_per_s"] / medians["raw"]["ingest_per_s"], 3),
    }


if __name__ == "__main__":
    main()
