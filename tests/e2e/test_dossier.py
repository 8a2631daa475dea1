"""A dossier from the command line, and the check of it, over the shipped documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.config import Settings
from tests.e2e.conftest import Run

pytestmark = pytest.mark.model

QUESTION = "How many people were hit by landmines after the Second Karabakh War?"


@pytest.mark.parametrize("suffix", [".md", ".docx"])
def test_an_answer_is_exported_and_verified(
    rag: Run, shipped: Settings, tmp_path: Path, suffix: str
) -> None:
    """Exit code 0 for what was written; an existing file is not overwritten."""
    at = ("--documents", shipped.documents, "--index", shipped.index)
    file = tmp_path / f"answer{suffix}"
    assert rag("ask", QUESTION, "--export", file, *at).returncode == 0
    verified = rag("verify", file, *at)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "Verified" in verified.stdout
    before = file.read_bytes()
    again = rag("ask", QUESTION, "--export", file, *at)
    assert again.returncode == 2
    assert "name another" in again.stderr
    assert file.read_bytes() == before


def test_tampering_is_reported(rag: Run, shipped: Settings, tmp_path: Path) -> None:
    """Exit code 3, in words and as JSON; what is no dossier at all is a mistake of usage."""
    at = ("--documents", shipped.documents, "--index", shipped.index)
    file = tmp_path / "answer.md"
    assert rag("ask", QUESTION, "--export", file, *at).returncode == 0
    file.write_text(file.read_text("utf-8").replace("274", "247"), "utf-8")
    told = rag("verify", file, *at)
    assert told.returncode == 3
    assert "altered" in told.stdout
    assert "274" in told.stdout
    found = json.loads(rag("verify", file, "--json", *at).stdout)
    assert not found["verified"]
    assert found["counts"]["altered"] == len(found["findings"])
    for name in ("none.md", "answer.pdf"):
        refused = rag("verify", tmp_path / name, *at)
        assert refused.returncode == 2
        assert refused.stderr.startswith("rag: ")
    assert rag("ask", QUESTION, "--export", tmp_path / "a.pdf", *at).returncode == 2
