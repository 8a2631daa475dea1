"""Sets as they are published, and as they are when something is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.errors import ConfigError
from rag.evaluation.formats import read_set
from rag.types import Turn
from tests.evaluation.conftest import ASKED, CORPUS, write_lines


def test_a_beir_folder_is_read(folder: Path) -> None:
    """Entries, questions, judgements and answers come together."""
    found = read_set(folder)
    assert [each.id for each in found.entries or ()] == list(CORPUS)
    assert [each.id for each in found.questions] == list(ASKED)
    assert found.questions[0].relevant == {"bridge": 1}
    assert found.questions[4].kind == "unanswerable"
    assert found.faults == ()


def test_a_history_keeps_the_users_turns(folder: Path) -> None:
    """What an agent said is no question, and known to the next turn."""
    history = [{"speaker": "user", "text": "A?"}, {"speaker": "agent", "text": "B."}]
    write_lines(folder / "queries.jsonl", [{"_id": "q1", "text": "C?", "history": history}])
    question = read_set(folder).questions[0]
    assert question.turns == ("A?", "C?")
    assert question.before(1) == (Turn("A?", "B."),)


def test_squad_is_read(tmp_path: Path) -> None:
    """Each paragraph is an entry; impossible questions have no answer."""
    asked = [
        {"id": "1", "question": "Who?", "answers": [{"text": "Ann", "answer_start": 0}]},
        {"id": "2", "question": "Why?", "is_impossible": True, "answers": []},
    ]
    data = [{"title": "T", "paragraphs": [{"context": "Ann sang.", "qas": asked}]}]
    path = tmp_path / "dev.json"
    path.write_text(json.dumps({"data": data}))
    found = read_set(path)
    assert [(each.text, each.answerable) for each in found.questions] == [
        ("Who?", True), ("Why?", False),
    ]  # fmt: skip
    assert found.questions[0].starts == (0,)
    assert [entry.text for entry in found.entries or ()] == ["Ann sang."]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{oops", "is not JSON"),
        ("[1]", "is not a JSON object"),
        ('{"id": "b"}', "“turns” must be"),
        ('{"id": "b", "turns": [""]}', "“turns” must be"),
        ('{"id": 7, "turns": ["B?"]}', "“id” must be text"),
        ('{"id": "b", "turns": ["B?"], "answerable": "no"}', "“answerable” must be"),
        ('{"id": "a", "turns": ["B?"]}', "used before"),
        ('{"id": "b", "turns": ["B?"], "evidence_pages": [{"page": 1}]}', "“evidence_pages”"),
    ],
)
def test_a_faulty_line_is_named_and_the_rest_runs(tmp_path: Path, line: str, what: str) -> None:
    """File and line number; with strict it is the end."""
    path = tmp_path / "questions.jsonl"
    path.write_text(f'{{"id": "a", "turns": ["A?"]}}\n\n{line}\n', "utf-8")
    found = read_set(path)
    assert [each.id for each in found.questions] == ["a"]
    assert len(found.faults) == 1
    assert found.faults[0].startswith("questions.jsonl:3: ")
    assert what in found.faults[0]
    with pytest.raises(ConfigError, match=r"questions\.jsonl:3"):
        read_set(path, strict=True)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("q1\tnowhere\t1", "unknown entry 'nowhere'"),
        ("nobody\tbridge\t1", "unknown query 'nobody'"),
        ("q1 bridge 1", "tabs"),
    ],
)
def test_faulty_judgements_are_named(folder: Path, line: str, what: str) -> None:
    """A judgement of something unknown is left out and reported with its line."""
    qrels = folder / "qrels" / "test.tsv"
    qrels.write_text(f"{qrels.read_text('utf-8')}{line}\n", "utf-8")
    [fault] = read_set(folder).faults
    assert fault.startswith("test.tsv:7: ")
    assert what in fault


@pytest.mark.parametrize("content", ["", "{oops\n"], ids=["empty", "nothing sound"])
def test_a_set_without_questions_is_refused(tmp_path: Path, content: str) -> None:
    """There is nothing to run."""
    path = tmp_path / "questions.jsonl"
    path.write_text(content)
    with pytest.raises(ConfigError, match="no question that can be asked"):
        read_set(path)


def test_what_is_no_set_is_refused(tmp_path: Path) -> None:
    """The sentence says what a set looks like."""
    with pytest.raises(ConfigError, match=r"corpus\.jsonl"):
        read_set(tmp_path)
    broken = tmp_path / "squad.json"
    broken.write_text('{"data": 1}')
    with pytest.raises(ConfigError, match="SQuAD"):
        read_set(broken)


def test_the_open_sets_have_no_faults(evaluation_sets: Path) -> None:
    """All of them are read whole."""
    names = ("squad2", "clapnq", "doc2dial", "cranfield", "cacm")
    found = [read_set(evaluation_sets / name) for name in names]
    files = [evaluation_sets / name / "questions.jsonl" for name in ("statement", "filings")]
    found += [read_set(file) for file in files]
    assert [each.faults for each in found] == [()] * len(found)
    assert [len(each.questions) for each in found] == [3462, 289, 922, 225, 52, 52, 20]
