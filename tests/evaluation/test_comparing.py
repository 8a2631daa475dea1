"""Two runs side by side, limits on figures, and the pages that show them."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path

import pytest

from rag.errors import ConfigError
from rag.evaluation import comparing
from rag.evaluation.comparing import compare
from rag.evaluation.limits import parsed, too_low, worse
from rag.evaluation.measures.bootstrap import interval
from rag.evaluation.records import read_records
from rag.evaluation.report import comparison_report, report
from tests.evaluation.conftest import Start, write_lines


@pytest.fixture
def few_draws(no_pages: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough of them to be wrong on."""
    monkeypatch.setattr(comparing, "interval", partial(interval, resamples=50))


@pytest.mark.usefixtures("few_draws")
def test_a_run_compared_with_itself_shows_zeros(start: Start, tmp_path: Path) -> None:
    """No difference, an interval from 0 to 0, no question better or worse."""
    start().carry_out()
    made = compare(tmp_path / "out", tmp_path / "out", seed=0)
    values = [
        each[name] for each in made["measures"].values() for name in ("difference", "low", "high")
    ]
    assert set(values) == {0}
    assert (made["better"], made["worse"], made["changed"]) == ([], [], 0)
    count = made["questions"]
    assert made["alike"] == {"outcomes": count, "answers": count, "otherwise": []}
    assert {"nDCG@10", "bm25:nDCG@10", "F1", "AUROC", "AURC"} <= set(made["measures"])


@pytest.mark.usefixtures("few_draws")
def test_answers_that_are_not_the_same_are_counted(start: Start, tmp_path: Path) -> None:
    """Another outcome, another sentence, another place of the same words: each is named."""
    start("first").carry_out()
    start("second").carry_out()
    records = read_records(tmp_path / "second")
    answered = [each for each in records if each["answer"]["citations"]]
    answered[0]["answer"]["citations"][0]["pages"] = [7]
    answered[1]["answer"]["outcome"] = "abstained"
    write_lines(tmp_path / "second" / "answers.jsonl", list(records))
    made = compare(tmp_path / "first", tmp_path / "second", seed=0)
    count = made["questions"]
    assert made["alike"]["outcomes"] == count - 1
    assert made["alike"]["answers"] == count - 2
    assert set(made["alike"]["otherwise"]) == {each["id"] for each in answered[:2]}


@pytest.mark.usefixtures("few_draws")
def test_what_got_worse_is_found(start: Start, tmp_path: Path) -> None:
    """Answers taken away cost what they were worth, and the questions are named."""
    start("first").carry_out()
    start("second").carry_out()
    records = read_records(tmp_path / "second")
    for record in records[:2]:
        record["measures"]["F1"] -= 0.5
    write_lines(tmp_path / "second" / "answers.jsonl", list(records))
    made = compare(tmp_path / "first", tmp_path / "second", seed=0)
    assert made["measures"]["F1"]["difference"] == pytest.approx(-1 / 5)
    assert made["measures"]["F1"]["low"] <= -0.2 <= made["measures"]["F1"]["high"]
    assert {each["id"] for each in made["worse"]} == {"q1", "q2"}
    assert worse(made, parsed(["F1"], "--fail-worse", 0.0)) == [
        "F1 is worse by 0.2000, more than 0."
    ]
    assert worse(made, parsed(["F1=0.3", "EM"], "--fail-worse", 0.0)) == []
    page = comparison_report(made)
    assert "&lt;" not in re.sub(r"&lt;\w", "", page)
    assert "Got worse" in page


def test_limits_count_in_the_direction_of_the_measure() -> None:
    """Below is bad, but for AURC above is."""
    metrics = {"measures": {"F1": {"value": 0.5}, "AURC": {"value": 0.3}}}
    assert too_low(metrics, parsed(["F1=0.5", "AURC=0.3"], "--fail-below")) == []
    missed = too_low(metrics, parsed(["F1=0.6", "AURC=0.2"], "--fail-below"))
    assert missed == ["F1 is 0.5000, below 0.6.", "AURC is 0.3000, above 0.2."]
    with pytest.raises(ConfigError, match="no measure 'BLEU'"):
        too_low(metrics, {"BLEU": 0.1})
    with pytest.raises(ConfigError, match="--fail-below F1"):
        parsed(["F1"], "--fail-below")


@pytest.mark.usefixtures("no_pages")
def test_runs_without_common_questions_cannot_be_compared(start: Start, tmp_path: Path) -> None:
    """Nor can a folder without a run."""
    start("one", filters=("id=q1",)).carry_out()
    start("two", filters=("id=q2",)).carry_out()
    with pytest.raises(ConfigError, match="no question in common"):
        compare(tmp_path / "one", tmp_path / "two", seed=0)
    with pytest.raises(ConfigError, match="holds no run"):
        compare(tmp_path / "one", tmp_path, seed=0)


def test_the_report_is_alone_and_escaped(start: Start, tmp_path: Path) -> None:
    """It loads nothing, runs nothing, and shows markup of the documents as text."""
    start().carry_out()
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "<script" not in page
    assert "<i>daily" not in page
    assert "&lt;i&gt;daily&lt;/i&gt;" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
    assert page.count("data:image/svg+xml;base64,") == 3


def test_a_partial_run_says_so(start: Start, tmp_path: Path) -> None:
    """At the head of its page."""
    made = start().carry_out()
    records = read_records(tmp_path / "out")
    assert "<b>Partial.</b>" in report({**made, "partial": True}, records)
    assert "<b>Partial.</b>" not in report(made, records)


def test_the_page_is_the_same_twice(start: Start, tmp_path: Path) -> None:
    """Images hold no date and no random names."""
    made = start().carry_out()
    records = read_records(tmp_path / "out")
    assert report(made, records) == report(json.loads(json.dumps(made)), records)
