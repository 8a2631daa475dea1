"""The writer's settings, and above all its key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rag.bootstrap import open_library
from rag.config import Settings, WriterSettings, load_settings
from rag.errors import ConfigError

KEY = "sk-very-secret"


def test_the_key_comes_from_the_environment_and_is_not_shown(tmp_path: Path) -> None:
    """Neither settings nor what holds them prints it."""
    settings = load_settings(tmp_path / "none.toml", {"RAG_WRITER_KEY": KEY})
    assert settings.writer.key.revealed == KEY
    assert KEY not in f"{settings} {settings!r} {settings.writer.key}"


def test_a_settings_file_may_not_hold_the_key(tmp_path: Path) -> None:
    """It is refused, without being repeated."""
    file = tmp_path / "rag.toml"
    file.write_text(f'[writer]\nkey = "{KEY}"\n', "utf-8")
    with pytest.raises(ConfigError, match="may not stand in a file") as refused:
        load_settings(file, {})
    assert KEY not in str(refused.value)


def settings(tmp_path: Path, writer: WriterSettings) -> Settings:
    """Settings of empty folders with this writer."""
    return replace(Settings(documents=tmp_path, index=tmp_path / "index"), writer=writer)


def test_a_file_may_hold_the_key_alone(tmp_path: Path) -> None:
    """White space around it is none of it."""
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n", "utf-8")
    writer = WriterSettings("http://127.0.0.1:1/v1", "m", key_file=str(file))
    library = open_library(settings(tmp_path, writer))
    assert library.writes
    assert KEY not in repr(library._stages.writer)
    assert library._stages.writer is not None
    assert library._stages.writer.endpoint.key == KEY  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "writer",
    [
        WriterSettings("ftp://127.0.0.1/v1", "m"),
        WriterSettings("http://127.0.0.1/v1", ""),
        WriterSettings("http://127.0.0.1/v1", "m", key_file="/no/such/file"),
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path: Path, writer: WriterSettings) -> None:
    """An address of another kind, no model, a key file that is not there."""
    with pytest.raises(ConfigError, match="writer"):
        open_library(settings(tmp_path, writer))


def test_without_an_address_there_is_no_writer(tmp_path: Path) -> None:
    """The default."""
    assert not open_library(settings(tmp_path, WriterSettings())).writes
