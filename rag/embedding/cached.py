"""Vectors kept for texts that come again, such as the sentences that a reader looks at."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rag.ports import Embedder, Vectors


@dataclass(slots=True)
class CachedEmbedder:
    """An embedder that remembers the `size` texts used last. Safe to share between threads.

    A question brings about a hundred sentences, of which a follow-up brings many again.
    """

    embedder: Embedder
    size: int = 1_000
    _known: OrderedDict[str, Vectors] = field(default_factory=OrderedDict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    @property
    def recipe(self) -> str:
        """The embedder's own."""
        return self.embedder.recipe

    @property
    def dimension(self) -> int:
        """The embedder's own."""
        return self.embedder.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (n, d), unit rows; only texts that are not remembered cost anything."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        new = list(dict.fromkeys(text for text in texts if text not in found))
        if new:
            found.update(zip(new, self.embedder.embed(new), strict=True))
        with self._lock:
            for text, vector in found.items():
                self._known[text] = vector
                self._known.move_to_end(text)
            while len(self._known) > self.size:
                self._known.popitem(last=False)
        return np.stack([found[text] for text in texts])
