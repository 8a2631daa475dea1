"""Index folders of these tests lie in memory where there is such a place: they sync a lot.

What they put on a Milvus server is put into one file of milvus-lite, under a name for each test.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from rag.indexing.milvus import MilvusIndexStore, Server
from rag.indexing.milvus.store import GRACE
from tests.indexing.builders import RECIPE

_MEMORY = Path("/dev/shm")  # noqa: S108 - a fresh private folder is made below it


@pytest.fixture
def tmp_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of the test's own, on a file system that syncs at once; nothing else is left."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        passing, own = Path(folder) / "passing", Path(folder) / "own"
        passing.mkdir()
        own.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(passing))
        yield own
        assert list(passing.iterdir()) == []


@dataclass
class Database:
    """A Milvus database that all tests share; each takes a name of its own in it."""

    uri: str
    _numbers: Iterator[int] = field(default_factory=count)

    def name(self) -> str:
        """One that no other test has."""
        return f"test{next(self._numbers)}"

    def store(
        self, folder: Path, name: str, recipe: Mapping[str, str] = RECIPE, grace: float = GRACE
    ) -> MilvusIndexStore:
        """A store under this name."""
        return MilvusIndexStore(Server(self.uri, name), folder, recipe, grace)


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    """One file of milvus-lite, which is opened once: that takes a second."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        yield Database(f"{folder}/index.db")
        closing = Server(f"{folder}/index.db", "closing")
        with closing.asked():
            pass
        closing.close()
