"""Settings come from defaults, a file and variables, and say what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.config import Settings, load_settings
from rag.errors import ConfigError


def load(tmp_path: Path, text: str = "", **variables: str) -> Settings:
    """Settings from a file of `text` and these variables."""
    file = tmp_path / "rag.toml"
    file.write_text(text, "utf-8")
    return load_settings(file, variables)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    """Nothing needs to be set."""
    assert load_settings(tmp_path / "none.toml", {}) == Settings()


def test_variables_win_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    """The nearest word counts."""
    text = 'documents = "papers"\n[server]\nport = 8000\nhost = "::1"\n'
    settings = load(tmp_path, text, RAG_SERVER_PORT="9000", RAG_ANSWERING_THRESHOLD="0.5")
    assert settings.documents == Path("papers")
    assert (settings.server.port, settings.server.host) == (9000, "::1")
    assert settings.answering.threshold == 0.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prot = 1", "no setting “prot”"),
        ("server = 1", "section"),
        ("[server]\nport = '80'", "port must be"),
        ("[server]\nport = true", "port must be"),
        ("[server", "cannot be read"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, said: str) -> None:
    """An unknown setting, a wrong kind or a broken file is one clear sentence."""
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, text)


def test_a_variable_of_the_wrong_kind_is_named(tmp_path: Path) -> None:
    """The sentence names the variable and what it held."""
    with pytest.raises(ConfigError, match=r"RAG_SERVER_PORT.*“many”"):
        load(tmp_path, RAG_SERVER_PORT="many")


@pytest.mark.parametrize(("written", "meant"), [("false", False), ("0", False), ("True", True)])
def test_switches_are_words(tmp_path: Path, written: str, meant: bool) -> None:  # noqa: FBT001
    """A variable that turns something off does so; any other word is a mistake."""
    assert load(tmp_path, RAG_PARSING_OCR=written).parsing.ocr is meant
    with pytest.raises(ConfigError, match="RAG_PARSING_OCR must be of the kind of True"):
        load(tmp_path, RAG_PARSING_OCR="maybe")


def test_whole_numbers_do_for_decimals(tmp_path: Path) -> None:
    """`seconds = 5` needs no decimal point."""
    assert load(tmp_path, "[parsing]\nseconds = 5").parsing.seconds == 5.0
