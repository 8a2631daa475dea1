"""What every test may rely on, and what unit tests may not do."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from hypothesis import settings

from rag.bootstrap import open_library
from rag.config import Settings, go_offline

ROOT = Path(__file__).parents[1]
STATEMENT = ROOT / "documents" / "ombudsman-statement-2023-01-15.txt"
SHARED = ROOT.parent / "shared"

go_offline()
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Which tests of `make test` share a process: those with the real models, whose export takes
    longest, and those of a file, for its server and its browser. A row of reliability needs none.
    """
    for item in items:
        if item.get_closest_marker("model"):
            item.add_marker(pytest.mark.xdist_group("models"))
        elif item.path.parent.name != "reliability":
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


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
def shipped(tmp_path_factory: pytest.TempPathFactory, exports: Path) -> Settings:
    """The shipped documents, indexed."""
    settings = Settings(ROOT / "documents", tmp_path_factory.mktemp("index"), exports=str(exports))
    assert open_library(settings).ingest().published
    return settings


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
