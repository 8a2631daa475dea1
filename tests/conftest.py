"""What every test may rely on, and what unit tests may not do."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from hypothesis import settings

from rag.config import go_offline

ROOT = Path(__file__).parents[1]
STATEMENT = ROOT / "documents" / "ombudsman-statement-2023-01-15.txt"
SHARED = ROOT.parent / "shared"

go_offline()
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def closed_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unit tests open no socket to anywhere."""
    if any(request.node.get_closest_marker(name) for name in ("server", "browser")):
        return

    def refuse(*_: object) -> None:
        raise AssertionError("a unit test opened a network connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "bind", refuse)


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the models that were exported once are kept for all tests."""
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(scope="session")
def statement_text() -> str:
    """The Ombudsman statement as it ships."""
    return STATEMENT.read_text("utf-8")


@pytest.fixture(scope="session")
def evaluation_sets() -> Path:
    """The open evaluation sets, where they are at hand."""
    folder = SHARED / "eval"
    if not folder.is_dir():
        pytest.skip("the evaluation sets are not beside this checkout")
    return folder
