"""`rag eval` with the real model over the shipped statement."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from rag.config import Settings
from rag.evaluation.metrics import metrics_schema
from rag.evaluation.records import read_records
from tests.e2e.conftest import Run
from tests.e2e.test_statement import LANDMINES

pytestmark = pytest.mark.model

EVIDENCE = (
    "After the end of the Second Karabakh War, a total of 274 people were hit by landmines, "
    "36 of them civilians."
)


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """A question, a follow-up to it, and one about something else."""
    asked = [
        {"id": "a", "turns": [LANDMINES], "answers": ["274"], "evidence": [EVIDENCE]},
        {"id": "b", "turns": [LANDMINES, "And how many of them were civilians?"],
         "answers": ["36"], "evidence": [EVIDENCE]},
        {"id": "c", "turns": ["How long do blue whales carry their young?"], "answerable": False},
    ]  # fmt: skip
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in asked), "utf-8")
    return path


def test_the_library_is_measured(
    rag: Run, shipped: Settings, questions: Path, tmp_path: Path
) -> None:
    """Evidence is found, quotes are exact, two runs are alike but for their timings."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        done = rag(
            "eval", questions, "--out", folder, "--index", shipped.index, "--json",
            "--fail-below", "citation_exactness=1", "--fail-below", "evidence@3=1",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout)
        jsonschema.Draft202012Validator(metrics_schema()).validate(made)
    runs = [read_records(folder) for folder in folders]
    for record in runs[0] + runs[1]:
        record["answer"].pop("timings_ms")
    assert runs[0] == runs[1]
    compared = rag("eval", "--compare", *folders, "--fail-worse", "F1", "--json")
    assert {each["difference"] for each in json.loads(compared.stdout)["measures"].values()} == {0}
    assert (folders[0] / "report.html").stat().st_size > 10_000
