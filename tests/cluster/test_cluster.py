"""Many workers build the index that one machine builds, whatever becomes of some of them."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag import bootstrap
from rag.bootstrap import _folder, open_library, open_with_workers
from rag.chunking import SentenceChunker
from rag.cluster import (
    ClusterChunker,
    ClusterEmbedder,
    ClusterParser,
    Kept,
    Made,
    RayWorkers,
    stages,
    workers,
)
from rag.config import MilvusSettings, ParsingSettings, Settings
from rag.errors import ConfigError, ModelUnavailableError, WorkersError
from rag.indexing import LocalIndexStore
from rag.ingest import Ingest, Ingested
from rag.ports import Index, IndexStore
from rag.types import Document, Page, Part, Role, Span
from tests.cluster.doubles import Embedding, Reader, notes
from tests.doubles import WordEmbedder
from tests.indexing.builders import RECIPE
from tests.pdfs import numbered_pdf

pytest.importorskip("ray", reason="Ray is not installed: pip install 'rag[cluster]'")
pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def ray() -> Iterator[RayWorkers]:
    """One cluster of this machine's own: to start it takes seconds."""
    with RayWorkers() as cluster:
        yield cluster


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A dozen small files, of which one cannot be read, and two are the same."""
    folder = tmp_path / "documents"
    folder.mkdir()
    for number in range(10):
        text = f"Paper {number}.\n\n" + "Mines were found near the road. " * (number * 7 % 11 + 1)
        (folder / f"{number}.txt").write_text(text)
    (folder / "copy.txt").write_text((folder / "7.txt").read_text())
    (folder / "pages.pdf").write_bytes(numbered_pdf(3))
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 and no more")
    return folder


Run = Callable[..., Ingested]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where workers write down what they do."""
    made = tmp_path / "log"
    made.mkdir()
    return made


@pytest.fixture
def run(ray: RayWorkers, documents: Path, log: Path, tmp_path: Path) -> Run:
    """Builds into a store with these workers."""

    def ingested(store: IndexStore) -> Ingested:
        reading, embedding = Made(Reader, (str(log),)), Made(Embedding, (str(log),))
        with Kept(tmp_path / "kept") as kept:
            here = _folder(documents, ParsingSettings())
            parser = ClusterParser(here, reading, ray, kept)
            embedder = ClusterEmbedder(WordEmbedder(), embedding, ray, kept, lambda: None)
            here_too = SentenceChunker(40, 10)
            chunker = ClusterChunker(here_too, Made(SentenceChunker, (40, 10)), ray)
            return Ingest(parser, chunker, embedder, store, lambda *_: None, ray.count).run()

    return ingested


def alone(documents: Path, store: IndexStore) -> Ingested:
    """Builds the same without workers."""
    parser = _folder(documents, ParsingSettings())
    return Ingest(parser, SentenceChunker(40, 10), WordEmbedder(), store, lambda *_: None).run()


def check_equal(one: Index, two: Index) -> None:
    """The same sources, documents and passages; vectors within 1e-5."""
    assert one.fingerprint == two.fingerprint
    assert one.sources == two.sources
    passages = one.passages(range(len(one)))
    assert two.passages(range(len(two))) == passages
    held = {each.document_id for each in passages}
    assert [one.document(each) for each in held] == [two.document(each) for each in held]
    texts = [one.document(each.document_id).searched(each.span) for each in passages]
    stored, other = one.vectors_of(texts), two.vectors_of(texts)
    assert stored.keys() == other.keys() == set(texts)
    for text in texts:
        np.testing.assert_allclose(other[text], stored[text], atol=1e-5)


def milvus(tmp_path: Path) -> IndexStore:
    """A store on milvus-lite."""
    from rag.indexing.milvus import MilvusIndexStore, Server  # noqa: PLC0415 - takes a second

    return MilvusIndexStore(Server(str(tmp_path / "m.db"), "rag"), tmp_path / "m", RECIPE)


@pytest.mark.parametrize("kind", ["embedded", "milvus"])
def test_a_lost_worker_loses_nothing(
    run: Run, documents: Path, log: Path, tmp_path: Path, kind: str
) -> None:
    """One dies while it reads and one while it embeds: the index is that of a run without loss,
    and each document stands in it once.
    """
    (documents / "dying.txt").write_text("Dying words of a bridge. " * 5)
    store = LocalIndexStore(tmp_path / "r", RECIPE) if kind == "embedded" else milvus(tmp_path)
    done = run(store)
    assert done.published
    assert Counter(notes(log))["dying.txt"] == 2
    assert "dying words" in notes(log)
    other = LocalIndexStore(tmp_path / "one", RECIPE)
    alone(documents, other)
    check_equal(other.open(), store.open())
    assert store.verify() == []
    paths = [each.path for each in done.sources]
    assert paths == sorted(set(paths))
    assert [each.path for each in done.sources if not each.read] == ["broken.pdf"]


def test_a_run_that_was_cut_off_is_gone_on_with(
    run: Run, documents: Path, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read and embedded before the failure is not done again; what changed since is."""
    monkeypatch.setattr(stages, "PIECE", 4)
    # The longest passage is embedded last.
    (documents / "zz.txt").write_text("Failing " + "internationalisation " * 30)
    (log / "broken").touch()
    store = LocalIndexStore(tmp_path / "r", RECIPE)
    with pytest.raises(ModelUnavailableError, match="no such processor"):
        run(store)
    assert store.current() is None
    (log / "broken").unlink()
    before = Counter(notes(log))
    assert sum("Mines were found" in each for each in before) > 4
    (documents / "3.txt").write_text("Another paper.")
    assert run(store).published
    again = Counter(notes(log)) - before
    assert again["3.txt"] == 1
    assert [name for name in again if name.endswith((".txt", ".pdf"))] == ["3.txt", "broken.pdf"]
    assert not [each for each in before & again if "Mines" in each or each.startswith("Paper")]
    other = LocalIndexStore(tmp_path / "one", RECIPE)
    alone(documents, other)
    check_equal(other.open(), store.open())


def test_a_file_that_ends_every_worker_ends_the_run_in_a_sentence(
    run: Run, documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ray: RayWorkers
) -> None:
    """There is an end to doing a task again, and nothing is published."""
    monkeypatch.setattr(workers, "AGAIN", 0)
    monkeypatch.setattr(ray, "_tasks", {})
    (documents / "deadly.txt").write_text("No.")
    store = LocalIndexStore(tmp_path / "r", RECIPE)
    with pytest.raises(WorkersError, match="lost again and again") as said:
        run(store)
    assert "\n" not in str(said.value)
    assert store.current() is None


@pytest.mark.model
def test_the_command_builds_what_it_builds_without_workers(
    documents: Path, exports: Path, tmp_path: Path
) -> None:
    """`rag index --workers ray`, as a process with the real model, which leaves none behind."""
    settings = Settings(documents, tmp_path / "one", exports=str(exports))
    assert open_library(settings).ingest().published
    command = [sys.executable, "-m", "rag", "index", "--workers", "ray", "--index", "two"]
    done = subprocess.run(
        [*command, "--documents", str(documents)],
        cwd=tmp_path,
        env={"RAG_EXPORTS": str(exports), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    assert "Published generation 1" in done.stdout
    two = open_library(replace(settings, index=tmp_path / "two"))
    assert not two.ingest().published
    check_equal(open_library(settings)._live(), two._live())
    assert not list((tmp_path / "two").glob("cluster*"))


def test_what_is_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    """Whatever its characters; of another recipe, name or content there is nothing."""
    text = "lone \ud800 and NUL \x00\n"
    parts = (Part(Span(0, 4), Role.HEADING, 1),)
    document = Document(
        "d" * 64, "a.txt", "A", text, (Page(1, "1", Span(0, len(text))),), parts=parts
    )
    vectors = np.eye(2, 4, dtype=np.float32)
    with Kept(tmp_path / "kept") as kept:
        kept.keep_document(document, "a note", "recipe", "a.txt", "digest")
        kept.keep_vectors("model", ["one", text], vectors)
    with Kept(tmp_path / "kept") as kept:
        assert kept.document("recipe", "a.txt", "digest") == (document, "a note")
        assert kept.document("recipe", "a.txtd", "igest") is None
        found = kept.vectors("model", ["one", text, "two"])
        assert found.keys() == {"one", text}
        np.testing.assert_array_equal(found[text], vectors[1])
        assert kept.vectors("other", ["one"]) == {}
        kept.forget()
    assert list(tmp_path.iterdir()) == []


def test_the_extra_is_named_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What to install stands in the sentence; the local way needs nothing of it."""
    monkeypatch.setattr(bootstrap, "find_spec", lambda _: None)
    settings = Settings(tmp_path, tmp_path / "index", milvus=MilvusSettings())
    with (
        pytest.raises(ConfigError, match=r"pip install 'rag\[cluster\]'"),
        open_with_workers(settings),
    ):
        pass


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--workers", "dask"], "local or ray"),
        (["--ray-address", "x"], "goes with --workers ray"),
        (["--workers", "ray", "--watch"], "goes with --workers local"),
    ],
)
def test_options_that_do_not_fit(tmp_path: Path, options: list[str], said: str) -> None:
    """Each is one sentence, and exit code 2."""
    done = subprocess.run(
        [sys.executable, "-m", "rag", "index", *options, "--documents", "."],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
