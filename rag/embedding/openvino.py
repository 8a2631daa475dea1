"""Embedding without torch: the sentence-transformers model as one OpenVINO graph.

The graph holds pooling and normalisation, so that it maps token ids straight to unit vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tokenizers import Tokenizer

from rag.embedding.model_files import ModelFiles
from rag.graphs import Graph, converted
from rag.ports import Vectors

if TYPE_CHECKING:
    from openvino import Model

_TOKENS = 1_024
"""In one batch: more are no faster, and end less evenly."""


class OpenVINOEmbedder:
    """A sentence-transformers model run by OpenVINO; `exports` keeps its exported graph.

    It runs on so many `cores`, 0 for all.
    """

    def __init__(self, files: ModelFiles, exports: Path, cores: int = 0) -> None:
        self._files = files
        folder = exports / f"embedder-{files.weights[:16]}"
        self._graph = Graph(folder, lambda: _converted(files), cores)

    def make(self) -> None:
        """Exports the graph, if that was not done before. What fails here fails again."""
        self._graph.make()

    @property
    def recipe(self) -> str:
        """The model's name and the hash of its weights."""
        return self._files.recipe

    @cached_property
    def dimension(self) -> int:
        """Length of one vector."""
        return self._files.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (n, d), unit rows; texts beyond the model's window are cut off by it.

        A text's vector is the same to the last bit whatever it is embedded with.
        """
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        ids = [each.ids for each in self._tokenizer.encode_batch(list(map(_encodable, texts)))]
        for rows, outputs in self._graph.run(_TOKENS, ids):
            vectors[rows] = outputs[0]
        return vectors

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_file(str(self._files.folder / "tokenizer.json"))
        tokenizer.enable_truncation(self._files.window)
        tokenizer.no_padding()
        return tokenizer


def _encodable(text: str) -> str:
    """The tokenizer takes no lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _converted(files: ModelFiles) -> Model:
    """The whole sentence-transformers pipeline as a graph from ids and mask to vectors."""
    import torch  # noqa: PLC0415 - needed once, for the export

    from rag.embedding.sentence_transformer import load  # noqa: PLC0415

    class Pipeline(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stages = load(files)

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            features = {"input_ids": ids, "attention_mask": mask}
            vectors: torch.Tensor = self.stages(features)["sentence_embedding"]
            return torch.nn.functional.normalize(vectors, dim=-1)  # some models leave it to us

    return converted(Pipeline, inputs=2)
