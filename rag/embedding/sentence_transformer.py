"""Embedding with sentence-transformers, on whatever device torch finds."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rag.embedding.model_files import ModelFiles
from rag.errors import ModelUnavailableError
from rag.ports import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class SentenceTransformerEmbedder:
    """A model from local files: safetensors only, no code from the model's folder, no network.

    The model is loaded on first use, and one thread encodes at a time. `half`: in half precision,
    which is for graphics processors.
    """

    def __init__(self, files: ModelFiles, batch_size: int = 32, *, half: bool = False) -> None:
        self._files = files
        self._batch_size = batch_size
        self._half = half
        self._lock = threading.Lock()

    @property
    def recipe(self) -> str:
        """The model's name and the hash of its weights."""
        return self._files.recipe

    @property
    def dimension(self) -> int:
        """Length of one vector."""
        return int(self._model.get_embedding_dimension() or 0)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (n, d), unit rows; texts beyond the model's window are cut off by it."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        with self._lock:
            model = self._model
            try:
                vectors = model.encode(
                    list(texts),
                    batch_size=self._batch_size,
                    normalize_embeddings=True,
                    convert_to_numpy=True,
                    show_progress_bar=False,
                )
            except RuntimeError as error:  # no room left on the device, above all
                raise ModelUnavailableError(f"{self._files.name} cannot run: {error}") from error
        rows = np.asarray(vectors, np.float32)
        if self._half:
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows

    @cached_property
    def _model(self) -> SentenceTransformer:
        model = load(self._files)
        return model.half() if self._half else model


def load(files: ModelFiles) -> SentenceTransformer:
    """The model itself; raises ModelUnavailableError when its files do not make one."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - takes seconds

    try:
        return SentenceTransformer(
            str(files.folder),
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelUnavailableError(f"The model {files.name} cannot be loaded: {error}") from error
