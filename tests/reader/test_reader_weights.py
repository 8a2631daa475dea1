"""The files that ship: checked at load, and named when something is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.errors import ModelMissingError
from rag.reader.weights import ABSTENTION, BASE, HASHES, TRAINED, digest, reader_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Weights and a base model, of a few bytes each, with their hashes."""
    for name in (TRAINED, ABSTENTION, "model.safetensors", "tokenizer.json"):
        (tmp_path / name).write_text(name)
    hashes = {name: digest(tmp_path / name) for name in (TRAINED, ABSTENTION)}
    hashes[BASE] = digest(tmp_path / "model.safetensors")
    (tmp_path / HASHES).write_text(json.dumps(hashes))
    return tmp_path


def test_sound_files_are_accepted(folder: Path) -> None:
    """Equal hashes raise nothing, and the digest names the weights."""
    files = reader_files(folder, folder)
    files.check_base()
    assert files.digest == digest(folder / TRAINED)


@pytest.mark.parametrize("name", [TRAINED, ABSTENTION, HASHES, "tokenizer.json"])
def test_an_absent_file_is_named(folder: Path, name: str) -> None:
    """The sentence says which file is not there."""
    (folder / name).unlink()
    with pytest.raises(ModelMissingError, match=name.replace(".", r"\.")):
        reader_files(folder, folder)


@pytest.mark.parametrize("name", [TRAINED, ABSTENTION])
def test_an_altered_file_is_named(folder: Path, name: str) -> None:
    """One changed byte is noticed before anything is loaded."""
    (folder / name).write_text(name[:-1] + "?")
    with pytest.raises(ModelMissingError, match=name.replace(".", r"\.")):
        reader_files(folder, folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", "null"])
def test_damaged_hashes_are_one_sentence(folder: Path, content: str) -> None:
    """A broken list of hashes is an error of the model, not a traceback."""
    (folder / HASHES).write_text(content)
    with pytest.raises(ModelMissingError, match="damaged"):
        reader_files(folder, folder)


def test_another_base_model_does_not_fit(folder: Path) -> None:
    """Weights trained over one model are not laid over another."""
    (folder / "model.safetensors").write_text("another")
    with pytest.raises(ModelMissingError, match="trained on"):
        reader_files(folder, folder).check_base()
