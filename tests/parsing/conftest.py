"""What all parsing tests share: limits, and a parser over a folder of given files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.errors import ParseError
from rag.parsing.folder import FolderParser
from rag.parsing.limits import Limits
from rag.types import Document

LIMITS = Limits(
    seconds=30,
    cpu_seconds=20,
    memory_bytes=2**30,
    pages=5_000,
    characters=20_000_000,
    file_bytes=50_000_000,
)


@pytest.fixture
def limits() -> Limits:
    """Room for any honest file of these tests."""
    return LIMITS


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Document]:
    """Writes bytes to a file of a given name, and parses it."""

    def write_and_read(name: str, data: bytes, limits: Limits = LIMITS) -> Document:
        path = tmp_path / name
        path.write_bytes(data)
        return FolderParser(tmp_path, limits).parse(path)

    return write_and_read


@pytest.fixture
def refusal(read: Callable[..., Document]) -> Callable[..., ParseError]:
    """The error with which such a file is refused."""

    def refused(name: str, data: bytes, limits: Limits = LIMITS) -> ParseError:
        with pytest.raises(ParseError) as caught:
            read(name, data, limits)
        return caught.value

    return refused
