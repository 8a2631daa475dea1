"""`rag eval` from its arguments to its exit code, on doubles."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import jsonschema
import pytest

from rag.bootstrap import Bench
from rag.cli import main
from rag.config import Settings
from rag.evaluation import command
from rag.evaluation.corpus import Corpus, WholeEntries
from rag.evaluation.formats import read_set
from rag.evaluation.given import OwnParagraph
from rag.evaluation.records import read_records
from rag.ports import Retriever
from rag.schema import answer_schema
from tests.conftest import ROOT
from tests.evaluation.conftest import make_bench, write_lines


@pytest.fixture(autouse=True)
def doubles(no_pages: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No model, no index on disk."""

    def open_bench(
        settings: Settings,
        corpus: tuple[Corpus, WholeEntries] | None = None,
        retriever: str | Retriever = "fused",
    ) -> Bench:
        library = Corpus(()) if corpus is None else corpus[0]
        return make_bench(library, None if isinstance(retriever, str) else retriever)

    monkeypatch.setattr(command, "open_bench", open_bench)
    monkeypatch.chdir(tmp_path)


def rag(*arguments: str | Path) -> int:
    """The exit code of the command line."""
    with pytest.raises(SystemExit) as ended:
        main(["eval", *map(str, arguments)])
    return int(ended.value.code or 0)


def test_a_run_prints_its_measures(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table in words, the metrics as JSON; exit code 0."""
    assert rag(folder, "--out", "runs/a") == 0
    assert "bm25: nDCG@10" in capsys.readouterr().out
    assert rag(folder, "--out", "runs/b", "--json") == 0
    assert json.loads(capsys.readouterr().out)["set"]["name"] == "small"


@pytest.mark.parametrize(
    ("limit", "code"), [("nDCG@10=0.1", 0), ("nDCG@10=1.1", 1), ("BLEU=0.1", 2), ("F1", 2)]
)
def test_limits_decide_the_exit_code(folder: Path, limit: str, code: int) -> None:
    """Met 0, missed 1, meaningless 2."""
    assert rag(folder, "--out", "runs/a", "--fail-below", limit) == code


def test_comparing_decides_the_exit_code(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run is not worse than itself; one whose answers lost their worth is."""
    for name in ("a", "b"):
        rag(folder, "--out", f"runs/{name}")
    assert rag("--compare", "runs/a", "runs/a", "--fail-worse", "F1", "--out", "compared") == 0
    assert {path.name for path in (tmp_path / "compared").iterdir()} == {
        "compare.html", "compare.json",
    }  # fmt: skip
    records = read_records(tmp_path / "runs" / "b")
    for record in records:
        record["measures"].update(dict.fromkeys(record["measures"].keys() & {"F1"}, 0.0))
    write_lines(tmp_path / "runs" / "b" / "answers.jsonl", list(records))
    capsys.readouterr()
    assert rag("--compare", "runs/a", "runs/b", "--fail-worse", "F1=0.01") == 1
    assert "rag: F1 is worse by" in capsys.readouterr().err
    assert rag("--compare", "runs/a", "runs/b", "--fail-worse", "EM") == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name a set"),
        (["small"], "--out"),
        (["small", "--out", "x", "--retriever", "magic"], "fused, dense, bm25"),
        (["nowhere", "--out", "x"], "no evaluation set"),
        (["small", "--out", "x", "--fail-worse", "F1"], "--compare"),
        (["small", "--out", "x", "--server", "http://localhost:1"], "--server"),
    ],
    ids=["nothing", "no folder", "no such search", "no set", "no comparison", "own corpus"],
)
def test_usage_errors_are_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """Exit code 2, what to do, no traceback."""
    assert rag(*arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_faults_of_the_set_are_reported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The rest runs, and the exit code says that something was left out; strict refuses."""
    with (folder / "queries.jsonl").open("a") as file:
        file.write("{oops\n")
    assert rag(folder, "--out", "runs/a") == 3
    assert "queries.jsonl:7" in capsys.readouterr().err
    assert rag(folder, "--out", "runs/b", "--strict") == 2


def test_given_reads_the_own_paragraph_alone(folder: Path, tmp_path: Path) -> None:
    """No search, and nothing from elsewhere is shown."""
    assert rag(folder, "--out", "runs/a", "--given") == 0
    for record in read_records(tmp_path / "runs" / "a"):
        found = [hit["document"] for hit in record["answer"]["retrieved"]]
        assert len(found) == len(record["gold"]["relevant"])
        assert record["retrievers"] == {}
        jsonschema.Draft202012Validator(answer_schema()).validate(record["answer"])


def test_a_missing_extra_names_its_command(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever installed the package without it learns how to add it."""
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    assert rag(folder, "--out", "runs/a") == 2
    assert "pip install 'rag[eval]'" in capsys.readouterr().err


def test_every_option_is_documented() -> None:
    """What `rag eval` takes stands in docs/evaluation.md."""
    documented = (ROOT / "docs" / "evaluation.md").read_text("utf-8")
    source = (ROOT / "rag" / "cli.py").read_text("utf-8")
    command = source.split('@app.command("eval")')[1].split("@app.command")[0]
    options = [*re.findall(r'"(--[a-z-]+)"', command), "--documents", "--index", "--json"]
    assert len(options) > 15
    assert [name for name in options if name not in documented] == []


def test_own_paragraphs_are_those_of_the_question(folder: Path) -> None:
    """Words asked of two entries find both; unknown words find none."""
    found = read_set(folder)
    bench = make_bench(Corpus(found.entries or ()), OwnParagraph(found.questions))
    hits = bench.library.search_all([(found.questions[0].text, ()), ("Unknown?", ())], 10)
    assert [len(each) for each in hits] == [1, 0]
