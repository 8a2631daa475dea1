"""The command line as its users meet it: a process, its output and its exit code."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from rag.config import Settings
from rag.library import Library
from rag.schema import answer_schema
from tests.conftest import ROOT
from tests.e2e.conftest import Run
from tests.e2e.test_statement import LANDMINES

pytestmark = pytest.mark.model


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """A folder with one good file, one damaged one, and one that is not what its name says."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "bridge.txt").write_text("The bridge is 274 metres long. It opened in 1998.\n")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing more")
    (folder / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    return folder


def test_an_answer_as_json_fits_the_schema(rag: Run, shipped: Settings) -> None:
    """`rag ask --json` prints one valid answer and nothing else; exit code 0."""
    done = rag(
        "ask", LANDMINES, "--json", "--documents", shipped.documents, "--index", shipped.index
    )
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    jsonschema.Draft202012Validator(answer_schema()).validate(answer)
    assert "274" in answer["citations"][0]["quote"]


def test_an_answer_in_words_names_its_source(rag: Run, shipped: Settings) -> None:
    """The sentence, its number, who says it, title and page."""
    done = rag("ask", LANDMINES, "--index", shipped.index)
    assert "Ombudsman of Azerbaijan, 15 January 2023:" in done.stdout
    assert "274 people were hit by landmines, 36 of them civilians. [1]" in done.stdout
    assert "page 1" in done.stdout
    assert "seems to be" not in done.stdout


def test_a_question_in_another_language_gets_a_notice(rag: Run, shipped: Settings) -> None:
    """Whoever asks in a language that the model does not read is told, and which setting helps."""
    done = rag("ask", "Neçə nəfər minaya düşüb?", "--index", shipped.index)
    assert "seems to be in Azerbaijani" in done.stdout
    assert "`model`" in done.stdout


def test_a_follow_up_is_asked_with_after(rag: Run, shipped: Settings) -> None:
    """`--after` brings the earlier question along."""
    done = rag(
        "ask", "And how many of them were civilians?", "--after", LANDMINES, "--json",
        "--index", shipped.index,
    )  # fmt: skip
    assert json.loads(done.stdout)["searched"].startswith(LANDMINES)


def test_abstaining_has_an_exit_code_of_its_own(rag: Run, shipped: Settings) -> None:
    """A script can tell "the documents do not say" from an answer."""
    done = rag("ask", "How long do blue whales carry their young?", "--index", shipped.index)
    assert done.returncode == 3
    assert done.stdout.startswith("The documents do not say.")


def test_search_lists_passages(rag: Run, shipped: Settings) -> None:
    """`rag search` gives k passages with their texts, in words and as JSON."""
    asked = ("search", "landmines", "--k", "3", "--index", shipped.index)
    assert "landmines" in rag(*asked).stdout
    assert len(json.loads(rag(*asked, "--json").stdout)["hits"]) == 3


def test_bad_files_are_reported_and_the_rest_indexed(
    rag: Run, papers: Path, tmp_path: Path
) -> None:
    """Exit code 3, one status a file, the language that it is in, and what is good can be asked;
    afterwards there is nothing to do, and damage is named and refused.
    """
    text = "Омбудсмен опубликовал доклад о минах и о людях, которые от них пострадали.\n"
    (papers / "doklad.txt").write_text(text, "utf-8")
    done = rag("index")
    assert done.returncode == 3
    assert "broken.pdf" in done.stdout
    assert done.stdout.count("skipped:") == 2
    assert done.stdout.count("Russian") == 1
    assert "Published generation 1" in done.stdout
    assert "Generation 1 is up to date." in rag("index").stdout
    assert rag("ask", "How long is the bridge in metres?").returncode == 0
    assert rag("doctor").stdout == "The index is sound.\n"

    _flip_a_byte_of(next((tmp_path / "index").glob("gen-*/vectors.faiss")))
    examined = rag("doctor")
    assert examined.returncode == 1
    assert "vectors.faiss" in examined.stdout
    refused = rag("ask", "How long is the bridge?")
    assert refused.returncode == 1
    assert "rag doctor" in refused.stderr or "rag index" in refused.stderr


def _flip_a_byte_of(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)


@pytest.mark.parametrize("question", ["", "x" * 100_000], ids=["empty", "100,000 characters"])
def test_impossible_questions_are_usage_errors(rag: Run, shipped: Settings, question: str) -> None:
    """One sentence on standard error, exit code 2, no traceback."""
    done = rag("ask", question, "--index", shipped.index)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("rag: The question")


def test_asking_without_an_index_names_the_command(rag: Run) -> None:
    """A missing index is one sentence with what to do."""
    done = rag("ask", "Why?")
    assert done.returncode == 1
    assert "rag index" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_empty_folder_says_what_to_put_there(rag: Run, tmp_path: Path) -> None:
    """Nothing to index is a usage error in one sentence."""
    (tmp_path / "documents").mkdir()
    done = rag("index")
    assert done.returncode == 2
    assert ".pdf" in done.stderr.splitlines()[-1]


def test_a_missing_folder_is_named(rag: Run) -> None:
    """Naming a folder that is not there is a usage error in one sentence."""
    done = rag("index", "--documents", "nowhere")
    assert done.returncode == 2
    assert "nowhere" in done.stderr


def test_a_second_writer_is_told_to_wait(rag: Run, papers: Path, tmp_path: Path) -> None:
    """Two builds do not meet: the second ends at once with one sentence."""
    (tmp_path / "index").mkdir()
    with (tmp_path / "index" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        done = rag("index")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read what is locked")
def test_an_unreadable_folder_is_named(rag: Run, papers: Path) -> None:
    """A folder without permission is one sentence."""
    papers.chmod(0)
    done = rag("index")
    papers.chmod(0o700)
    assert done.returncode == 2


def test_asking_loads_neither_torch_nor_gradio(shipped: Settings, library: Library) -> None:
    """A question is answered without the libraries that take seconds to import."""
    library.make_network()  # as `rag index` does: it needs torch
    code = (
        "import sys; from rag.bootstrap import open_library; from rag.config import Settings;"
        f"from pathlib import Path; s = Settings(Path({str(shipped.documents)!r}),"
        f" Path({str(shipped.index)!r}), exports={shipped.exports!r});"
        f"assert open_library(s).ask({LANDMINES!r}).citations;"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'gradio'} & set(sys.modules);"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_first_questions_may_come_together(shipped: Settings) -> None:
    """Twelve threads that ask a fresh process at the same moment are all answered."""
    code = (
        "import faulthandler, sys, threading; from pathlib import Path;"
        "faulthandler.dump_traceback_later(60, exit=True); sys.setswitchinterval(1e-6);"
        "from rag.bootstrap import open_library; from rag.config import Settings;"
        f"s = Settings(Path({str(shipped.documents)!r}), Path({str(shipped.index)!r}),"
        f" exports={shipped.exports!r}); library = open_library(s);"
        "asking = [threading.Thread(target=library.search, args=('landmines', 1))"
        " for _ in range(12)];"
        "[each.start() for each in asking]; [each.join() for each in asking]"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
