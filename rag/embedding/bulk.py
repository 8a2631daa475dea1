"""Many texts by an NVIDIA processor where there is one, few by the machine's own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.embedding.model_files import ModelFiles
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder
from rag.errors import ModelUnavailableError
from rag.ports import Embedder, Vectors

_DRIVER = Path("/proc/driver/nvidia/version")
_BATCH = 256


@dataclass(slots=True)
class BulkEmbedder:
    """`many` for `least` texts and more, if `usable` says so, and as long as it runs; else `few`.

    Both must hold the same model. Loading `many` takes seconds, which a question must not wait.
    """

    few: Embedder
    many: Embedder
    usable: Callable[[], bool]
    least: int = 64
    _using: bool | None = field(default=None, init=False)

    @property
    def recipe(self) -> str:
        """The model's, whichever of the two runs it."""
        return self.few.recipe

    @property
    def dimension(self) -> int:
        """Length of one vector."""
        return self.few.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (n, d), unit rows; raises ModelError only if `few` fails."""
        if len(texts) >= self.least:
            if self._using is None:
                self._using = self.usable()
            if self._using:
                try:
                    return self.many.embed(texts)
                except ModelUnavailableError:
                    self._using = False
        return self.few.embed(texts)


def with_graphics(few: Embedder, files: ModelFiles) -> BulkEmbedder:
    """`few`, with sentence-transformers in half precision on a graphics processor for many."""
    return BulkEmbedder(few, SentenceTransformerEmbedder(files, _BATCH, half=True), has_cuda)


def has_cuda() -> bool:
    """Whether torch can compute there; it is imported only where such a driver is installed."""
    if not _DRIVER.exists() and shutil.which("nvidia-smi") is None:
        return False
    import torch  # noqa: PLC0415 - takes seconds

    return torch.cuda.is_available()
