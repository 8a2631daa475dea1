"""Index folders of these tests lie in memory where there is such a place: they sync a lot."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

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
