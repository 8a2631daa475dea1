"""The real thing: the installed model, the command line as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.bootstrap import open_library
from rag.config import Settings
from rag.library import Library

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def library(shipped: Settings) -> Library:
    """The library of the shipped documents."""
    return open_library(shipped)


@pytest.fixture
def rag(exports: Path, tmp_path: Path) -> Run:
    """Runs the command line in an empty folder; returns what it printed and its exit code."""

    def run(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "rag", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "RAG_EXPORTS": str(exports), "COLUMNS": "200", **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run
