"""One embedder in place of another that cannot run here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.errors import ModelUnavailableError
from rag.ports import Embedder, Vectors


@dataclass(slots=True)
class FallbackEmbedder:
    """`first` as long as it runs, `second` from the moment that it does not.

    Both must hold the same model: vectors of either are compared with those of the other.
    """

    first: Embedder
    second: Embedder
    notices: list[str] = field(default_factory=list, init=False)

    @property
    def recipe(self) -> str:
        """The model's, whichever of the two runs it."""
        return self.first.recipe

    @property
    def dimension(self) -> int:
        """Length of one vector."""
        return self.first.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (n, d), unit rows; raises ModelError only if both fail."""
        if not self.notices:
            try:
                return self.first.embed(texts)
            except ModelUnavailableError as error:
                self.notices.append(f"{error}; going on with sentence-transformers, slower.")
        return self.second.embed(texts)
