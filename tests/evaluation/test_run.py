"""Runs over a small set on doubles: what they write, and how they bear being stopped."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rag.errors import ConfigError, RagError
from rag.evaluation import run as running
from rag.evaluation.asking import Reply
from rag.evaluation.metrics import metrics_schema
from rag.evaluation.questions import Question
from rag.evaluation.records import ANSWERS, Records, read_records
from rag.evaluation.run import Run
from rag.schema import answer_schema
from tests.evaluation.conftest import ASKED, Start, write_lines

pytestmark = pytest.mark.usefixtures("no_pages")


def without_times(folder: Path) -> list[dict[str, Any]]:
    """The records but for their timings."""
    records = read_records(folder)
    for record in records:
        if record["answer"]:
            record["answer"].pop("timings_ms")
    return records


class Stopping:
    """Asks the library until `after` replies were given, then behaves as if Ctrl-C were pressed."""

    def __init__(self, run: Run, after: int) -> None:
        self.run, self.left = run, after

    def ask(self, questions: Sequence[Question]) -> Iterator[Reply]:
        for reply in self.run.asker.ask(questions):
            if not self.left:
                raise KeyboardInterrupt
            self.left -= 1
            yield reply


def test_a_run_measures_and_validates(start: Start, tmp_path: Path) -> None:
    """Answers fit their schema, metrics theirs; quotes are exact; all kinds of search are there."""
    made = start().carry_out()
    jsonschema.Draft202012Validator(metrics_schema()).validate(made)
    assert json.loads((tmp_path / "out" / "metrics.json").read_text("utf-8")) == made
    records = read_records(tmp_path / "out")
    assert [record["id"] for record in records] == list(ASKED)
    for record in records:
        jsonschema.Draft202012Validator(answer_schema()).validate(record["answer"])
    assert made["measures"]["citation_exactness"]["value"] == 1
    assert made["measures"]["Success@5"] == {"value": 1.0, "n": 5}
    assert set(made["by_retriever"]) == {"bm25", "dense", "fused"}
    assert made["questions"] == {"asked": 6, "done": 6, "answerable": 5, "failed": 0}
    assert not made["partial"]


def test_two_runs_are_the_same(start: Start, tmp_path: Path) -> None:
    """All but the timings."""
    start("one").carry_out()
    start("two").carry_out()
    assert without_times(tmp_path / "one") == without_times(tmp_path / "two")


@pytest.mark.parametrize("block", [2, 256], ids=["small blocks", "one block"])
@pytest.mark.parametrize("after", [0, 1, 2, 3, 5])
def test_a_stopped_run_resumed_equals_an_unbroken_one(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int, block: int
) -> None:
    """What was done is kept and marked partial; the rest is asked later."""
    monkeypatch.setattr(running, "BLOCK", block)
    whole = start("whole").carry_out()
    partial = start("broken", Stopping(start("unused"), after)).carry_out()
    assert partial["partial"]
    assert len(read_records(tmp_path / "broken")) == after
    resumed = start("broken", resume=True).carry_out()
    assert without_times(tmp_path / "broken") == without_times(tmp_path / "whole")
    assert resumed == whole


def test_a_torn_line_is_asked_again(start: Start, tmp_path: Path) -> None:
    """A process killed within a line leaves half of it, which is no answer."""
    start("whole").carry_out()
    start().carry_out()
    path = tmp_path / "out" / ANSWERS
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    start(resume=True).carry_out()
    assert without_times(tmp_path / "out") == without_times(tmp_path / "whole")


def test_results_are_not_overwritten(start: Start) -> None:
    """A folder with a run is only gone on with, and only by the same run."""
    start().carry_out()
    with pytest.raises(ConfigError, match="--resume"):
        start().carry_out()
    with pytest.raises(ConfigError, match="another seed"):
        start(seed=1, resume=True).carry_out()


def test_a_full_disk_is_one_sentence(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was answered until then is kept."""
    add, added = Records.add, list[object]()

    def fill_up(self: Records, entry: dict[str, Any]) -> None:
        if len(added) == 2:
            self._file.close()
            self._file = Full()  # type: ignore[assignment]
        added.append(entry)
        add(self, entry)

    monkeypatch.setattr(Records, "add", fill_up)
    with pytest.raises(RagError, match="No space left on device"):
        start().carry_out()
    assert len(read_records(tmp_path / "out")) == 2


class Full:
    """A file on a full disk."""

    def write(self, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def close(self) -> None:
        pass


def test_a_question_that_cannot_be_asked_counts_as_not_answered(
    start: Start, folder: Path, tmp_path: Path
) -> None:
    """It stays in every mean with the worst value."""
    queries = [{"_id": key, "text": text} for key, (text, _, _) in ASKED.items()]
    queries[0]["text"] = "?" * 3
    write_lines(folder / "queries.jsonl", queries)
    made = start().carry_out()
    assert made["questions"]["failed"] == 1
    assert made["measures"]["F1"]["n"] == 5
    assert made["measures"]["Success@5"] == {"value": 0.8, "n": 5}
    failed = read_records(tmp_path / "out")[0]
    assert failed["measures"]["F1"] == 0
    assert "empty" in failed["error"]


def test_a_sample_is_drawn_with_the_seed_and_filters_choose(start: Start) -> None:
    """The same seed draws the same questions, in the order of the set."""
    run = start(limit=3, seed=4)
    chosen = run.plan.chosen(run.found.questions)
    assert chosen == run.plan.chosen(run.found.questions)
    assert [each.id for each in chosen] == sorted(each.id for each in chosen)
    only = start(filters=("kind=un*",)).plan
    assert [each.id for each in only.chosen(run.found.questions)] == ["q5"]
    with pytest.raises(ConfigError, match="No question matches"):
        start(filters=("kind=none",)).carry_out()
    with pytest.raises(ConfigError, match="--filter colour=red"):
        start(filters=("colour=red",)).carry_out()


def test_evidence_that_is_nowhere_is_a_fault_of_the_set(start: Start, folder: Path) -> None:
    """It is reported, and with strict it is the end."""
    answers = [{"_id": "q1", "answers": ["x"], "selected_sentences": [["It is made of cheese."]]}]
    write_lines(folder / "answers.jsonl", answers)
    assert (
        "no document holds the evidence “It is made of cheese.”" in start().carry_out()["faults"][0]
    )
    with pytest.raises(ConfigError, match="cheese"):
        start("strict", strict=True).carry_out()


def test_exports_are_in_the_formats_of_others(start: Start, tmp_path: Path) -> None:
    """Six columns with falling scores; sentences with places among the references."""
    start(exports=("trec", "rag")).carry_out()
    lines = (tmp_path / "out" / "run.trec").read_text("utf-8").splitlines()
    rows = [line.split(" ") for line in lines]
    assert {len(row) for row in rows} == {6}
    assert rows[0][:4] == ["q1", "Q0", "bridge", "1"]
    first = [float(row[4]) for row in rows if row[0] == "q1"]
    assert first == sorted(first, reverse=True)
    answers = (tmp_path / "out" / "rag.jsonl").read_text("utf-8").splitlines()
    topics = [json.loads(line) for line in answers]
    assert [topic["topic_id"] for topic in topics] == list(ASKED)
    said = next(topic for topic in topics if topic["answer"])
    assert said["answer"][0]["citations"] == [0]
    assert said["references"][0].startswith("bridge#")
    with pytest.raises(ConfigError, match="--export pdf"):
        start(exports=("pdf",))
